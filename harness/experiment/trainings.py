"""The evaluations of one live run that are under way, each a part for a crew, and all of them in the journal."""

import heapq
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import NamedTuple

from harness.core import Benchmark, Evaluation, Query
from harness.executors import Crew
from harness.experiment.config import Spec
from harness.experiment.journal import Answer, Journaled, answer_of
from harness.experiment.opened import opened
from harness.fidelities import draw_trial, trials_of
from harness.files import alone, digest
from harness.live_search import Answered, Trainings
from harness.trust import Trust, trust


class Question(NamedTuple):
    """What a worker is asked: to train so far with this seed (None: with all of them), and whether on a GPU."""

    query: Query
    seed: int | None
    training: tuple[Hashable, ...]
    gpu: bool

    @property
    def needs(self) -> dict[str, float]:
        """What a worker must offer."""
        return {"GPU": 1} if self.gpu else {}


@dataclass(frozen=True, slots=True)
class Train:
    """Answers questions; `locks` is a folder. Whoever still trains the same network, left behind, is waited for."""

    benchmark: Spec
    fingerprint: str
    locks: Path
    trusted: Trust | None

    def __call__(self, question: Question) -> Answer:
        """Train, from the last checkpoint on where there is one."""
        trust(self.trusted)
        self.locks.mkdir(parents=True, exist_ok=True)
        with alone(self.locks / f"{digest(question.training)}.lock"):
            return answer_of(opened(self.benchmark, self.fingerprint), question.query, question.seed)


@dataclass(slots=True)
class _Running:
    query: Query
    asked: float
    left: list[int | None]
    """The benchmark's seeds that may answer, in the order in which they are asked."""
    reason: str = ""
    """Why the first of them did not."""


@dataclass(slots=True)
class JournaledTrainings(Trainings):
    """What the journal knows is answered from it, in its order; the rest is handed to the crew.

    Two evaluations of one training, to other epochs, go on from the same checkpoint: the second waits for the first.
    """

    journal: Journaled
    crew: Crew[Question]
    seeds: Callable[[Query], list[int | None]]
    gpu: bool
    _ready: list[tuple[int, int, Answered]] = field(default_factory=list)
    _training: dict[tuple[Hashable, ...], list[_Running]] = field(default_factory=dict)
    """The first of each is with the crew, the others wait."""
    _tickets: Iterator[int] = field(default_factory=count)

    def start(self, query: Query, asked: float) -> None:
        """Begin an evaluation; of a training that is under way, it begins after that."""
        self._go_on(_Running(query, asked, self.seeds(query)))

    def next(self) -> Answered:
        """What the journal knew first, else what the crew does first."""
        while not self._ready:
            for question, answer in self.crew.wait():
                self._hear(question, answer)
        return heapq.heappop(self._ready)[-1]

    def _hear(self, question: Question, answer: Answer) -> None:
        self.journal.enter(question.query, question.seed, answer)
        for running in self._training.pop(question.training):
            self._go_on(running)

    def _go_on(self, running: _Running) -> None:
        """To the next of its seeds, until one has answered."""
        place = 0
        while running.left:
            known = self.journal.known(running.query, running.left[0])
            if known is None:
                self._hand_over(running)
                return
            place = known.place
            if not isinstance(known.answer, str):
                self._done(running, place, running.left[0], Evaluation(*known.answer), "")
                return
            running.left.pop(0)
            running.reason = running.reason or known.answer
        self._done(running, place, None, Evaluation({}, 0.0), running.reason)

    def _done(self, running: _Running, place: int, seed: int | None, evaluation: Evaluation, reason: str) -> None:
        answered = Answered(running.query, running.asked, seed, evaluation, reason)
        heapq.heappush(self._ready, (place, next(self._tickets), answered))

    def _hand_over(self, running: _Running) -> None:
        query, seed = running.query, running.left[0]
        training = (self.journal.space.canonical(query.arch), query.fidelity[1:], seed)
        waiting = self._training.setdefault(training, [])
        waiting.append(running)
        if len(waiting) == 1:
            self.crew.submit(Question(query, seed, training, self.gpu))


def seeds_of(benchmark: Benchmark, metric: str, seed: int, trial: str) -> Callable[[Query], list[int | None]]:
    """For each question the benchmark's seeds that may answer, in the order in which a run of this seed draws them."""

    def drawn(query: Query) -> list[int | None]:
        left, found = list(trials_of(benchmark, metric, query.fidelity)), list[int | None]()
        while left:
            found.append(left.pop(draw_trial(seed, query.arch, len(left))))
        return found

    return drawn if trial == "one" else lambda query: [None]
