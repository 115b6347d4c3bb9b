"""What everything cost, summed over all runs: simulated and measured seconds stand apart."""

from typing import NamedTuple

import pandas as pd

from reports.summary.measured import measured_of
from reports.summary.proxy import ProxySummary
from reports.summary.runs import Runs
from reports.summary.search import SearchSummary


class LedgerRow(NamedTuple):
    """The totals of one algorithm or proxy in one study; None: does not apply, NaN: not measured."""

    study: int
    label: str
    runs: int
    evaluations: int | None
    epochs: float | None
    simulated_seconds: float | None
    """Of evaluations, from a table."""
    training_seconds: float | None
    """Of evaluations that trained live: measured, like the three below."""
    overhead_seconds: float
    proxy_seconds: float
    fit_seconds: float


def search_ledger(summary: SearchSummary, measured: pd.DataFrame) -> list[LedgerRow]:
    """One row per algorithm, in the study's order."""
    runs, live = summary.runs, summary.runs.study["live"]
    return [
        LedgerRow(
            study=runs.study["study"],
            label=label,
            runs=len(runs.of(label)),
            evaluations=int(runs.of(label)["evaluations"].sum()),
            epochs=float(runs.of(label)["epochs"].sum(skipna=False)),
            simulated_seconds=None if live else _seconds(runs, label),
            training_seconds=_seconds(runs, label) if live else None,
            **_clock(measured, runs.study["study"], label),
        )
        for label in runs.labels
    ]


def _seconds(runs: Runs, label: str) -> float:
    return float(runs.of(label)["seconds"].sum(skipna=False))


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
            simulated_seconds=float(part["evaluation_seconds"].sum(skipna=False)),
            training_seconds=None,
            **_clock(measured, study, label),
        )
        for label, part in parts.items()
    ]


def _clock(measured: pd.DataFrame, study: int, label: str) -> dict[str, float]:
    totals = measured_of(measured, study, label)
    return {name: totals[name] for name in ("overhead_seconds", "proxy_seconds", "fit_seconds")}
