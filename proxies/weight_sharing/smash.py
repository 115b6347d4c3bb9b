"""SMASH: a hypernetwork writes the weights of each architecture (Brock et al., SMASH, ICLR 2018, section 3)."""

from collections.abc import Mapping
from typing import Unpack

from harness.algorithms._hyper import number, whole
from harness.core import Arch, Benchmark
from harness.errors import BadValue
from proxies.weight_sharing._best import best_of
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._hyper_cells import HyperNetwork
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._supernet import Stateful, WeightSharing
from proxies.weight_sharing._task import cell_network, drawn, task_of
from proxies.weight_sharing._uniform import uniform_epoch


class Smash(WeightSharing):
    """Every step draws an architecture, generates its weights, and moves the hypernetwork down its loss (Algorithm 1).

    What an architecture inherits are the weights generated for it. The paper's architectures are reads and writes of
    memory banks, and its hypernetwork is a convolutional one that maps a picture of them to weights; here the
    architecture is a cell, the picture its one-hot encoding, and the hypernetwork has one hidden layer of `hidden`
    units and biases for every weight (`_hyper_cells`): what all architectures share, changed for each by its encoding.
    Generated weights are normalised; the first and last layers are learned as usual. `derive` is the best of
    `candidates` random architectures with generated weights (Algorithm 1).

    `share` scales what the encoding changes: 1 is the hypernetwork, 0 leaves weights that all architectures share. A
    hypernetwork learns more slowly than weights do, hence 200 epochs by default.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        hidden: int = 64,
        share: float = 1.0,
        candidates: int = 100,
        **common: Unpack[Common],
    ) -> None:
        task = task_of(benchmark, Settings(**(Common(epochs=200) | common)), "smash")
        if task.space.name != "nb201":
            raise BadValue(
                f"smash writes cells of nb201, not architectures of {task.space.name}: choose such a benchmark"
            )
        whole("hidden", hidden, 1)
        number("share", share, 0)
        cells = cell_network(task, seed, MixedEdge, "smash")
        super().__init__(task, drawn(lambda: HyperNetwork(cells, hidden, share), task, seed), seed=seed)
        self.candidates = whole("candidates", candidates, 1)

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images; gives the mean loss of the drawn architectures."""
        return uniform_epoch(self)

    def derive(self) -> Arch:
        """The best of random architectures."""
        return best_of(self, self.candidates)

    def parts(self) -> Mapping[str, Stateful]:
        """Nothing but the network has a state; the hypernetwork is within it."""
        return {}
