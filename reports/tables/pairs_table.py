"""The best proxy against the next ones."""

from functools import partial

from reports.numbers import decimals, interval, number
from reports.summary.pairs import PairRow
from reports.summary.proxy import ProxySummary
from reports.tables.table import Column, Table


def pairs_table(summary: ProxySummary, rows: list[PairRow]) -> Table:
    """One row per other proxy."""
    study, best = summary.study, rows[0].best
    show = partial(interval, digits=decimals(row.difference for row in rows))
    columns = (
        Column("other", "other proxy"),
        Column("kendall_tau_b_difference", "difference in τ-b", show),
        Column("probability_of_being_better", f"P({best} is better)", partial(number, digits=3)),
        Column("n", "n", partial(number, digits=0)),
        Column("seeds", "seeds", partial(number, digits=0)),
        Column("best", "best proxy"),
    )
    return Table(
        name=f"pairs_{study['study']}",
        caption=f"Is {best} better than the next proxies on {study['benchmark']}?",
        columns=columns,
        rows=tuple((row.other, row.difference, row.probability, row.n, row.seeds, row.best) for row in rows),
        notes=(
            f"The Kendall τ-b of {best} less that of the other, on the architectures and seeds that both scored. "
            "The probability is the share of bootstrap resamples of the architectures in which it is above zero, mean "
            "over seeds.",
        ),
    )
