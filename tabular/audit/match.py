"""Comparing a column with everything that the benchmarks hold: first in a sample of rows, what is left in all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tabular.audit.books import Book, Sheet
from tabular.audit.cells import Cells
from tabular.audit.finding import Source, Training
from tabular.audit.forms import Form, forms
from tabular.audit.names import Claims

SAMPLE = 64
"""Rows of a first look; which ones is fixed."""

VERIFIED = 12
"""Candidates of a table that are compared in all rows, at most."""

NEAR = 0.9
"""A candidate is verified when it explains this fraction of what the best one explains in the sample."""

HOPELESS = 0.03
"""A fraction of the sample that is not worth a second look."""


class Candidate(NamedTuple):
    """What a column may be, and the fraction of the sample that it explains."""

    sheet: Sheet
    place: int
    training: Training
    form: Form
    share: float

    def source(self, seeds: tuple[int, ...]) -> Source:
        """The source that this is, when these seeds are measured; the mean over a single one is that one."""
        fidelity = None if self.sheet.fidelities is None else self.sheet.fidelities[self.place]
        training = seeds[0] if len(seeds) == 1 and self.training == "mean" else self.training
        return Source(self.sheet.benchmark, self.sheet.metric, fidelity, training, seeds, self.form.unit)


@dataclass(frozen=True, slots=True)
class Match:
    """A source, the number of rows where it is measured, and whether it equals each row of the column."""

    source: Source
    compared: int
    equal: NDArray[np.bool_]

    @property
    def explained(self) -> int:
        """The number of rows that it equals."""
        return int(self.equal.sum())

    @property
    def agreement(self) -> float:
        """The fraction of rows that it equals, of those where it is measured."""
        return self.explained / max(1, self.compared)


def matches(books: Sequence[Book], cells: Cells, claims: Claims, *, by_row: bool = False) -> list[Match]:
    """What explains rows of the column, the most first; at equal numbers, what fits its name best.

    Each seed and their mean are tried, or, `by_row`, whether each row equals some seed.
    """
    found: dict[Source, Match] = {}
    for book in books:
        candidates = _screen(book, cells, by_row=by_row)
        candidates.sort(key=lambda c: (-c.share, claims.doubt(c.source(c.sheet.seeds))))
        for match in _verify(book, cells, candidates[:VERIFIED]):
            found.setdefault(match.source, match)
    return sorted(found.values(), key=lambda m: (-m.explained, claims.doubt(m.source)))


def _screen(book: Book, cells: Cells, *, by_row: bool) -> list[Candidate]:
    """The candidates that explain about as much of a sample as any does."""
    rows = book.rows_of(cells.indices)
    sample = np.flatnonzero(rows >= 0)
    if len(sample) > SAMPLE:
        sample = np.sort(np.random.default_rng(0).choice(sample, SAMPLE, replace=False))
    if not len(sample):
        return []
    written = cells.values[sample][:, None, None]
    scored: list[tuple[Sheet, Form, list[Training], NDArray[np.float64]]] = []
    for sheet in book.sheets:
        values, trainings = _trainings(sheet, np.asarray(sheet.array[rows[sample]], np.float64), by_row=by_row)
        for form in forms(sheet.metric.unit, cells.half) if trainings else ():
            equal = form.agrees(values, written, cells.half)
            scored.append((sheet, form, trainings, _answers(equal, by_row=by_row).mean(axis=0)))
    best = max((shares.max() for *_, shares in scored), default=0.0)
    least = max(NEAR if by_row else HOPELESS, NEAR * best)
    return [
        Candidate(sheet, int(place), trainings[which], form, float(shares[place, which]))
        for sheet, form, trainings, shares in scored
        for place, which in np.argwhere(shares >= least)
    ]


def _verify(book: Book, cells: Cells, candidates: Sequence[Candidate]) -> Iterator[Match]:
    """Compare the candidates in all rows."""
    rows = book.rows_of(cells.indices)
    known = rows >= 0
    read: dict[tuple[int, int], NDArray[np.float64]] = {}
    for candidate in candidates:
        sheet, by_row = candidate.sheet, candidate.training == "any"
        slot = id(sheet), candidate.place
        if slot not in read:
            read[slot] = np.full((len(rows), sheet.array.shape[2]), np.nan)
            read[slot][known] = sheet.array[rows[known], candidate.place]
        measured = ~np.isnan(read[slot])
        seeds = tuple(seed for k, seed in enumerate(sheet.seeds) if measured[:, k].any())
        values, trainings = _trainings(sheet, read[slot][:, None], by_row=by_row)
        equal = candidate.form.agrees(values, cells.values[:, None, None], cells.half)
        which = trainings.index(candidate.training)
        answer = _answers(equal, by_row=by_row)[:, 0, which]
        yield Match(candidate.source(seeds), int(measured.any(axis=1).sum()), answer)


def _trainings(sheet: Sheet, block: NDArray[np.float64], *, by_row: bool) -> tuple[NDArray[np.float64], list[Training]]:
    """The block, shape (rows, fidelities, seeds), with the mean over seeds behind them; and what its last axis holds.

    By row, what some seed answers is one training, where there are several.
    """
    if by_row:
        return block, ["any"] if len(sheet.seeds) > 1 else []
    if len(sheet.seeds) < 2:
        return block, [*sheet.seeds] or ["mean"]
    count = (~np.isnan(block)).sum(axis=2)
    mean = np.where(count > 0, np.nansum(block, axis=2) / np.maximum(count, 1), np.nan)
    return np.concatenate([block, mean[..., None]], axis=2), [*sheet.seeds, "mean"]


def _answers(equal: NDArray[np.bool_], *, by_row: bool) -> NDArray[np.bool_]:
    """Whether each training answers; by row, whether one of them does."""
    return np.any(equal, axis=2, keepdims=True) if by_row else equal
