"""BOHB (Falkner et al., ICML 2018, Algorithm 2): Hyperband whose architectures a tree-structured Parzen model draws."""

from collections import defaultdict, deque
from itertools import cycle

import numpy as np

from harness.algorithms._brackets import Bracket
from harness.algorithms._deck import Deck
from harness.algorithms._hyper import number, one_objective, positive, whole
from harness.algorithms._parzen import Parzen
from harness.algorithms._rungs import Ladder
from harness.algorithms.hyperband import hyperband_brackets
from harness.core import Algorithm, Arch, Problem, Query, Trial


class Bohb(Algorithm):
    """The brackets of Hyperband, their first rungs filled by the model but for a `random_fraction` of them.

    Good and bad architectures are told apart on the highest fidelity that has at least `min_points` + 2 results (the
    paper's N_min is decisions + 1): the best `top_percent` of them are good, the worst rest bad, each at least
    `min_points` (Equation 3). Of `num_samples` drawn from the density of the good, its bandwidths of at least
    `min_bandwidth` times `bandwidth_factor`, the one with the greatest ratio of good to bad density is asked.

    A bracket holds no architecture twice; when all samples that are architectures are in it already, one is drawn at
    random. A bracket that waits for its last results does not keep workers waiting: the next one begins. `eta`,
    `min_epochs` and `schedule` are those of Hyperband. The loop of NATS-Bench runs it with `num_samples` = 4 and
    `random_fraction` = 0, and charges every training from scratch.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        eta: int = 3,
        min_epochs: int = 1,
        schedule: str | None = None,
        top_percent: int = 15,
        min_points: int | None = None,
        num_samples: int = 64,
        random_fraction: float = 1 / 3,
        bandwidth_factor: float = 3.0,
        min_bandwidth: float = 1e-3,
    ) -> None:
        one_objective(problem)
        self._random_fraction = number("random_fraction", random_fraction, 0, 1)
        least = len(problem.space.choices) + 1 if min_points is None else whole("min_points", min_points, 1)
        self._space, self._rng = problem.space, np.random.default_rng(seed)
        self._model = Parzen(
            problem,
            least,
            whole("top_percent", top_percent, 1, 99),
            positive("min_bandwidth", min_bandwidth, 1),
        )
        self._samples = whole("num_samples", num_samples, 1)
        self._widen = positive("bandwidth_factor", bandwidth_factor)
        self._rungs = cycle(hyperband_brackets(Ladder(problem, eta, min_epochs, schedule)))
        self._brackets: list[Bracket] = []
        self._running: defaultdict[Query, deque[Bracket]] = defaultdict(deque)

    def ask(self) -> Query | None:
        """The next question of the oldest bracket that has one, or the first of another bracket."""
        for bracket in self._brackets:
            query = bracket.ask()
            if query is not None:
                break
        else:
            self._brackets = [one for one in self._brackets if not one.done]
            self._brackets.append(bracket := self._begin())
            query = bracket.ask()
        if query is not None:
            self._running[query].append(bracket)
        return query

    def tell(self, trial: Trial) -> None:
        """Take down the loss for the bracket that asked, and for the model."""
        self._running[trial.query].popleft().tell(trial)
        if not self._running[trial.query]:
            del self._running[trial.query]
        self._model.add(trial.query, trial.losses[0])

    def _begin(self) -> Bracket:
        deck, drawn = Deck(self._space, self._rng), set[Arch]()

        def draw() -> Arch | None:
            arch = self._proposal(drawn)
            while arch is None or arch in drawn:
                arch = deck.draw()
                if arch is None:
                    return None
            drawn.add(arch)
            return arch

        return Bracket(next(self._rungs), draw)

    def _proposal(self, drawn: set[Arch]) -> Arch | None:
        """The model's choice (Algorithm 2), None where the draw is to be random."""
        if self._rng.random() < self._random_fraction or not self._model.ready:
            return None
        for arch in self._model.propose(self._samples, self._widen, self._rng):
            if arch not in drawn and self._space.admits(arch):
                return arch
        return None
