"""A search study of several objectives in numbers: how much of the front each algorithm covers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.statistics.band import Band, band
from harness.statistics.bootstrap import Interval
from harness.statistics.mean import mean_interval
from harness.statistics.pareto import non_dominated
from harness.statistics.reference import reference_point
from reports.summary.duels import Family, family_of
from reports.summary.front_runs import FrontRun, columns, front_run, runs_in, target_of
from reports.summary.search import enough_of

Array = NDArray[np.float64]
POINTS, RESAMPLES = 24, 400


class Objective(NamedTuple):
    """What a front is drawn over: the study's test metric, or an objective beside it."""

    name: str
    unit: str
    maximize: bool
    split: str


class FrontRow(NamedTuple):
    """One algorithm; means over runs of what its last front is worth."""

    algorithm: str
    share: Interval
    """Of the hypervolume of the target front, 1 = all of it."""
    igd_plus: Interval
    epsilon: Interval
    size: Interval
    runs: int


class Fronts(NamedTuple):
    """The algorithms of a study, the largest share of the hypervolume first.

    `front`, shape (points, objectives), and `reference` are in the objectives' units. `exact` tells whether the front
    is that of the whole table, or else of all that the study's runs evaluated.
    """

    study: dict[str, Any]
    objectives: tuple[Objective, ...]
    exact: bool
    front: Array
    reference: Array
    rows: tuple[FrontRow, ...]
    counts: NDArray[np.int64]
    bands: dict[str, Band]
    """The share after each of `counts` evaluations, NaN beyond the longest run."""
    found: dict[str, Array]
    """What the front of the run with the median share is worth, shape (points, objectives), in the front's order."""
    table: pd.DataFrame
    """A row per run: algorithm, seed, evaluations, hypervolume_share, igd_plus, epsilon, size."""

    @property
    def loss(self) -> pd.DataFrame:
        """The share that runs leave uncovered, lower = better: one row per seed, one column per algorithm."""
        table = 1 - self.table.pivot(index="seed", columns="algorithm", values="hypervolume_share")
        return table[[row.algorithm for row in self.rows]]

    @property
    def family(self) -> Family:
        """All pairs of algorithms, in the order of the rows."""
        return family_of(self.loss, enough_of(self.study))

    @property
    def underpowered(self) -> bool:
        """Whether an algorithm has fewer runs than a claim takes; then there are no tests."""
        return any(row.runs < enough_of(self.study) for row in self.rows)


def fronts_of(study: dict[str, Any], records: Iterable[pd.DataFrame]) -> Fronts | None:
    """The fronts of a study; `records` are gone through twice, one frame in memory at a time.

    None for a single objective, for records that do not say what architectures are worth, and where none was measured.
    """
    objectives = _objectives(study)
    if len(objectives) < 2:
        return None
    sign = np.array([-1.0 if one.maximize else 1.0 for one in objectives])
    longest, seen = _seen(records, sign)
    exact = study.get("front") is not None
    front, reference = (sign * np.array(study[key]) for key in ("front", "reference")) if exact else seen
    if not longest or not len(front):
        return None
    target = target_of(front, reference)
    counts = np.unique(np.geomspace(1, longest, POINTS).round().astype(np.int64))
    runs = [front_run(run, sign, target, counts.tolist()) for frame in records for run in runs_in(frame)]
    return _summed(Fronts(study, objectives, exact, sign * front, sign * reference, (), counts, {}, {}, _table(runs)),
                   runs, sign)  # fmt: skip


def _objectives(study: Mapping[str, Any]) -> tuple[Objective, ...]:
    """The test metric, then all objectives but the first; none where the manifest does not describe them."""
    metrics = study.get("metrics", {})
    names = [study["test"], *study.get("objectives", ())[1:]]
    return tuple(Objective(name, **metrics[name]) for name in names if name in metrics)


def _seen(records: Iterable[pd.DataFrame], sign: Array) -> tuple[int, tuple[Array, Array]]:
    """The evaluations of the longest run; and the front of all that was evaluated, with its reference point."""
    longest, front, worst = 0, np.empty((0, len(sign))), np.full(len(sign), -np.inf)
    for frame in records:
        if frame.empty or "true1" not in frame:
            continue
        longest = max(longest, int(frame.groupby(["algorithm", "seed"]).size().max()))
        values = sign * columns(frame, "true", len(sign))
        values = values[np.isfinite(values).all(axis=1)]
        front = np.concatenate([front, values])
        front = np.unique(front[non_dominated(front)], axis=0)
        worst = np.maximum(worst, values.max(axis=0, initial=-np.inf))
    # The worst of each objective stands for all that was evaluated where the front itself has no extent.
    return longest, (front, reference_point(np.vstack([front, worst])) if len(front) else worst)


def _summed(fronts: Fronts, runs: Sequence[FrontRun], sign: Array) -> Fronts:
    """The fronts with what the runs of each algorithm have in common."""
    by_label = {label: [run for run in runs if run.algorithm == label] for label in fronts.study["algorithms"]}
    rows = [_row(label, own) for label, own in by_label.items() if own]
    rows.sort(key=lambda row: -row.share.point)
    labels = [row.algorithm for row in rows]
    return fronts._replace(
        rows=tuple(rows),
        bands={label: _band(by_label[label], fronts.counts) for label in labels},
        found={label: sign * _median(by_label[label]).values for label in labels},
    )


def _row(label: str, runs: Sequence[FrontRun]) -> FrontRow:
    return FrontRow(
        algorithm=label,
        share=mean_interval([run.shares[-1] for run in runs]),
        igd_plus=mean_interval([run.igd_plus for run in runs]),
        epsilon=mean_interval([run.epsilon for run in runs]),
        size=mean_interval([run.size for run in runs]),
        runs=len(runs),
    )


def _band(runs: Sequence[FrontRun], counts: NDArray[np.int64]) -> Band:
    """Mean and interval over runs, up to the first count that no run goes beyond."""
    shares = np.stack([run.shares for run in runs])
    end = int(np.searchsorted(counts, max(run.evaluations for run in runs))) + 1
    shares[:, end:] = np.nan
    return band(shares, RESAMPLES, 0.95, 0)


def _median(runs: Sequence[FrontRun]) -> FrontRun:
    """The run with the median share; of the two in the middle the lower, of equal ones the first seed."""
    return sorted(runs, key=lambda run: (run.shares[-1], run.seed))[(len(runs) - 1) // 2]


def _table(runs: Sequence[FrontRun]) -> pd.DataFrame:
    rows = [
        {"algorithm": run.algorithm, "seed": run.seed, "evaluations": run.evaluations,
         "hypervolume_share": float(run.shares[-1]), "igd_plus": run.igd_plus, "epsilon": run.epsilon,
         "size": run.size}
        for run in runs
    ]  # fmt: skip
    return pd.DataFrame(rows)
