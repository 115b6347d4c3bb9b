"""The ledger: who spent what."""

from functools import partial

from reports.numbers import number, significant
from reports.summary.ledger import LedgerRow
from reports.tables.table import Column, Missing, Table, Value, explained


def ledger_table(rows: list[LedgerRow]) -> Table:
    """One row per algorithm and proxy; simulated and measured seconds never share a column."""
    count, seconds = partial(number, digits=0), partial(significant, digits=3)
    columns = (
        Column("label", "algorithm or proxy"),
        Column("study", "study", count),
        Column("runs", "runs", count),
        Column("evaluations", "evaluations", count),
        Column("epochs", "epochs", count),
        Column("simulated_evaluation_seconds", "evaluation (simulated s)", seconds),
        Column("measured_training_seconds", "training (measured s)", seconds),
        Column("measured_overhead_seconds", "ask and tell (measured s)", seconds),
        Column("measured_proxy_seconds", "scoring (measured s)", seconds),
        Column("measured_fit_seconds", "fitting (measured s)", seconds),
    )
    live = any(row.training_seconds is not None for row in rows)
    kept = [i for i, column in enumerate(columns) if live or column.key != "measured_training_seconds"]
    values = [(row.label, row.study, row.runs, *map(_known, row[3:])) for row in rows]
    return explained(
        Table(
            name="ledger",
            caption="The ledger: what everything cost, summed over runs.",
            columns=tuple(columns[i] for i in kept),
            rows=tuple(tuple(row[i] for i in kept) for row in values),
            notes=(
                "Epochs are of the full data: an epoch on a quarter of it counts 0.25.",
                "Measured seconds are those of the machine that ran the experiment; simulated ones are the table's.",
            ),
        )
    )


def _known(value: float | None) -> Value:
    if value is None:
        return Missing("does not apply")
    return value if value == value else Missing("nothing was measured")
