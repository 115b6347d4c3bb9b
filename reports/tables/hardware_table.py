"""How well proxies rank the costs of devices."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from harness.statistics.bootstrap import Interval
from reports.numbers import decimals, interval, listed
from reports.summary.origin import origin_of
from reports.summary.proxy import ProxySummary
from reports.tables.table import Column, Missing, Table, Value, explained


def hardware_table(summaries: Sequence[ProxySummary]) -> Table | None:
    """One row per proxy and one column per cost; None where no study's truth is a cost."""
    judged = [one for one in summaries if one.study["truth"].get("split") == "cost"]
    if not judged:
        return None
    taus = [{row.proxy: row.kendall for row in one.rows} for one in judged]
    labels = _best_first(list(dict.fromkeys(label for one in taus for label in one)), taus)
    show = partial(interval, digits=decimals(tau for one in taus for tau in one.values()))
    names = _names(judged)
    table = Table(
        name="hardware",
        caption=f"Kendall τ-b of proxies with {_origins(judged)} costs on {listed(_benchmarks(judged))}.",
        columns=(
            Column("proxy", "proxy"),
            *(Column(f"kendall_tau_b_{name.replace(', ', '_').replace(' ', '_')}", name, show, max) for name in names),
        ),
        rows=tuple((label, *(_cell(one, label) for one in taus)) for label in labels),
        notes=_notes(judged),
    )
    return explained(table)


def _origins(judged: Sequence[ProxySummary]) -> str:
    """Whether the costs were measured on devices, or are the table's training seconds."""
    return listed(sorted({origin_of(one.study) for one in judged}))


def _cell(taus: dict[str, Interval], label: str) -> Value:
    if label not in taus:
        return Missing("not among the proxies of this cost's study")
    return taus[label] if np.isfinite(taus[label].point) else Missing("the correlation is not defined")


def _names(judged: Sequence[ProxySummary]) -> list[str]:
    """The metrics, with the benchmark and at last the study's number where it takes them to tell columns apart."""
    metrics = [one.study["truth"]["metric"] for one in judged]
    longer = [f"{metric}, {one.study['benchmark']}" for metric, one in zip(metrics, judged, strict=True)]
    names = [name if metrics.count(name) == 1 else long for name, long in zip(metrics, longer, strict=True)]
    return [
        name if names.count(name) == 1 else f"{name}, study {one.study['study']}"
        for name, one in zip(names, judged, strict=True)
    ]


def _best_first(labels: list[str], taus: list[dict[str, Interval]]) -> list[str]:
    """By the mean over the costs that a proxy was judged by; those that never had a correlation last."""

    def key(label: str) -> tuple[bool, float]:
        known = [one[label].point for one in taus if label in one and np.isfinite(one[label].point)]
        return not known, -float(np.mean(known)) if known else 0.0

    return sorted(labels, key=key)


def _benchmarks(judged: Sequence[ProxySummary]) -> list[str]:
    return list(dict.fromkeys(one.study["benchmark"] for one in judged))


def _notes(judged: Sequence[ProxySummary]) -> tuple[str, ...]:
    notes = [
        "Signed: 1 where the architectures that a proxy scores highest cost the least; 95 % intervals in brackets."
    ]
    if any(one.study["maximize"] for one in judged):
        upwards = [one.study["truth"]["metric"] for one in judged if one.study["maximize"]]
        notes.append(f"Of {listed(dict.fromkeys(upwards))} much is good: there 1 means the most.")
    return tuple(notes)
