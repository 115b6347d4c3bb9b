"""Reading the TOML files that users write."""

import tomllib
from pathlib import Path
from typing import Any

from harness.errors import BadValue

LIMIT = 1 << 20
"""Bytes: what people write by hand is smaller."""


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The file's text and what it says; `BadValue` where it cannot be read, is too large, or is no TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        raise BadValue(f"cannot read {path}: {error.strerror or error}") from error
    if len(content) > LIMIT:
        raise BadValue(f"{path} has more than {LIMIT:,} bytes: it is no TOML file written by hand")
    try:
        text = content.decode("utf-8")
        return text, tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadValue(f"{path} is no TOML: {error}") from error
