"""The grammar that says which column of a file holds what.

`COLUMN[*N|/N]=METRIC[@EPOCHS[/SCHEDULE][xDATA][:SEED]]`: `half=test_accuracy@12/200x0.5:3` says that the column `half`
holds the test accuracy of seed 3 after 12 epochs of a schedule of 200, trained on half of the data.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from harness.core import Fidelity, Metric
from harness.errors import BadValue, NasgaugeError, unknown

PER_EPOCH = "seconds_per_epoch"
FORM = "write it as COLUMN=METRIC@EPOCHS[/SCHEDULE][xDATA][:SEED], for example val12=valid_accuracy@12:0"

_NUMBER = r"\d{1,9}(\.\d{1,9})?"
_TARGET = re.compile(
    rf"(?P<metric>\w+)(@(?P<epochs>\d{{1,9}})(/(?P<schedule>\d{{1,9}}))?(x(?P<data>{_NUMBER}))?(:(?P<seed>\d{{1,9}}))?)?"
)
_SCALE = re.compile(rf"(?P<column>.+)(?P<sign>[*/])(?P<number>{_NUMBER})")


FRACTIONS = Fidelity._fields[3:]
"""The parts of a fidelity that only a mapping file names: resolution, width, depth."""


class Request(NamedTuple):
    """A mapping as it was written, before file and metrics are known.

    `text` stands for it in messages, and `where` says which file and key it was read from. Without `scale`, the numbers
    to multiply with and to divide by, `source` may end with one: `acc*100`.
    """

    text: str
    source: str
    metric: str
    epochs: int | None = None
    schedule: int | None = None
    data: float = 1.0
    seed: int | None = None
    scale: tuple[float, float] | None = None
    where: str = ""
    resolution: float = 1.0
    width: float = 1.0
    depth: float = 1.0


class Slot(NamedTuple):
    """Where a column goes: without fidelity it holds at every one, without seed it is a mean over seeds."""

    metric: str
    fidelity: Fidelity | None
    seed: int | None


class Mapped(NamedTuple):
    """A column of the file, the numbers that it is multiplied with and divided by, and where it goes."""

    column: str
    times: float
    over: float
    slot: Slot


def read_request(text: str, where: str = "") -> Request:
    """Read one mapping; `BadValue` when it is not of the grammar."""
    source, _, target = text.rpartition("=")
    match = _TARGET.fullmatch(target)
    if not (source and match):
        raise BadValue(f"{where}{text!r} maps no column: {FORM}")
    epochs, schedule, seed = (_whole(match[name]) for name in ("epochs", "schedule", "seed"))
    data = 1.0 if match["data"] is None else float(match["data"])
    return Request(text, source, match["metric"], epochs, schedule, data, seed, where=where)


def resolve(requests: Iterable[Request], columns: Iterable[str], metrics: Mapping[str, Metric]) -> dict[Slot, Mapped]:
    """What the requests mean for a file with these columns; `BadValue` or `UnknownName` says which one is wrong."""
    names = list(columns)
    found: dict[Slot, Mapped] = {}
    for request in requests:
        try:
            mapped = _mapped(request, names, metrics)
        except NasgaugeError as error:
            raise type(error)(f"{request.where}{error}") from error
        if mapped.slot in found:
            raise BadValue(
                f"columns {found[mapped.slot].column!r} and {mapped.column!r} both go to {_name(mapped.slot)!r}"
            )
        found[mapped.slot] = mapped
    if not any(slot.fidelity for slot in found):
        raise BadValue(f"no column is given with its epochs: {FORM}")
    return found


def place(slot: Slot) -> str:
    """Where a column goes, in the words of the grammar: `@12/200x0.5:3`."""
    where = ""
    if slot.fidelity is not None:
        data = "" if slot.fidelity.data == 1 else f"x{slot.fidelity.data:g}"
        rest = zip(FRACTIONS, slot.fidelity[3:], strict=True)
        others = "".join(f" {name} {value:g}" for name, value in rest if value != 1)
        where = f"@{slot.fidelity.epochs}/{slot.fidelity.schedule}{data}{others}"
    return where + ("" if slot.seed is None else f":{slot.seed}")


def _mapped(request: Request, columns: list[str], metrics: Mapping[str, Metric]) -> Mapped:
    metric = request.metric
    if metric not in {*metrics, PER_EPOCH}:
        raise unknown("metric", metric, {*metrics, PER_EPOCH})
    constant = metric == PER_EPOCH or (metrics[metric].split == "cost" and metric != "seconds")
    return Mapped(*_source(request, columns), Slot(metric, _fidelity(request, constant=constant), request.seed))


def _source(request: Request, columns: list[str]) -> tuple[str, float, float]:
    """The column, what it is multiplied with, and what it is divided by."""
    text = request.source
    match = None if request.scale or text in columns else _SCALE.fullmatch(text)
    column = match["column"] if match else text
    if column not in columns:
        raise unknown("column of the file", column, columns)
    scale = request.scale or (1.0, 1.0)
    if match:
        number = float(match["number"])
        scale = (number, 1.0) if match["sign"] == "*" else (1.0, number)
    if 0 in scale:
        raise BadValue(f"{text!r} multiplies or divides by zero: give another number")
    return column, *scale


def _fidelity(request: Request, *, constant: bool) -> Fidelity | None:
    """The fidelity that is named; None for what is `constant`, which needs none."""
    text, metric, epochs = request.text, request.metric, request.epochs
    fractions = {"data": request.data} | {name: getattr(request, name) for name in FRACTIONS}
    if epochs is None:
        if (request.schedule, request.seed) != (None, None) or set(fractions.values()) != {1.0}:
            raise BadValue(f"{text!r} gives schedule, data or seed and no epochs: give the epochs too")
        if constant:
            return None
        per_epoch = f", or map it to {PER_EPOCH}" if metric == "seconds" else ""
        raise BadValue(f"{text!r} says nothing of epochs: write {metric}@EPOCHS{per_epoch}")
    if metric == PER_EPOCH:
        raise BadValue(f"{text!r}: {PER_EPOCH} holds at every fidelity; leave out @{epochs}")
    schedule = epochs if request.schedule is None else request.schedule
    if not 1 <= epochs <= schedule:
        raise BadValue(f"{text!r}: epoch {epochs} of a schedule of {schedule}: give 1 to {schedule}")
    for name, value in fractions.items():
        if not 0 < value <= 1:
            what = "training data" if name == "data" else name
            raise BadValue(f"{text!r}: {value:g} of the {what}: give a fraction above 0, at most 1")
    return Fidelity(epochs, schedule, **fractions)


def _whole(text: str | None) -> int | None:
    return None if text is None else int(text)


def _name(slot: Slot) -> str:
    return slot.metric + place(slot)
