"""`nasgauge samples`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from harness.commands._console import print_table
from harness.errors import BadValue
from harness.results import load
from harness.statistics.bootstrap import bootstrap
from harness.statistics.known import known_rows
from harness.statistics.rank import kendall
from harness.statistics.sample_size import STATISTICS, expected_half_width, sample_size, sample_size_for

RESAMPLES = 400


class Pilot(NamedTuple):
    """What one seed's scores say: architectures used, tau-b, half its interval, and the architectures needed."""

    n: int
    tau: float
    half_width: float
    needed: float


def print_samples(results: Path | None, half_width: float, correlation: float | None) -> None:
    """Print how many architectures make a 95 % interval reach `half_width` to either side.

    For each proxy in a results folder, or for an expected correlation. `BadValue` unless it is one of the two.
    """
    if results is not None and correlation is None:
        _print_pilots(results, half_width)
    elif correlation is not None and results is None:
        rows = [_expected(name, correlation, half_width) for name in STATISTICS]
        header = ("statistic", "expected", "architectures", "half as many", "twice as many")
        print_table(f"95 % interval of +-{half_width:g}", header, rows)
    else:
        raise BadValue("give either a results folder with scores of proxies or the --correlation that you expect")


def _expected(statistic: str, correlation: float, half_width: float) -> tuple[object, ...]:
    n = sample_size_for(correlation, half_width, statistic=statistic)
    others = (expected_half_width(correlation, max(m, 5), statistic=statistic) for m in (n // 2, 2 * n))
    return statistic, f"{correlation:g}", n, *(f"+-{width:.3g}" for width in others)


def _print_pilots(folder: Path, half_width: float) -> None:
    results = load(folder)
    if results.scores.empty:
        raise BadValue(f"{folder} holds no scores of proxies: name the results of an experiment with a [[proxy]] study")
    header = ("proxy", "architectures", "tau-b", "95 % interval", f"needed for +-{half_width:g}")
    for study in results.manifest["studies"]:
        if study["kind"] == "proxy":
            frame = results.scores[results.scores["study"] == study["study"]]
            print_table(study["benchmark"], header, list(_rows(study, frame, half_width)))


def _rows(study: dict[str, Any], frame: pd.DataFrame, half_width: float) -> Iterator[tuple[object, ...]]:
    """A row for each proxy: the fewest architectures of any seed, and means over the seeds that have a correlation."""
    sign = 1 if study["maximize"] else -1
    for proxy, scores in frame.groupby("proxy", sort=False):
        pilots = [_pilot(part["score"], sign * part["truth"], half_width) for _, part in scores.groupby("seed")]
        n = min(pilot.n for pilot in pilots)
        defined = [pilot for pilot in pilots if np.isfinite(pilot.needed)]
        if defined:
            _, tau, now, needed = np.mean(defined, axis=0)
            yield proxy, n, f"{tau:.3f}", f"+-{now:.3f}", int(np.ceil(needed))
        else:
            yield proxy, n, "undefined", "-", "-"


def _pilot(score: pd.Series, truth: pd.Series, half_width: float) -> Pilot:
    """Scores that are infinite count as undefined; `needed` is NaN where the correlation is undefined or perfect."""
    found = score.to_numpy(float)
    x, y = known_rows(score=np.where(np.isfinite(found), found, np.nan), truth=truth.to_numpy(float))
    interval = bootstrap(kendall, x, y, resamples=RESAMPLES)
    tells = interval.high > interval.low
    needed = sample_size(x, y, half_width) if tells else float("nan")
    return Pilot(len(x), interval.point, (interval.high - interval.low) / 2, needed)
