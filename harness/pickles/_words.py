"""Short words of numpy's, which are text in Python 3 and bytes in Python 2."""

from typing import Any

LONGEST = 8
"""Bytes of the longest that can be a word; what is longer stays as it is."""


def as_text(value: Any) -> Any:
    """Bytes that may be a word as text, anything else unchanged."""
    return value.decode("latin1") if type(value) is bytes and len(value) <= LONGEST else value
