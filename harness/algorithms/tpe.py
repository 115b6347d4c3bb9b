"""The tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011, section 4) on categorical decisions."""

import math
from bisect import bisect_right, insort
from itertools import accumulate

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import number, one_objective, positive, whole
from harness.core import Algorithm, Arch, Problem, Query, Trial


class Tpe(Algorithm):
    """Draws from a density l of the good and asks the architecture of the greatest l / g, g being that of the rest.

    The good are the best ceil(`gamma` n) of n told. A density is a product over decisions; an option's weight is how
    often it occurs and the `prior_weight`. After `initial` random architectures, `candidates` are drawn for each
    question, of which those asked before are left out; if none is left, one is drawn uniformly among the never asked.
    gamma = 0.15 is the paper's, the other values are those of its authors' Hyperopt (Bergstra et al., ICML 2013).
    Failed trials count on neither side.

    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        initial: int = 20,
        gamma: float = 0.15,
        candidates: int = 24,
        prior_weight: float = 1.0,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        one_objective(problem)
        self._initial = whole("initial", initial, 1)
        self._draws = whole("candidates", candidates, 1)
        self._split = Split(problem.space.choices, number("gamma", gamma, 0, 1), positive("prior_weight", prior_weight))
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._admits = problem.space.admits
        self._rng = np.random.default_rng(seed)
        self._deck = Deck(problem.space, self._rng)
        self._asked: set[Arch] = set()

    def ask(self) -> Query | None:
        """The most promising of those drawn; None for good once the space is exhausted."""
        arch = self._promising() if self._split.size >= self._initial else None
        if arch is None:
            arch = self._fresh()
        if arch is None:
            return None
        self._asked.add(arch)
        return Query(arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Count its options on the side that its loss belongs to."""
        if math.isfinite(trial.losses[0]):
            self._split.add(trial.query.arch, trial.losses[0])

    def _promising(self) -> Arch | None:
        """The one of the greatest l / g among the new ones; the first drawn of equals."""
        best, highest = None, -math.inf
        tables = self._split.tables()
        uniforms = self._rng.random((len(tables), self._draws)).tolist()
        options = [[bisect_right(bounds, u) for u in row] for (bounds, _), row in zip(tables, uniforms, strict=True)]
        ratios = [[logs[option] for option in row] for (_, logs), row in zip(tables, options, strict=True)]
        for arch, ratio in zip(zip(*options, strict=True), map(sum, zip(*ratios, strict=True)), strict=True):
            if ratio > highest and arch not in self._asked and self._admits(arch):
                best, highest = arch, ratio
        return best

    def _fresh(self) -> Arch | None:
        """A random architecture that was never asked, or None when there is none."""
        while (arch := self._deck.draw()) in self._asked:
            pass
        return arch


Table = tuple[list[float], list[float]]
"""Of one decision: the bounds between options in l's cumulative distribution, and log l / g of each option."""


class Split:
    """How often each option occurs among the good and among the rest, kept while losses arrive one by one."""

    def __init__(self, choices: tuple[int, ...], gamma: float, prior_weight: float) -> None:
        self._gamma = gamma
        self._ranking: list[tuple[float, int, Arch]] = []
        """Losses, the order of their telling and architectures, from the best."""
        self._good = 0
        self._counts = [[[prior_weight] * n for n in choices] for _ in ("good", "rest")]
        self._tables: list[Table] = []

    @property
    def size(self) -> int:
        """How many have been told."""
        return len(self._ranking)

    def add(self, arch: Arch, loss: float) -> None:
        """Rank the architecture, and move whoever comes to lie on the other side of the line."""
        one = (loss, self.size, arch)
        good = self._good > 0 and one < self._ranking[self._good - 1]
        insort(self._ranking, one)
        self._count(arch, 1, good)
        self._good += good
        wanted = math.ceil(self._gamma * self.size)
        while self._good > wanted:
            self._good -= 1
            self._move(self._ranking[self._good][2], good=False)
        while self._good < wanted:
            self._move(self._ranking[self._good][2], good=True)
            self._good += 1
        self._tables = []

    def tables(self) -> list[Table]:
        """What candidates are drawn from and compared by, decision by decision."""
        self._tables = self._tables or [_table(l, g) for l, g in zip(*self._counts, strict=True)]  # noqa: E741
        return self._tables

    def _move(self, arch: Arch, *, good: bool) -> None:
        self._count(arch, 1, good)
        self._count(arch, -1, not good)

    def _count(self, arch: Arch, times: int, good: bool) -> None:
        for counts, option in zip(self._counts[not good], arch, strict=True):
            counts[option] += times


def _table(good: list[float], rest: list[float]) -> Table:
    total, others = sum(good), sum(rest)
    bounds = [bound / total for bound in accumulate(good[:-1])]
    return bounds, [math.log(l / total) - math.log(g / others) for l, g in zip(good, rest, strict=True)]  # noqa: E741
