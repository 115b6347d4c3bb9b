"""What everything cost, summed over all runs: simulated and measured seconds stand apart."""

from typing import NamedTuple

import pandas as pd

from reports.summary.measured import measured_of
from reports.summary.proxy import ProxySummary
from reports.summary.search import SearchSummary


class LedgerRow(NamedTuple):
    """The totals of one algorithm or proxy in one study; None: does not apply, NaN: not measured."""

    study: int
    label: str
    runs: int
    evaluations: int | None
    epochs: float | None
    evaluation_seconds: float
    """Simulated."""
    overhead_seconds: float
    """Measured, like the two below."""
    proxy_seconds: float
    fit_seconds: float


def search_ledger(summary: SearchSummary, measured: pd.DataFrame) -> list[LedgerRow]:
    """One row per algorithm, in the study's order."""
    runs = summary.runs
    return [
        LedgerRow(
            study=runs.study["study"],
            label=label,
            runs=len(runs.of(label)),
            evaluations=int(runs.of(label)["evaluations"].sum()),
            epochs=float(runs.of(label)["epochs"].sum(skipna=False)),
            evaluation_seconds=float(runs.of(label)["seconds"].sum(skipna=False)),
            **_clock(measured, runs.study["study"], label),
        )
        for label in runs.labels
    ]


def proxy_ledger(summary: ProxySummary, measured: pd.DataFrame) -> list[LedgerRow]:
    """One row per proxy, in the study's order; evaluations and epochs are not counted one by one."""
    study = summary.study["study"]
    present = {row.proxy for row in summary.rows}
    parts = {
        label: summary.frame[summary.frame["proxy"] == label] for label in summary.study["proxies"] if label in present
    }
    return [
        LedgerRow(
            study=study,
            label=label,
            runs=part["seed"].nunique(),
            evaluations=None,
            epochs=None,
            evaluation_seconds=float(part["evaluation_seconds"].sum(skipna=False)),
            **_clock(measured, study, label),
        )
        for label, part in parts.items()
    ]


def _clock(measured: pd.DataFrame, study: int, label: str) -> dict[str, float]:
    totals = measured_of(measured, study, label)
    return {name: totals[name] for name in ("overhead_seconds", "proxy_seconds", "fit_seconds")}
