"""What the benchmarks that train have in common: which answers they give, and when there is none."""

import math
from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from harness.core import Arch, Benchmark, Evaluation, Fidelity, Metric, Query
from harness.errors import Unmeasured
from harness.fidelities import refuse_unless_offered


class TrackedBenchmark(Benchmark):
    """Answers by training, and knows what every epoch gave; cells that compute the same have the same answer."""

    metrics = (
        Metric("train_loss", "nats", False, "train"),
        Metric("valid_loss", "nats", False, "valid"),
        Metric("valid_accuracy", "%", True, "valid"),
        Metric("test_accuracy", "%", True, "test"),
    )
    seeds = (0, 1, 2)

    @abstractmethod
    def trained(self, arch: Arch, fidelity: Fidelity, seed: int) -> list[Evaluation]:
        """The answers at every epoch up to the fidelity's, from one training of this canonical architecture."""

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        """Train from scratch or from the last checkpoint; the mean over all seeds when `seed` is None.

        Raises `BadValue`, which lists what there is, for a fidelity that is not offered, and `Unmeasured` where the
        training diverged.
        """
        if seed is None:
            return _mean([self.evaluate(query, one) for one in self.seeds])
        curve = self.curve(query, seed)
        wrong = [_not_finite(one) for one in curve]
        if wrong[-1]:
            first = next(epoch for epoch, name in enumerate(wrong, 1) if name)
            value = curve[-1].metrics[wrong[-1]]
            raise Unmeasured(
                f"training diverged: {wrong[-1]} is {value} after epoch {len(curve)}, and {wrong[first - 1]} was not "
                f"finite first after epoch {first}"
            )
        return curve[-1]

    def curve(self, query: Query, seed: int | None) -> list[Evaluation]:
        """The answers at every epoch up to the query's, from one training; not finite where it diverged."""
        if seed is None:
            return [_mean(each) for each in zip(*(self.curve(query, one) for one in self.seeds), strict=True)]
        refuse_unless_offered(self, query.fidelity)
        return self.trained(self.space.canonical(query.arch), query.fidelity, seed)


def _not_finite(answer: Evaluation) -> str:
    return next((name for name, value in answer.metrics.items() if not math.isfinite(value)), "")


def _mean(each: Sequence[Evaluation]) -> Evaluation:
    metrics = {name: float(np.mean([one.metrics[name] for one in each])) for name in each[0].metrics}
    return Evaluation(metrics, float(np.mean([one.seconds for one in each])))
