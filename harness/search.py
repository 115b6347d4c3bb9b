"""The one search loop: ask, evaluate, tell, with W workers simulated by an event queue."""

import heapq
import math
import time
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Literal, NamedTuple

from harness.budget import Ledger
from harness.core import Algorithm, Benchmark, Evaluation, Fidelity, Metric, Query, Trial
from harness.errors import BadValue, Unmeasured
from harness.fidelities import evaluate_trial, trials_of

TrialPolicy = Literal["one", "mean"]

PATIENCE = 1000
"""So many failed evaluations in a row end a run with an error instead of an endless one."""


class Record(NamedTuple):
    """A finished evaluation. `trial` is the benchmark's seed, None for the mean; `finished` is simulated time.

    `merit` chooses the incumbent. `charged` and `finished` are NaN where the benchmark does not say how long training
    takes.
    """

    query: Query
    trial: int | None
    losses: tuple[float, ...]
    charged: float
    finished: float
    metrics: Mapping[str, float]
    reason: str
    merit: float


def search(
    benchmark: Benchmark,
    algorithm: Algorithm,
    ledger: Ledger,
    *,
    objectives: tuple[Metric, ...],
    seed: int,
    workers: int = 1,
    trial: TrialPolicy = "one",
) -> Iterator[Record]:
    """Run `algorithm` until the ledger's budget is spent or it has nothing left to ask; yields records as they finish.

    The budget is checked before each question, so that it is overspent by at most the evaluations then running.
    """
    running: list[tuple[float, int, Record]] = []
    clock, ticket, failures = 0.0, count(), 0
    trials: dict[Fidelity, tuple[int, ...]] = {}
    while True:
        while len(running) < workers and not ledger.spent(clock):
            began, before = time.perf_counter(), algorithm.spent
            query = algorithm.ask()
            clock += ledger.charge_own(time.perf_counter() - began, algorithm.spent - before)
            if query is None:
                break
            if trial == "one" and query.fidelity not in trials:
                trials[query.fidelity] = trials_of(benchmark, objectives[0].name, query.fidelity)
            chosen, evaluation, reason = _evaluate(benchmark, query, seed, trials.get(query.fidelity))
            charged = ledger.charge(query, evaluation)
            if charged != charged and ledger.budget.seconds is not None:
                raise BadValue(untimed(benchmark, query))
            losses = tuple([loss_of(evaluation, metric, query, benchmark) for metric in objectives])
            merit = algorithm.merit(losses)
            record = Record(query, chosen, losses, charged, clock + charged, evaluation.metrics, reason, merit)
            heapq.heappush(running, (_order(record), next(ticket), record))
        if not running:
            return
        finished, _, record = heapq.heappop(running)
        clock = max(clock, finished)
        failures = failures_after(record, failures, benchmark)
        clock += told(algorithm, record, ledger)
        yield record


def failures_after(record: Record, failures: int, benchmark: Benchmark) -> int:
    """How many evaluations in a row have failed, this one too; `BadValue` when they are too many."""
    if not record.reason:
        return 0
    if failures + 1 >= PATIENCE:
        raise BadValue(f"{PATIENCE} evaluations in a row failed on {benchmark.name}; the last: {record.reason}")
    return failures + 1


def told(algorithm: Algorithm, record: Record, ledger: Ledger) -> float:
    """Tell the algorithm; the seconds that the clock goes on for it."""
    began = time.perf_counter()
    algorithm.tell(Trial(record.query, record.losses, record.charged))
    return ledger.charge_own(time.perf_counter() - began, 0.0)


def _order(record: Record) -> float:
    """When its turn comes: what takes an unknown time ends last, in the order of the questions."""
    return record.finished if record.finished == record.finished else math.inf


def untimed(benchmark: Benchmark, query: Query) -> str:
    """Why a budget in seconds cannot be kept."""
    return (
        f"{benchmark.name} does not say how many seconds {benchmark.space.encode(query.arch)} takes at "
        f"{tuple(query.fidelity)}: give the budget in epochs or evaluations"
    )


def _evaluate(
    benchmark: Benchmark, query: Query, seed: int, trials: tuple[int, ...] | None
) -> tuple[int | None, Evaluation, str]:
    """The trial that answered (None: the mean of all), its evaluation, and why it failed."""
    try:
        if trials is None:
            return None, benchmark.evaluate(query, None), ""
        return *evaluate_trial(benchmark, query, seed, trials), ""
    except Unmeasured as error:
        return None, Evaluation({}, 0.0), str(error)


def loss_of(evaluation: Evaluation, metric: Metric, query: Query, benchmark: Benchmark) -> float:
    """The metric as a loss, infinite where it was not measured; `BadValue` where it is NaN."""
    value = evaluation.metrics.get(metric.name)
    if value is None:
        return math.inf
    if value != value:
        raise BadValue(
            f"{benchmark.name} answered NaN for {metric.name} of {benchmark.space.encode(query.arch)}; "
            "a benchmark answers with a number, or raises Unmeasured"
        )
    return -value if metric.maximize else value
