"""One column per option of each decision."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace


def one_hot(space: SearchSpace, archs: Sequence[Arch]) -> NDArray[np.float64]:
    """1 in the column of the option taken, 0 elsewhere; it works on every space."""
    return space.one_hot(archs) if archs else np.empty((0, sum(space.choices)))
