"""What a run may spend, and the ledger of what it spent."""

from dataclasses import dataclass, field
from typing import Literal

from harness.core import Evaluation, Query
from harness.errors import BadValue

Continuation = Literal["resume", "restart"]


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on one quantity: simulated seconds, trained epochs, or evaluations.

    `continuation` says what training an architecture further costs: only the new epochs (`resume`) or all of them
    (`restart`). `overhead` says whether the algorithm's own time is only measured, or charged as well.
    """

    seconds: float | None = None
    epochs: float | None = None
    evaluations: int | None = None
    continuation: Continuation = "resume"
    overhead: Literal["measured", "charged"] = "measured"

    def __post_init__(self) -> None:
        given = {
            name: value for name in ("seconds", "epochs", "evaluations") if (value := getattr(self, name)) is not None
        }
        if len(given) != 1:
            raise BadValue(f"a budget limits one of seconds, epochs, evaluations; given: {', '.join(given) or 'none'}")
        name, value = given.popitem()
        if not 0 < value < float("inf"):
            raise BadValue(f"a budget of {value} {name}: give a number above 0")
        if self.continuation not in ("resume", "restart"):
            raise BadValue(f"continuation {self.continuation!r}: give 'resume' or 'restart'")
        if self.overhead not in ("measured", "charged"):
            raise BadValue(f"overhead {self.overhead!r}: give 'measured' or 'charged'")


@dataclass(slots=True)
class Ledger:
    """The running totals of one run. Simulated and measured seconds stand in separate columns."""

    budget: Budget
    evaluations: int = 0
    epochs: float = 0.0
    evaluation_seconds: float = 0.0
    """Training and validation, from the table or measured by the live backend."""
    proxy_seconds: float = 0.0
    """Training that proxies asked for, from the table or measured by the live backend."""
    overhead_seconds: float = 0.0
    """The algorithm's own `ask` and `tell`, measured."""
    _trained: dict[tuple[object, ...], tuple[int, float]] = field(default_factory=dict)
    _paid: dict[tuple[object, ...], tuple[int, float]] = field(default_factory=dict)

    def charge(self, query: Query, evaluation: Evaluation) -> float:
        """Enter an evaluation and return the seconds charged for it.

        Under `resume`, an architecture trained to fewer epochs of the same schedule before is charged for the rest. A
        question asked again is charged again in full, as in NATS-Bench's own loops.
        """
        epochs, seconds = query.fidelity.epochs, evaluation.seconds
        paid_epochs, paid_seconds = 0, 0.0
        if self.budget.continuation == "resume":
            training = (query.arch, *query.fidelity[1:])
            before = self._trained.get(training)
            if before is not None and before[0] < epochs:
                paid_epochs, paid_seconds = before
            if before is None or before[0] < epochs:
                self._trained[training] = (epochs, seconds)
        charged = max(seconds - paid_seconds, 0.0)
        self.evaluations += 1
        self.epochs += (epochs - paid_epochs) * query.fidelity.data
        self.evaluation_seconds += charged
        return charged

    def count(self, query: Query) -> None:
        """Enter a question whose answer is still to come: an evaluation, and the epochs that it trains."""
        self.charge(query, Evaluation({}, 0.0))

    def settle(self, query: Query, evaluation: Evaluation) -> float:
        """Enter the answer of a question that was counted and return the seconds charged, as `charge` has them."""
        epochs, seconds = query.fidelity.epochs, evaluation.seconds
        training, paid = (query.arch, *query.fidelity[1:]), 0.0
        before = self._paid.get(training, (0, 0.0))
        if self.budget.continuation == "resume" and before[0] < epochs:
            paid, self._paid[training] = before[1], (epochs, seconds)
        charged = max(seconds - paid, 0.0)
        self.evaluation_seconds += charged
        return charged

    def charge_own(self, measured: float, proxies: float) -> float:
        """Enter what the algorithm took itself: its measured time, and seconds of training spent on proxies.

        Returns the seconds that the clock goes on: the latter, and the measured ones where the budget charges them.
        """
        self.overhead_seconds += measured
        self.proxy_seconds += proxies
        return proxies + (measured if self.budget.overhead == "charged" else 0.0)

    def spent(self, clock: float) -> bool:
        """Whether the budget is used up, `clock` being the simulated time of the run."""
        budget = self.budget
        if budget.seconds is not None:
            return clock >= budget.seconds
        if budget.epochs is not None:
            return self.epochs >= budget.epochs
        return budget.evaluations is not None and self.evaluations >= budget.evaluations
