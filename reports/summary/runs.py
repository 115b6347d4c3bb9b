"""One search study cut into its runs, shard by shard: a run is a row, and its incumbent a step function."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Clock = Literal["seconds", "epochs", "evaluations"]

RUN = ["algorithm", "seed"]
COSTS = ("evaluations", "failed", "epochs", "seconds")
RESULTS = ("test", "regret")


class Curve(NamedTuple):
    """The incumbent of one run as a step function: it holds `values` from `times` on; the last time is the run's end.

    Times are simulated seconds, epochs or evaluations, as the runs' `clock` says.
    """

    times: Array
    values: Array


class Runs(NamedTuple):
    """The runs of one search study. `measure` is "regret" where an oracle knows the optimum, else "test"."""

    study: dict[str, Any]
    table: pd.DataFrame
    """A row per run, ordered by algorithm and seed: algorithm, seed; `COSTS`, totals of the run, NaN where a part is
    unknown; and what the last incumbent has of `RESULTS`."""
    steps: pd.DataFrame
    """The evaluations after which an incumbent has other `RESULTS`, and the last of each run: algorithm, seed,
    `RESULTS`, and the three clocks."""
    measure: str
    clock: Clock
    """What time is counted in: what the budget is in."""

    @property
    def labels(self) -> list[str]:
        """The algorithms that have at least one evaluation, in the manifest's order."""
        present = set(self.table["algorithm"].unique())
        return [label for label in self.study["algorithms"] if label in present]

    @property
    def lower_is_better(self) -> bool:
        """Whether `measure` is regret, or a test metric to be minimised."""
        return self.measure == "regret" or self.lower_test_is_better

    @property
    def lower_test_is_better(self) -> bool:
        """Whether the test metric is to be minimised."""
        metric = self.study.get("metrics", {}).get(self.study.get("test"), {})
        return not metric.get("maximize", True)

    def of(self, label: str) -> pd.DataFrame:
        """The rows of an algorithm's runs."""
        return self.table[self.table["algorithm"] == label]

    def final(self, column: str) -> pd.DataFrame:
        """What each run ends with: one row per seed, one column per algorithm, NaN where there is none."""
        return self.table.pivot(index="seed", columns="algorithm", values=column).reindex(columns=self.labels)

    def curves(self, label: str, measure: str | None = None) -> dict[int, Curve]:
        """The runs of an algorithm that ever had an incumbent, by seed, as far as it is known when."""
        measure = measure or self.measure
        rows = self.steps[self.steps["algorithm"] == label]
        rows = rows[rows[measure].notna() & rows[self.clock].notna()]
        if rows.empty:
            return {}
        starts = np.flatnonzero(np.diff(rows["seed"].to_numpy(), prepend=-1))
        times = np.split(rows[self.clock].to_numpy(float), starts[1:])
        values = np.split(rows[measure].to_numpy(float), starts[1:])
        seeds = rows["seed"].to_numpy(int)[starts].tolist()
        return dict(zip(seeds, map(Curve, times, values), strict=True))


def runs_of(study: dict[str, Any], records: Iterable[pd.DataFrame]) -> Runs:
    """The runs of one study, from frames of its records that hold whole runs; one frame is in memory at a time."""
    parts = [_reduced(frame, study["budget"]["continuation"]) for frame in records if len(frame)]
    empty = pd.DataFrame(columns=[*RUN, *COSTS, *RESULTS])
    tables, steps = (
        pd.concat([part[i] for part in parts], ignore_index=True).sort_values(RUN, kind="stable", ignore_index=True)
        if parts
        else empty
        for i in (0, 1)
    )
    measure = "regret" if tables["regret"].notna().any() else "test"
    timed = _clock_of(study["budget"], bool(steps["seconds"].notna().all()))
    return Runs(study, tables, steps, measure, timed)


def _clock_of(budget: dict[str, Any], timed: bool) -> Clock:
    """What the budget is in; seconds only where all are known."""
    if budget.get("seconds") is not None and timed:
        return "seconds"
    return "epochs" if budget.get("epochs") is not None else "evaluations"


def _reduced(frame: pd.DataFrame, continuation: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row per run, and the rows after which the incumbent's results are others."""
    frame, run = _in_order(frame)
    first = np.diff(run, prepend=-1) != 0
    last = np.append(first[1:], True)
    held = frame[list(RESULTS)].to_numpy(float)
    changed = first | last | ~_same(held[1:], held[:-1], len(held))
    paid, ends = _paid_epochs(frame, run, continuation), np.flatnonzero(last)
    clocks = {"seconds": frame["finished"].to_numpy(float), "epochs": _summed(paid, run), "evaluations": _place(first)}
    rows = np.flatnonzero(changed)
    steps = frame[[*RUN, *RESULTS]].iloc[rows].reset_index(drop=True)
    for name, clock in clocks.items():
        steps[name] = clock[rows]
    table = frame[[*RUN, *RESULTS]].iloc[ends].reset_index(drop=True)
    table["evaluations"] = clocks["evaluations"][ends]
    table["failed"] = np.bincount(run, weights=(frame["reason"] != "").to_numpy())
    table["epochs"] = clocks["epochs"][ends]
    table["seconds"] = np.bincount(run, weights=frame["charged"].to_numpy(float))
    return table, steps


def _in_order(frame: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """The rows by algorithm, seed and step, as they mostly are already, and the number of each one's run."""
    algorithm = frame["algorithm"].astype("category").cat.codes.to_numpy(np.int64)
    seed, step = frame["seed"].to_numpy(np.int64), frame["step"].to_numpy(np.int64)
    whole = algorithm * (seed.max() + 1) + seed
    change = np.diff(whole)
    if ((change < 0) | ((change == 0) & (np.diff(step) < 0))).any():
        order = np.lexsort((step, whole))
        frame, whole = frame.iloc[order], whole[order]
    return frame, np.cumsum(np.diff(whole, prepend=whole[0]) != 0)


def _same(after: Array, before: Array, rows: int) -> NDArray[np.bool_]:
    """Whether each of so many rows holds what the one before holds; NaN is equal to NaN."""
    same = np.zeros(rows, dtype=bool)
    same[1:] = ((after == before) | (np.isnan(after) & np.isnan(before))).all(axis=1)
    return same


def _place(first: NDArray[np.bool_]) -> Array:
    """The place of each row in its run, from 1."""
    rows = np.arange(len(first))
    return (rows - np.maximum.accumulate(np.where(first, rows, 0)) + 1).astype(float)


def _summed(column: Array, run: NDArray[np.int64]) -> Array:
    """The sum so far in each run."""
    total = np.cumsum(column)
    starts = np.searchsorted(run, np.arange(run[-1] + 1))
    return total - (total - column)[starts][run]


def _paid_epochs(frame: pd.DataFrame, run: NDArray[np.int64], continuation: str) -> Array:
    """Epochs of the full data that each evaluation cost.

    Under `resume` a longer training of the same schedule pays only for the epochs beyond the longest before.
    """
    epochs, data = frame["epochs"].to_numpy(np.int64), frame["data"].to_numpy(float)
    if continuation == "resume":
        training = run
        for column in (frame["arch"], frame["schedule"], np.unique(data, return_inverse=True)[1]):
            values = np.asarray(column, dtype=np.int64)
            training = training * (values.max() + 1) + values
        epochs = epochs - _longest_before(training, epochs)
    paid: Array = epochs * data
    return paid


def _longest_before(training: NDArray[np.int64], epochs: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far each row's training had got before: 0 at first, and where it was longer, for then it begins again."""
    order = np.argsort(training, kind="stable")
    group = np.cumsum(np.diff(training[order], prepend=training[order[0]]) != 0)
    offset = group * (epochs.max() + 1)  # every group lies above the ones before
    longest = np.maximum.accumulate(epochs[order] + offset)
    before = np.zeros(len(order), dtype=np.int64)
    before[order[1:]] = np.where(group[1:] == group[:-1], longest[:-1] - offset[1:], 0)
    return np.where(before < epochs, before, 0)
