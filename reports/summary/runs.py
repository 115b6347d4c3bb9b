"""One search study cut into its runs."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Curve(NamedTuple):
    """The incumbent of one run as a step function: it holds `values` from `times` (simulated seconds) on."""

    times: Array
    values: Array


class Runs(NamedTuple):
    """The runs of one search study. `measure` is "regret" where an oracle knows the optimum, else "test"."""

    study: dict[str, Any]
    frame: pd.DataFrame
    """The study's rows, ordered by algorithm, seed and step."""
    measure: str

    @property
    def labels(self) -> list[str]:
        """The algorithms that have at least one evaluation, in the manifest's order."""
        present = set(self.frame["algorithm"].unique())
        return [label for label in self.study["algorithms"] if label in present]

    def final(self, column: str) -> pd.DataFrame:
        """The column's last value of each run: one row per seed, one column per algorithm, NaN where there is none."""
        last = self.frame.drop_duplicates(["algorithm", "seed"], keep="last")
        return last.pivot(index="seed", columns="algorithm", values=column).reindex(columns=self.labels)

    def total(self, column: str, label: str) -> Array:
        """The column's sum over each run of an algorithm, shape (runs,); NaN where a part of it is unknown."""
        runs = self.frame[self.frame["algorithm"] == label].groupby("seed")[column]
        return runs.sum().where(runs.count() == runs.size()).to_numpy(float)

    def curves(self, label: str) -> list[Curve]:
        """The runs of an algorithm that ever had an incumbent, as far as it is known when."""
        known = self.frame[self.measure].notna() & self.frame["finished"].notna()
        rows = self.frame[(self.frame["algorithm"] == label) & known]
        ends = np.flatnonzero(np.diff(rows["seed"].to_numpy())) + 1
        times = np.split(rows["finished"].to_numpy(float), ends)
        values = np.split(rows[self.measure].to_numpy(float), ends)
        return [Curve(*curve) for curve in zip(times, values, strict=True) if len(curve[0])]


def runs_of(study: dict[str, Any], searches: pd.DataFrame) -> Runs:
    """The runs of one study, with a column `paid_epochs`: epochs of the full data that each evaluation cost."""
    if searches.empty:
        return Runs(study, pd.DataFrame(columns=["algorithm", "seed"]), "test")
    frame = searches[searches["study"] == study["study"]]
    frame = frame.sort_values(["algorithm", "seed", "step"], kind="stable", ignore_index=True)
    frame["paid_epochs"] = _paid_epochs(frame, study["budget"]["continuation"])
    return Runs(study, frame, "regret" if frame["regret"].notna().any() else "test")


def _paid_epochs(frame: pd.DataFrame, continuation: str) -> pd.Series:
    """Under `resume` a longer training of the same schedule pays only for the epochs beyond the longest before."""
    epochs = frame["epochs"].astype(float)
    if continuation == "resume":
        training = ["algorithm", "seed", "arch", "schedule", "data"]
        longest = frame.groupby(training)["epochs"].cummax()
        before = longest.groupby([frame[name] for name in training]).shift().fillna(0)
        epochs = epochs - before.where(before < epochs, 0)
    return epochs * frame["data"]
