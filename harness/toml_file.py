"""Reading the TOML files that users write."""

import tomllib
from pathlib import Path
from typing import Any

from harness.errors import BadValue

LIMIT = 1 << 18
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
        found = tomllib.loads(text)
        _check_numbers(found)
        return text, found
    except (ValueError, RecursionError) as error:
        raise BadValue(f"{path} is no TOML: {error}") from error


def _check_numbers(value: Any) -> None:
    """Raise `ValueError` for a whole number that TOML has no room for: it has 64 bits."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            _check_numbers(one)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"a whole number of {len(str(value))} digits is too large")
