"""How far scores moved, architecture by architecture: for the eye, not for the verdict."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from harness.gate.scores import ROUNDING, Scores, relative_change, same_rows

TOP = 10


class Drift(NamedTuple):
    """What became of the `rows` scores with equal seed and architecture.

    `touched` are not the same number any more, and `changed` differ by more than rounding or are defined on one side
    only; `largest` is the largest relative change of those defined on both, and `median_move` and `largest_move` are
    those of their ranks within the seed; `left` of `top` are no longer among a seed's ten best.
    """

    rows: int
    touched: int
    changed: int
    largest: float
    median_move: float
    largest_move: float
    left: int
    top: int


def drift(stored: Scores, now: Scores) -> Drift | None:
    """Compare scores of equal seeds and architectures; None where the two sides share no seed's architectures."""
    pair = same_rows(stored, now)
    if pair is None:
        return None
    relative = relative_change(pair[0].score, pair[1].score)
    finite = np.isfinite(pair[0].score) & np.isfinite(pair[1].score)
    old, new = (side.where(finite) for side in pair)
    moves, left, top = [np.zeros(0)], 0, 0
    for a, b in zip(old.by_seed(), new.by_seed(), strict=True):
        moves.append(np.abs(rankdata(a.score) - rankdata(b.score)))
        left, top = left + int((_best(a.score) & ~_best(b.score)).sum()), top + int(_best(a.score).sum())
    moved = np.concatenate(moves)
    touched, changed = int((relative > 0).sum()), int((relative > ROUNDING).sum())
    largest = float(relative[finite].max(initial=0))
    middle = float(np.median(moved)) if len(moved) else 0.0
    return Drift(len(finite), touched, changed, largest, middle, float(moved.max(initial=0)), left, top)


def _best(scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The ten best, and all that equal the tenth."""
    best: NDArray[np.bool_] = scores >= np.sort(scores)[-min(TOP, len(scores))]
    return best
