"""A proxy study in numbers: how each score ranks, what it costs, and how well the truth ranks itself."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from harness.statistics.bootstrap import Interval, bootstrap
from harness.statistics.ceiling import noise_ceiling
from harness.statistics.mean import mean_interval
from harness.statistics.scoring import ProxyScore, score_proxy
from reports.summary.measured import measured_of

WORK = 150_000
"""Architectures times resamples of one bootstrap: what keeps a report within seconds."""


class ProxyRow(NamedTuple):
    """One proxy: statistics are computed per seed and averaged over seeds, costs are seconds per architecture."""

    proxy: str
    kendall: Interval
    spearman: Interval
    top_kendall: float
    precision: float
    best_rank: float
    regret: float
    k: int
    simulated: float
    measured: float
    n: int
    """Architectures behind each statistic: the fewest of any seed."""
    dropped: int
    """Architectures without a finite score or truth: the most of any seed."""
    ties: float
    seeds: int
    """Seeds in which the correlation is defined."""


class Ceiling(NamedTuple):
    """How well one training seed of the truth ranks what another one measured."""

    kendall: Interval
    spearman: Interval
    n: int
    seeds: int


class ProxySummary(NamedTuple):
    """The proxies of one study, the best correlation first; `ceiling` is None where the truth has one seed only."""

    study: dict[str, Any]
    frame: pd.DataFrame
    rows: tuple[ProxyRow, ...]
    ceiling: Ceiling | None


def summarize_proxies(
    study: dict[str, Any], scores: pd.DataFrame, truth: pd.DataFrame, measured: pd.DataFrame
) -> ProxySummary:
    """Score every proxy of a study against the truth; both point upwards: higher is better."""
    frame = scores[scores["study"] == study["study"]] if not scores.empty else pd.DataFrame(columns=["proxy"])
    if not study["maximize"] and len(frame):
        frame = frame.assign(truth=-frame["truth"])
    present = set(frame["proxy"])
    rows = [_row(study, frame[frame["proxy"] == p], p, measured) for p in study["proxies"] if p in present]
    rows.sort(key=lambda row: (np.isnan(row.kendall.point), -row.kendall.point))
    return ProxySummary(study, frame, tuple(rows), _ceiling(study, truth))


def _row(study: dict[str, Any], frame: pd.DataFrame, label: str, measured: pd.DataFrame) -> ProxyRow:
    scores = [_score(part) for _, part in frame.groupby("seed")]
    clock = measured_of(measured, study["study"], label)
    taus = [score.kendall.point for score in scores]
    return ProxyRow(
        proxy=label,
        kendall=_over_seeds([score.kendall for score in scores]),
        spearman=_over_seeds([score.spearman for score in scores]),
        top_kendall=_mean([score.top_kendall for score in scores]),
        precision=_mean([score.precision for score in scores]),
        best_rank=_mean([score.best_rank for score in scores]),
        regret=_mean([score.regret for score in scores]),
        k=scores[0].k,
        simulated=float(frame["evaluation_seconds"].mean()),
        measured=float(np.nansum([clock["proxy_seconds"], clock["fit_seconds"]]) / clock["n"]),
        n=min(score.n for score in scores),
        dropped=max(score.dropped for score in scores),
        ties=_mean([score.ties for score in scores]),
        seeds=int(np.isfinite(taus).sum()),
    )


def _score(part: pd.DataFrame) -> ProxyScore:
    score = part["score"].replace([np.inf, -np.inf], np.nan)
    return score_proxy(score.to_numpy(float), part["truth"].to_numpy(float), resamples=_resamples(len(part)))


def _resamples(n: int) -> int:
    return int(np.clip(WORK // max(n, 1), 40, 400))


def _over_seeds(intervals: list[Interval]) -> Interval:
    """The mean over seeds; its bounds hold both the t interval over seeds and the mean bootstrap over architectures.

    Three seeds alone may agree by luck, and a proxy without a seed agrees always; the bootstrap alone does not see how
    much a proxy's own seed matters.
    """
    found = np.array([interval for interval in intervals if np.isfinite(interval.point)])
    if len(found) == 0:
        return Interval(np.nan, np.nan, np.nan)
    point, low, high = found.mean(axis=0).tolist()
    if len(found) > 1:
        between = mean_interval(found[:, 0])
        low, high = min(low, between.low), max(high, between.high)
    return Interval(point, max(low, -1.0), min(high, 1.0))


def _mean(values: list[float]) -> float:
    found = [value for value in values if np.isfinite(value)]
    return float(np.mean(found)) if found else float("nan")


def _ceiling(study: dict[str, Any], truth: pd.DataFrame) -> Ceiling | None:
    rows = truth[truth["study"] == study["study"]] if not truth.empty else truth
    if rows.empty or rows["seed"].nunique() < 2:
        return None
    values = rows.pivot(index="arch", columns="seed", values="value").to_numpy(float)
    columns = list(values.T)
    resamples = _resamples(len(values) * len(columns))
    return Ceiling(
        bootstrap(lambda *seeds: noise_ceiling(np.stack(seeds, axis=1)).kendall, *columns, resamples=resamples),
        bootstrap(lambda *seeds: noise_ceiling(np.stack(seeds, axis=1)).spearman, *columns, resamples=resamples),
        len(values),
        len(columns),
    )
