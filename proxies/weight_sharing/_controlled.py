"""A controller that learns from rewards by REINFORCE (Williams, Machine Learning 1992)."""

from collections.abc import Sequence
from typing import Any

import torch

from harness.algorithms._lstm import Controller
from harness.core import Arch


class Controlled:
    """An LSTM that draws architectures, improved by Adam along the policy gradient; a moving average is the baseline.

    An architecture is one action: its advantage, the reward less the baseline of before, is that of all its decisions.
    The entropy of the decisions, times `entropy`, is added to what the gradient climbs.
    """

    def __init__(
        self, choices: tuple[int, ...], seed: int, *, hidden: int, lr: float, entropy: float, momentum: float
    ) -> None:
        self.controller = Controller(choices, hidden, seed)
        self.optimizer = torch.optim.Adam(self.controller.parameters, lr=lr)
        self.entropy, self.momentum = entropy, momentum
        self.baseline: float | None = None

    def draw(self, count: int, seed: int) -> list[Arch]:
        """Architectures from the policy; what is drawn depends on the seed and the policy alone."""
        generator = torch.Generator().manual_seed(seed)
        return [sample.arch for sample in self.controller.sample(count, generator)]

    def learn(self, archs: Sequence[Arch], rewards: Sequence[float]) -> float:
        """One step towards what was rewarded more than the baseline; gives the mean entropy of a decision, in nats."""
        mean = sum(rewards) / len(rewards)
        baseline = mean if self.baseline is None else self.baseline
        self.baseline = self.momentum * baseline + (1 - self.momentum) * mean
        advantage = torch.tensor(rewards, dtype=torch.float64) - baseline
        logs, entropies = self.controller.log_probabilities(archs)
        gain = (advantage * logs.sum(1)).mean() + self.entropy * entropies.sum(1).mean()
        self.optimizer.zero_grad()
        (-gain).backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return float(entropies.detach().mean())

    def state_dict(self) -> dict[str, Any]:
        """The weights, Adam's moments and the baseline."""
        weights = [tensor.detach().clone() for tensor in self.controller.parameters]
        return {"weights": weights, "optimizer": self.optimizer.state_dict(), "baseline": self.baseline}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from such a state."""
        with torch.no_grad():
            for tensor, saved in zip(self.controller.parameters, state["weights"], strict=True):
                tensor.copy_(saved)
        self.optimizer.load_state_dict(state["optimizer"])
        self.baseline = state["baseline"]
