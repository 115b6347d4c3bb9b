"""A proxy study in numbers: how each score ranks, what it costs, and how well the truth ranks itself."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from harness.statistics.bootstrap import Interval
from harness.statistics.partial import partial_kendall
from harness.statistics.scoring import ProxyScore, score_proxy
from reports.summary.ceiling import Ceiling, ceiling_of
from reports.summary.measured import measured_of
from reports.summary.over_seeds import mean_over, over_seeds, resamples

TENTH, TOP_LEAST = 10, 10
"""One in so many architectures is in the top, and so many are at least."""
UNWATCHED = pd.DataFrame(columns=["study", "proxy", "seed", "epoch", "measure", "arch", "value", "truth"])
"""The history of proxies that have none."""


class ProxyRow(NamedTuple):
    """One proxy: statistics are computed per seed and averaged over seeds, costs are seconds per architecture."""

    proxy: str
    kendall: Interval
    spearman: Interval
    weighted: Interval
    given_params: float
    """Partial correlation with the truth given params; NaN where params are unknown or order like the score."""
    top_kendall: float
    precision: float
    best_rank: float
    regret: float
    k: int
    """Architectures in the top: the same for all proxies of a study."""
    simulated: float
    measured: float
    n: int
    """Architectures behind each statistic: the fewest of any seed."""
    dropped: int
    """Architectures without a finite score or truth: the most of any seed."""
    ties: float
    seeds: int
    """Seeds in which the correlation is defined."""
    trained: int
    """Architectures that it learned from."""
    fitted: float = float("nan")
    """Seconds by the clock that training took with one seed, mean over seeds."""


class ProxySummary(NamedTuple):
    """The proxies of one study, the best correlation first; `ceiling` is None where the truth has one seed only.

    In `frame`, scores that are not finite are NaN; there and in `history`, what was watched of supernets, a higher
    truth is better.
    """

    study: dict[str, Any]
    frame: pd.DataFrame
    rows: tuple[ProxyRow, ...]
    ceiling: Ceiling | None
    history: pd.DataFrame = UNWATCHED


def summarize_proxies(
    study: dict[str, Any],
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    measured: pd.DataFrame,
    history: pd.DataFrame = UNWATCHED,
) -> ProxySummary:
    """Score every proxy of a study against the truth; both point upwards: higher is better."""
    frame = scores[scores["study"] == study["study"]] if not scores.empty else pd.DataFrame(columns=["proxy"])
    sign = 1 if study["maximize"] else -1
    if len(frame):
        frame = frame.assign(truth=sign * frame["truth"], score=frame["score"].replace([np.inf, -np.inf], np.nan))
    parts = dict(list(frame.groupby("proxy", sort=False)))
    k = top_of(frame) if len(frame) else TOP_LEAST
    rows = [_row(study, parts[label], k, measured) for label in study["proxies"] if label in parts]
    rows.sort(key=lambda row: (np.isnan(row.kendall.point), -row.kendall.point))
    watched = history[history["study"] == study["study"]] if len(history) else UNWATCHED
    watched = watched.assign(truth=sign * watched["truth"])
    return ProxySummary(study, frame, tuple(rows), ceiling_of(study, truth), watched)


def top_of(frame: pd.DataFrame) -> int:
    """How many are in the top: a tenth of the architectures that a seed draws, whether they have a score or not."""
    drawn = int(frame.groupby(["proxy", "seed"]).size().max())
    return max(TOP_LEAST, drawn // TENTH)


def learning_note(rows: Iterable[ProxyRow]) -> str:
    """What a predictor's simulated seconds are, which depend on the size of the study; empty where none learned."""
    scored = {row.n + row.dropped for row in rows if row.trained and row.simulated > 0}
    if not scored:
        return ""
    number = f"the {scored.pop():,}" if len(scored) == 1 else "the number"
    return (
        f"A predictor's simulated seconds are those of the architectures it learned from, divided by {number} it "
        "scores: with more to score it is cheaper."
    )


def less_noisy(summary: ProxySummary) -> str:
    """Why the noise ceiling is none for a good proxy."""
    study, ceiling = summary.study, summary.ceiling
    same = study.get("ceiling_metric", study["truth"]["metric"]) == study["truth"]["metric"]
    mean = f"a mean over {ceiling.seeds}" if ceiling is not None and same else "a mean"
    return f"the truth, {mean}, is less noisy, so that a good proxy may lie above it"


def _row(study: dict[str, Any], frame: pd.DataFrame, k: int, measured: pd.DataFrame) -> ProxyRow:
    label = str(frame["proxy"].iloc[0])
    parts = [part for _, part in frame.groupby("seed")]
    scores = [_score(part, k, len(parts)) for part in parts]
    clock = measured_of(measured, study["study"], label)
    return ProxyRow(
        proxy=label,
        kendall=over_seeds(score.kendall for score in scores),
        spearman=over_seeds(score.spearman for score in scores),
        weighted=over_seeds(score.weighted_kendall for score in scores),
        given_params=mean_over(map(_given_params, parts)),
        top_kendall=mean_over(score.top_kendall for score in scores),
        precision=mean_over(score.precision for score in scores),
        best_rank=mean_over(score.best_rank for score in scores),
        regret=mean_over(score.regret for score in scores),
        k=k,
        simulated=float(frame["evaluation_seconds"].mean()),
        measured=float(np.nansum([clock["proxy_seconds"], clock["fit_seconds"]]) / clock["n"]),
        n=min(score.n for score in scores),
        dropped=max(score.dropped for score in scores),
        ties=mean_over(score.ties for score in scores),
        seeds=int(np.isfinite([score.kendall.point for score in scores]).sum()),
        trained=int(frame["trained"].max()),
        fitted=clock["fit_seconds"] / len(parts),
    )


def _score(part: pd.DataFrame, k: int, seeds: int) -> ProxyScore:
    columns = part["score"].to_numpy(float), part["truth"].to_numpy(float)
    return score_proxy(*columns, k=k, resamples=resamples(len(part), seeds))


def _given_params(part: pd.DataFrame) -> float:
    """Tau-b of score and truth given params, among the architectures of which all three are known."""
    if "params" not in part:
        return float("nan")
    known = part[["score", "truth", "params"]].dropna().to_numpy(float)
    return partial_kendall(*known.T)
