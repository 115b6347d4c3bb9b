"""ParEGO (Knowles, IEEE TEC 2006): one Gaussian process for all objectives, of other weights at each step."""

import math
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from harness import registry
from harness.algorithms._deck import Deck
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import number, whole
from harness.algorithms._model_based import Acquisition, encoding_for, normal_scores
from harness.algorithms._pareto import Losses
from harness.algorithms._proposals import random_and_mutants
from harness.core import Algorithm, Arch, Predictor, Problem, Query, Trial

Array = NDArray[np.float64]

_LEARNED = 100
"""From so many architectures at most the process learns, half of them the best."""

_DIGITS = 9
"""Improvements are compared to so many digits: equals stay equal whatever the processor makes of the last ones."""


class Parego(Algorithm):
    """The architecture that is expected to improve most on a scalar loss, whose weights are drawn anew at each step.

    First come `initial` random architectures, 11 d - 1 for d decisions unless it is given; the paper's are a Latin
    hypercube. Then each question draws weights from the paper's lattice, scales every objective to [0, 1] by what has
    been seen of it, and makes one loss of them by the augmented Tchebycheff function with `rho`.

    A Gaussian process learns it anew each time, as normal scores like in `gp_bo`, from at most 100 architectures: the
    50 best and a random 50 of the others (the paper's limit of 11 d - 1 + 25 is 90 for six decisions, and hundreds for
    dozens). Of `candidates`, every other one a mutant of one of the `parents` best, the one of the greatest expected
    improvement is asked; the paper finds it by an evolutionary algorithm. `encoding` is as in `gp_bo`.

    Nothing is asked twice. Failed trials teach nothing. Workers never wait: what still runs is unknown to the process,
    and the weights keep the workers apart. Nothing is left to ask once the whole space has been asked.

    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        initial: int | None = None,
        candidates: int = 100,
        parents: int = 10,
        rho: float = 0.05,
        encoding: str = "auto",
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        self._initial = 11 * len(problem.space.choices) - 1 if initial is None else whole("initial", initial, 2)
        self._candidates = whole("candidates", candidates, 1)
        self._propose = random_and_mutants(whole("parents", parents, 1))
        self._rho = number("rho", rho, 0)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._space, self._objectives = problem.space, len(problem.objectives)
        self._rng = np.random.default_rng(seed)
        self._deck = Deck(problem.space, self._rng)
        encoding = encoding_for(problem.space, encoding, "wl")
        self._process: Predictor = registry.load("proxy", "gaussian_process")(problem, seed=seed, encoding=encoding)
        self._improvement: Acquisition = registry.load("acquisition", "ei")
        self._asked: set[Arch] = set()
        self._archs: list[Arch] = []
        self._losses: list[Losses] = []

    def ask(self) -> Query | None:
        """A random architecture until `initial` have been told; None for good once the space is exhausted."""
        arch = (self._promising() if len(self._archs) >= self._initial else None) or self._fresh()
        if arch is None:
            return None
        self._asked.add(arch)
        return Query(arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Take down the losses of what did not fail."""
        if math.inf not in trial.losses:
            self._archs.append(trial.query.arch)
            self._losses.append(trial.losses)

    def _promising(self) -> Arch | None:
        """The candidate of the greatest expected improvement; None where all have been asked."""
        scalar = scalarised(np.array(self._losses), draw_weights(self._objectives, self._rng), self._rho)
        told = list(zip(self._archs, scalar.tolist(), strict=True))
        proposals = dict.fromkeys(islice(self._propose(self._space, told, self._rng), self._candidates))
        candidates = [arch for arch in proposals if arch not in self._asked]
        if not candidates:
            return None
        rows = self._lesson(scalar)
        losses = normal_scores(scalar[rows])
        self._process.fit([self._archs[i] for i in rows.tolist()], losses)
        mean, std = self._process.predict(candidates)
        improvement = np.asarray(self._improvement(mean, std, float(losses.min()), self._rng))
        return candidates[int(np.argmax(np.round(improvement / (improvement.max() or 1), _DIGITS)))]

    def _lesson(self, scalar: Array) -> NDArray[np.intp]:
        """Which of the told to learn from."""
        order = np.argsort(scalar, kind="stable")
        if len(order) <= _LEARNED:
            return order
        best, others = order[: _LEARNED // 2], order[_LEARNED // 2 :]
        return np.concatenate([best, self._rng.choice(others, _LEARNED // 2, replace=False)])

    def _fresh(self) -> Arch | None:
        """A random architecture that was never asked, or None when there is none."""
        while (arch := self._deck.draw()) in self._asked:
            pass
        return arch


def draw_weights(k: int, rng: np.random.Generator) -> Array:
    """Weights of k objectives, multiples of 1/s that sum to 1, each lattice point as likely; s = 10 for two, else 4."""
    s = 10 if k == 2 else 4
    bars = np.sort(rng.choice(s + k - 1, k - 1, replace=False))
    return (np.diff(bars, prepend=-1, append=s + k - 1) - 1) / s


def scalarised(losses: Array, weights: Array, rho: float) -> Array:
    """The augmented Tchebycheff function of losses, shape (trials, objectives), scaled to [0, 1] each; (trials,)."""
    low, high = losses.min(axis=0), losses.max(axis=0)
    weighted = weights * (losses - low) / np.where(high > low, high - low, 1)
    total: Array = weighted.max(axis=1) + rho * weighted.sum(axis=1)
    return total
