"""What one epoch of networks that train side by side gave."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Epoch(NamedTuple):
    """What one epoch gave. Arrays have shape (seeds,); accuracies are percent; seconds are per network.

    On the CPU they are the thread's own, so that a busy machine does not count; elsewhere the clock on the wall.
    """

    epoch: int
    train_loss: NDArray[np.float32]
    train_accuracy: NDArray[np.float32]
    valid_loss: NDArray[np.float32]
    valid_accuracy: NDArray[np.float32]
    test_loss: NDArray[np.float32]
    test_accuracy: NDArray[np.float32]
    train_seconds: float
    valid_seconds: float


def epochs_in(rows: Any, networks: int) -> list[Epoch]:
    """The history of so many networks, from lists; an error of any kind where that is none."""
    history = [Epoch(*map(_part, row)) for row in rows]
    for i, epoch in enumerate(history, 1):
        if epoch.epoch != i or any(np.shape(part) != (networks,) for part in epoch[1:7]):
            raise ValueError("its history is of other epochs or seeds")
        if not all(isinstance(seconds, float) for seconds in epoch[7:]):
            raise ValueError("its history has no seconds")
    return history


def _part(value: Any) -> Any:
    return np.array(value, np.float32) if isinstance(value, list) else value
