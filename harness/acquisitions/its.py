"""Independent Thompson sampling (White et al., BANANAS, AAAI 2021, section 4)."""

import numpy as np
from numpy.typing import NDArray


def its(
    mean: NDArray[np.float64], std: NDArray[np.float64], best: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Minus a loss drawn for each candidate from the normal with its mean and deviation, independently."""
    return -(mean + std * rng.standard_normal(len(mean)))
