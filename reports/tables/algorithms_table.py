"""Algorithms and data sets: what every search ends with, on one page."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from harness.statistics.bootstrap import Interval
from harness.statistics.compare import average_ranks
from reports.numbers import Deviation, decimals, listed, number, plus_minus
from reports.summary.search import SearchSummary
from reports.tables.search_table import NOT_WORSE, tied_rows
from reports.tables.spread import MEANING, Spread, spread_of
from reports.tables.table import Column, Missing, Table, Value, explained
from reports.words import measure_name, study_titles, unit_of

BUDGETS = {"seconds": "s", "epochs": "epochs", "evaluations": "evaluations"}
"""What budgets are in."""

NOT_RUN = Missing("not run on this data set")
NOT_EVERYWHERE = Missing("only algorithms with results on every data set are ranked")


def algorithms_table(searches: Sequence[SearchSummary], spread: Spread = "interval") -> Table:
    """One row per algorithm, the best average rank first; one column per search study."""
    ranks = _ranks(searches)
    labels = _order(searches, {label: one.point for label, one in ranks.items()})
    titles = study_titles([search.runs.study for search in searches])
    columns = [_column(search, title, labels, _alike(searches)) for search, title in zip(searches, titles, strict=True)]
    mean = partial(number, digits=decimals(ranks.values()))
    rank = Column("average_rank", "average rank", mean, min)
    return explained(
        Table(
            name="algorithms",
            caption=_caption(searches),
            columns=(Column("algorithm", "algorithm"), *columns, rank),
            rows=tuple(
                (
                    label,
                    *(_final(search, label, spread) for search in searches),
                    ranks[label].point if label in ranks else NOT_EVERYWHERE,
                )
                for label in labels
            ),
            foot=_foot(searches),
            notes=_notes(searches, titles, spread),
            tied=NOT_WORSE,
        )
    )


def _ranks(searches: Sequence[SearchSummary]) -> dict[str, Interval]:
    """The average rank on each data set among the algorithms of all of them, averaged over data sets.

    The ends are the means of the ends on the data sets.
    """
    ends = [search.loss.dropna(axis="columns", how="all") for search in searches]
    common = [label for label in _labels(searches) if all(label in loss for loss in ends)]
    paired = [loss[common].dropna().to_numpy(float) for loss in ends]
    if not common or not all(map(len, paired)):
        return {}
    found = [average_ranks(losses) for losses in paired]
    means = np.mean(found, axis=0).tolist()
    return {label: Interval(*mean) for label, mean in zip(common, means, strict=True)}


def _labels(searches: Sequence[SearchSummary]) -> list[str]:
    """All algorithms, those of the first data set first and the best of each first."""
    return list(dict.fromkeys(row.algorithm for search in searches for row in search.rows))


def _order(searches: Sequence[SearchSummary], ranks: Mapping[str, float]) -> list[str]:
    return sorted(_labels(searches), key=lambda label: ranks.get(label, float("inf")))


def _alike(searches: Sequence[SearchSummary]) -> bool:
    """Whether all columns show the same quantity."""
    return len({measure_name(search.runs) for search in searches}) < 2


def _column(search: SearchSummary, title: str, labels: list[str], alike: bool) -> Column:
    runs = search.runs
    header = title if alike else f"{title}, {measure_name(runs)}"
    return Column(
        key=f"final_{runs.measure}_on_{title}",
        header=f"{header}{unit_of(runs.study)}",
        show=partial(_shown, digits=decimals(row.final for row in search.rows)),
        best=min if runs.lower_is_better else max,
        tied=tied_rows(search, labels),
    )


def _shown(value: Interval | Deviation | float, digits: int) -> str:
    """What runs end with, or in the foot a count or a budget."""
    return plus_minus(value, digits) if isinstance(value, Interval | Deviation) else f"{value:,.10g}"


def _final(search: SearchSummary, label: str, spread: Spread) -> Value:
    row = next((row for row in search.rows if row.algorithm == label), None)
    return spread_of(row.final, search.runs.final(search.runs.measure)[label], spread) if row else NOT_RUN


def _foot(searches: Sequence[SearchSummary]) -> tuple[tuple[Value, ...], ...]:
    budgets = [search.runs.study["budget"] for search in searches]
    kinds = [kind for kind in BUDGETS if any(budget.get(kind) is not None for budget in budgets)]
    runs = (_runs(search) for search in searches)
    clock = "" if any(search.runs.study["live"] for search in searches) else "simulated "
    names = BUDGETS | {"seconds": f"{clock}s"}
    return (
        *((f"budget ({names[kind]})", *(_budget(budget, kind) for budget in budgets), "") for kind in kinds),
        ("runs", *runs, ""),
    )


def _budget(budget: Mapping[str, Any], kind: str) -> Value:
    return Missing("not limited so on this data set") if budget.get(kind) is None else float(budget[kind])


def _runs(search: SearchSummary) -> Value:
    return min((row.runs for row in search.rows), default=0)


def _caption(searches: Sequence[SearchSummary]) -> str:
    names = dict.fromkeys(measure_name(search.runs) for search in searches)
    return f"Final {listed(names)} of the algorithms on each data set." if searches else "No algorithm was run."


def _notes(searches: Sequence[SearchSummary], titles: list[str], spread: Spread) -> tuple[str, ...]:
    many = len(searches) > 1
    notes = [f"Means over runs; {MEANING[spread]}"]
    notes.append(
        "Average rank: within each data set and seed among the algorithms that have results on every data set, 1 = "
        "best, averaged over seeds and then over data sets."
        if many
        else "Average rank: within each seed, 1 = best, averaged over seeds."
    )
    if any(len({row.runs for row in search.rows}) > 1 for search in searches):
        notes.append("Runs: the fewest of any algorithm.")
    weak = [title for title, search in zip(titles, searches, strict=True) if search.underpowered]
    if weak:
        notes.append(f"Underpowered on {listed(weak)}, no tests: fewer runs than a claim takes.")
    if any(row.ended < row.runs for search in searches for row in search.rows):
        notes.append(
            "Runs without an incumbent are left out of means, and their seeds of ranks and of their algorithm's tests."
        )
    if not _alike(searches):
        notes.append("Regret stands where the optimum is known, and a test metric elsewhere: compare within a column.")
    return tuple(notes)
