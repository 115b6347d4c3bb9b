"""The ranking of search algorithms."""

from collections.abc import Callable, Iterator
from functools import partial

from reports.numbers import counted, decimals, interval, number, plus_minus
from reports.summary.search import SearchRow, SearchSummary, baseline_of
from reports.tables.spread import MEANING, NO_INCUMBENT, Spread, spread_of
from reports.tables.table import Column, Missing, Table, Value, explained
from reports.words import measure_name, unit_of

Field = tuple[Column, Callable[[SearchRow], Value]]

NOT_WORSE = (
    "not significantly worse than the best of the column, by signed-rank tests paired by seed, Holm-corrected for all "
    "pairs of algorithms, at 5 %"
)
OVERRUN = "A run ends with the evaluation that was running when the budget ran out; curves stop at the budget."
LEFT_OUT = (
    "Runs of {} ended without an incumbent and are left out of means; ranks take the seeds with which all algorithms "
    "have one, tests and P those with which both have."
)
UNTESTED = "No tests: fewer runs than a claim takes."


def search_table(summary: SearchSummary, spread: Spread = "interval") -> Table:
    """One row per algorithm, the best first."""
    rows, study = summary.rows, summary.runs.study
    fields = [*_outcome(summary, spread), *_rank(summary), *_cost(summary)]
    return explained(
        Table(
            name=f"search_{study['study']}",
            caption=f"Search on {study['benchmark']}: what each algorithm ends with.",
            columns=tuple(column for column, _ in fields),
            rows=tuple(tuple(value(row) for _, value in fields) for row in rows),
            notes=_notes(summary, spread),
            tied=NOT_WORSE,
        )
    )


def tied_rows(summary: SearchSummary, labels: list[str]) -> frozenset[int]:
    """The numbers of the rows, one per label, whose algorithms are not significantly worse than the best."""
    return frozenset(i for i, label in enumerate(labels) if label in summary.tied)


def _outcome(summary: SearchSummary, spread: Spread) -> Iterator[Field]:
    """What an algorithm found. The test metric has a column of its own unless the ranking is by it."""
    rows, study, measure = summary.rows, summary.runs.study, summary.runs.measure
    unit, best = unit_of(study), min if summary.runs.lower_is_better else max
    digits = decimals(row.final for row in rows)
    final = Column(f"final_{measure}", f"final {measure_name(summary.runs)}{unit}", _shown(digits), best)
    tied = tied_rows(summary, [row.algorithm for row in rows])
    ends, tests = summary.runs.final(measure), summary.runs.final("test")
    yield Column("algorithm", "algorithm"), lambda row: row.algorithm
    yield final._replace(tied=tied), lambda row: spread_of(row.final, ends[row.algorithm], spread)
    yield Column(f"median_final_{measure}", "median", partial(number, digits=digits), best), lambda row: row.median
    if measure == "regret":
        show = _shown(decimals(row.test for row in rows))
        better = min if summary.runs.lower_test_is_better else max
        test = Column("final_test", f"final {study['test']}{unit}", show, better)
        yield test, lambda row: spread_of(row.test, tests[row.algorithm], spread)


def _rank(summary: SearchSummary) -> Iterator[Field]:
    """How an algorithm stands among the others, and beside random search."""
    rows, baseline = summary.rows, baseline_of(summary.runs.study)
    yield (
        Column("average_rank", "average rank", partial(interval, digits=decimals(row.rank for row in rows)), min),
        lambda row: row.rank if row.rank.point == row.rank.point else Missing(_unranked(row)),
    )
    if any(row.improvement is not None for row in rows):
        alone = "the baseline itself"
        column = Column("improvement_over_random_search", "P(beats random search)", interval, max)
        yield (
            column,
            lambda row: row.improvement or Missing(alone if row.algorithm == baseline else "no runs in common with it"),
        )


def _unranked(row: SearchRow) -> str:
    known = row.final.point == row.final.point
    return "fewer than two seeds with which all end with an incumbent" if known else NO_INCUMBENT


def _cost(summary: SearchSummary) -> Iterator[Field]:
    """What an algorithm spent, means per run."""
    whole, tenths = partial(number, digits=0), partial(number, digits=1)
    yield Column("evaluations", "evaluations", tenths), lambda row: row.evaluations
    if any(row.failed for row in summary.rows):
        yield Column("failed_evaluations", "failed", tenths), lambda row: row.failed
    yield Column("epochs", "epochs", whole), lambda row: row.epochs
    clock = "training" if summary.runs.study["live"] else "simulated"
    yield Column(f"{clock}_seconds", f"{clock} s", whole), lambda row: _known(row.seconds)
    yield Column("runs", "runs", whole), lambda row: row.runs


def _known(seconds: float) -> Value:
    return seconds if seconds == seconds else Missing("seconds are not known of all evaluations")


def _shown(digits: int) -> Callable[..., str]:
    return partial(plus_minus, digits=digits)


def _notes(summary: SearchSummary, spread: Spread) -> tuple[str, ...]:
    notes, budget = [], summary.runs.study["budget"]
    missing = [row.algorithm for row in summary.rows if row.ended < row.runs]
    if summary.underpowered:
        fewest = f"{counted(summary.fewest, 'run')}{' with an incumbent' if missing else ''}"
        notes += [f"Underpowered: an algorithm has {fewest}; a claim takes at least {summary.enough}.", UNTESTED]
    notes.append(f"{MEANING[spread]} Brackets are 95 % intervals; evaluations, epochs and seconds are means per run.")
    if any(budget.get(kind) is not None for kind in ("seconds", "epochs")):
        notes.append(OVERRUN)
    if any(row.improvement is not None for row in summary.rows):
        notes.append(
            "P(beats random search): the probability that a run ends better than one of "
            f"{baseline_of(summary.runs.study)}; ties count half."
        )
    return (*notes, *([LEFT_OUT.format(", ".join(missing))] if missing else ()))
