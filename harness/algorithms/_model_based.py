"""Searches that ask what a predictor finds promising, composed of parts that go by name."""

from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness import registry
from harness.algorithms._deck import Deck
from harness.algorithms._hyper import one_objective, whole
from harness.algorithms._proposals import Propose, Told
from harness.core import Arch, Fidelity, Predictor, Problem, Query, SearchSpace, Trial
from harness.encodings._graph import has_graphs
from harness.errors import BadValue

AUTO = "auto"

LEARNED = 500
"""From so many architectures at most a predictor learns: half of them the best, half those told last."""

_TRIES = 5
"""So many proposals are made for each candidate before there are fewer candidates."""

_DIGITS = 9
"""Acquisitions are compared to so many digits: equals stay equal whatever the processor makes of the last ones."""

Acquisition = Callable[[NDArray[np.float64], NDArray[np.float64], float, np.random.Generator], NDArray[np.float64]]


class Recipe(NamedTuple):
    """What a model-based search is made of.

    `predictor`, `acquisition` and `encoding` are names in the registry, and `auto` leaves the encoding to
    `encoding_for`. It begins with `initial` random architectures; then the `batch` most promising of `candidates`
    proposals are asked, and the predictor learns again when `refit` more have been told.
    """

    predictor: str
    acquisition: str
    encoding: str
    preferred: str
    propose: Propose
    initial: int
    candidates: int
    batch: int = 1
    refit: int = 1


class ModelBased:
    """Asks random architectures at first, then those that a predictor finds most promising among proposals.

    The predictor learns the normal scores of the losses' ranks, not the losses: a few architectures that are far worse
    than all others would otherwise be most of what it learns (Salinas et al., ICML 2020, section 4). Losses are noisy,
    so that what a candidate has to beat is the lowest loss predicted for what was learned from, not the luckiest one
    told (Picheny et al., SMO 2013, EI with plug-in). Failed trials teach nothing.

    Nothing is asked twice, also while it is running. Where no proposal is new, an architecture is drawn among those
    never asked; nothing is left to ask once the whole space has been asked. Workers never wait for each other.
    """

    def __init__(self, problem: Problem, recipe: Recipe, fidelity: Fidelity, seed: int) -> None:
        one_objective(problem)
        for name, low in (("initial", 2), ("candidates", 1), ("batch", 1), ("refit", 1)):
            whole(name, getattr(recipe, name), low)
        self._space, self._recipe, self._fidelity = problem.space, recipe, fidelity
        self._rng = np.random.default_rng(seed)
        self._deck = Deck(problem.space, self._rng)
        self._acquire: Acquisition = registry.load("acquisition", recipe.acquisition)
        self._predictor = _predictor(problem, recipe, seed)
        self._asked: set[Arch] = set()
        self._planned: list[Arch] = []
        """What is asked next, the last first."""
        self._told: Told = []
        self._learned = 0
        """From how many of the told the predictor has learned."""
        self._best = np.inf

    def ask(self) -> Query | None:
        """The next of a batch, or of the random ones; None for good once the space is exhausted."""
        if not self._planned and len(self._told) >= self._recipe.initial:
            self._planned = self._plan()
        arch = self._planned.pop() if self._planned else self._fresh()
        if arch is None:
            return None
        self._asked.add(arch)
        return Query(arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Remember the loss, if there is one."""
        if np.isfinite(trial.losses[0]):
            self._told.append((trial.query.arch, trial.losses[0]))

    def _fresh(self) -> Arch | None:
        """A random architecture that was never asked, or None when there is none."""
        while (arch := self._deck.draw()) in self._asked:
            pass
        return arch

    def _plan(self) -> list[Arch]:
        """The most promising candidates, the most promising last; empty when no proposal is new."""
        candidates = self._candidates()
        if not candidates:
            return []
        if not self._learned or len(self._told) - self._learned >= self._recipe.refit:
            self._learn()
        mean, std = self._predictor.predict(candidates)
        promise = np.asarray(self._acquire(mean, std, self._best, self._rng), dtype=float)
        order = np.argsort(-_rounded(promise), kind="stable")[: self._recipe.batch]
        return [candidates[i] for i in reversed(order.tolist())]

    def _candidates(self) -> list[Arch]:
        """Proposals that were never asked, each once."""
        wanted, found = self._recipe.candidates, dict[Arch, None]()
        for arch in islice(self._recipe.propose(self._space, self._told, self._rng), _TRIES * wanted):
            if arch not in self._asked:
                found[arch] = None
                if len(found) == wanted:
                    break
        return list(found)

    def _learn(self) -> None:
        """Teach the predictor what has been told."""
        scores = normal_scores(np.array([loss for _, loss in self._told]))
        rows = np.arange(len(scores))
        if len(rows) > LEARNED:
            best = np.argsort(scores, kind="stable")[: LEARNED // 2]
            rows = np.union1d(best, rows[-(LEARNED // 2) :])
        archs = [self._told[i][0] for i in rows.tolist()]
        self._predictor.fit(archs, scores[rows])
        self._best, self._learned = float(self._predictor.predict(archs)[0].min()), len(self._told)


def normal_scores(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal quantiles of (rank - 1/2) / n, equal losses having the mean of their ranks."""
    from scipy.special import ndtri

    _, places, counts = np.unique(losses, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    scores: NDArray[np.float64] = ndtri((ranks[places] - 0.5) / len(losses))
    return scores


def encoding_for(space: SearchSpace, encoding: str, preferred: str) -> str:
    """The encoding named; for `auto` the preferred one where architectures are known as graphs, else `one_hot`."""
    if encoding != AUTO:
        return encoding
    return preferred if has_graphs(space) else "one_hot"


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    scale = float(np.abs(values).max())
    rounded: NDArray[np.float64] = np.round(values / scale, _DIGITS) if scale > 0 else values
    return rounded


def _predictor(problem: Problem, recipe: Recipe, seed: int) -> Predictor:
    """The predictor of this name; it uses nothing of a benchmark but the space, which a problem has too."""
    made = registry.load("proxy", recipe.predictor)
    if not hasattr(made, "predict"):
        raise BadValue(
            f"predictor = {recipe.predictor!r} scores architectures and predicts no losses: give a proxy that learns, "
            "such as 'gaussian_process' or 'random_forest'"
        )
    options = {}
    if registry.accepts("proxy", recipe.predictor, "encoding"):
        options["encoding"] = encoding_for(problem.space, recipe.encoding, recipe.preferred)
    elif recipe.encoding != AUTO:
        raise BadValue(f"{recipe.predictor} takes no encoding, and {recipe.encoding!r} was given: leave it out")
    predictor: Predictor = made(problem, seed=seed, **options)
    return predictor
