"""NAS-Bench-201 cells trained for real on handwritten digits, with the recipe that minted `digits201`."""

from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

from harness.core import Arch, Evaluation, Fidelity
from harness.datasets.digits import digits
from harness.files import digest
from harness.live.device import usable
from harness.live.epoch import Epoch
from harness.live.tracked import TrackedBenchmark
from harness.live.training import Recipe, Training, train
from harness.spaces.nb201 import Nb201


class DigitsLive(TrackedBenchmark):
    """Answers by training; the seconds are measured.

    On the CPU it runs on one thread, so that the same question has the same answer bit by bit. With a folder for
    `checkpoints`, a network trained to fewer epochs before goes on from there.
    """

    name = "digits_live"
    fidelities = tuple(
        Fidelity(epoch, schedule, data)
        for data in (0.25, 1.0)
        for schedule in (3, 12)
        for epoch in range(1, schedule + 1)
    )
    dataset = "digits"
    reductions: Mapping[str, tuple[float, ...]] = {
        "resolution": (0.5, 0.75),
        "width": (0.25, 0.5, 0.75),
        "depth": (0.5,),
    }

    def __init__(self, *, device: str = "cpu", checkpoints: str | None = None) -> None:
        self.space = Nb201()
        self.provenance = {"source": "trained by this run", "recipe": str(Recipe()), "device": device}
        self._recipe = Recipe(device=usable(device))
        self._checkpoints = Path(checkpoints) if checkpoints else None

    def trained(self, arch: Arch, fidelity: Fidelity, seed: int) -> list[Evaluation]:
        """One training, from scratch or from the last checkpoint."""
        training = Training(arch, digits(), fidelity, (seed,), self._recipe)
        for _ in train(training, fidelity.epochs, self._checkpoint(arch, fidelity, seed)):
            pass
        history = training.history[: fidelity.epochs]
        spent = accumulate(epoch.train_seconds for epoch in history)
        return [self._answer(epoch, seconds) for epoch, seconds in zip(history, spent, strict=True)]

    def _answer(self, epoch: Epoch, seconds: float) -> Evaluation:
        metrics = {metric.name: float(getattr(epoch, metric.name)[0]) for metric in self.metrics}
        return Evaluation(metrics, seconds + epoch.valid_seconds)

    def _checkpoint(self, arch: Arch, fidelity: Fidelity, seed: int) -> Path | None:
        if self._checkpoints is None:
            return None
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        return self._checkpoints / f"{digest([arch, fidelity[1:], seed])}.pt"
