"""The number of trainable parameters, the baseline that a proxy has to beat."""

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look

COUNTED = Definition("counted like any other", loss="none", batch_norm="none", images="none")


@zero_cost(COUNTED, tabulated=True)
def params(look: Look) -> float:
    """The table's `params`, else counted on the built network; the same for every seed."""
    return float(sum(parameter.numel() for parameter in look.network.parameters()))
