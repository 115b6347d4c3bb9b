"""FairNAS: every operation is trained equally often (Chu et al., FairNAS, ICCV 2021, strict fairness, Algorithm 1)."""

from collections.abc import Iterator, Mapping
from typing import Unpack

from torch import Tensor

from harness.algorithms._hyper import whole
from harness.core import Arch, Benchmark
from harness.errors import BadValue
from proxies.weight_sharing._best import best_of
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._losses import mean
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._supernet import Stateful, WeightSharing, cross_entropy
from proxies.weight_sharing._task import Images, cell_network, task_of


class FairNas(WeightSharing):
    """A step trains as many paths as an edge has operations, such that each operation of each edge is on one of them.

    The gradients of the paths' losses on one batch are summed, then the weights move once. An epoch costs as many
    passes over the images as there are operations: the default is 50 of them, with an `lr` of 0.03 for the sum. The
    paper's space has no operation `none`: here, what a path's `none` cuts off from the output has its turn, but no
    gradient. `derive` is the best of `candidates` random architectures by inherited accuracy, where the paper searches
    with NSGA-II.
    """

    def __init__(self, benchmark: Benchmark, *, seed: int, candidates: int = 100, **common: Unpack[Common]) -> None:
        task = task_of(benchmark, Settings(**(Common(epochs=50, lr=0.03) | common)), "fair_nas")
        if len(set(task.space.choices)) != 1:
            raise BadValue(
                f"fair_nas gives every operation its turn, for which all decisions need as many options; those of "
                f"{task.space.name} have {sorted(set(task.space.choices))}: choose a benchmark of nb201, or single_path"
            )
        super().__init__(task, cell_network(task, seed, MixedEdge, "fair_nas"), seed=seed)
        self.candidates = whole("candidates", candidates, 1)

    def train_epoch(self) -> Mapping[str, float]:
        """One fair step for each batch of the training images; gives the mean loss of the paths."""
        losses = [loss for batch in self.paced(self.task.train) for loss in self._fair_step(batch)]
        return {"train_loss": mean(losses)}

    def derive(self) -> Arch:
        """The best of random architectures."""
        return best_of(self, self.candidates)

    def parts(self) -> Mapping[str, Stateful]:
        """Nothing but the network has a state."""
        return {}

    def _fair_step(self, batch: Images) -> list[Tensor]:
        """Train one path after the other on the batch; their losses."""
        losses = []
        self.optimizer.zero_grad()
        for path in self._paths():
            loss = cross_entropy(self.network, batch, self.network.mixture(path))
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
        self.step()
        return losses

    def _paths(self) -> Iterator[Arch]:
        """Paths that take the operations of each edge in an order drawn for that edge (Algorithm 1)."""
        orders = [self.rng.permutation(count).tolist() for count in self.task.space.choices]
        return zip(*orders, strict=True)
