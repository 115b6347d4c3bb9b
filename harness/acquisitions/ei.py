"""Expected improvement (Jones, Schonlau & Welch, JGO 1998, equation 15)."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr


def ei(
    mean: NDArray[np.float64], std: NDArray[np.float64], best: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """By how much the loss is expected to fall below `best`, counting 0 where it does not.

    (best - mean) Phi(z) + std phi(z) with z = (best - mean) / std; without deviation, what the mean promises.
    """
    better = best - mean
    z = np.divide(better, std, out=np.zeros_like(better), where=std > 0)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.where(std > 0, better * ndtr(z) + std * density, np.maximum(better, 0.0))
