"""Images and labels for live training."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue
from harness.live.images import LazyImages, Scale


@dataclass(frozen=True, slots=True)
class Part:
    """Images (n, channels, height, width) in float32, standardised by the training part, and labels (n,).

    `numpy.asarray(part.images)` are all images as an array, whether or not they are read when they are asked for.
    """

    images: NDArray[np.float32] | LazyImages
    labels: NDArray[np.int64]

    def subset(self, fraction: float) -> "Part":
        """A stratified fraction of the images, the same at every call.

        Raises `BadValue` when it leaves fewer images than there are classes on either side of the cut.
        """
        if fraction == 1.0:
            return self
        total, classes = len(self.labels), len(np.unique(self.labels))
        if not classes <= total * fraction <= total - classes:
            raise BadValue(
                f"a fraction {fraction} of {total} images: a stratified one keeps and leaves at least one of each of "
                f"the {classes} classes; give {classes / total:.2g} to {1 - classes / total:.2g}, or 1"
            )
        from sklearn.model_selection import train_test_split

        kept, _ = train_test_split(
            np.arange(len(self.labels)), train_size=fraction, stratify=self.labels, random_state=0
        )
        return Part(self.images[kept], self.labels[kept])

    def shrunk(self, fraction: float) -> "Part":
        """The images with this fraction of their height and width: a new pixel is the mean of the area it covers.

        Raises `BadValue` unless that gives an even number of pixels, so that the stem's 2x2 patches cover them all.
        """
        if fraction == 1.0:
            return self
        height, width = (_shrink(side, fraction) for side in self.images.shape[2:])
        return Part(np.ascontiguousarray(height @ np.asarray(self.images) @ width.T), self.labels)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A classification task in three parts: a search may see `valid`, only a report sees `test`.

    `scale` is what the images were standardised by, and `description` says where they and the parts come from.
    """

    name: str
    classes: int
    train: Part
    valid: Part
    test: Part
    scale: Scale | None = field(default=None, kw_only=True)
    description: str = field(default="", kw_only=True)


def _shrink(side: int, fraction: float) -> NDArray[np.float32]:
    """How much of each pixel goes into each new one, shape (new pixels, pixels); rows sum to one."""
    even = [n / side for n in range(2, side, 2)]
    if fraction not in even:
        allowed = ", ".join(f"{one:g}" for one in even)
        raise BadValue(f"a resolution of {fraction!r} of {side} pixels: give {allowed} or 1")
    edges = np.arange(round(side * fraction) + 1)[:, None] / fraction
    covered = np.clip(edges - np.arange(side), 0, 1)
    return (np.diff(covered, axis=0) * fraction).astype(np.float32)
