"""The proxies by the operations that they over-rate."""

from functools import partial

from reports.numbers import decimals, interval
from reports.summary.bias import Bias
from reports.summary.proxy import ProxySummary
from reports.tables.table import Column, Table


def bias_table(summary: ProxySummary, bias: Bias) -> Table:
    """One row per proxy, one column per operation."""
    study = summary.study
    show = partial(interval, digits=decimals(one for row in bias.rows for one in row.operations))
    return Table(
        name=f"bias_{study['study']}",
        caption=f"Bias by operation on {study['benchmark']}, in percentage points of rank.",
        columns=(Column("proxy", "proxy"), *(Column(name, name, show) for name in bias.operations)),
        rows=tuple((row.proxy, *row.operations) for row in bias.rows),
        notes=(
            "How far one more of the operation in place of an average one lifts an architecture in the ranking by "
            "score above its place in the ranking by truth (least squares on the counts; a proxy's values add up to "
            "zero): above zero it is over-rated, below zero under-rated.",
        ),
    )
