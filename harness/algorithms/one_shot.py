"""Searching with a supernet: trained once, searched, and its best trained from scratch (Guo et al., ECCV 2020)."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.algorithms._bound import bound_of
from harness.algorithms._deck import Deck
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import number, one_objective, whole
from harness.algorithms._inside import MISSES, Evolution, Ranking, evolve
from harness.core import Algorithm, Arch, Benchmark, Problem, Query, Supernet, Trial
from harness.errors import BadValue
from harness.registry import accepts

Inside = Literal["evolution", "random", "derive"]
INSIDE = ("evolution", "random", "derive")


class OneShot(Algorithm):
    """Any supernet as a search: it asks for what ranks best with inherited weights, in that order.

    `supernet` is a proxy that is a supernet, by name or as a table with its options. `inside` says how it is searched:
    "evolution" (Algorithm 1 of the paper: `population` random architectures, then in each of `generations` as many
    crossovers and mutants of the best `parents`), "random" (as many random ones), or "derive" (first what the supernet
    itself would choose, then the others as with "random"). The score is that of the proxy: inherited validation
    accuracy. Isomorphic architectures are one.

    With a `bound` only architectures whose cost is `at_most` so much are looked at: `bound` is a metric of the
    benchmark that is a cost, or a file of `nasgauge latency measure`.

    Training and searching the supernet is the algorithm's own time, which a budget with overhead = "charged" counts.
    `epochs`, `schedule` and `data` name the fidelity at which architectures are trained from scratch, by default the
    full one; `checkpoints` is a folder for the half-trained supernet. The supernet sees the benchmark's training and
    validation images, never its test images.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        benchmark: Benchmark,
        supernet: str | dict[str, Any] = "single_path",
        inside: Inside = "evolution",
        population: int = 50,
        generations: int = 20,
        parents: int = 10,
        mutation: float = 0.1,
        bound: str | None = None,
        at_most: float | None = None,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
        checkpoints: str | None = None,
    ) -> None:
        one_objective(problem)
        if inside not in INSIDE:
            raise BadValue(f"inside = {inside!r} cannot be used: give one of {', '.join(INSIDE)}")
        self._inside, self._space = inside, problem.space
        self._sizes = Evolution(
            whole("population", population, 2),
            whole("generations", generations, 0),
            whole("parents", parents, 1),
            number("mutation", mutation, 0, 1),
        )
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._supernet = _supernet(supernet, benchmark, seed, checkpoints)
        self._allowed, file = bound_of(benchmark, bound, at_most)
        self.fingerprint = file + self._supernet.fingerprint
        self._rng = np.random.default_rng(seed)
        self._deck = Deck(problem.space, np.random.default_rng([seed, 1]))
        self._questions: Iterator[Arch] | None = None

    def ask(self) -> Query | None:
        """The next of the ranking; with the first question the supernet is trained and searched."""
        if self._questions is None:
            self._questions = self._ranked()
        arch = next(self._questions, None)
        return None if arch is None else Query(arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Nothing is learned from trainings from scratch: the supernet has said all it knows."""

    def _ranked(self) -> Iterator[Arch]:
        """What the search inside found, the best first; then, when all of it was asked, random ones, ranked in lots."""
        ranking = Ranking(self._space, self._score, self._allowed)
        first: list[Arch] = []
        if self._inside == "evolution":
            evolve(ranking, self._space, self._sizes, self._rng)
        elif self._inside == "derive":
            with _repeatable():
                self._supernet.fit([], np.empty(0))
                chosen = self._space.canonical(self._supernet.derive())
            self._score([chosen])
            first = [chosen] if self._allowed(chosen) else []
        asked: dict[Arch, None] = dict.fromkeys(first)
        yield from first
        while True:
            for arch in ranking.best():
                if arch not in asked:
                    asked[arch] = None
                    yield arch
            if not self._drawn(ranking):
                break
        if not asked:
            raise BadValue(f"of {MISSES} random architectures none is within the bound; give a larger at_most")

    def _drawn(self, ranking: Ranking) -> bool:
        """Score one more lot of random architectures, if any are left."""
        lot: list[Arch] = []
        misses, size = 0, self._sizes.population * (1 + self._sizes.generations)
        while len(lot) < size and misses < MISSES and (arch := self._deck.draw()) is not None:
            misses = 0 if ranking.admit(lot, arch) else misses + 1
        ranking.add(lot)
        return bool(lot)

    def _score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        with _repeatable():
            scores = self._supernet.score(archs)
        if len(scores) and np.isnan(scores).all():
            raise BadValue(
                "the supernet has no scores: its training diverged, or it rates nothing here; give a lower lr"
            )
        return scores


def _supernet(given: str | dict[str, Any], benchmark: Benchmark, seed: int, checkpoints: str | None) -> Supernet:
    from harness.experiment.build import build  # it knows algorithms by name

    spec = {"name": given} if isinstance(given, str) else given
    if "name" not in spec:
        raise BadValue(f'supernet = {spec} has no name: write "single_path" or {{ name = "single_path", epochs = 50 }}')
    if checkpoints is not None and accepts("proxy", spec["name"], "checkpoints"):
        spec = {"checkpoints": checkpoints, **spec}
    built = build("proxy", spec, benchmark, seed=seed)
    if not isinstance(built, Supernet):
        raise BadValue(f"{spec['name']} is no supernet: choose one, such as single_path, or wrap a search in warmup")
    return built


def _repeatable() -> AbstractContextManager[None]:
    """One thread, where torch is used: the same seed then asks the same questions."""
    if "torch" not in sys.modules:
        return nullcontext()
    from harness.live.reproducible import reproducible

    return reproducible()
