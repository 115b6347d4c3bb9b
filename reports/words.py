"""How a study's quantities are called in tables, figures and sentences."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from reports.measures import measure_of
from reports.summary.runs import Runs


def unit_of(study: Mapping[str, Any]) -> str:
    """The unit in brackets with a blank before it, or nothing."""
    return f" ({study['unit']})" if study.get("unit") else ""


def points(study: Mapping[str, Any]) -> str:
    """The unit after a number that is a difference."""
    unit = study.get("unit") or ""
    return " points" if unit == "%" else f" {unit}" if unit else ""


def measure_name(runs: Runs) -> str:
    """What the curves and the ranking show."""
    return "test regret" if runs.measure == "regret" else str(runs.study["test"])


def clock_name(runs: Runs) -> str:
    """What curves are drawn over: whether seconds come from a table or from training."""
    if runs.clock != "seconds":
        return str(runs.clock)
    return "training time" if runs.study["live"] else "simulated time"


def clock_axis(runs: Runs) -> str:
    """The title of an axis of time."""
    return f"{clock_name(runs)} (s)" if runs.clock == "seconds" else str(runs.clock)


def budget_text(study: Mapping[str, Any]) -> str:
    """The budget of a search study in words: 20,000 simulated seconds."""
    budget, seconds = study["budget"], "seconds of training" if study.get("live") else "simulated seconds"
    names = {"seconds": seconds, "epochs": "epochs", "evaluations": "evaluations"}
    return " and ".join(f"{budget[key]:,.10g} {name}" for key, name in names.items() if budget.get(key) is not None)


def study_titles(studies: Sequence[Mapping[str, Any]]) -> list[str]:
    """Short names of studies that stand beside each other: the benchmark, and what else it takes to tell them apart."""
    names = [str(study["benchmark"]) for study in studies]
    budgets = [budget_text(study) if "budget" in study else study["truth"]["metric"] for study in studies]
    whole = [f"{name}, {more}" for name, more in zip(names, budgets, strict=True)]
    found = [name if names.count(name) == 1 else long for name, long in zip(names, whole, strict=True)]
    return [
        name if found.count(name) == 1 else f"{name}, study {study['study']}"
        for name, study in zip(found, studies, strict=True)
    ]


def fidelity_text(fidelity: Mapping[str, Any]) -> str:
    """A fidelity in words: epoch 12 of a 12-epoch schedule, all data."""
    share = fidelity.get("data", 1.0)
    data = "all data" if share == 1 else f"{100 * share:g} % of the data"
    return f"epoch {fidelity['epochs']} of a {fidelity['schedule']}-epoch schedule, {data}"


def name_of(study: Mapping[str, Any], label: str) -> str:
    """The name of the proxy behind a label: random_forest for random_forest(train=200)."""
    names: Mapping[str, str] = study.get("names", {})
    return names.get(label, label.partition("(")[0])


def epochs_text(earliest: int, latest: int) -> str:
    """An epoch, or from which one to which: 20, or 20 to 50."""
    return str(latest) if earliest == latest else f"{earliest} to {latest}"


def range_text(low: float, high: float, *, strict: bool = False) -> str:
    """A range in words, whose ends belong to it unless it is `strict`; an end at infinity is not named."""
    least, most = ("more than", "less than") if strict else ("at least", "at most")
    if low == -math.inf:
        return f"{most} {high:g}"
    if high == math.inf:
        return f"{least} {low:g}"
    return f"{least} {low:g}, {most} {high:g}" if strict else f"{low:g} to {high:g}"


def statistic_name(statistic: str) -> str:
    """How a rank correlation is called, or a measure that was watched."""
    return {"kendall": "Kendall τ-b", "spearman": "Spearman"}.get(statistic) or measure_of(statistic).title
