"""The claims of the literature and what became of them."""

from functools import partial

from reports.numbers import decimals, interval, number
from reports.summary.claims import ENOUGH, ClaimRow
from reports.tables.table import Column, Table, Value
from reports.words import range_text, statistic_name


def claims_table(rows: list[ClaimRow]) -> Table:
    """One row per claim, study and proxy."""
    show = partial(interval, digits=decimals(row.correlation for row in rows))
    whole = partial(number, digits=0)
    columns = (
        Column("proxy", "proxy"),
        Column("verdict", "verdict"),
        Column("correlation", "measured", show),
        Column("claimed", "claimed"),
        Column("benchmark", "benchmark"),
        Column("statistic", "statistic"),
        Column("n", "n", whole),
        Column("seeds", "seeds", whole),
        Column("study", "study", whole),
        Column("claim", "claim", prose=True),
    )
    return Table(
        name="claims",
        caption="Claims, judged by what was measured.",
        columns=columns,
        rows=tuple(map(_values, rows)),
        notes=(
            "Supported: the 95 % interval lies in the claimed range. Refuted: it lies outside. Undecided: it holds an "
            f"end of the range. Underpowered: there are fewer than {ENOUGH} architectures. Undefined: there is no "
            "correlation, or no interval.",
        ),
    )


def _values(row: ClaimRow) -> tuple[Value, ...]:
    verdict = f"{row.verdict}: {row.why}" if row.why else row.verdict
    measured = (row.correlation, range_text(row.low, row.high), row.benchmark, statistic_name(row.statistic))
    return (row.proxy, verdict, *measured, row.n, row.seeds, row.study, row.text)
