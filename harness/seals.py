"""Seals: the size and the sha256 of files, by which one that was cut, overwritten or altered is found."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from harness.files import digest
from harness.json_file import read_json

SEAL_BYTES = 2**24
"""The most bytes of a file with seals that are read."""


class Seal(NamedTuple):
    """What a file was when it was written: its bytes, and their sha256 in hexadecimal digits."""

    size: int
    sha256: str


class Damage(ValueError):  # noqa: N818
    """A file that is not what was written, and what is wrong with it."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


def seal_of(content: bytes) -> Seal:
    """The seal of what a file is to hold."""
    return Seal(len(content), hashlib.sha256(content).hexdigest())


def sealing(files: Mapping[str, Seal], **more: Any) -> dict[str, Any]:
    """The JSON value that seals files, and itself with all that it holds beside them."""
    value = {**more, "files": {key: seal._asdict() for key, seal in files.items()}}
    return value | {"seal": digest(value)}


def read_seals(folder: Path, path: Path) -> tuple[Any, dict[str, Seal] | None]:
    """A sealing value and the seals in it; any other value with None. Raises `Damage`, or `FileNotFoundError`."""
    try:
        value = read_json(inside(folder, path), SEAL_BYTES)
        if not isinstance(value, dict):
            return value, None
        unsealed = {key: part for key, part in value.items() if key != "seal"}
        if value.get("seal") != digest(unsealed):
            raise ValueError("its content is not what was written")
        return value, {key: Seal(**seal) for key, seal in value["files"].items()}
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damage(path, why(error)) from error


def check_seal(folder: Path, path: Path, seal: Seal | None) -> None:
    """Raise `Damage` where a file is not what was sealed, `FileNotFoundError` where it has gone.

    Every byte is looked at: a gigabyte takes about a second. Without a seal it is enough that the file is there.
    """
    try:
        size = inside(folder, path).stat().st_size
        if not path.is_file():
            raise ValueError("it is no regular file")
        if seal is not None and size != seal.size:
            raise ValueError(f"it has {size} bytes, and {seal.size} were written")
        if seal is not None and _sha256(path) != seal.sha256:
            raise ValueError("its bytes are not those that were written")
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise Damage(path, why(error)) from error


def inside(folder: Path, path: Path) -> Path:
    """The path; `ValueError` where links lead it out of the folder: such a file is neither read nor written."""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise ValueError(f"a link leads {path.name} out of the folder")
    return path


def why(error: Exception) -> str:
    """What an error says, in a line."""
    return (getattr(error, "strerror", None) or str(error)).strip().partition("\n")[0].rstrip(".")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
