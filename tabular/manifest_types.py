"""Whether the values of a table's manifest are of the kinds that its readers rely on."""

import math
from collections.abc import Mapping
from typing import Any

MOST = 1 << 53
"""Bound of all whole numbers: larger ones are not exact in JSON."""


def check_types(data: Mapping[str, Any]) -> None:
    """Raise `TypeError` or `ValueError` with what is of another kind, `LookupError` where a part is missing."""
    for name in ("name", "space"):
        _need(isinstance(data[name], str), name, data[name], "a text")
    _need(isinstance(data["dataset"], str | None), "dataset", data["dataset"], "a text or null")
    _need(_whole(data["height"]), "height", data["height"], "a number of rows")
    sources = data["provenance"]
    _need(isinstance(sources, dict) and all(isinstance(one, str) for one in sources.values()), "provenance", sources,
          "texts by name")  # fmt: skip
    for fidelity in _list("fidelities", data["fidelities"]):
        _need(_is_fidelity(fidelity), "a fidelity", fidelity, "a list of 2 to 6 numbers, the first two of them epochs")
    for metric in _list("metrics", data["metrics"]):
        _need(isinstance(metric["name"], str) and isinstance(metric["unit"], str), "a metric", metric, "named by texts")
        _need(isinstance(metric["maximize"], bool), "maximize", metric["maximize"], "true or false")
    for column in _list("columns", data["columns"]):
        _check_column(column, len(data["fidelities"]))
    if data["rows"] is not None:
        _check_file(data["rows"])


def _check_column(column: Mapping[str, Any], fidelities: int) -> None:
    _need(isinstance(column["metric"], str), "metric", column["metric"], "a text")
    ranges, seeds = column["fidelities"], column["seeds"]
    if ranges is not None:
        for one in _list("fidelities of a column", ranges):
            sound = isinstance(one, list) and len(one) == 2 and all(map(_whole, one)) and one[0] < one[1] <= fidelities
            _need(sound, "fidelities", one, f"a range from 0 to {fidelities}")
        _need(sum(end - begin for begin, end in ranges) <= fidelities, "fidelities", ranges, "ranges without overlap")
    if seeds is not None:
        _need(bool(_list("seeds", seeds)) and all(map(_whole, seeds)), "seeds", seeds, "whole numbers")
    _check_file(column["file"])


def _check_file(file: Mapping[str, Any]) -> None:
    name = file["name"]
    _need(isinstance(name, str) and name.isprintable() and 0 < len(name) < 256, "name", name, "the name of a file")
    _need(_whole(file["bytes"]), "bytes", file["bytes"], "a number of bytes")
    for key in ("sha256", "sample"):
        _need(isinstance(file[key], str), key, file[key], "a checksum")


def _is_fidelity(value: Any) -> bool:
    if not isinstance(value, list) or not 2 <= len(value) <= 6 or not all(type(one) in (int, float) for one in value):
        return False
    return all(map(_whole, value[:2])) and all(math.isfinite(one) and abs(one) < MOST for one in value)


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < MOST


def _list(name: str, value: Any) -> list[Any]:
    _need(isinstance(value, list), name, value, "a list")
    found: list[Any] = value
    return found


def _need(sound: bool, name: str, value: Any, wanted: str) -> None:
    if not sound:
        raise TypeError(f"{name} is {value!r:.60} and not {wanted}")
