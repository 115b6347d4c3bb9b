"""Images and labels for live training."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue


@dataclass(frozen=True, slots=True)
class Part:
    """Images (n, channels, height, width) in float32, standardised by the training part, and labels (n,)."""

    images: NDArray[np.float32]
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


@dataclass(frozen=True, slots=True)
class Dataset:
    """A classification task in three parts: a search may see `valid`, only a report sees `test`."""

    name: str
    classes: int
    train: Part
    valid: Part
    test: Part
