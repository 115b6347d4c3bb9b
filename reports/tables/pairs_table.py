"""The best proxy against the next ones."""

from functools import partial

from reports.leads import chance, lead
from reports.numbers import decimals, number
from reports.summary.over_seeds import LEAST
from reports.summary.pairs import PairRow
from reports.summary.proxy import ProxySummary
from reports.tables.table import Column, Table


def pairs_table(summary: ProxySummary, rows: list[PairRow]) -> Table:
    """One row per other proxy."""
    study, best = summary.study, rows[0].best
    show = partial(lead, digits=decimals(row.difference for row in rows))
    columns = (
        Column("other", "other proxy"),
        Column("kendall_tau_b_difference", "difference in τ-b", show),
        Column("probability_of_being_better", f"P({best} is better)", chance),
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
            f"The probability is for the architectures only: the share of their resamples, at least {LEAST} per seed, "
            "in which it is above zero, mean over seeds. The interval also holds the spread over seeds. The best proxy "
            "was chosen on the same data.",
        ),
    )
