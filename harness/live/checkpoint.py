"""Half-trained networks on the disk."""

import io
import logging
import os
import zipfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

import torch

from harness.errors import BadValue
from harness.files import unlinked, write_atomically

T = TypeVar("T")

log = logging.getLogger("nasgauge")


class Stateful(Protocol):
    """What a checkpoint holds: a module, an optimizer."""

    def state_dict(self) -> Any:
        """What it would go on from."""

    def load_state_dict(self, state: Any, /) -> Any:
        """Go on from such a state."""


def write_checkpoint(path: Path, training: object, state: Mapping[str, Any]) -> None:
    """Write the state of what `training` describes; a crash leaves the former checkpoint."""
    content = io.BytesIO()
    torch.save({**state, "training": training}, content)
    write_atomically(path, content.getvalue())


def read_checkpoint(path: Path, training: object, device: str) -> dict[str, Any] | None:
    """The state that was written, on the device; None where `read_state` says so, `BadValue` of another training."""
    state = read_state(path, device)
    if state is not None and not _equal(state.get("training"), training):
        raise BadValue(f"checkpoint {path} is of another training; remove it or name another folder")
    return state


def read_state(path: Path, device: str) -> dict[str, Any] | None:
    """What a checkpoint holds, on the device. A damaged one is logged, and None: the training is to start again.

    Memory that runs out on the device says nothing of the file, and is an error.
    """
    try:
        with open(path, "rb", opener=unlinked) as file:
            _check_archive(file)
            file.seek(0)
            state = torch.load(file, map_location=device, weights_only=True)
        if not isinstance(state, dict):
            raise ValueError("it holds no state")
    except (MemoryError, torch.cuda.OutOfMemoryError):
        raise
    except Exception as error:  # torch raises whatever its damaged pickle comes upon
        _tell(path, error)
        return None
    return state


def restored(
    path: Path, state: Mapping[str, Any], parts: Mapping[str, Stateful], plain: Callable[[Mapping[str, Any]], T]
) -> T | None:
    """What `plain` reads of a checkpoint's state, whose further values the parts of these names take.

    Where anything does not fit, that is logged as a damage, the parts are as they were, and the answer is None.
    """
    before = {name: deepcopy(part.state_dict()) for name, part in parts.items()}
    try:
        found = plain(state)
        for name, part in parts.items():
            part.load_state_dict(state[name])
            if isinstance(part, torch.optim.Optimizer):
                _check_optimizer(part, before[name])
    except (MemoryError, torch.cuda.OutOfMemoryError):
        raise
    except Exception as error:  # what torch raises at parts that do not fit is of any kind
        for name, part in parts.items():
            part.load_state_dict(before[name])
        _tell(path, error)
        return None
    return found


def _tell(path: Path, error: Exception) -> None:
    why = f"it has no {error}" if isinstance(error, KeyError) else (getattr(error, "strerror", None) or str(error))
    log.warning("checkpoint %s is damaged (%s): the training starts again", path, why.partition("\n")[0])


def _equal(found: Any, training: object) -> bool:
    """Whether they are the same; a tensor in a place of a number is neither, and says so as an error."""
    try:
        return bool(found == training)
    except (RuntimeError, TypeError, ValueError):
        return False


def _check_optimizer(optimizer: torch.optim.Optimizer, before: Mapping[str, Any]) -> None:
    """Raise `ValueError` where its next step would fail, for what it has taken is of other types or shapes."""
    for group, own in zip(optimizer.param_groups, before["param_groups"], strict=True):
        for name, value in own.items():
            if name != "params" and _kind(group[name]) is not _kind(value):
                raise ValueError(f"its optimizer has {name} = {group[name]!r:.40}")
        for weights in group["params"]:
            for name, value in optimizer.state.get(weights, {}).items():
                shape = value.shape if isinstance(value, torch.Tensor) else None
                if value is not None and shape not in (weights.shape, ()):
                    raise ValueError(f"its optimizer has no {name} of the weights' shape")


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def _check_archive(file: IO[bytes]) -> None:
    """Raise `ValueError` or `BadZipFile` where the archive is not what was written, or would unpack to more than it is.

    PyTorch stores tensors as they are and writes a checksum of each, which it does not look at when it reads them.
    """
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("its parts are compressed")
        if sum(entry.file_size for entry in entries) > os.fstat(file.fileno()).st_size:
            raise ValueError("its parts are larger than the file")
        if (bad := archive.testzip()) is not None:
            raise ValueError(f"the checksum of {bad} differs")
