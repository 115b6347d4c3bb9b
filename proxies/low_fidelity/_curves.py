"""Learning curves of architectures, and proxies that are a formula on them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.algorithms._hyper import whole
from harness.core import Arch, Benchmark, Fidelity, Proxy, Query, TabularBenchmark
from harness.errors import BadValue, Unmeasured
from harness.fidelities import Tracked, fidelities_of, full_fidelity
from harness.fingerprint import fingerprint_of
from harness.problem import metric_named
from proxies.low_fidelity._source import CHUNK, column, resolve_trial, source_of

Floats = NDArray[np.float64]
Formula = Callable[[Floats], Floats]
"""Takes curves without gaps, shape (architectures, epochs), higher is better, to scores, shape (architectures,)."""


class Choice(NamedTuple):
    """What the user chooses: the curve ends after `epochs`; see `resolve_trial` and `source_of` for the others."""

    seed: int
    epochs: int | None
    trial: int | str | None
    source: str | None


class Curves:
    """A metric at the first epochs of the full schedule, negated where less is better, of one training each.

    `spent` counts the seconds of training each of them from scratch to the last of these epochs, `final` is the last
    epoch of the schedule.
    """

    def __init__(self, benchmark: Benchmark, metric: str, steps: tuple[Fidelity, ...], trial: int | None) -> None:
        self.steps, self.final, self.spent = steps, full_fidelity(benchmark, metric).epochs, 0.0
        self.fingerprint = fingerprint_of(benchmark)
        self.chunk = None if isinstance(benchmark, TabularBenchmark) else CHUNK
        self.every: Floats | None = None
        self._benchmark, self._metric, self._trial = benchmark, metric_named(benchmark, metric), trial
        if isinstance(benchmark, TabularBenchmark):
            columns = [column(benchmark, metric, step, trial) for step in steps]
            self.every = np.stack(columns, axis=1) * (1.0 if self._metric.maximize else -1.0)

    def rows(self, archs: Sequence[Arch]) -> Floats:
        """The curves, shape (architectures, epochs); NaN at an epoch that was not measured."""
        if self.every is None:
            return np.array([self._train(arch) for arch in archs]).reshape(-1, len(self.steps))
        self.spent += sum(map(self._seconds, archs))
        return self.every[self.places(archs)]

    def places(self, archs: Sequence[Arch]) -> NDArray[np.intp]:
        """The official indices of the architectures."""
        return np.array([self._benchmark.space.index(arch) for arch in archs], dtype=np.intp)

    def _train(self, arch: Arch) -> list[float]:
        """The curve of a network that is trained now; once, where the benchmark keeps track of a training."""
        name, sign = self._metric.name, 1.0 if self._metric.maximize else -1.0
        try:
            if isinstance(self._benchmark, Tracked):
                curve = self._benchmark.curve(Query(arch, self.steps[-1]), self._trial)
                self.spent += curve[-1].seconds
            else:
                curve = [self._benchmark.evaluate(Query(arch, step), self._trial) for step in self.steps]
                self.spent += sum(each.seconds for each in curve)
        except Unmeasured:
            return [float("nan")] * len(self.steps)
        return [sign * each.metrics.get(name, float("nan")) for each in curve]

    def _seconds(self, arch: Arch) -> float:
        try:
            return self._benchmark.evaluate(Query(arch, self.steps[-1]), self._trial).seconds
        except Unmeasured:
            return 0.0


class CurveEstimate(Proxy):
    """A formula on learning curves; NaN where an epoch is missing or a training diverged."""

    def __init__(self, curves: Curves, formula: Formula) -> None:
        self.chunk, self.fingerprint = curves.chunk, curves.fingerprint
        self._curves, self._formula = curves, formula
        self._scores: Floats | None = None

    def fit(self, archs: Sequence[Arch], losses: Floats) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> Floats:
        """The formula's values, shape (architectures,).

        `spent` grows by the seconds that training each of them from scratch to the last epoch takes: NaN when the
        benchmark does not know them. A table is scored as a whole, so that scores do not depend on who is asked for.
        """
        rows = self._curves.rows(archs)
        self.spent = self._curves.spent
        if self._curves.every is None:
            return np.array([self._score(row[None]).item() for row in rows], dtype=float)
        if self._scores is None:
            self._scores = self._score(self._curves.every)
        return self._scores[self._curves.places(archs)]

    def _score(self, rows: Floats) -> Floats:
        scores, known = np.full(len(rows), np.nan), np.isfinite(rows).all(axis=1)
        if known.any():
            scores[known] = self._formula(rows[known])
        return scores


def curves_of(benchmark: Benchmark, metric: str, choice: Choice, least: int = 1) -> Curves:
    """The curves that are chosen, `least` epochs long or longer; by default a quarter of the full schedule.

    A `BadValue` where the benchmark has no such curve, or `epochs` is not a whole number in its range.
    """
    read = source_of(benchmark, choice.source)
    full = full_fidelity(read, metric_named(read, metric).name)
    if full.epochs < least:
        raise BadValue(f"{read.name} trains for {full.epochs} epochs: a curve of at least {least} is needed")
    epochs = max(full.epochs // 4, least) if choice.epochs is None else choice.epochs
    steps = _steps(full, whole("epochs", epochs, least, full.epochs))
    if not set(steps) <= set(fidelities_of(read, metric)):
        raise BadValue(_no_curve(read, metric, full, epochs))
    return Curves(read, metric, steps, resolve_trial(read, metric, steps[-1], choice.seed, choice.trial))


def _steps(full: Fidelity, epochs: int) -> tuple[Fidelity, ...]:
    return tuple(full._replace(epochs=epoch) for epoch in range(1, epochs + 1))


def _no_curve(benchmark: Benchmark, metric: str, full: Fidelity, epochs: int) -> str:
    """What the benchmark has at these epochs, and what to do."""
    steps = _steps(full, epochs)
    there = [step.epochs for step in steps if step in fidelities_of(benchmark, metric)]
    others = [other.name for other in benchmark.metrics if set(steps) <= set(fidelities_of(benchmark, other.name))]
    learned = [name for name in others if metric_named(benchmark, name).split in ("train", "valid")]
    advice = f"it has those of {', '.join(learned)}; choose one" if learned else "choose another benchmark as source"
    return (
        f"{benchmark.name} has no learning curve of {metric}: of epochs 1 to {epochs} of its {full.schedule}-epoch "
        f"schedule it has measured {', '.join(map(str, there)) or 'none'}; {advice}"
    )
