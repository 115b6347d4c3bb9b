"""Thompson sampling (Thompson, 1933) from marginal beliefs."""

import numpy as np
from numpy.typing import NDArray


def ts(
    mean: NDArray[np.float64], std: NDArray[np.float64], best: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Minus losses drawn as one function: all candidates are as many deviations from their means.

    A predictor tells the belief of each candidate by itself. This is the joint draw of normal beliefs that rise and
    fall together; `its` is that of independent ones.
    """
    return -(mean + std * rng.standard_normal())
