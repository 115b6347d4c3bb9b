"""What one epoch of one network gave."""

import math
from collections.abc import Sequence
from typing import NamedTuple


class EpochResult(NamedTuple):
    """Losses in nats and accuracies in percent; those that were not measured, since the training diverged, are NaN.

    `ended` says why no other epoch follows although the schedule is not through; it is empty where one does.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    valid_loss: float
    valid_accuracy: float
    test_loss: float
    test_accuracy: float
    train_seconds: float
    valid_seconds: float
    ended: str = ""


def diverged(epoch: int, train_loss: float, valid_loss: float) -> str:
    """Why a training ends after this epoch whose losses are not finite; empty where they are."""
    if math.isfinite(train_loss) and math.isfinite(valid_loss):
        return ""
    return f"diverged in epoch {epoch}: the losses of training and validation are {train_loss} and {valid_loss}"


def impatience(history: Sequence[EpochResult], accuracy: float, patience: int | None) -> str:
    """Why a training ends whose validation accuracy now is this one; empty where it goes on."""
    seen = [epoch.valid_accuracy for epoch in history] + [accuracy]
    best = seen.index(max(seen))
    waited = len(seen) - 1 - best
    if patience is None or waited < patience:
        return ""
    return f"stopped early: no validation accuracy above the {seen[best]:.2f} % of epoch {best + 1} in {waited} epochs"
