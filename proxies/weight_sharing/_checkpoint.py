"""Half-trained supernets in files."""

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch

from harness.errors import BadValue
from harness.files import digest, write_atomically
from harness.live.checkpoint import Stateful, read_state, restored
from proxies.weight_sharing._task import Task

T = TypeVar("T")

ASIDE = ("checkpoints", "device", "snapshots", "watch")
"""Settings that make no other training."""


def path_of(task: Task, method: str, options: Mapping[str, Any]) -> Path | None:
    """Where the training is kept: its name is a hash of all that determines it. None without a folder.

    `options` are those that the method was made with, its seed among them.
    """
    folder = task.settings.checkpoints
    if folder is None:
        return None
    common = {key: value for key, value in asdict(task.settings).items() if key not in ASIDE}
    own = {key: repr(value) for key, value in options.items() if key not in ASIDE}
    parts = task.dataset.train, task.dataset.valid
    images = [task.dataset.name, *(list(part.images.shape) for part in parts)]
    return Path(folder) / f"supernet-{digest([method, common, own, images, task.space.name])}.pt"


def save(path: Path, plain: Mapping[str, Any], parts: Mapping[str, Stateful]) -> None:
    """Write the checkpoint; a crash leaves the former one."""
    content = io.BytesIO()
    torch.save({**plain, "state": {name: part.state_dict() for name, part in parts.items()}}, content)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadValue(
            f"checkpoints cannot be written to {path.parent} ({error.strerror}); name another folder"
        ) from error
    write_atomically(path, content.getvalue())


def restore(
    path: Path, device: str, parts: Mapping[str, Stateful], plain: Callable[[Mapping[str, Any]], T]
) -> T | None:
    """Give the parts the state of the checkpoint; returns what `plain` reads of the rest, None where it is damaged."""
    saved = read_state(path, device)
    if saved is None:
        return None
    inner = saved.get("state")
    return restored(path, inner if isinstance(inner, dict) else {}, parts, lambda _: plain(saved))
