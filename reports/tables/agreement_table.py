"""The rank correlation of every two proxies."""

from functools import partial

from reports.numbers import number
from reports.summary.agreement import Agreement, extent
from reports.summary.proxy import ProxySummary
from reports.tables.table import Column, Table


def agreement_table(summary: ProxySummary, found: Agreement) -> Table:
    """A row and a column for the truth and for each proxy; columns are headed by the numbers of the rows."""
    study, show = summary.study, partial(number, digits=2)
    columns = [Column(f"kendall_tau_b_with_{label}", str(i), show) for i, label in enumerate(found.labels, start=1)]
    return Table(
        name=f"agreement_{study['study']}",
        caption=f"Kendall τ-b of every two proxies on {study['benchmark']}, and of each with the truth.",
        columns=(Column("proxy", "proxy"), Column("number", "no."), *columns),
        rows=tuple(
            (label, i, *(None if i - 1 == j else float(tau) for j, tau in enumerate(taus)))
            for i, (label, taus) in enumerate(zip(found.labels, found.kendall, strict=True), start=1)
        ),
        notes=(
            f"The truth is {study['truth']['metric']}. Correlations are those on the architectures that both scored"
            f"{extent(found)}. Ordered by average-linkage clustering on 1 - τ, so that proxies that agree tend to "
            "stand side by side.",
        ),
    )
