"""Where the costs of architectures come from."""

from collections.abc import Mapping
from typing import Any

TRAINING = "seconds"
"""The cost that is the time of training."""


def origin_of(study: Mapping[str, Any]) -> str:
    """How a study's cost is called: training seconds stand in the table, other costs were measured on a device."""
    return "tabulated" if study["truth"]["metric"] == TRAINING else "measured"
