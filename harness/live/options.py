"""The options that all live benchmarks have in common."""

from dataclasses import dataclass
from typing import TypedDict

from harness.live.setup import Setup


class Options(TypedDict, total=False):
    """Options of every live benchmark, in an experiment as in code; `Settings` says what they mean."""

    dataset: str
    images: int | None
    patience: int | None
    device: str
    amp: str | None
    channels_last: bool
    compile: bool
    deterministic: bool
    checkpoints: str | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What is learned from, and how it is computed.

    `dataset` names a registered data set. `images` is the most that each of its parts may have, for small machines: a
    stratified choice, the same at every call (None: all). With `patience`, a training ends when the accuracy on the
    validation images was not better than before for so many epochs, and its last answer stands for the epochs that
    would have followed. `device`, `amp`, `channels_last`, `compile` and `deterministic` are those of
    `harness.live.setup.Setup`. `checkpoints` is a folder: a network trained to fewer epochs before goes on from there.
    """

    dataset: str = "cifar10"
    images: int | None = None
    patience: int | None = None
    device: str = "cpu"
    amp: str | None = None
    channels_last: bool = True
    compile: bool = False
    deterministic: bool = True
    checkpoints: str | None = None

    def setup(self) -> Setup:
        """How it is computed; `BadValue` for what is not to be had here."""
        return Setup(self.device, self.amp, self.channels_last, self.compile, self.deterministic)

    def words(self) -> dict[str, str]:
        """The data in words, for a report."""
        each = "all" if self.images is None else f"at most {self.images} to train, to validate and to test"
        return {"dataset": self.dataset, "images": each}
