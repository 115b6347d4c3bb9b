"""The search loop over trainings that really run at the same time: ask, hand over, and tell whatever is done first."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import NamedTuple

from harness.budget import Ledger
from harness.core import Algorithm, Benchmark, Evaluation, Metric, Query
from harness.errors import BadValue
from harness.search import Record, failures_after, loss_of, told, untimed


class Answered(NamedTuple):
    """A finished evaluation: when it was asked in simulated time, the benchmark's seed, the answer or why not."""

    query: Query
    asked: float
    trial: int | None
    evaluation: Evaluation
    reason: str


class Trainings(ABC):
    """The evaluations that are under way."""

    @abstractmethod
    def start(self, query: Query, asked: float) -> None:
        """Begin an evaluation at a simulated time."""

    @abstractmethod
    def next(self) -> Answered:
        """The next one that is done; there must be one under way."""


def live_search(
    benchmark: Benchmark,
    algorithm: Algorithm,
    ledger: Ledger,
    trainings: Trainings,
    *,
    objectives: tuple[Metric, ...],
    workers: int,
) -> Iterator[Record]:
    """Run `algorithm` until the ledger's budget is spent, with at most so many evaluations under way.

    The algorithm hears of them in the order in which they finish. Simulated time is that of the seconds charged: an
    evaluation ends so long after it was asked, and no earlier than those that were heard of before. Evaluations and
    epochs are counted when they are asked, so that a budget in them is kept to.
    """
    running, clock, failures = 0, 0.0, 0
    while True:
        while running < workers and not ledger.spent(clock):
            began, before = time.perf_counter(), algorithm.spent
            query = algorithm.ask()
            clock += ledger.charge_own(time.perf_counter() - began, algorithm.spent - before)
            if query is None:
                break
            ledger.count(query)
            trainings.start(query, clock)
            running += 1
        if not running:
            return
        answered, running = trainings.next(), running - 1
        record = _record(answered, benchmark, algorithm, ledger, objectives, clock)
        clock = max(clock, record.finished)  # the clock, where that is NaN
        failures = failures_after(record, failures, benchmark)
        clock += told(algorithm, record, ledger)
        yield record


def _record(
    answered: Answered,
    benchmark: Benchmark,
    algorithm: Algorithm,
    ledger: Ledger,
    objectives: tuple[Metric, ...],
    clock: float,
) -> Record:
    query, asked, trial, evaluation, reason = answered
    charged = ledger.settle(query, evaluation)
    if charged != charged and ledger.budget.seconds is not None:
        raise BadValue(untimed(benchmark, query))
    losses = tuple(loss_of(evaluation, metric, query, benchmark) for metric in objectives)
    finished = max(asked + charged, clock)  # NaN stays NaN
    return Record(query, trial, losses, charged, finished, evaluation.metrics, reason, algorithm.merit(losses))
