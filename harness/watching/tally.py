"""What is known of a study whose blocks are still coming: how many runs are done, and who leads."""

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Mapping
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from harness.statistics.known import known_rows
from harness.statistics.mean import mean_interval
from harness.statistics.rank import kendall
from harness.watching.finished import Final, Finished, Scored


class Standing(NamedTuple):
    """An algorithm or a proxy in the ranking: its mean, half of the mean's 95 % interval, and the runs behind both.

    The half-width is NaN with one run. `done` runs are finished, those without a value too.
    """

    label: str
    mean: float
    half: float
    runs: int
    done: int


class Tally(ABC):
    """One study; a run is an algorithm or a proxy with one seed."""

    def __init__(self, study: Mapping[str, Any]) -> None:
        self._study = study

    @abstractmethod
    def add(self, finished: Finished, parts: int) -> None:
        """Take in a block, one of so many `parts` that its runs are spread over."""

    @property
    @abstractmethod
    def done(self) -> int:
        """Runs that are finished."""

    @abstractmethod
    def ranking(self) -> tuple[str, list[Standing]]:
        """What is compared, and everybody that has a value, the best first."""


class SearchTally(Tally):
    """Ranks by the mean of the final regret, or of the test metric where no oracle knows the optimum, like a report."""

    def __init__(self, study: Mapping[str, Any]) -> None:
        super().__init__(study)
        self._finals: dict[str, list[Final]] = defaultdict(list)
        self._done: Counter[str] = Counter()

    def add(self, finished: Finished, parts: int) -> None:
        """Take in a block; runs of a search are in one block."""
        self._done.update(label for label, _ in finished.runs)
        for final in finished.finals:
            self._finals[final.algorithm].append(final)

    @property
    def done(self) -> int:
        """Runs that are finished."""
        return self._done.total()

    def ranking(self) -> tuple[str, list[Standing]]:
        """The measure, and algorithms by its mean over the runs so far."""
        known = any(isfinite(final.regret) for finals in self._finals.values() for final in finals)
        values = {
            label: [final.regret if known else final.test for final in finals] for label, finals in self._finals.items()
        }
        measure = "final regret" if known else f"final {self._study['test']}"
        return measure, _ranked(values, self._done, 1.0 if known or not self._maximize else -1.0)

    @property
    def _maximize(self) -> bool:
        """Whether more of the test metric is better; manifests of earlier versions do not say, as it always was."""
        metrics = self._study.get("metrics", {})
        return bool(metrics.get(self._study["test"], {}).get("maximize", True))


class ProxyTally(Tally):
    """Ranks by Kendall's tau-b with the truth: the mean over the seeds that are done, like a report."""

    def __init__(self, study: Mapping[str, Any]) -> None:
        super().__init__(study)
        self._parts: Counter[tuple[str, int]] = Counter()
        self._scored: dict[tuple[str, int], list[Scored]] = defaultdict(list)
        self._taus: dict[str, list[float]] = defaultdict(list)
        self._done = 0

    def add(self, finished: Finished, parts: int) -> None:
        """Take in a block; a seed's correlation is known with its last part."""
        for scored in finished.scored:
            self._scored[scored.proxy, scored.seed].append(scored)
        for run in finished.runs:
            self._parts[run] += 1
            if self._parts[run] == parts:
                self._done += 1
                self._taus[run[0]].append(self._tau(self._scored.pop(run, [])))

    @property
    def done(self) -> int:
        """Runs that are finished."""
        return self._done

    def ranking(self) -> tuple[str, list[Standing]]:
        """The measure, and proxies by its mean over the seeds so far."""
        done = {label: len(taus) for label, taus in self._taus.items()}
        return "Kendall tau-b", _ranked(self._taus, done, -1.0)

    def _tau(self, parts: list[Scored]) -> float:
        """Undefined and infinite scores are dropped; NaN where too few are left."""
        if not parts:
            return nan
        score, truth = (np.concatenate([getattr(part, name) for part in parts]) for name in ("score", "truth"))
        upwards = truth if self._study["maximize"] else -truth
        return kendall(*known_rows(score=np.where(np.isfinite(score), score, np.nan), truth=upwards))


def _ranked(values: Mapping[str, list[float]], done: Mapping[str, int], sign: float) -> list[Standing]:
    found = [_standing(label, list(filter(isfinite, every)), done[label]) for label, every in values.items()]
    return sorted((one for one in found if one.runs), key=lambda one: (sign * one.mean, one.label))


def _standing(label: str, values: list[float], done: int) -> Standing:
    interval = mean_interval(values)
    return Standing(label, interval.point, (interval.high - interval.low) / 2, len(values), done)
