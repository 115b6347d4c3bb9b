"""What `manifest.json` of a table says, read strictly: the table's vocabulary, its files and where they come from."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, get_args

from harness.core import Fidelity, Metric, Split
from harness.errors import BadValue, NasgaugeError, unknown
from harness.json_file import read_json
from tabular.manifest_types import check_types

FORMAT = 2
FILE = "manifest.json"

LARGEST = 64 << 20
"""Bytes of the largest manifest."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A `.npy` file of the folder: its size, the sha256 of all of it, and that of a sample of it."""

    name: str
    bytes: int
    sha256: str
    sample: str


@dataclass(frozen=True, slots=True)
class Column:
    """A metric's values, shape (rows, fidelities, seeds), where an axis of length 1 is the same for all of it.

    Without fidelities the values hold at every one, without seeds they are means over seeds.
    """

    metric: str
    fidelities: tuple[Fidelity, ...] | None
    seeds: tuple[int, ...] | None
    file: StoredFile

    @property
    def slots(self) -> tuple[int, int]:
        """The lengths of the last two axes."""
        return (
            1 if self.fidelities is None else len(self.fidelities),
            1 if self.seeds is None else len(self.seeds),
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """A table in words. Columns have `height` rows; the file `rows` maps space index to row, -1 where there is none.

    `fidelities` are those of all columns, from cheap to thorough.
    """

    name: str
    space: str
    dataset: str | None
    metrics: tuple[Metric, ...]
    fidelities: tuple[Fidelity, ...]
    height: int
    columns: tuple[Column, ...]
    rows: StoredFile | None
    provenance: Mapping[str, str]

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """All files of the table but the manifest."""
        return tuple(c.file for c in self.columns) + (() if self.rows is None else (self.rows,))

    @property
    def fingerprint(self) -> str:
        """The sha256 of the manifest's content; it holds the checksums of the files, so it stands for the table."""
        return _fingerprint(self._content())

    def dump(self) -> str:
        """The text of `manifest.json`: a line for each column, its fidelities as ranges of the table's."""
        content = {**self._content(), "fingerprint": self.fingerprint}
        lines = (f" {json.dumps(key)}: {_spread(value)}" for key, value in content.items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def _content(self) -> dict[str, Any]:
        place = {fidelity: k for k, fidelity in enumerate(self.fidelities)}
        columns = []
        for column in self.columns:
            ranges = None if column.fidelities is None else _ranges([place[f] for f in column.fidelities])
            columns.append({**_plain(column), "fidelities": ranges, "file": _plain(column.file)})
        return {
            "format": FORMAT,
            **_plain(self),
            "metrics": [metric._asdict() for metric in self.metrics],
            "fidelities": [list(fidelity) for fidelity in self.fidelities],
            "columns": columns,
            "rows": None if self.rows is None else _plain(self.rows),
            "provenance": dict(self.provenance),
        }


def thoroughness(fidelity: Fidelity) -> tuple[float, ...]:
    """The order of a table's fidelities: by what the images are, then by the schedule, then by its epochs."""
    return (fidelity.data, fidelity.resolution, fidelity.width, fidelity.schedule, fidelity.epochs)


def read_manifest(folder: Path) -> Manifest:
    """Read the folder's manifest; `BadValue` when it is absent, unreadable, altered or of another version."""
    path = folder / FILE
    try:
        data = read_json(path, LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        raise BadValue(f"{folder} is no table: it has no {FILE}") from None
    except (OSError, ValueError) as error:
        raise BadValue(f"{path} cannot be read ({error}): {REMEDY}") from error
    if not isinstance(data, dict) or "format" not in data:
        raise BadValue(f"{path} is not the manifest of a table: {REMEDY}")
    if data["format"] != FORMAT:
        raise BadValue(
            f"{path} has format {data['format']!r}, this nasgauge reads {FORMAT}: install the version that wrote it, "
            "or import the table again"
        )
    _check_keys("manifest", data, ("format", "fingerprint", *Manifest.__dataclass_fields__))
    if data.pop("fingerprint") != _fingerprint(data):
        raise BadValue(f"{path} was altered after it was written: {REMEDY}")
    del data["format"]
    try:
        check_types(data)
        return _manifest(data)
    except NasgaugeError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise BadValue(f"{path} is malformed ({type(error).__name__}: {error}): {REMEDY}") from error


REMEDY = "import or mint the table again"


def _manifest(data: dict[str, Any]) -> Manifest:
    fidelities = tuple(Fidelity(*fidelity) for fidelity in data["fidelities"])
    expand = lru_cache(maxsize=None)(partial(_expand, fidelities))  # columns of equal fidelities share one tuple
    columns = []
    for column in data["columns"]:
        _check_keys("column", column, Column.__dataclass_fields__)
        ranges, seeds = column["fidelities"], column["seeds"]
        columns.append(
            Column(
                column["metric"],
                None if ranges is None else expand(tuple(map(tuple, ranges))),
                None if seeds is None else tuple(seeds),
                _file(column["file"]),
            )
        )
    metrics = tuple(_metric(metric) for metric in data["metrics"])
    rows = None if data["rows"] is None else _file(data["rows"])
    changed = {"metrics": metrics, "fidelities": fidelities, "columns": tuple(columns), "rows": rows}
    return check(Manifest(**{**data, **changed}))


def _expand(fidelities: tuple[Fidelity, ...], ranges: tuple[tuple[int, int], ...]) -> tuple[Fidelity, ...]:
    return tuple(fidelity for begin, end in ranges for fidelity in fidelities[begin:end])


def _ranges(places: Sequence[int]) -> list[list[int]]:
    """The places as ranges [begin, end), in their order."""
    ranges: list[list[int]] = []
    for place in places:
        if ranges and ranges[-1][1] == place:
            ranges[-1][1] += 1
        else:
            ranges.append([place, place + 1])
    return ranges


def check(manifest: Manifest) -> Manifest:
    """Return the manifest, or raise `BadValue` when its columns do not fit together."""
    known = {metric.name for metric in manifest.metrics}
    taken: dict[tuple[str, bool], set[Fidelity]] = {}
    sets = {id(column.fidelities): frozenset(column.fidelities or ()) for column in manifest.columns}
    columns = Counter(column.metric for column in manifest.columns)
    for column in manifest.columns:
        if column.fidelities is None and columns[column.metric] > 1:
            raise BadValue(
                f"{column.metric} is given for every fidelity and again for some: a table holds each value once"
            )
        if column.metric not in known:
            raise unknown("metric of the table", column.metric, known)
        there, held = sets[id(column.fidelities)], taken.setdefault((column.metric, column.seeds is None), set())
        if len(there) < len(column.fidelities or ()) or there & held:
            raise BadValue(f"{column.metric} is given twice at one fidelity: a table holds each value once")
        held |= there
    if not any(column.fidelities for column in manifest.columns):
        raise BadValue("the table has no fidelity: give at least one metric with its epochs")
    return manifest


def _file(data: dict[str, Any]) -> StoredFile:
    _check_keys("file", data, StoredFile.__dataclass_fields__)
    name = data["name"]
    if Path(name).name != name or name == ".." or "\\" in name:
        raise BadValue(f"{name!r} is no file name: the files of a table lie in its own folder")
    return StoredFile(**data)


def _metric(data: dict[str, Any]) -> Metric:
    _check_keys("metric", data, Metric._fields)
    if data["split"] not in get_args(Split):
        raise unknown("split", str(data["split"]), get_args(Split))
    return Metric(**data)


def _check_keys(kind: str, data: Mapping[str, Any], allowed: Iterable[str]) -> None:
    for key in data:
        if key not in allowed:
            raise unknown(f"key of a {kind}", key, allowed)
    for key in allowed:
        if key not in data:
            raise BadValue(f"a {kind} of the table lacks {key!r}: {REMEDY}")


def _plain(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _spread(value: Any) -> str:
    """JSON with a line for each item of a list."""
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n" + ",\n".join(f"  {json.dumps(item)}" for item in value) + "\n ]"


def _fingerprint(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
