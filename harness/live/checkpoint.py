"""Half-trained networks on the disk."""

import io
import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from harness.errors import BadValue
from harness.files import write_atomically

log = logging.getLogger("nasgauge")


def write_checkpoint(path: Path, training: object, state: Mapping[str, Any]) -> None:
    """Write the state of what `training` describes; a crash leaves the former checkpoint."""
    content = io.BytesIO()
    torch.save({**state, "training": training}, content)
    write_atomically(path, content.getvalue())


def read_checkpoint(path: Path, training: object, device: str) -> dict[str, Any] | None:
    """The state that was written, on the device; None where `read_state` says so, `BadValue` of another training."""
    state = read_state(path, device)
    if state is not None and state.get("training") != training:
        raise BadValue(f"checkpoint {path} is of another training; remove it or name another folder")
    return state


def read_state(path: Path, device: str) -> dict[str, Any] | None:
    """What a checkpoint holds, on the device. A damaged one is logged, and None: the training is to start again.

    Memory that runs out on the device says nothing of the file, and is an error.
    """
    try:
        _check_archive(path)
        state = torch.load(path, map_location=device, weights_only=True)
        if not isinstance(state, dict):
            raise ValueError("it holds no state")
    except (MemoryError, torch.cuda.OutOfMemoryError):
        raise
    except Exception as error:  # torch raises whatever its damaged pickle comes upon
        why = str(error).partition("\n")[0]
        log.warning("checkpoint %s is damaged (%s): the training starts again", path, why)
        return None
    return state


def _check_archive(path: Path) -> None:
    """Raise `ValueError` or `BadZipFile` where the archive is not what was written, or would unpack to more than it is.

    PyTorch stores tensors as they are and writes a checksum of each, which it does not look at when it reads them.
    """
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("its parts are compressed")
        if sum(entry.file_size for entry in entries) > path.stat().st_size:
            raise ValueError("its parts are larger than the file")
        if (bad := archive.testzip()) is not None:
            raise ValueError(f"the checksum of {bad} differs")
