"""A global that a pickle may name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Global:
    """The only thing that a pickle can call: a name, and what we put in its place."""

    name: str
    make: Callable[..., Any]
