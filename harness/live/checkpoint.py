"""Half-trained networks on the disk."""

import io
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from harness.errors import BadValue
from harness.files import write_atomically


def write_checkpoint(path: Path, training: object, state: Mapping[str, Any]) -> None:
    """Write the state of what `training` describes; a crash leaves the former checkpoint."""
    content = io.BytesIO()
    torch.save({**state, "training": training}, content)
    write_atomically(path, content.getvalue())


def read_checkpoint(path: Path, training: object, device: str) -> dict[str, Any]:
    """The state that was written, on the device; `BadValue` when it is damaged, or of another training."""
    try:
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except (EOFError, RuntimeError, UnpicklingError) as error:
        raise BadValue(f"checkpoint {path} is damaged; remove it, and the training starts again") from error
    if state.get("training") != training:
        raise BadValue(f"checkpoint {path} is of another training; remove it or name another folder")
    return state
