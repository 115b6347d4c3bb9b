"""The ranking of search algorithms."""

from collections.abc import Callable, Iterator
from functools import partial

from reports.numbers import decimals, interval, number, plus_minus
from reports.summary.search import BASELINE, ENOUGH_LIVE_RUNS, ENOUGH_RUNS, SearchRow, SearchSummary
from reports.tables.table import Column, Table, Value
from reports.words import measure_name, unit_of

Field = tuple[Column, Callable[[SearchRow], Value]]


def search_table(summary: SearchSummary) -> Table:
    """One row per algorithm, the best first."""
    rows, study = summary.rows, summary.runs.study
    fields = [*_outcome(summary), *_cost(summary)]
    return Table(
        name=f"search_{study['study']}",
        caption=f"Search on {study['benchmark']}: what each algorithm ends with.",
        columns=tuple(column for column, _ in fields),
        rows=tuple(tuple(value(row) for _, value in fields) for row in rows),
        notes=_notes(summary),
    )


def _outcome(summary: SearchSummary) -> Iterator[Field]:
    """What an algorithm found. The test metric has a column of its own unless the ranking is by it."""
    rows, study, measure = summary.rows, summary.runs.study, summary.runs.measure
    unit, best = unit_of(study), min if measure == "regret" else max
    digits = decimals(row.final for row in rows)
    show = partial(plus_minus, digits=digits)
    yield Column("algorithm", "algorithm"), lambda row: row.algorithm
    yield Column(f"final_{measure}", f"final {measure_name(summary.runs)}{unit}", show, best), lambda row: row.final
    yield Column(f"median_final_{measure}", "median", partial(number, digits=digits), best), lambda row: row.median
    if measure == "regret":
        show = partial(plus_minus, digits=decimals(row.test for row in rows))
        yield Column("final_test", f"final {study['test']}{unit}", show, max), lambda row: row.test
    show = partial(interval, digits=decimals(row.rank for row in rows))
    yield Column("average_rank", "average rank", show, min), lambda row: row.rank
    if any(row.improvement is not None for row in rows):
        column = Column("improvement_over_random_search", "P(beats random search)", interval, max)
        yield column, lambda row: row.improvement


def _cost(summary: SearchSummary) -> Iterator[Field]:
    """What an algorithm spent, means per run."""
    whole, tenths = partial(number, digits=0), partial(number, digits=1)
    yield Column("evaluations", "evaluations", tenths), lambda row: row.evaluations
    if any(row.failed for row in summary.rows):
        yield Column("failed_evaluations", "failed", tenths), lambda row: row.failed
    yield Column("epochs", "epochs", whole), lambda row: row.epochs
    yield Column("simulated_seconds", "simulated s", whole), lambda row: row.seconds
    yield Column("runs", "runs", whole), lambda row: row.runs


def _notes(summary: SearchSummary) -> tuple[str, ...]:
    study, notes = summary.runs.study, []
    if summary.underpowered:
        notes.append(
            f"Underpowered: an algorithm has {min(row.runs for row in summary.rows)} runs; a claim takes at least "
            f"{ENOUGH_LIVE_RUNS if study['live'] else ENOUGH_RUNS}."
        )
    notes.append("± and brackets are 95 % intervals over runs; evaluations, epochs and seconds are means per run.")
    if any(row.improvement is not None for row in summary.rows):
        notes.append(
            f"P(beats random search): the probability that a run ends better than one of {BASELINE}; ties count half."
        )
    missing = [
        row.algorithm for row in summary.rows if summary.runs.final(summary.runs.measure)[row.algorithm].isna().any()
    ]
    if missing:
        notes.append(f"Runs of {', '.join(missing)} ended without an incumbent and are left out of means and ranks.")
    return tuple(notes)
