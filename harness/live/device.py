"""Where networks train."""

import torch

from harness.errors import BadValue


def usable(device: str) -> str:
    """Return the device; `BadValue` when torch cannot compute on it here."""
    try:
        torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise _refusal(device, "there is no such device") from error
    try:
        torch.zeros(1, device=device).item()
    except NotImplementedError as error:
        raise _refusal(device, "torch cannot compute on it here") from error
    except (AssertionError, RuntimeError) as error:
        raise _refusal(device, str(error).splitlines()[0]) from error
    return device


def _refusal(device: str, reason: str) -> BadValue:
    return BadValue(f"device {device!r} cannot be used ({reason}); give cpu, or cuda where there is one")
