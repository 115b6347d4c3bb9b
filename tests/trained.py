"""A short training that exercises every operation; run as a program, it prints the fingerprint of it."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from harness.core import Fidelity
from harness.datasets.digits import digits
from harness.live.training import Recipe, Training
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP

ARCH = (CONV3, CONV1, SKIP, POOL, NONE, CONV3)
DEAD = (NONE,) * 6
SHORT = Fidelity(3, 3, 0.25)
"""Three epochs of three steps each."""

RESULTS = ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy", "test_loss", "test_accuracy")


def begin(fidelity: Fidelity = SHORT, seeds: Sequence[int] = (0,), **changed: Any) -> Training:
    return Training(changed.pop("arch", ARCH), digits(), fidelity, seeds, Recipe(**changed))


def trained(fidelity: Fidelity = SHORT, seeds: Sequence[int] = (0,), **changed: Any) -> Training:
    return go_on(begin(fidelity, seeds, **changed), fidelity.epochs)


def go_on(training: Training, epochs: int) -> Training:
    while training.epoch < epochs:
        training.run_epoch()
    return training


def results(training: Training) -> np.ndarray:
    """Losses and accuracies, shape (epochs, results, seeds)."""
    return np.array([[getattr(epoch, name) for name in RESULTS] for epoch in training.history])


def state(training: Training) -> dict[str, torch.Tensor]:
    """Weights, batch statistics and momentum by name, copied."""
    momentum = {
        f"momentum of {name}": training._optimizer.state[weights]["momentum_buffer"]
        for name, weights in training.network.named_parameters()
        if training._optimizer.state.get(weights)
    }
    return {name: value.clone() for name, value in (training.network.state_dict() | momentum).items()}


def fingerprint(training: Training) -> str:
    """A hash of every bit of the weights, the momentum and the results, in their order; the seconds are left out."""
    sha = hashlib.sha256(results(training).tobytes())
    for name, value in state(training).items():
        sha.update(name.encode() + value.contiguous().numpy().tobytes())
    return sha.hexdigest()


if __name__ == "__main__":
    print(fingerprint(trained()))
