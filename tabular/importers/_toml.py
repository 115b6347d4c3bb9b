"""The options of `table`, gathered, and the TOML file that can say them all at once.

Names in the file are names of this package's items: unlike an option it cannot point to code or to another file.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from harness.core import Metric
from harness.errors import BadValue, NasgaugeError, unknown
from harness.registry import names
from harness.toml_file import read_toml
from tabular.importers._mapping import FRACTIONS, Request, read_request
from tabular.vocabulary import read_metric


@dataclass(frozen=True, slots=True)
class Options:
    """What `table` is told: see there. What was not said is None or empty."""

    space: str | None = None
    columns: tuple[Request, ...] = ()
    arch: str | None = None
    index: str | None = None
    metrics: tuple[Metric, ...] = ()
    classes: int | None = None
    dataset: str | None = None


class Form(NamedTuple):
    """What a value has to be, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


TEXT = Form('give a text, "..."', lambda value: isinstance(value, str))
FLAG = Form("give true or false", lambda value: isinstance(value, bool))
WHOLE = Form("give a whole number from 0 to 999999999", lambda value: type(value) is int and 0 <= value < 10**9)
NUMBER = Form("give a number above 0", lambda value: type(value) in (int, float) and 0 < value < math.inf)
SECTION = Form("give a table, { key = value }", lambda value: isinstance(value, dict))
TARGET = Form('give METRIC@EPOCHS as a text, "...", or a table, { metric = ... }', lambda v: isinstance(v, str | dict))

KEYS = {
    "space": TEXT, "arch": TEXT, "index": TEXT, "classes": WHOLE, "dataset": TEXT, "metrics": SECTION,
    "columns": SECTION,
}  # fmt: skip
METRIC_KEYS = {"unit": TEXT, "maximize": FLAG, "split": TEXT}
COLUMN_KEYS = {
    "metric": TEXT, "epochs": WHOLE, "schedule": WHOLE, "data": NUMBER, "seed": WHOLE, "times": NUMBER,
    "over": NUMBER, **dict.fromkeys(FRACTIONS, NUMBER),
}  # fmt: skip


def merge(given: Options, mapping: Path) -> Options:
    """The options of the file beside those that were given; `BadValue` names what is said twice."""
    read = read_options(mapping)
    chosen = {}
    for field in fields(Options):
        ours, theirs = getattr(given, field.name), getattr(read, field.name)
        if ours not in (None, ()) and theirs not in (None, ()):
            raise BadValue(f"{field.name} is given as an option and by {mapping}: leave one of them out")
        chosen[field.name] = theirs if ours in (None, ()) else ours
    return Options(**chosen)


def read_options(path: Path) -> Options:
    """Read the file; `BadValue` or `UnknownName` names file and key of what cannot be."""
    data = _checked(path, "", read_toml(path)[1], KEYS)
    for kind in ("space", "dataset"):
        if kind in data and data[kind] not in names(kind):
            raise _at(path, kind, unknown(kind, data[kind], names(kind)))
    columns = tuple(_column(path, name, value) for name, value in data.pop("columns", {}).items())
    metrics = tuple(_metric(path, name, value) for name, value in data.pop("metrics", {}).items())
    return Options(**data, columns=columns, metrics=metrics)


def _column(path: Path, name: str, value: Any) -> Request:
    key, where = f"columns.{name}", f"{path}, columns.{name}: "
    if not TARGET.fits(value):
        raise BadValue(f"{where}{value!r}: {TARGET.words}")
    if isinstance(value, str):
        return read_request(f"{name}={value}", where)
    target = _checked(path, key, value, COLUMN_KEYS, needed=("metric",))
    scale = float(target.pop("times", 1)), float(target.pop("over", 1))
    fractions: dict[str, Any] = {part: float(target.pop(part, 1)) for part in ("data", *FRACTIONS)}
    return Request(f"{name} = {value}", name, **target, **fractions, scale=scale, where=where)


def _metric(path: Path, name: str, value: Any) -> Metric:
    key = f"metrics.{name}"
    if not SECTION.fits(value):
        raise BadValue(f"{path}, {key} = {value!r}: {SECTION.words}")
    said = _checked(path, key, value, METRIC_KEYS, needed=METRIC_KEYS)
    try:
        return read_metric(f"{name}:{said['unit']}:{'max' if said['maximize'] else 'min'}:{said['split']}")
    except NasgaugeError as error:
        raise _at(path, key, error) from error


def _checked(
    path: Path, key: str, table: dict[str, Any], forms: Mapping[str, Form], needed: Iterable[str] = ()
) -> dict[str, Any]:
    """A copy of the table; `UnknownName` for a key that it cannot have, `BadValue` for a value or a missing key."""
    for name, value in table.items():
        full = f"{key}.{name}" if key else name
        if name not in forms:
            raise _at(path, full, unknown("key", name, forms))
        if not forms[name].fits(value):
            raise BadValue(f"{path}, {full} = {value!r}: {forms[name].words}")
    for name in needed:
        if name not in table:
            raise BadValue(f"{path}, {key}: {name!r} is missing: {forms[name].words}")
    return dict(table)


def _at(path: Path, key: str, error: NasgaugeError) -> NasgaugeError:
    """The same error, with the place in the file."""
    return type(error)(f"{path}, {key}: {error}")
