"""Where torch trains."""

import torch

from harness.errors import BadValue


def usable(device: str) -> str:
    """Return `device` when torch can compute on it here, and raise `BadValue` when it cannot."""
    try:
        torch.zeros(1, device=device).item()
    except (AssertionError, RuntimeError, TypeError) as error:
        why = str(error).strip().partition("\n")[0]
        raise BadValue(f"device {device!r} cannot be used here: {why.rstrip('.')}. Give cpu, or leave it out") from error
    return device
