"""A search space as a pymoo problem of integer variables (Blank & Deb, IEEE Access 2020), solved by its NSGA-II."""

from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.algorithms._engines import engine
from harness.core import Arch, Problem

Generation = Any
"""A pymoo population: architectures to be evaluated together."""


class Engine:
    """pymoo's NSGA-II on one integer variable per decision, set up as in its manual's page on discrete variables.

    Failure is an inequality constraint: an individual that could not be evaluated violates it by one, and is worse than
    all that could, whatever its losses.
    """

    def __init__(self, problem: Problem, seed: int, population: int, etas: tuple[float, float]) -> None:
        need = partial(engine, "pymoo_nsga2")
        self._new = need("pymoo.core.population").Population.new
        self._objectives = len(problem.objectives)
        self._all = prod(problem.space.choices)
        repair = need("pymoo.operators.repair.rounding").RoundingRepair()
        crossover = need("pymoo.operators.crossover.sbx").SBX(prob=1.0, eta=etas[0], vtype=float, repair=repair)
        mutation = need("pymoo.operators.mutation.pm").PM(prob=1.0, eta=etas[1], vtype=float, repair=repair)
        self._nsga2 = need("pymoo.algorithms.moo.nsga2").NSGA2(
            pop_size=population, crossover=crossover, mutation=mutation, eliminate_duplicates=True
        )
        variables = need("pymoo.core.problem").Problem(
            n_var=len(problem.space.choices),
            n_obj=self._objectives,
            n_ieq_constr=1,
            xl=np.zeros(len(problem.space.choices)),
            xu=np.array(problem.space.choices) - 1,
            vtype=int,
        )
        self._nsga2.setup(variables, seed=seed, termination=need("pymoo.core.termination").NoTermination())

    def begin(self, archs: list[Arch]) -> Generation:
        """The first generation: these architectures."""
        self._nsga2.initialization.sampling = np.array(archs, dtype=int)
        return self._nsga2.ask()

    def breed(self) -> Generation | None:
        """The children of the generations told so far; None when it finds none that is not among the parents."""
        if len(self._nsga2.pop) == self._all:
            return None
        children = self._nsga2.ask()
        return children if children is not None and len(children) else None

    def adopt(self, archs: list[Arch]) -> Generation:
        """These architectures as if they were children."""
        return self._new(X=np.array(archs, dtype=int))

    def end(self, generation: Generation, losses: list[tuple[float, ...] | None]) -> None:
        """The losses of a generation in its order, None for what could not be evaluated."""
        values = [(0.0,) * self._objectives if loss is None else loss for loss in losses]
        violated: NDArray[np.float64] = np.array([[float(loss is None)] for loss in losses])
        generation.set("F", np.array(values), "G", violated)
        for individual in generation:
            individual.evaluated.update(("F", "G"))
        self._nsga2.tell(infills=generation)

    @staticmethod
    def archs(generation: Generation) -> list[Arch]:
        """The architectures of a generation in its order."""
        return [tuple(map(int, options)) for options in generation.get("X").tolist()]
