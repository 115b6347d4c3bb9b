"""Images and labels for live training."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Part:
    """Images (n, channels, height, width) in float32, standardised by the training part, and labels (n,)."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]

    def subset(self, fraction: float) -> "Part":
        """A stratified fraction of the images, the same at every call."""
        if fraction == 1.0:
            return self
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
