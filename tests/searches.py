"""Search studies made of given curves, as their summaries."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from reports_factory import search_study

from reports.summary.runs import runs_of
from reports.summary.search import SearchSummary, summarize_search

LONG = (
    "random_search", "regularized_evolution", "local_search", "successive_halving(eta=4)", "hyperband", "bohb",
    "regularized_evolution(warmup(proxy=synflow, n=200))", "predictor_evolution(encoding=path)", "bananas",
    "simulated_annealing(cooling=0.97)", "learning_curve_stopping", "optuna_tpe",
)  # fmt: skip


def summary_of(
    regrets: Mapping[str, Any], *, name: str = "digits201", number: int = 0, seconds: float = 100.0, **study: Any
) -> SearchSummary:
    """A study whose runs hold `regrets[label]`, shape (runs, steps), at equally spaced times until the budget's end.

    NaN stands for no incumbent. Other keys of the study may be given.
    """
    tables = [_records(label, np.asarray(values, float), seconds) for label, values in regrets.items()]
    whole = search_study(number, tuple(regrets), max((len(v) for v in regrets.values()), default=0), oracle=True)
    whole["hyper"] = {label: {} if "(" not in label else {"given": True} for label in regrets}
    budget = {"seconds": seconds, "continuation": "resume"}
    return summarize_search(runs_of(whole | {"benchmark": name, "budget": budget} | study, tables))


def fabricated(
    labels: tuple[str, ...] = LONG[:3], *, runs: int = 120, steps: int = 15, seed: int = 0, scale: float = 5.0,
    **study: Any,
) -> SearchSummary:  # fmt: skip
    """A study in which algorithms differ a little, and fall to regret 0 now and then."""
    rng = np.random.default_rng(seed)
    regrets = {}
    for i, label in enumerate(labels):
        steps_down = rng.lognormal(0, 0.7, (runs, steps)) * (1 + np.arange(steps)) ** -(0.4 + 0.1 * (i % 7))
        regrets[label] = np.minimum.accumulate(scale * steps_down, axis=1)
        regrets[label][regrets[label] < 0.02 * scale] = 0.0
    return summary_of(regrets, **study)


def finals(values: Mapping[str, Any], **study: Any) -> SearchSummary:
    """A study whose runs end with these regrets, and had ten times as much half-way."""
    return summary_of({k: np.outer(np.asarray(v, float), [10.0, 1.0]) for k, v in values.items()}, **study)


def _records(label: str, regrets: np.ndarray, seconds: float) -> pd.DataFrame:
    runs, steps = regrets.shape
    count = runs * steps
    return pd.DataFrame({
        "study": 0, "benchmark": "b", "algorithm": label, "seed": np.repeat(np.arange(runs), steps),
        "step": np.tile(np.arange(steps), runs), "arch": np.arange(count), "epochs": 12, "schedule": 12, "data": 1.0,
        "trial": 0, "loss": 0.0, "charged": seconds / steps,
        "finished": np.tile(np.arange(1, steps + 1) * seconds / steps, runs), "incumbent": np.arange(count),
        "valid": 90.0, "test": 97.3 - regrets.ravel(), "regret": regrets.ravel(), "reason": "",
    })  # fmt: skip
