"""A benchmark that trains any network on any data set, on the device of one's choice."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Unpack

from torch import nn

from harness import registry
from harness.core import Arch, Evaluation, Fidelity
from harness.errors import BadValue
from harness.files import digest
from harness.live.dataset import Dataset
from harness.live.epoch_result import EpochResult
from harness.live.options import Options, Settings
from harness.live.recipe import SgdRecipe
from harness.live.task import Shape, Share, Task, place
from harness.live.tracked import TrackedBenchmark
from harness.live.trainer import Plan, Trainer, finish


class LiveBenchmark(TrackedBenchmark):
    """Answers by training; the seconds are measured.

    A live benchmark is one file in `harness/benchmarks`, called like its space: nb201_live, nats_sss_live, darts_live,
    mobile_live. Its class has a `name`, sets `space` and, where networks can be made narrower or shallower,
    `reductions`, hands the rest to this constructor, and builds a network:

        class Nb201Live(LiveBenchmark):
            name = "nb201_live"

            def __init__(
                self, *, recipe: str | int = "12", channels: int = 16, **options: Unpack[Options]
            ) -> None:
                self.space, self._channels = Nb201(), channels
                self.reductions = {"resolution": (0.25, 0.5, 0.75), "width": fractions(channels)}
                super().__init__(schedules(recipe, (12, 200)), NB201, {"channels": channels}, **options)

            def build(self, arch: Arch, shape: Shape, fidelity: Fidelity, seed: int) -> nn.Module:
                return ...

    `about` are the benchmark's own options: they name its checkpoints and stand in its provenance. The images are read
    when the first network trains; then it is a `BadValue` when they are not there.
    """

    def __init__(
        self, schedules: Sequence[int], recipe: SgdRecipe, about: Mapping[str, object], **options: Unpack[Options]
    ) -> None:
        given = Settings(**options)
        registry.load("dataset", given.dataset)
        self._given, self._setup, self._recipe = given, given.setup(), replace(recipe, patience=given.patience)
        self._about = {**given.words(), **{name: str(value) for name, value in about.items()}}
        self._share = Share(given.images)
        self._task: tuple[Share, Task] | None = None
        self.dataset, self.fidelities = given.dataset, _fidelities(schedules)
        self.provenance = {
            "source": "trained by this run",
            **self._about,
            "recipe": str(self._recipe),
            "setup": str(self._setup),
        }

    @abstractmethod
    def build(self, arch: Arch, shape: Shape, fidelity: Fidelity, seed: int) -> nn.Module:
        """The network with weights drawn by the seed; of the fidelity, its `width` and `depth` matter.

        It maps images (n, colours, h, w) to logits (n, classes); a `BadValue` where the shape does not fit.
        """

    def trained(self, arch: Arch, fidelity: Fidelity, seed: int) -> list[Evaluation]:
        """One training, from scratch or from the last checkpoint; where it ended early, its last answer stands."""
        task = self._placed(replace(self._share, data=fidelity.data, resolution=fidelity.resolution))
        label = repr([self.name, self._about, arch, fidelity[1:]])
        plan = Plan(self._recipe, fidelity.schedule, seed, label)
        trainer = Trainer(self.build(arch, task.shape, fidelity, seed), task, plan, self._setup)
        for _ in finish(trainer, fidelity.epochs, self._checkpoint(label, seed)):
            pass
        history = trainer.history[: fidelity.epochs]
        spent = accumulate(epoch.train_seconds for epoch in history)
        answers = [self._answer(epoch, seconds) for epoch, seconds in zip(history, spent, strict=True)]
        return answers + [answers[-1]] * (fidelity.epochs - len(answers))

    def _placed(self, share: Share) -> Task:
        """The images; those of the last share are kept."""
        if self._task is None or self._task[0] != share:
            dataset: Dataset = registry.load("dataset", self._given.dataset)()
            self._task = share, place(dataset, share, self._setup)
        return self._task[1]

    def _answer(self, epoch: EpochResult, seconds: float) -> Evaluation:
        metrics = {metric.name: float(getattr(epoch, metric.name)) for metric in self.metrics}
        return Evaluation(metrics, seconds + epoch.valid_seconds)

    def _checkpoint(self, label: str, seed: int) -> Path | None:
        if self._given.checkpoints is None:
            return None
        folder = Path(self._given.checkpoints)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{digest([label, seed])}.pt"


def schedules(recipe: str | int, known: Sequence[int]) -> tuple[int, ...]:
    """The schedules up to the one of so many epochs, from short to long; `BadValue` lists those there are."""
    if str(recipe) not in map(str, known):
        raise BadValue(f"recipe = {recipe!r}: give the epochs of one of the schedules, {', '.join(map(str, known))}")
    return tuple(epochs for epochs in known if epochs <= int(recipe))


def fractions(whole: int) -> tuple[float, ...]:
    """Of so many channels or cells, the fractions that are whole numbers of them, less than all."""
    return tuple(part / whole for part in range(1, whole))


def whole(name: str, value: int) -> int:
    """The number, which is one of channels or cells; `BadValue` unless it is whole and at least 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadValue(f"{name} = {value!r}: give a whole number of at least 1")
    return value


def _fidelities(schedules: Sequence[int]) -> tuple[Fidelity, ...]:
    return tuple(
        Fidelity(epoch, schedule, data)
        for data in (0.25, 1.0)
        for schedule in schedules
        for epoch in range(1, schedule + 1)
    )
