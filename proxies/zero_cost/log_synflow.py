"""The logarithm of synaptic flow (Cavagnero et al., FreeREA, WACV 2023, section 3.2)."""

import math

from proxies.zero_cost._adapter import zero_cost
from proxies.zero_cost._look import Look
from proxies.zero_cost.synflow import DEFINITION, synflow


@zero_cost(DEFINITION._replace(degenerate="undefined: the logarithm of 0"))
def log_synflow(look: Look) -> float:
    """log(synflow), which keeps numbers of a deep network within what can be plotted and averaged."""
    flow = synflow.of(look)
    return math.log(flow) if flow > 0 else math.nan
