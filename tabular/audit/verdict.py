"""From what matches to what is said of a column."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tabular.audit.books import Book
from tabular.audit.cells import Cells
from tabular.audit.finding import Finding, Source
from tabular.audit.match import Match, matches
from tabular.audit.names import Claims, read_claims

ENOUGH = 0.995
"""The fraction of rows that a source must equal to be what the column is; a table may have a few slips."""

PARTS = 3
"""Sources that a mixed column is taken apart into, at most."""

LEAST_ROWS = 5
LEAST_SHARE = 0.005
"""What a part of a mixed column must explain, and the first what is called nearest: fewer rows are chance."""


def judge(books: Sequence[Book], cells: Cells) -> Finding:
    """Say what the column is: one source; or one seed that varies by row; or several, mixed; or nothing known."""
    known = np.any([book.rows_of(cells.indices) >= 0 for book in books], axis=0)
    rows, cells = len(cells.values), cells.where(known)
    if not len(cells.values):
        return Finding(cells.name, "unknown", (), (), 0, rows, 0.0, ())
    if _coarse(cells):
        return Finding(cells.name, "coarse", (), (), len(cells.values), rows, 0.0, ())
    claims = read_claims(cells.name)
    found = matches(books, cells, claims)
    same = _accepted(found) or _accepted(matches(books, cells, claims, by_row=True))
    if same:
        return _same(cells.name, rows, same, claims)
    return _mixed(books, cells, rows, claims, found) or _unknown(cells, rows, found)


def _coarse(cells: Cells) -> bool:
    """Whether the numbers are too few different ones to recognise: fewer than 8, or one in most rows."""
    _, counts = np.unique(cells.values, return_counts=True)
    rows = len(cells.values)
    return bool(rows > 1 and (counts.max() > rows / 2 or len(counts) * 8 < min(rows, 64)))


def _accepted(found: Sequence[Match]) -> list[Match]:
    """The matches that explain the column, each as many rows; a mean stands for its seeds where all are equal."""
    good = [match for match in found if match.agreement >= ENOUGH]
    best = max((match.explained for match in good), default=0)
    tied = [match for match in good if match.explained == best]
    means = {_place(match.source) for match in tied if match.source.training == "mean"}
    return [match for match in tied if match.source.training == "mean" or _place(match.source) not in means]


def _place(source: Source) -> tuple[object, ...]:
    return source.benchmark, source.metric, source.fidelity, source.form


def _same(name: str, rows: int, tied: Sequence[Match], claims: Claims) -> Finding:
    first = tied[0]
    sources = tuple(match.source for match in tied)
    warnings = tuple(claims.warnings(first.source))
    shares = tuple(match.agreement for match in tied)
    return Finding(name, "same", sources, shares, first.compared, rows, first.agreement, warnings)


def _mixed(books: Sequence[Book], cells: Cells, rows: int, claims: Claims, found: Sequence[Match]) -> Finding | None:
    """Cover the rows greedily by a few sources; None when too many rows are left."""
    total = left = len(cells.values)
    least = max(LEAST_ROWS, LEAST_SHARE * total)
    rest, parts = cells, list[tuple[Source, float]]()
    while found and len(parts) < PARTS and found[0].explained >= least:
        parts.append((found[0].source, found[0].explained / total))
        rest = rest.where(~found[0].equal)
        left = len(rest.values)
        found = matches(books, rest, claims) if left else []
    if left > (1 - ENOUGH) * total:
        return None
    sources, shares = zip(*parts, strict=True)
    warnings = (_mixture(sources), *dict.fromkeys(text for source in sources for text in claims.warnings(source)))
    return Finding(cells.name, "mixed", sources, shares, total, rows, 1 - left / total, warnings)


def _mixture(sources: Iterable[Source]) -> str:
    """What is mixed, the gravest first."""
    aspects: dict[str, set[Any]] = {
        "splits": {(source.metric.name, source.metric.split) for source in sources},
        "benchmarks": {source.benchmark for source in sources},
        "fidelities": {source.fidelity for source in sources},
        "seeds": {source.training for source in sources},
        "units": {source.form for source in sources},
    }
    return "mixed " + " and ".join(aspect for aspect, values in aspects.items() if len(values) > 1)


def _unknown(cells: Cells, rows: int, found: Sequence[Match]) -> Finding:
    nearest = [match for match in found[:1] if match.explained >= LEAST_ROWS]
    agreement = max((match.agreement for match in nearest), default=0.0)
    sources, shares = tuple(match.source for match in nearest), tuple(match.agreement for match in nearest)
    return Finding(cells.name, "unknown", sources, shares, len(cells.values), rows, agreement, ())
