"""Where networks train."""

import torch

from harness.errors import BadValue


def usable(device: str) -> str:
    """Return the device; `BadValue` when torch cannot compute on it here."""
    try:
        torch.zeros(1, device=device).item()
    except (AssertionError, RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise BadValue(f"device {device!r} cannot be used ({reason}); give cpu, or cuda where there is one") from error
    return device
