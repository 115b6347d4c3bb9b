"""One run of several objectives: what it takes for the front, and what that is worth."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.statistics.hypervolume import hypervolume
from harness.statistics.indicators import additive_epsilon, igd_plus
from harness.statistics.pareto import non_dominated
from harness.statistics.reference import unit_scale

Array = NDArray[np.float64]


class Target(NamedTuple):
    """What runs are measured against, all as losses: the `front`, shape (points, objectives), and the reference."""

    front: Array
    reference: Array
    volume: float
    """The hypervolume of the front."""

    @property
    def scale(self) -> Array:
        """What `unit_scale` takes units from: where the front has no extent, its distance from the reference."""
        return np.vstack([self.front, self.reference])


class FrontRun(NamedTuple):
    """A run's front after each of the counts: its share of the hypervolume; and the last one, as losses."""

    algorithm: str
    seed: int
    evaluations: int
    shares: Array
    igd_plus: float
    epsilon: float
    size: int
    """Architectures in the last front, as the search was told."""
    values: Array
    """What those of them are worth that no other of them dominates: different rows, the best first objective first."""


def target_of(front: Array, reference: Array) -> Target:
    """The target of losses that do not dominate each other."""
    return Target(front, reference, hypervolume(front, reference))


def runs_in(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The runs of a frame, each in the order of its evaluations."""
    keys = ["algorithm", "seed"]
    frame = frame.sort_values([*keys, "step"], kind="stable", ignore_index=True)
    new = (frame[keys] != frame[keys].shift()).any(axis=1).to_numpy()
    starts = np.flatnonzero(new)
    for start, end in zip(starts, np.append(starts[1:], len(frame)), strict=True):
        yield frame.iloc[start:end]


def front_run(run: pd.DataFrame, sign: Array, target: Target, counts: Sequence[int]) -> FrontRun:
    """Judge a run by what its front is worth; `sign`, shape (objectives,), makes losses of the columns `true1`, ..."""
    true = sign * columns(run, "true", len(sign))
    shares, held, share = [], np.empty(0, dtype=np.int64), 0.0
    for front in told_fronts(run, len(sign), counts):
        if not np.array_equal(front, held):
            held, share = front, hypervolume(true[front], target.reference) / target.volume
        shares.append(share)
    worth = true[held][non_dominated(true[held])]
    scaled, scale = unit_scale(worth, target.scale), unit_scale(target.front, target.scale)
    return FrontRun(
        algorithm=str(run["algorithm"].iloc[0]),
        seed=int(run["seed"].iloc[0]),
        evaluations=len(run),
        shares=np.array(shares),
        igd_plus=igd_plus(scaled, scale),
        epsilon=additive_epsilon(scaled, scale),
        size=len(held),
        values=np.unique(worth, axis=0),
    )


def told_fronts(run: pd.DataFrame, objectives: int, counts: Sequence[int]) -> Iterator[NDArray[np.int64]]:
    """After each of `counts`, ascending, the rows that no other dominates by the losses that the search was told.

    Only the highest fidelity counts at which any evaluation succeeded so far; an architecture that was asked for again
    counts once. After its end a run keeps what it has.
    """
    losses = columns(run, "loss", objectives)
    fidelity, archs = run["fidelity"].to_numpy(), run["arch"].to_numpy()
    known = np.isfinite(losses).all(axis=1) & (run["reason"].to_numpy() == "")
    held, highest, start = np.empty(0, dtype=np.int64), -1, 0
    for count in counts:
        new = start + np.flatnonzero(known[start:count])
        highest = max(highest, fidelity[new].max(initial=-1))
        rows = np.concatenate([held, new])
        rows = rows[fidelity[rows] == highest]
        if len(new):
            held = rows[non_dominated(losses[rows])]
            held = held[np.sort(np.unique(archs[held], return_index=True)[1])]
        start = count
        yield held


def columns(frame: pd.DataFrame, kind: str, number: int) -> Array:
    """The columns `true1`, `true2`, ... or `loss`, `loss2`, ..., shape (rows, number)."""
    first = "loss" if kind == "loss" else f"{kind}1"
    return frame[[first, *(f"{kind}{k}" for k in range(2, number + 1))]].to_numpy(float)
