"""Simulated annealing (Kirkpatrick, Gelatt & Vecchi, Science 1983): uphill steps too, ever more rarely."""

import math

import numpy as np

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import number, one_objective, positive, whole
from harness.core import Algorithm, Arch, Problem, Query, Trial


class SimulatedAnnealing(Algorithm):
    """A walk by mutations; one that is worse by d is accepted with probability exp(-d / T) (Metropolis et al., 1953).

    The system is melted first, as the paper demands: the walk accepts its first `melt` steps, and T begins where their
    mean change of loss would be accepted with probability `acceptance`. So T has the scale of the losses here, whatever
    their unit is; `temperature`, in that unit, is given instead of melting. T is then multiplied by `cooling` (the
    paper's 0.9) after every `moves` steps, one sweep by default: as many as there are decisions. Nothing is known of
    the budget, and nothing reheats.

    Questions are mutations of where the walk is when they are asked, compared to where it is when they are told: with
    one worker that is the same place. A failed trial is a rejected step, and no part of the melting. Until an
    architecture has been told a loss, questions are drawn uniformly.

    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        cooling: float = 0.9,
        moves: int | None = None,
        melt: int = 10,
        acceptance: float = 0.8,
        temperature: float | None = None,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        one_objective(problem)
        self._cooling = positive("cooling", cooling, 1)
        self._moves = len(problem.space.choices) if moves is None else whole("moves", moves, 1)
        self._melt = whole("melt", melt, 1) if temperature is None else 0
        self._log_acceptance = math.log(number("acceptance", acceptance, 0.01, 0.99))
        self._temperature = math.inf if temperature is None else positive("temperature", temperature)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._space = problem.space
        self._rng = np.random.default_rng(seed)
        self._state: tuple[Arch, float] | None = None
        self._steps = 0
        self._change = 0.0
        """The sum of the changes of loss while melting."""

    def ask(self) -> Query:
        """A mutation of where the walk is."""
        if self._state is None:
            return Query(self._space.sample(self._rng), self._fidelity)
        return Query(self._space.mutate(self._state[0], self._rng), self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Go there or stay, and cool."""
        arch, loss = trial.query.arch, trial.losses[0]
        if self._state is None:
            self._state = (arch, loss) if loss < math.inf else None
            return
        if loss == math.inf and self._melt:
            return
        change = loss - self._state[1]
        if self._accepts(change):
            self._state = arch, loss
        self._cool(change)

    def _accepts(self, change: float) -> bool:
        """The criterion of Metropolis; everything while the temperature is infinite."""
        if change <= 0:
            return True
        return self._temperature > 0 and self._rng.random() < math.exp(-change / self._temperature)

    def _cool(self, change: float) -> None:
        """Count the step; the last of the melting sets the temperature, the last of a sweep lowers it."""
        self._steps += 1
        if self._melt:
            self._change += abs(change)
            if self._steps == self._melt:
                self._temperature = -self._change / self._steps / self._log_acceptance
                self._melt = self._steps = 0
        elif self._steps % self._moves == 0:
            self._temperature *= self._cooling
