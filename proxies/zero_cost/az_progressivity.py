"""Progressivity of features (AZ-NAS: Lee & Ham, CVPR 2024, equation 5)."""

import math
from itertools import pairwise

from proxies.zero_cost._adapter import zero_cost
from proxies.zero_cost._look import Look
from proxies.zero_cost.az_expressivity import DEFINITION, entropies


@zero_cost(DEFINITION)
def az_progressivity(look: Look) -> float:
    """The smallest growth of the entropy from one block to the next, see `az_expressivity`; undefined for one block."""
    found = entropies(look)
    growth = [after - before for before, after in pairwise(found)]
    return min(growth) if growth and all(map(math.isfinite, growth)) else math.nan
