"""The studies of one results folder or of several, each with its data."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from harness.results import Results


class Part(NamedTuple):
    """A study as its manifest describes it, with its number in the report, and its data.

    `records` are frames of searches, in which nobody looks at the column `study`.
    """

    study: dict[str, Any]
    records: Iterable[pd.DataFrame]
    scores: pd.DataFrame
    truth: pd.DataFrame
    measured: pd.DataFrame


def parts_of(results: Sequence[Results]) -> list[Part]:
    """The studies in the order of the folders, numbered through."""
    described = [(one, study) for one in results for study in one.manifest["studies"]]
    return [_part(one, study, number) for number, (one, study) in enumerate(described)]


def _part(results: Results, study: dict[str, Any], number: int) -> Part:
    own = study["study"]
    frames = [_own(frame, own, number) for frame in (results.scores, results.truth, results.measured)]
    records = results.records.get(own, ())
    return Part(study | {"study": number, "experiment": results.manifest["name"]}, records, *frames)


def _own(frame: pd.DataFrame, own: int, number: int) -> pd.DataFrame:
    if frame.empty:
        return frame
    return frame[frame["study"] == own].assign(study=number)
