"""An LSTM controller (Zoph & Le, ICLR 2017; Pham et al., ICML 2018) trained by PPO (Zoph et al., CVPR 2018)."""

import math
from collections import deque
from typing import TYPE_CHECKING

from harness.algorithms._baseline import MovingAverage
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import number, one_objective, positive, whole
from harness.core import Algorithm, Arch, Problem, Query, Trial

if TYPE_CHECKING:
    from harness.algorithms._lstm import Sample


class PpoController(Algorithm):
    """Architectures drawn decision by decision from an LSTM, which is improved whenever `batch` of them have been told.

    As in Zoph et al. (appendix): one layer of 100 units, Adam, a moving baseline of weight 0.95, and an entropy weight
    of 1e-5 for accuracies between 0 and 1 (so 1e-3 for percent: it has the unit of the loss). Their learning rate is
    0.00035, for 20,000 architectures; 0.003, batches of 10 and 4 passes over each are meant for hundreds. The clip of
    0.2 is that of Schulman et al. (2017, section 6.1).

    A decision is an action: each has its own ratio and all have the advantage of the whole, which is its reward, the
    loss with its sign turned, minus the baseline once the batch is in it. The ratio compares to the policy that drew,
    which may be older than the last batch when several workers run: nobody waits. A failed trial is left out.
    Architectures whose options do not go together are drawn again. What has not been asked when the policy changes is
    drawn anew. `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        learning_rate: float = 0.003,
        batch: int = 10,
        passes: int = 4,
        clip: float = 0.2,
        entropy: float = 0.001,
        momentum: float = 0.95,
        hidden: int = 100,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        from harness.algorithms._lstm import Controller
        from harness.algorithms._ppo import Ppo

        one_objective(problem)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._admits = problem.space.admits
        self._batch = whole("batch", batch, 1)
        self._baseline = MovingAverage(number("momentum", momentum, 0, 0.9999))
        self._controller = Controller(problem.space.choices, whole("hidden", hidden, 1), seed)
        self._ppo = Ppo(
            self._controller,
            learning_rate=positive("learning_rate", learning_rate),
            clip=positive("clip", clip, 1),
            entropy=number("entropy", entropy, 0),
            passes=whole("passes", passes, 1),
        )
        self._drawn: deque[Sample] = deque()
        self._running: dict[Arch, deque[Sample]] = {}
        self._told: list[tuple[Sample, float]] = []

    def ask(self) -> Query:
        """An architecture drawn from the controller, `batch` of them at a time."""
        while not self._drawn:
            self._drawn.extend(sample for sample in self._controller.sample(self._batch) if self._admits(sample.arch))
        sample = self._drawn.popleft()
        self._running.setdefault(sample.arch, deque()).append(sample)
        return Query(sample.arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Take down the reward; improve the controller when the batch is complete."""
        sample, reward = self._sample_of(trial.query.arch), -trial.losses[0]
        if reward == -math.inf:
            return
        self._told.append((sample, reward))
        baseline = self._baseline.update(reward)
        if len(self._told) == self._batch:
            samples, rewards = zip(*self._told, strict=True)
            self._ppo.improve(samples, [reward - baseline for reward in rewards])
            self._told.clear()
            self._drawn.clear()

    def _sample_of(self, arch: Arch) -> "Sample":
        """The draw that this trial answers; what was never asked counts as drawn now."""
        running = self._running.get(arch)
        if not running:
            return self._controller.sample_of(arch)
        sample = running.popleft()
        if not running:
            del self._running[arch]
        return sample
