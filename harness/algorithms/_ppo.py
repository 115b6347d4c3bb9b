"""Proximal policy optimization with the clipped objective (Schulman et al., arXiv 1707.06347, section 3)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from harness.algorithms._lstm import Controller, Sample
from harness.live.reproducible import reproducible


class Ppo:
    """Improves a controller on batches: `passes` steps of Adam each, on all of the batch (Algorithm 1's K epochs)."""

    def __init__(
        self, controller: Controller, *, learning_rate: float, clip: float, entropy: float, passes: int
    ) -> None:
        self._controller, self._clip, self._entropy, self._passes = controller, clip, entropy, passes
        self._optimizer = torch.optim.Adam(controller.parameters, lr=learning_rate, fused=True)

    @reproducible()
    def improve(self, samples: Sequence[Sample], advantages: Sequence[float]) -> None:
        """Make samples of positive advantage more probable, and the others less."""
        archs = [sample.arch for sample in samples]
        old = torch.tensor([sample.log_probabilities for sample in samples], dtype=torch.float64)
        advantage = torch.tensor(advantages, dtype=torch.float64)[:, None]
        for _ in range(self._passes):
            new, entropies = self._controller.log_probabilities(archs)
            objective = clipped((new - old).exp(), advantage, self._clip) + self._entropy * entropies
            self._optimizer.zero_grad()
            (-objective.mean()).backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()


def clipped(ratio: Tensor, advantage: Tensor, clip: float) -> Tensor:
    """Equation 7: what the policy gains, but nothing beyond a ratio of 1 +- clip to the policy that drew."""
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)
