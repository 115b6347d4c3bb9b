"""Records and scores under the report's labels, of those runs that count, one frame in memory at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd


class Taken(NamedTuple):
    """What becomes of an algorithm or proxy: the label that is shown, and the seeds that count, None = all."""

    shown: str
    seeds: frozenset[int] | None = None


Takes = Mapping[str, Taken]


@dataclass(frozen=True, slots=True)
class Records:
    """Frames of records one after the other, from several places, each with what is taken there."""

    sources: tuple[tuple[Iterable[pd.DataFrame], Takes], ...]
    constants: Mapping[str, Any]
    """Columns that have one value throughout."""

    def __iter__(self) -> Iterator[pd.DataFrame]:
        for frames, takes in self.sources:
            for frame in frames:
                yield relabelled(frame, "algorithm", takes, self.constants)


def relabelled(frame: pd.DataFrame, column: str, takes: Takes, constants: Mapping[str, Any]) -> pd.DataFrame:
    """The rows that count; labels in `column` are those shown. A label of which nothing is said stays as it is."""
    if frame.empty:
        return frame
    if takes:
        frame = _taken(frame, column, takes)
    return frame.assign(**{key: value for key, value in constants.items() if key in frame})


def _taken(frame: pd.DataFrame, column: str, takes: Takes) -> pd.DataFrame:
    codes, labels = pd.factorize(frame[column])
    found = [takes.get(label, Taken(label)) for label in labels]
    kept = np.ones(len(frame), dtype=bool)
    for i, one in enumerate(found):
        if one.seeds is not None:
            kept &= (codes != i) | frame["seed"].isin(one.seeds).to_numpy()
    shown = [one.shown for one in found]
    if shown != list(labels):
        frame = frame.assign(**{column: np.array(shown, dtype=object)[codes]})
    return frame if kept.all() else frame[kept]
