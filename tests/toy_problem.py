"""A problem small enough to reason about: 60 architectures, 12 epochs, losses by arithmetic."""

import math
from collections.abc import Callable, Iterable

from harness.core import Algorithm, Arch, Fidelity, Metric, Problem, Query, SearchSpace, Trial
from harness.space import ProductSpace
from harness.spaces.nb201 import Nb201

ACCURACY = Metric("valid_accuracy", "%", True, "valid")
EPOCHS = tuple(Fidelity(epoch, 12) for epoch in range(1, 13))


class Grid(ProductSpace):
    """Any choices; an architecture is written as its options joined by dashes."""

    name = "grid"

    def __init__(self, choices: tuple[int, ...] = (4, 3, 5)) -> None:
        self.choices = choices

    def encode(self, arch: Arch) -> str:
        return "-".join(map(str, arch))

    def decode(self, text: str) -> Arch:
        return tuple(map(int, text.split("-")))

    def canonical(self, arch: Arch) -> Arch:
        return arch


class Endless(Grid):
    """10^18 architectures: whoever wants to see them all is stopped."""

    def __init__(self) -> None:
        super().__init__((10,) * 18)

    def all(self) -> list[Arch]:
        raise AssertionError("nobody lists 10^18 architectures")


def problem(space: SearchSpace | None = None, fidelities: Iterable[Fidelity] = EPOCHS) -> Problem:
    return Problem(space or Grid(), tuple(fidelities), (ACCURACY,))


PROBLEMS = {"grid": problem(), "nb201": problem(Nb201()), "endless": problem(Endless())}


def loss(query: Query) -> float:
    return float(
        sum(w * a for w, a in zip((7, 5, 3, 11, 2, 13), query.arch, strict=False)) * query.fidelity.epochs % 31
    )


def failing(query: Query) -> float:
    return math.inf


def sometimes_failing(query: Query) -> float:
    return math.inf if sum(query.arch) % 2 else loss(query)


def told(query: Query, value: float) -> Trial:
    return Trial(query, (value,), float(query.fidelity.epochs))


def run(algorithm: Algorithm, steps: int, answer: Callable[[Query], float] = loss) -> list[Query]:
    """The questions of one worker, fewer than `steps` when the algorithm has nothing left to ask."""
    queries: list[Query] = []
    while len(queries) < steps and (query := algorithm.ask()) is not None:
        queries.append(query)
        algorithm.tell(told(query, answer(query)))
    return queries
