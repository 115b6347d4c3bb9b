"""The grammar that says which column of a file holds what: `COLUMN[*N|/N]=METRIC[@EPOCHS[/SCHEDULE][:SEED]]`."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from harness.core import Fidelity, Metric
from harness.errors import BadValue, unknown
from tabular.vocabulary import KNOWN

PER_EPOCH = "seconds_per_epoch"
FORM = "write it as COLUMN=METRIC@EPOCHS[/SCHEDULE][:SEED], for example val12=valid_accuracy@12:0"

_TARGET = re.compile(r"(?P<metric>\w+)(@(?P<epochs>\d+)(/(?P<schedule>\d+))?(:(?P<seed>\d+))?)?")
_SCALE = re.compile(r"(?P<column>.+)(?P<sign>[*/])(?P<number>\d+(\.\d+)?)")


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


def read_mappings(
    texts: Iterable[str], columns: Iterable[str], metrics: Mapping[str, Metric] = KNOWN
) -> dict[Slot, Mapped]:
    """Read the mappings of a file with these columns; `BadValue` or `UnknownName` says which one is wrong, and how."""
    found: dict[Slot, Mapped] = {}
    for text in texts:
        mapped = _mapping(text, list(columns), metrics)
        if mapped.slot in found:
            raise BadValue(f"columns {found[mapped.slot].column!r} and {mapped.column!r} both go to {_name(text)!r}")
        found[mapped.slot] = mapped
    if not any(slot.fidelity for slot in found):
        raise BadValue(f"no column is given with its epochs: {FORM}")
    return found


def _mapping(text: str, columns: list[str], metrics: Mapping[str, Metric]) -> Mapped:
    source, equals, target = text.rpartition("=")
    match = _TARGET.fullmatch(target)
    if not (source and equals and match):
        raise BadValue(f"{text!r} maps no column: {FORM}")
    metric = match["metric"]
    if metric not in {*metrics, PER_EPOCH}:
        raise unknown("metric", metric, {*metrics, PER_EPOCH})
    split = "cost" if metric == PER_EPOCH else metrics[metric].split
    slot = Slot(
        metric, _fidelity(text, match, constant=split == "cost" and metric != "seconds"), _number(match["seed"])
    )
    return Mapped(*_source(source, columns), slot)


def _source(text: str, columns: list[str]) -> tuple[str, float, float]:
    match = None if text in columns else _SCALE.fullmatch(text)
    column = match["column"] if match else text
    if column not in columns:
        raise unknown("column of the file", column, columns)
    if match is None:
        return column, 1.0, 1.0
    number = float(match["number"])
    if number == 0:
        raise BadValue(f"{text!r} multiplies or divides by zero: give another number")
    return (column, number, 1.0) if match["sign"] == "*" else (column, 1.0, number)


def _fidelity(text: str, match: re.Match[str], *, constant: bool) -> Fidelity | None:
    """The fidelity that is named; None for what is `constant`, which needs none."""
    metric, epochs = match["metric"], _number(match["epochs"])
    if epochs is None:
        if constant:
            return None
        per_epoch = f", or map it to {PER_EPOCH}" if metric == "seconds" else ""
        raise BadValue(f"{text!r} says nothing of epochs: write {metric}@EPOCHS{per_epoch}")
    if metric == PER_EPOCH:
        raise BadValue(f"{text!r}: {PER_EPOCH} holds at every fidelity; leave out @{epochs}")
    schedule = _number(match["schedule"]) or epochs
    if not 1 <= epochs <= schedule:
        raise BadValue(f"{text!r}: epoch {epochs} of a schedule of {schedule}: give 1 to {schedule}")
    return Fidelity(epochs, schedule)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _name(text: str) -> str:
    return text.rpartition("=")[2]
