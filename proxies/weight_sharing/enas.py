"""ENAS: a controller and shared weights learn in turn (Pham et al., ICML 2018, section 2.2)."""

from collections.abc import Iterator, Mapping
from typing import Unpack

import torch
from torch import Tensor

from harness.algorithms._hyper import number, positive, whole
from harness.core import Arch, Benchmark
from proxies.weight_sharing._controlled import Controlled
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._losses import mean
from proxies.weight_sharing._norms import Norms
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._supernet import Stateful, WeightSharing, cross_entropy
from proxies.weight_sharing._task import Images, cell_network, task_of


class Enas(WeightSharing):
    """An epoch trains the weights on paths that the controller draws, then the controller on rewards of its paths.

    The weights follow the gradient of one path a step (equation 1 with M = 1). The controller makes `steps` steps of
    REINFORCE on `paths` architectures each; the reward is the accuracy, 0 to 1, on a batch of validation images, with
    the batch's own statistics in the batch norms, whose running averages stay. `entropy` is the weight of the bonus,
    `decay` that of the past in the moving baseline. The logits are neither cooled nor squashed, as they are in the
    paper's code.

    `derive` draws `candidates` architectures from the controller and takes that of the highest inherited accuracy.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        steps: int = 2,
        paths: int = 10,
        controller_lr: float = 0.001,
        entropy: float = 0.01,
        decay: float = 0.95,
        hidden: int = 64,
        candidates: int = 100,
        **common: Unpack[Common],
    ) -> None:
        task = task_of(benchmark, Settings(**common), "enas")
        super().__init__(task, cell_network(task, seed, MixedEdge, "enas"), seed=seed)
        self.norms = Norms(self.network)
        self.controlled = Controlled(
            task.space.choices,
            seed,
            hidden=whole("hidden", hidden, 1),
            lr=positive("controller_lr", controller_lr),
            entropy=number("entropy", entropy, 0),
            momentum=number("decay", decay, 0, 0.9999),
        )
        self.steps, self.paths = whole("steps", steps, 1), whole("paths", paths, 1)
        self.candidates = whole("candidates", candidates, 1)

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images, then the controller's steps."""
        return {"train_loss": self._train_weights(), **self._train_controller()}

    def derive(self) -> Arch:
        """The best of the controller's architectures."""
        drawn = self.controlled.draw(self.candidates, self.seed)
        return max(dict.fromkeys(map(self.task.space.canonical, drawn)), key=self.accuracy)

    def parts(self) -> Mapping[str, Stateful]:
        """The controller with its optimizer and baseline."""
        return {"controller": self.controlled}

    def _train_weights(self) -> float:
        """The mean loss of the drawn paths."""
        losses = []
        paths = self.controlled.draw(self.task.steps, self._new_seed())
        for batch, path in zip(self.paced(self.task.train), paths, strict=True):
            loss = cross_entropy(self.network, batch, self.network.mixture(path))
            self.descend(loss)
            losses.append(loss.detach())
        return mean(losses)

    def _train_controller(self) -> dict[str, float]:
        """The mean reward, the mean entropy of a decision in nats, and how often skip connections were drawn."""
        rewards: list[float] = []
        entropies, shares = [], []
        batches = self._validation()
        for _ in range(self.steps):
            archs = self.controlled.draw(self.paths, self._new_seed())
            earned = torch.stack([self._reward(arch, next(batches)) for arch in archs]).tolist()
            entropies.append(self.controlled.learn(archs, earned))
            shares += [self._skips(arch) for arch in archs]
            rewards += earned
        means = {"reward": rewards, "entropy": entropies, "skip_share": shares}
        return {name: sum(values) / len(values) for name, values in means.items()}

    def _validation(self) -> Iterator[Images]:
        """Batches of validation images without end, all of them before any is seen again."""
        while True:
            yield from self.task.batches(self.task.valid, self.rng)

    @torch.no_grad()
    def _reward(self, arch: Arch, batch: Images) -> Tensor:
        images, labels = batch
        with self.norms.still():
            logits = self.network(images, self.network.mixture(arch))
        right: Tensor = logits.argmax(-1) == labels
        return right.double().mean()

    def _skips(self, arch: Arch) -> float:
        """The share of skip connections among the operations of the arch."""
        mixture = self.network.mixture(arch)
        skips = [skip in weights for skip, weights in zip(self.network.skips, mixture, strict=True) if weights]
        return sum(skips) / len(skips)

    def _new_seed(self) -> int:
        return int(self.rng.integers(2**63))
