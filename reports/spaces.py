"""Search spaces by name, as far as they are known here."""

from functools import cache

from harness.errors import UnknownName
from harness.registry import load
from harness.space import SearchSpace


@cache
def space_named(name: str) -> SearchSpace | None:
    """The search space of the registry; None for a name that it does not have."""
    try:
        space: SearchSpace = load("space", name)()
    except UnknownName:
        return None
    return space
