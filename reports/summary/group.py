"""Search studies side by side: what all of them have in common, and what is missing where."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from reports.numbers import listed
from reports.summary.search import SearchSummary, baseline_of
from reports.words import study_titles


class Group(NamedTuple):
    """Search studies that are compared with each other, one or more.

    `labels` are the algorithms with a run in each of them that ended with an incumbent, `left_out` sentences about what
    is missing where.
    """

    searches: tuple[SearchSummary, ...]
    labels: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def titles(self) -> list[str]:
        """Short names of the studies."""
        return study_titles([search.runs.study for search in self.searches])

    @property
    def all_labels(self) -> list[str]:
        """The algorithms of any of the studies, in the order in which they come."""
        return list(dict.fromkeys(label for search in self.searches for label in search.runs.labels))

    @property
    def baseline(self) -> str | None:
        """The label of plain random search, None where no study has it."""
        found = (baseline_of(search.runs.study) for search in self.searches)
        return next((label for label in found if label is not None), None)

    @property
    def commensurable(self) -> bool:
        """Whether a difference on one data set can be held against one on another: same metric and unit."""
        measures = {(one.runs.measure, one.runs.study["test"], one.runs.study.get("unit")) for one in self.searches}
        return len(measures) == 1


def groups_of(searches: Sequence[SearchSummary]) -> list[Group]:
    """All studies in one group where two algorithms or more are in all of them, else each in one of its own.

    Studies without a finished evaluation are in none; the first group says so.
    """
    known = [search for search in searches if search.runs.labels]
    titles = study_titles([search.runs.study for search in searches])
    unfinished = tuple(
        f"On {title}, no search finished an evaluation."
        for title, search in zip(titles, searches, strict=True)
        if not search.runs.labels
    )
    if not known:
        return []
    whole = _group(known)
    if len(known) == 1 or len(whole.labels) > 1:
        return [whole._replace(left_out=(*unfinished, *whole.left_out))]
    apart = f"{listed(whole.titles)} have fewer than two algorithms in common, so each is compared by itself."
    first, *others = (_group([search]) for search in known)
    return [first._replace(left_out=(*unfinished, apart, *first.left_out)), *others]


def paired_losses(group: Group) -> list[NDArray[np.float64]]:
    """What runs end with on each data set, shape (seeds, labels), lower = better: seeds with which all have a value."""
    return [search.loss[list(group.labels)].dropna().to_numpy(float) for search in group.searches]


def rows_of(group: Group) -> NDArray[np.float64]:
    """The paired losses of all data sets below each other, shape (pairs of data set and seed, labels)."""
    return np.concatenate(paired_losses(group))


def ranking_of(group: Group) -> list[str]:
    """The labels from the best average rank over the rows to the worst; empty without a row."""
    rows = rows_of(group)
    if not rows.size:
        return []
    ranks = rankdata(rows, axis=1).mean(axis=0)
    return [group.labels[i] for i in np.argsort(ranks, kind="stable")]


def few_runs(group: Group) -> str:
    """Where there are fewer seeds with which all labels have a result than a claim takes; empty if nowhere."""
    few: dict[int, list[str]] = {}
    for title, search, part in zip(group.titles, group.searches, paired_losses(group), strict=True):
        if len(part) < search.enough:
            few.setdefault(search.enough, []).append(title)
    if len(group.searches) == 1:
        return "".join(f"fewer than {enough} runs" for enough in few)
    return " and ".join(
        f"{listed(titles)} {'has' if len(titles) == 1 else 'have'} fewer than {enough} runs"
        for enough, titles in few.items()
    )


def has_result(search: SearchSummary, label: str) -> bool:
    """Whether a run of the algorithm ended with an incumbent."""
    return bool(search.runs.of(label)[search.runs.measure].notna().any())


def missing_of(label: str, group: Group) -> list[str]:
    """Sentences about where an algorithm was not run, and where its runs came to nothing."""
    places = list(zip(group.titles, group.searches, strict=True))
    nowhere = [title for title, search in places if label not in search.runs.labels]
    empty = [title for title, one in places if label in one.runs.labels and not has_result(one, label)]
    found = [f"{label} was not run on {listed(nowhere)}."] if nowhere else []
    return found + ([f"No run of {label} on {listed(empty)} ended with an incumbent."] if empty else [])


def _group(searches: Sequence[SearchSummary]) -> Group:
    whole = Group(tuple(searches), (), ())
    labels = [label for label in whole.all_labels if all(has_result(search, label) for search in searches)]
    missing = [line for label in whole.all_labels for line in missing_of(label, whole)]
    return whole._replace(labels=tuple(labels), left_out=tuple(missing))
