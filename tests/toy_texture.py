"""A task that only a 3x3 convolution solves, and a benchmark that names it."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Evaluation, Fidelity, Metric, Query
from harness.live.dataset import Dataset, Part
from harness.spaces.nb201 import CONV3, Nb201, live_edges


class TextureBenchmark(Benchmark):
    """The space nb201 on `texture`; it answers nothing, supernets only read its space and its data set."""

    name = "texture"
    metrics = (Metric("valid_accuracy", "%", True, "valid"),)
    fidelities = (Fidelity(1, 1),)
    seeds = (0,)
    dataset = "toy_texture:texture"

    def __init__(self) -> None:
        self.space = Nb201()
        self.provenance = {"source": "made up"}

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        raise NotImplementedError


@cache
def texture() -> Dataset:
    """Stripes of period 4 in 8x8 images of 2x2 patches: |, -, / and \\, any phase, some noise.

    Bright and dark patches are equally many, and | and -, / and \\ are mirror images: operations on single points tell
    nothing, average pooling at best two pairs apart (50 %), a 3x3 convolution everything.
    """
    train, valid, test = (_part(np.random.default_rng([7, k]), n) for k, n in enumerate((300, 160, 160)))
    return Dataset("texture", 4, train, valid, test)


def sees(arch: Arch) -> bool:
    """Whether a 3x3 convolution lies on a path from the cell's input to its output."""
    return any(edge.operation == CONV3 for edge in live_edges(arch))


def _part(rng: np.random.Generator, n: int) -> Part:
    labels = np.arange(n) % 4
    y, x = np.mgrid[:4, :4]
    along = np.stack([x, y, x + y, x - y])[labels]
    phase = rng.integers(0, 4, (n, 1, 1))
    patches = np.where((along + phase) % 4 < 2, 1.0, -1.0)
    images: NDArray[np.float64] = patches.repeat(2, 1).repeat(2, 2)[:, None]
    noisy = images + rng.normal(0, 0.2, images.shape)
    return Part(noisy.astype(np.float32), labels.astype(np.int64))
