"""Does a shorter training order architectures as the full one does? Learning curves, and the pairs that they swap."""

from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from harness.statistics.bootstrap import Interval, bootstrap
from harness.statistics.rank import kendall, tied_share
from reports.summary.over_seeds import resamples
from reports.summary.proxy import ProxySummary
from reports.words import name_of

PROXY, OPTION = "reduced_epochs", "epochs"
METRIC, SCHEDULE = "valid_accuracy", "truncated"
"""What the proxy reads unless it is told otherwise."""
LEAST = 3
"""Architectures that it takes to say anything of their order."""


class Crossing(NamedTuple):
    """The architectures of a study's first seed, as known after several numbers of epochs and in truth."""

    labels: tuple[str, ...]
    """The proxies, from the fewest epochs to the most."""
    epochs: tuple[int, ...]
    metric: str
    schedule: str
    """Whether all numbers of epochs are read from one training (`truncated`), or each has its `own`."""
    seed: int
    archs: NDArray[np.int64]
    """Official indices, shape (architectures,); only those with a score at every number of epochs and a truth."""
    scores: NDArray[np.float64]
    """Shape (architectures, numbers of epochs), higher is better."""
    truth: NDArray[np.float64]
    """Shape (architectures,), higher is better."""
    swapped: tuple[Interval, ...]
    """`swapped_share` of each number of epochs, with its 95 % interval over architectures."""


def crossing_of(summary: ProxySummary) -> Crossing | None:
    """The study's largest set of reductions that differ in epochs alone; None where no two do, or with no data."""
    labels = _fidelities(summary)
    frame = summary.frame[summary.frame["proxy"].isin(labels)] if labels else summary.frame.iloc[:0]
    frame = frame[frame["seed"] == frame["seed"].min()] if len(frame) else frame
    if frame["proxy"].nunique() < max(len(labels), 2):
        return None
    table = _complete(frame, labels)
    if len(table) < LEAST:
        return None
    scores, truth = table[labels].to_numpy(float), table["truth"].to_numpy(float)
    hyper = summary.study["hyper"]
    draws = resamples(len(truth), 1)
    return Crossing(
        labels=tuple(labels),
        epochs=tuple(int(hyper[label][OPTION]) for label in labels),
        metric=hyper[labels[0]].get("metric", METRIC),
        schedule=hyper[labels[0]].get("schedule", SCHEDULE),
        seed=int(frame["seed"].iloc[0]),
        archs=table.index.to_numpy(np.int64),
        scores=scores,
        truth=truth,
        swapped=tuple(bootstrap(swapped_share, score, truth, resamples=draws) for score in scores.T),
    )


def swapped_share(score: ArrayLike, truth: ArrayLike) -> float:
    """The share of pairs that the score orders the other way round, among the pairs that the truth orders.

    A pair that the score ties counts half, as if a coin decided. Without ties it is (1 - tau) / 2, and with them
    (1 - d) / 2 for d of Somers (American Sociological Review 27, 1962), which is tau-b times the root of the ratio of
    untied pairs. NaN where one of the columns, shape (architectures,) each, is constant.
    """
    tau = kendall(score, truth)
    if np.isnan(tau):
        return tau
    return (1 - tau * sqrt((1 - tied_share(score)) / (1 - tied_share(truth)))) / 2


def _fidelities(summary: ProxySummary) -> list[str]:
    """The labels of the largest set, the first of several equally large ones, by epochs; empty where no two differ."""
    study = summary.study
    groups: dict[str, dict[int, str]] = {}
    for label in study["proxies"]:
        options: dict[str, Any] = study["hyper"].get(label, {})
        if name_of(study, label) == PROXY and options.get(OPTION) is not None:
            others = repr(sorted((key, value) for key, value in options.items() if key != OPTION))
            groups.setdefault(others, {}).setdefault(int(options[OPTION]), label)
    largest = max(groups.values(), key=len, default={})
    return [largest[epochs] for epochs in sorted(largest)] if len(largest) > 1 else []


def _complete(frame: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """One row per architecture, one column per label, and the truth; without those that lack one of them."""
    scores = frame.pivot(index="arch", columns="proxy", values="score")[labels]
    return scores.assign(truth=frame.groupby("arch")["truth"].first()).dropna()
