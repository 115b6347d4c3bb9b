"""Upper confidence bound (Srinivas et al., ICML 2010, equation 6); for losses it is the lower one."""

import numpy as np
from numpy.typing import NDArray


def ucb(
    mean: NDArray[np.float64],
    std: NDArray[np.float64],
    best: float,
    rng: np.random.Generator,
    *,
    beta: float = 0.5,
) -> NDArray[np.float64]:
    """Minus the loss that is believed possible, mean - beta std; beta as in White et al. (AAAI 2021)."""
    return beta * std - mean
