"""Predictors by the number of architectures that they learned from."""

from functools import partial

from reports.numbers import decimals, interval
from reports.summary.learning import LearningCurve
from reports.summary.proxy import ProxySummary
from reports.tables.table import Column, Missing, Table, explained

GAP = Missing("did not learn from so many")


def training_sizes_table(summary: ProxySummary, curves: list[LearningCurve]) -> Table:
    """One row per predictor, the best first, and one column per size."""
    study = summary.study
    taus = [{row.trained: row.kendall for row in curve.rows} for curve in curves]
    sizes = sorted({size for curve in taus for size in curve})
    show = partial(interval, digits=decimals(tau for curve in taus for tau in curve.values()))
    return explained(
        Table(
            name=f"training_sizes_{study['study']}",
            caption=f"Kendall τ-b of predictors on {study['benchmark']} by how many architectures they learned from.",
            columns=(
                Column("predictor", "predictor"),
                *(Column(f"kendall_tau_b_train_{size}", f"{size:,}", show, max) for size in sizes),
            ),
            rows=tuple(
                (curve.label, *(tau.get(size, GAP) for size in sizes)) for curve, tau in zip(curves, taus, strict=True)
            ),
            notes=("Every predictor scores the same architectures, none of which it has learned from.",),
        )
    )
