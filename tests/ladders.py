"""Problems whose budgets are stops of one schedule, schedules of their own, or both."""

from collections.abc import Callable

from toy_problem import Grid, problem, told

from harness.core import Algorithm, Fidelity, Problem, Query

WIDE = Grid((50, 50))
OWN = tuple(Fidelity(epochs, schedule) for schedule in (4, 12, 36, 108) for epochs in (schedule // 2, schedule))
"""As NAS-Bench-101 has them: the end and the middle of four schedules."""


def epochs_up_to(most: int) -> Problem:
    return problem(WIDE, [Fidelity(epoch, most) for epoch in range(1, most + 1)])


def own_schedules() -> Problem:
    return problem(WIDE, OWN)


def sum_loss(query: Query) -> float:
    """The same order of architectures at every fidelity; no two of `WIDE` are equal."""
    return float(sum(option * 50.0**-i for i, option in enumerate(query.arch)))


def run_in_order(algorithm: Algorithm, steps: int, workers: int, answer: Callable[[Query], float]) -> list[Query]:
    """The questions when as many trials as there are workers run at once and end in the order of asking."""
    queries: list[Query] = []
    ended = 0
    while len(queries) < steps:
        query = algorithm.ask() if len(queries) - ended < workers else None
        if query is not None:
            queries.append(query)
            continue
        if ended == len(queries):
            break
        algorithm.tell(told(queries[ended], answer(queries[ended])))
        ended += 1
    return queries
