"""Probability of improvement (Kushner, 1964; Jones, JGO 2001, section 5)."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr


def pi(
    mean: NDArray[np.float64], std: NDArray[np.float64], best: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """How likely the loss is below `best`: Phi((best - mean) / std); without deviation, whether the mean is."""
    better = best - mean
    z = np.divide(better, std, out=np.zeros_like(better), where=std > 0)
    return np.where(std > 0, ndtr(z), (better > 0).astype(float))
