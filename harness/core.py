"""The vocabulary of nasgauge; read me first. Everything else in the project is written in these words."""

import itertools
import math
import random
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue

Arch = tuple[int, ...]
"""One option per decision: hashable, and a JSON array."""

Split = Literal["train", "valid", "test", "cost"]


class Metric(NamedTuple):
    """A measured quantity: its unit, its direction, and the split of the data that it was measured on."""

    name: str
    unit: str
    maximize: bool
    split: Split


class Fidelity(NamedTuple):
    """How thoroughly an architecture is trained.

    `schedule` is the number of epochs that the learning-rate schedule was made for; epoch 3 of a 12-epoch schedule is
    `Fidelity(3, 12)` and differs from `Fidelity(3, 3)`. `data`, `resolution` and `width` are fractions of the full.
    """

    epochs: int
    schedule: int
    data: float = 1.0
    resolution: float = 1.0
    width: float = 1.0


class Query(NamedTuple):
    """The question put to a benchmark: this architecture, trained this thoroughly."""

    arch: Arch
    fidelity: Fidelity


class Evaluation(NamedTuple):
    """A benchmark's answer: values by metric name, and the seconds that training from scratch to there takes."""

    metrics: Mapping[str, float]
    seconds: float


class Problem(NamedTuple):
    """All that an algorithm may know. The objectives are never measured on test data."""

    space: "SearchSpace"
    fidelities: tuple[Fidelity, ...]
    objectives: tuple[Metric, ...]


class Trial(NamedTuple):
    """What an algorithm is told: the losses of a query, one per objective, to be minimised, and what it cost.

    A failed evaluation has losses of +inf.
    """

    query: Query
    losses: tuple[float, ...]
    seconds: float


class SearchSpace(ABC):
    """Architectures as tuples of options; `choices` holds how many options each decision has."""

    name: str
    choices: tuple[int, ...]
    shuffle_seed: int | None = None
    """The official order of some spaces is the lexicographic one shuffled by `random.Random(shuffle_seed)`."""

    @abstractmethod
    def encode(self, arch: Arch) -> str:
        """Write the architecture in the field's own notation."""

    @abstractmethod
    def decode(self, text: str) -> Arch:
        """Read the field's own notation; a `BadValue` says what is wrong with the text."""

    @abstractmethod
    def canonical(self, arch: Arch) -> Arch:
        """Return the one representative of all architectures that compute the same function."""

    def is_valid(self, arch: Sequence[int]) -> bool:
        """Whether every decision of `arch` has one of its options."""
        return len(arch) == len(self.choices) and all(0 <= a < n for a, n in zip(arch, self.choices, strict=True))

    def sample(self, rng: np.random.Generator) -> Arch:
        """Draw an architecture uniformly."""
        draws = rng.random(len(self.choices)).tolist()
        return tuple([int(u * n) for u, n in zip(draws, self.choices, strict=True)])

    def neighbors(self, arch: Arch) -> list[Arch]:
        """All architectures that differ from `arch` in exactly one decision, in a fixed order."""
        return [
            (*arch[:i], option, *arch[i + 1 :])
            for i, n in enumerate(self.choices)
            for option in range(n)
            if option != arch[i]
        ]

    def mutate(self, arch: Arch, rng: np.random.Generator) -> Arch:
        """Give one decision, drawn uniformly, another option, drawn uniformly."""
        where, shift = rng.random(2).tolist()
        i = int(where * len(self.choices))
        n = self.choices[i]
        return (*arch[:i], (arch[i] + 1 + int(shift * (n - 1))) % n, *arch[i + 1 :])

    def one_hot(self, archs: Iterable[Arch]) -> NDArray[np.float64]:
        """One column per option of each decision; shape (architectures, sum of choices)."""
        options = np.asarray(list(archs), dtype=int)
        return np.concatenate([np.eye(n)[options[:, i]] for i, n in enumerate(self.choices)], axis=1)

    @property
    def size(self) -> int:
        """The number of architectures, counted with their duplicates in function."""
        return math.prod(self.choices)

    def all(self) -> list[Arch]:
        """Every architecture in the space's official order; position i is index i everywhere."""
        return self._all

    def index(self, arch: Arch) -> int:
        """The official index of `arch`; a `BadValue` when it is not of this space."""
        try:
            return self._index[arch]
        except (KeyError, TypeError):
            raise BadValue(
                f"{arch!r} is no architecture of {self.name}: it takes {len(self.choices)} decisions with options "
                f"0 to {max(self.choices) - 1}"
            ) from None

    @cached_property
    def _all(self) -> list[Arch]:
        archs = list(itertools.product(*map(range, self.choices)))
        if self.shuffle_seed is not None:
            random.Random(self.shuffle_seed).shuffle(archs)
        return archs

    @cached_property
    def _index(self) -> dict[Arch, int]:
        return {arch: i for i, arch in enumerate(self._all)}


class Benchmark(ABC):
    """A pure function from queries to evaluations, with its vocabulary of metrics, fidelities and seeds.

    `fidelities` go from cheap to thorough: the last one is the full fidelity. `seeds` name the independent trainings
    that the benchmark can answer from; `provenance` says in words where its numbers come from. `dataset` names the
    registered data set that the networks were trained on, where there is one: zero-cost proxies build them again.
    """

    name: str
    space: SearchSpace
    metrics: tuple[Metric, ...]
    fidelities: tuple[Fidelity, ...]
    seeds: tuple[int, ...]
    provenance: Mapping[str, str]
    dataset: str | None = None

    @abstractmethod
    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        """Answer from the training with this seed, or with the mean over all seeds when it is None."""


class TabularBenchmark(Benchmark):
    """A benchmark that knows every answer beforehand."""

    @abstractmethod
    def table(self, metric: str, fidelity: Fidelity, seed: int | None = None) -> NDArray[np.float64]:
        """The metric of every architecture in space order, shape (size,); NaN where nothing was measured."""


class Algorithm(ABC):
    """A search: it asks for evaluations and is told their losses, in any order. Same seed, same questions."""

    @abstractmethod
    def ask(self) -> Query | None:
        """The next question; None while it waits for a running trial, and for good once nothing is left to ask."""

    @abstractmethod
    def tell(self, trial: Trial) -> None:
        """Learn the outcome of a question asked earlier."""


class Proxy(ABC):
    """A cheap estimate of quality: the higher its score, the better the architecture is believed to be.

    `train` is how many architectures of known loss it asks to learn from; `spent` counts the seconds of training that
    its scores were read from so far.
    """

    train: int = 0
    spent: float = 0.0

    @abstractmethod
    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Learn from architectures of known loss; a proxy that does not learn ignores it."""

    @abstractmethod
    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """Scores, shape (architectures,); NaN where the proxy is undefined."""


class Predictor(Proxy):
    """A proxy that learns and knows how unsure it is."""

    @abstractmethod
    def predict(self, archs: Sequence[Arch]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the predicted loss, each of shape (architectures,)."""
