"""The ranking of search algorithms."""

from functools import partial

from reports.numbers import decimals, interval, number, plus_minus
from reports.summary.search import BASELINE, ENOUGH_LIVE_RUNS, ENOUGH_RUNS, SearchSummary
from reports.tables.table import Column, Table
from reports.words import measure_name, unit_of


def search_table(summary: SearchSummary) -> Table:
    """One row per algorithm, the best first."""
    rows, study = summary.rows, summary.runs.study
    unit, measure = unit_of(study), measure_name(summary.runs)
    digits, test_digits = decimals(row.final for row in rows), decimals(row.test for row in rows)
    lowest = min if summary.runs.measure == "regret" else max
    columns = [
        Column("algorithm", "algorithm"),
        Column(f"final_{summary.runs.measure}", f"final {measure}{unit}", partial(plus_minus, digits=digits), lowest),
        Column(f"median_final_{summary.runs.measure}", "median", partial(number, digits=digits), lowest),
        Column("final_test", f"final {study['test']}{unit}", partial(plus_minus, digits=test_digits), max),
        Column("average_rank", "average rank", partial(interval, digits=decimals(row.rank for row in rows)), min),
        Column("improvement_over_random_search", "P(beats random search)", partial(number, digits=2), max),
        Column("evaluations", "evaluations", partial(number, digits=1)),
        Column("failed_evaluations", "failed", partial(number, digits=1)),
        Column("epochs", "epochs", partial(number, digits=0)),
        Column("simulated_seconds", "simulated s", partial(number, digits=0)),
        Column("runs", "runs", partial(number, digits=0)),
    ]
    values = [
        (r.algorithm, r.final, r.median, r.test, r.rank, r.improvement, r.evaluations, r.failed, r.epochs, r.seconds, r.runs)
        for r in rows
    ]
    drop = {"final_test"} if summary.runs.measure == "test" else set()
    drop |= set() if any(row.failed for row in rows) else {"failed_evaluations"}
    kept = [i for i, column in enumerate(columns) if column.key not in drop]
    return Table(
        name=f"search_{study['study']}",
        caption=f"Search on {study['benchmark']}: what each algorithm ends with.",
        columns=tuple(columns[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in values),
        notes=_notes(summary),
    )


def _notes(summary: SearchSummary) -> tuple[str, ...]:
    study, notes = summary.runs.study, []
    if summary.underpowered:
        notes.append(
            f"Underpowered: an algorithm has {min(row.runs for row in summary.rows)} runs; a claim takes at least "
            f"{ENOUGH_LIVE_RUNS if study['live'] else ENOUGH_RUNS}."
        )
    notes.append("± and brackets are 95 % intervals over runs; evaluations, epochs and seconds are means per run.")
    if any(row.improvement is not None for row in summary.rows):
        notes.append(f"P(beats random search): the probability that a run ends better than one of {BASELINE}; ties count half.")
    missing = [row.algorithm for row in summary.rows if summary.runs.final(summary.runs.measure)[row.algorithm].isna().any()]
    if missing:
        notes.append(f"Runs of {', '.join(missing)} ended without an incumbent and are left out of means and ranks.")
    return tuple(notes)
