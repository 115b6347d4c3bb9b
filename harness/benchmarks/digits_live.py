"""NAS-Bench-201 cells trained for real on handwritten digits, with the recipe that minted `digits201`."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

from harness.core import Benchmark, Evaluation, Fidelity, Metric, Query
from harness.datasets.digits import digits
from harness.errors import Unmeasured
from harness.fidelities import refuse_unless_offered
from harness.files import digest
from harness.live.device import usable
from harness.live.training import Epoch, Recipe, Training, train
from harness.spaces.nb201 import Nb201


class DigitsLive(Benchmark):
    """Answers by training; the seconds are measured.

    On the CPU it runs on one thread, so that the same question has the same answer bit by bit. With a folder for
    `checkpoints`, a network trained to fewer epochs before goes on from there.
    """

    name = "digits_live"
    metrics = (
        Metric("train_loss", "nats", False, "train"),
        Metric("valid_loss", "nats", False, "valid"),
        Metric("valid_accuracy", "%", True, "valid"),
        Metric("test_accuracy", "%", True, "test"),
    )
    fidelities = tuple(
        Fidelity(epoch, schedule, data)
        for data in (0.25, 1.0)
        for schedule in (3, 12)
        for epoch in range(1, schedule + 1)
    )
    seeds = (0, 1, 2)
    dataset = "digits"
    reductions: Mapping[str, tuple[float, ...]] = {
        "resolution": (0.5, 0.75),
        "width": (0.25, 0.5, 0.75),
        "depth": (0.5,),
    }

    def __init__(self, *, device: str = "cpu", checkpoints: str | None = None) -> None:
        self.space = Nb201()
        self.provenance = {"source": "trained by this run", "recipe": str(Recipe()), "device": device}
        self._recipe = Recipe(device=usable(device))
        self._checkpoints = Path(checkpoints) if checkpoints else None

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        """Train from scratch or from the last checkpoint; the mean over all seeds when `seed` is None.

        Raises `BadValue`, which lists what there is, for a fidelity that is not offered.
        """
        if seed is None:
            return _mean([self.evaluate(query, one) for one in self.seeds])
        last = self.curve(query, seed)[-1]
        for name, value in last.metrics.items():
            if not math.isfinite(value):
                raise Unmeasured(f"training diverged: {name} is {value} after epoch {query.fidelity.epochs}")
        return last

    def curve(self, query: Query, seed: int | None) -> list[Evaluation]:
        """The answers at every epoch up to the query's, from one training; not finite where it diverged."""
        if seed is None:
            return [_mean(each) for each in zip(*(self.curve(query, one) for one in self.seeds), strict=True)]
        refuse_unless_offered(self, query.fidelity)
        arch, fidelity = self.space.canonical(query.arch), query.fidelity
        training = Training(arch, digits(), fidelity, (seed,), self._recipe)
        for _ in train(training, fidelity.epochs, self._checkpoint(arch, fidelity, seed)):
            pass
        history = training.history[: fidelity.epochs]
        spent = accumulate(epoch.train_seconds for epoch in history)
        return [self._answer(epoch, seconds) for epoch, seconds in zip(history, spent, strict=True)]

    def _answer(self, epoch: Epoch, seconds: float) -> Evaluation:
        metrics = {metric.name: float(getattr(epoch, metric.name)[0]) for metric in self.metrics}
        return Evaluation(metrics, seconds + epoch.valid_seconds)

    def _checkpoint(self, arch: tuple[int, ...], fidelity: Fidelity, seed: int) -> Path | None:
        if self._checkpoints is None:
            return None
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        return self._checkpoints / f"{digest([arch, fidelity[1:], seed])}.pt"


def _mean(each: Sequence[Evaluation]) -> Evaluation:
    metrics = {name: float(np.mean([one.metrics[name] for one in each])) for name in each[0].metrics}
    return Evaluation(metrics, float(np.mean([one.seconds for one in each])))
