"""Complexity (AZ-NAS: Lee & Ham, CVPR 2024, section 3.1)."""

from proxies.zero_cost._adapter import zero_cost
from proxies.zero_cost._look import Look
from proxies.zero_cost.flops import flops
from proxies.zero_cost.params import COUNTED


@zero_cost(COUNTED)
def az_complexity(look: Look) -> float:
    """The FLOPs of the network as it is built, in millions; see `flops`."""
    return flops.of(look)
