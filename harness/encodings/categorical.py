"""One column per decision (White et al., NeurIPS 2020)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace


def categorical(space: SearchSpace, archs: Sequence[Arch]) -> NDArray[np.float64]:
    """The number of the option taken, which means an order of the options; it works on every space."""
    return np.array(archs, dtype=float).reshape(len(archs), len(space.choices))
