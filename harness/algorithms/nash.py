"""Hill climbing by network morphisms.

Elsken, Metzen & Hutter, Simple and efficient architecture search for CNNs, 2017, section 4, algorithm 1.
"""

import math

import numpy as np

from harness import registry
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import one_objective, positive, whole
from harness.algorithms._lineage import Lineage, Member
from harness.core import Algorithm, Benchmark, Problem, Query, Trial
from harness.errors import BadValue

LINEAGES = {"conv_chain": "harness.live.chain_lineage:ChainLineage"}
"""By space, what grows its networks."""


class Nash(Algorithm):
    """From a small network uphill: of its children, and itself trained on, the best is the parent of the next ones.

    A climb begins with a small network that is trained for `first_epochs`. In each of `steps` there are `neighbors`:
    children that `morphisms` random growths make of the parent, each without a change of what it computes, and the
    parent itself. All are trained for `neighbor_epochs`, with a learning rate from `lr` to 0 along a cosine (SGDR), and
    the one of the best validation accuracy goes on. What a climb ends with is asked for at the fidelity that `epochs`,
    `schedule` and `data` name, by default the full one: there it is trained from scratch as any other search's, where
    the paper trains the inherited weights on. Then another climb begins. Weights are inherited within a climb only.

    Growing and training is the algorithm's own time, which a budget with overhead = "charged" counts. It sees the
    benchmark's training and validation images, never its test images. `lineage` names the class that grows networks,
    by default that of the problem's space.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        benchmark: Benchmark,
        steps: int = 5,
        neighbors: int = 8,
        morphisms: int = 5,
        neighbor_epochs: int = 17,
        first_epochs: int = 20,
        lr: float = 0.05,
        lineage: str | None = None,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        one_objective(problem)
        self._steps, self._neighbors = whole("steps", steps, 1), whole("neighbors", neighbors, 2)
        self._morphisms = whole("morphisms", morphisms, 1)
        self._epochs = whole("first_epochs", first_epochs, 1), whole("neighbor_epochs", neighbor_epochs, 1)
        self._lr = positive("lr", lr)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._rng = np.random.default_rng(seed)
        self._lineage = _lineage(problem, benchmark, lineage)

    def ask(self) -> Query:
        """What the next climb ends with."""
        return Query(self._climb().arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Nothing is learned from trainings from scratch: a climb knows its own networks alone."""

    def _climb(self) -> Member:
        """Algorithm 1, without the last training."""
        first, later = self._epochs
        best, _ = self._trained(self._lineage.begin(self._rng), first)
        for _ in range(self._steps):
            children = [self._child(best) for _ in range(self._neighbors - 1)]
            trained = [self._trained(member, later) for member in [*children, best]]
            best, _ = max(trained, key=lambda each: each[1])
        return best

    def _child(self, parent: Member) -> Member:
        child = parent
        for _ in range(self._morphisms):
            child = self._lineage.grow(child, self._rng)
        return child

    def _trained(self, member: Member, epochs: int) -> tuple[Member, float]:
        """The trained member and its accuracy, -inf where it diverged."""
        trained, accuracy = self._lineage.train(member, epochs, self._lr, int(self._rng.integers(2**31)))
        return trained, accuracy if math.isfinite(accuracy) else -math.inf


def _lineage(problem: Problem, benchmark: Benchmark, name: str | None) -> Lineage:
    space = problem.space
    if name is None and space.name not in LINEAGES:
        raise BadValue(
            f"nash grows networks of {', '.join(LINEAGES)}, not of {space.name}; choose a benchmark of one of these, "
            "such as conv_chain_live"
        )
    if name is not None and ":" not in name:
        raise BadValue(f"lineage = {name!r}: name a class of your own, package.module:attribute, or leave it out")
    made: Lineage = (registry.own(LINEAGES[space.name]) if name is None else registry.load("lineage", name))(
        space, benchmark
    )
    return made
