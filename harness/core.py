"""The vocabulary of nasgauge; read me first. Everything else in the project is written in these words."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.space import Arch, SearchSpace

__all__ = [
    "Algorithm", "Arch", "Benchmark", "Evaluation", "Fidelity", "Metric", "Predictor", "Problem", "Proxy", "Query",
    "Scores", "SearchSpace", "Split", "Supernet", "TabularBenchmark", "Trial", "Watched",
]  # fmt: skip

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
    `Fidelity(3, 12)` and differs from `Fidelity(3, 3)`. `data`, `resolution`, `width` and `depth` are fractions of the
    full: of the training images, of a side of an image, of the channels, and of the cells of a stage.
    """

    epochs: int
    schedule: int
    data: float = 1.0
    resolution: float = 1.0
    width: float = 1.0
    depth: float = 1.0


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

    space: SearchSpace
    fidelities: tuple[Fidelity, ...]
    objectives: tuple[Metric, ...]


class Trial(NamedTuple):
    """What an algorithm is told: the losses of a query, one per objective, to be minimised, and what it cost.

    A failed evaluation has losses of +inf.
    """

    query: Query
    losses: tuple[float, ...]
    seconds: float


class Benchmark(ABC):
    """A pure function from queries to evaluations, with its vocabulary of metrics, fidelities and seeds.

    `fidelities` go from cheap to thorough: the last one is the full fidelity. `seeds` name the independent trainings
    that the benchmark can answer from; `provenance` says in words where its numbers come from. `dataset` names the
    registered data set that the networks were trained on, where there is one: zero-cost proxies build them again.
    `reductions` are the fractions of resolution, width and depth that it answers for beside each listed fidelity.
    """

    name: str
    space: SearchSpace
    metrics: tuple[Metric, ...]
    fidelities: tuple[Fidelity, ...]
    seeds: tuple[int, ...]
    provenance: Mapping[str, str]
    dataset: str | None = None
    reductions: Mapping[str, tuple[float, ...]] = {}

    @abstractmethod
    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        """Answer from the training with this seed, or with the mean over all seeds when it is None."""


class TabularBenchmark(Benchmark):
    """A benchmark that knows every answer beforehand."""

    @abstractmethod
    def table(self, metric: str, fidelity: Fidelity, seed: int | None = None) -> NDArray[np.float64]:
        """The metric of every architecture in space order, shape (size,); NaN where nothing was measured."""

    @abstractmethod
    def measured_fidelities(self, metric: str) -> tuple[Fidelity, ...]:
        """The fidelities at which the metric was measured, from cheap to thorough."""

    @abstractmethod
    def measured_seeds(self, metric: str, fidelity: Fidelity) -> tuple[int, ...]:
        """The seeds whose trainings gave the metric there; empty where only a mean is known, or nothing."""


class Algorithm(ABC):
    """A search: it asks for evaluations and is told their losses, in any order. Same seed, same questions.

    `spent` counts the seconds of training that it spent itself so far, on the proxies that help it. `fingerprint` tells
    two apart whose options are the same but not the files that they read.
    """

    spent: float = 0.0
    fingerprint: str = ""

    @abstractmethod
    def ask(self) -> Query | None:
        """The next question; None while it waits for a running trial, and for good once nothing is left to ask."""

    @abstractmethod
    def tell(self, trial: Trial) -> None:
        """Learn the outcome of a question asked earlier."""

    def merit(self, losses: tuple[float, ...]) -> float:
        """What chooses the incumbent, the lower the better: the first loss, unless a wrapper weighs several."""
        return losses[0]


class Scores(NamedTuple):
    """What several proxies say, shape (proxies, architectures), and the seconds that each would have taken alone."""

    values: NDArray[np.float64]
    seconds: NDArray[np.float64]


class Proxy(ABC):
    """A cheap estimate of quality: the higher its score, the better the architecture is believed to be.

    `train` is how many architectures of known loss it asks to learn from; `spent` counts the seconds of training that
    its scores were read from so far. `chunk`, where scores are slow to get, is how many architectures are scored and
    stored as one, so that an interruption loses little; `fingerprint` tells two apart whose name and options are the
    same but not what they read, such as a file. Proxies of one `together` share work when they are scored by it, and
    `definition` says what a score rests on that its name does not tell.
    """

    train: int = 0
    spent: float = 0.0
    chunk: int | None = None
    fingerprint: str = ""
    together: Callable[[Sequence["Proxy"], Sequence[Arch]], Scores] | None = None
    definition: Mapping[str, str] = MappingProxyType({})

    @abstractmethod
    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Learn from architectures of known loss; a proxy that does not learn ignores it."""

    @abstractmethod
    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """Scores, shape (architectures,); NaN where the proxy is undefined."""


class Watched(NamedTuple):
    """What was seen of a proxy while it learned: a measure after an epoch, of one architecture or of all of it.

    `measure` is a name such as train_loss, skip_share, score, or "derived" for the architecture that it would choose.
    """

    epoch: int
    measure: str
    value: float
    arch: Arch | None = None


class Supernet(Proxy):
    """A proxy that trains one network for all architectures, and can say which it would choose.

    `history` holds what was watched, in the order of the epochs; `seconds` what training took so far by the clock,
    watching left out.
    """

    history: Sequence[Watched] = ()
    seconds: float = 0.0

    @abstractmethod
    def train_epoch(self) -> Mapping[str, float]:
        """Train one more epoch; measures by name."""

    @abstractmethod
    def derive(self) -> Arch:
        """The architecture that it would choose now."""


class Predictor(Proxy):
    """A proxy that learns and knows how unsure it is."""

    @abstractmethod
    def predict(self, archs: Sequence[Arch]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the predicted loss, each of shape (architectures,)."""
