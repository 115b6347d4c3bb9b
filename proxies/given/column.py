"""Scores of somebody else, read from a column of a file."""

import logging
import math
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Proxy, SearchSpace
from harness.errors import BadValue
from harness.trust import allowed
from proxies.given._sheet import INDEX, Sheet, open_sheet, read_numbers

LOOKED_AT = 20
"""Columns that are read to say which of them could be meant."""

log = logging.getLogger("nasgauge")


class Column(Proxy):
    """A column of a CSV or Parquet `file` with one row per architecture; the same for every seed.

    Architectures stand in the column `arch`, as strings of the space, or `index`, as official indices; without either,
    the one column that holds architectures is taken, else `idx`, `index` or `arch_index`, else the official order if
    there is a row for each. A score is that of the architecture as written: cells that compute the same function have
    one each. Architectures without a row or a number are undefined, and so are infinite scores, which the log counts.
    `higher = false` is for a column whose low values are good. `seconds` is what a score cost, a number or the name of
    a column, not known by default; a row without score and seconds cost nothing. Raises `BadValue` for what cannot be
    used.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        file: str = "",
        column: str = "",
        arch: str = "",
        index: str = "",
        higher: bool = True,
        seconds: str | float | None = None,
    ) -> None:
        _check(file, column, higher)
        self._space: SearchSpace = benchmark.space
        sheet = open_sheet(allowed(Path(file)), self._space, arch, index)
        scores = _finite(sheet, column, (arch, index, *INDEX))
        self._seconds = _seconds(sheet, seconds, scores)
        self._scores = scores if higher else -scores
        self.fingerprint = sheet.fingerprint

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The scores of the file, shape (architectures,); NaN where it has none. `spent` grows by their seconds."""
        places = np.array([self._space.index(arch) for arch in archs], dtype=np.int64)
        self.spent += float(self._seconds[places].sum())
        return self._scores[places]


def _check(file: str, column: str, higher: bool) -> None:
    for name, value in (("file", file), ("column", column)):
        if not isinstance(value, str) or not value:
            raise BadValue(
                f'{name} = {value!r}: say where the scores are, {{ name = "column", file = "scores.csv", '
                'column = "synflow" }'
            )
    if not isinstance(higher, bool):
        raise BadValue(f"higher = {higher!r}: give true, or false where a low value is a good one")


def _finite(sheet: Sheet, column: str, keys: Collection[str]) -> NDArray[np.float64]:
    """The scores by official index, NaN where they are infinite; `BadValue` when no number is left.

    `keys` are columns that name architectures, which are no scores.
    """
    scores = read_numbers(sheet, column)
    infinite = np.isinf(scores)
    if infinite.any():
        log.warning("%s: %d infinite scores in column %r count as undefined", sheet.path, infinite.sum(), column)
    scores[infinite] = np.nan
    if np.isnan(scores).all():
        others = [name for name in sheet.names if name not in (column, *keys)]
        found = [name for name in others[:LOOKED_AT] if _has_numbers(sheet, name)]
        none = f"none of the first {LOOKED_AT} others" if len(others) > LOOKED_AT else "no other"
        advice = f"name one of {', '.join(found)}" if found else f"and {none} does; give another file"
        raise BadValue(f"column {column!r} of {sheet.path} holds no number at all: {advice}")
    return scores


def _has_numbers(sheet: Sheet, column: str) -> bool:
    try:
        return bool(np.isfinite(read_numbers(sheet, column)).any())
    except BadValue:
        return False


def _seconds(sheet: Sheet, seconds: str | float | None, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each score cost by official index, NaN where that is not known, 0 where there is no score either."""
    undefined = np.isnan(scores)
    if seconds is None:
        return np.where(undefined, 0.0, np.nan)
    if isinstance(seconds, str):
        cost = read_numbers(sheet, seconds)
        if (cost < 0).any():
            raise BadValue(
                f"column {seconds!r} of {sheet.path} holds {np.nanmin(cost):g} seconds: give no negative ones"
            )
        return np.where(undefined & np.isnan(cost), 0.0, cost)
    if isinstance(seconds, bool) or not (math.isfinite(seconds) and seconds >= 0):
        raise BadValue(f"seconds = {seconds!r}: give a number of seconds, 0 or more, or the name of a column")
    return np.where(undefined, 0.0, float(seconds))
