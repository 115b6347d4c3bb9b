"""The proxies by bins of the truth."""

from functools import partial

from reports.numbers import decimals, interval, number
from reports.summary.bins import Bins
from reports.summary.proxy import ProxySummary
from reports.tables.table import Column, Table
from reports.words import unit_of


def bins_table(summary: ProxySummary, bins: Bins) -> Table:
    """One row per proxy, one column per bin from the poorest architectures to the best."""
    study = summary.study
    show = partial(interval, digits=decimals(tau for row in bins.rows for tau in row.kendall))
    sign = 1 if study["maximize"] else -1
    columns = []
    for i, edges in enumerate(bins.edges, start=1):
        low, high = (number(sign * edge, 2) for edge in edges)
        header = f"{low} to {high}{unit_of(study)}"
        columns.append(Column(f"kendall_tau_b_bin_{i}_from_{low}_to_{high}", header, show, max))
    return Table(
        name=f"bins_{study['study']}",
        caption=f"Kendall τ-b on {study['benchmark']} by {study['truth']['metric']}, from the worst fifth to the best.",
        columns=(Column("proxy", "proxy"), *columns),
        rows=tuple((row.proxy, *row.kendall) for row in bins.rows),
        notes=(
            "Each column holds the architectures whose truth lies in its range, about equally many in each (equal "
            "truths share a bin); the ends are means over seeds. Within a bin the truth varies less, so that its noise "
            "weighs more: compare proxies within a column.",
        ),
    )
