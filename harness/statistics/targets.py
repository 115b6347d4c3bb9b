"""Time to target: when each run first reached each of a row of target regrets, and what follows from that.

The runtime distribution over all pairs of a data set and a target, and the expected running time, are those of COCO
(Hansen et al., "COCO: performance assessment", 2016), without its simulated restarts.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.band import Band, resampled, stratified
from harness.statistics.bootstrap import tails
from harness.statistics.columns import ascending, column, count, matrix, numbers, same_length


def log_targets(easiest: float, hardest: float, number: int = 51) -> NDArray[np.float64]:
    """`number` regrets from the easiest to the hardest, evenly spaced in their logarithm, both ends exact.

    `BadValue` unless easiest > hardest > 0: a regret of exactly zero can be given as a target of its own.
    """
    if not np.inf > easiest > hardest > 0:
        raise BadValue(f"targets from {easiest} to {hardest}: give two finite regrets above zero, the easier one first")
    return np.geomspace(easiest, hardest, count("number", number))


def time_to_targets(times: ArrayLike, regrets: ArrayLike, targets: ArrayLike) -> NDArray[np.float64]:
    """When a run first had a regret at or below each target, shape (targets,); infinite where it never had.

    `times` are ascending and `regrets` hold from each of them on, shape (steps,); NaN reaches nothing. Times may be
    seconds, epochs or evaluations. `BadValue` for times not ascending, lengths that differ, or targets not finite.
    """
    when, held, wanted = ascending("times", times), numbers("regrets", regrets), column("targets", targets)
    same_length(("times", "regrets"), (when, held))
    best = np.minimum.accumulate(np.where(np.isnan(held), np.inf, held))
    # `best` only falls, so the negated one is sorted, and the first entry not below -target is the first to reach it.
    return np.append(when, np.inf)[np.searchsorted(-best, -wanted)]


def success_over_time(
    reached: Sequence[ArrayLike], grid: ArrayLike, resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> Band:
    """The share of (data set, target) pairs reached by each time of `grid`, averaged over runs: a runtime ECDF.

    `reached` holds for each data set what `time_to_targets` gave for its runs, shape (runs, targets); data sets weigh
    the same, and so do targets. With one target it is the share of runs that have succeeded. The interval resamples
    runs within each data set. `BadValue` without data sets, or for times that are NaN.
    """
    points = column("grid", grid)
    if not len(reached):
        raise BadValue("no data sets: give at least one array of times, one row per run and one column per target")
    return stratified([_shares(_times(times), points) for times in reached], resamples, level, seed)


def expected_running_time(
    reached: ArrayLike, spent: ArrayLike, resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> Band:
    """What one success at each target costs when runs are restarted until they succeed (ERT), shape (targets,).

    All that was spent until the target, by the runs that failed too, over the number of successes: infinite without
    any. `reached` has shape (runs, targets) and `spent`, what each run had used when it ended, shape (runs,), in the
    same unit. The interval resamples runs. `BadValue` for a run that reached a target after its end.
    """
    times, ended = _times(reached), column("spent", spent)
    same_length(("reached", "spent"), (times, ended))
    success = np.isfinite(times)
    late = np.argwhere(success & (times > ended[:, None]))
    if len(late):
        run, target = late[0]
        raise BadValue(f"run {run} reached a target at {times[run, target]} but ended at {ended[run]}: give later ends")
    cost = np.where(success, times, ended[:, None])
    low, high = tails(level)
    drawn = resampled(len(times), resamples, np.random.default_rng(seed))
    ends = np.full((2, times.shape[1]), np.nan)
    if len(times) > 1:
        draws = _ratio(drawn.astype(np.float64) @ cost, drawn @ success)
        # Resamples may be infinite, between which and a number nothing can be interpolated.
        ends = np.quantile(draws, (low, high), axis=0, method="inverted_cdf")
    return Band(_ratio(cost.sum(axis=0), success.sum(axis=0)), *ends)


def _times(reached: ArrayLike) -> NDArray[np.float64]:
    times = matrix("times", reached, "one row per run and one column per target")
    if np.isnan(times).any():
        raise BadValue("a time to a target is NaN: give the time at which a run reached it, infinite for never")
    return times


def _shares(times: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of targets that each run has reached by each time, shape (runs, points)."""
    reached = np.stack([np.searchsorted(row, grid, side="right") for row in np.sort(times)])
    shares: NDArray[np.float64] = reached / times.shape[1]
    return shares


def _ratio(cost: NDArray[np.float64], successes: NDArray[Any]) -> NDArray[np.float64]:
    """Cost for each success, infinite without any."""
    result = np.full(cost.shape, np.inf)
    np.divide(cost, successes, out=result, where=successes > 0)
    return result
