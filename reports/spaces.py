"""Search spaces by name, as far as they are known here."""

from functools import cache

from harness.errors import UnknownName
from harness.registry import load
from harness.space import SearchSpace
from harness.trust import Untrusted


@cache
def space_named(name: str) -> SearchSpace | None:
    """The search space of the registry; None for a name that it does not have, or that is code nobody trusts."""
    try:
        space: SearchSpace = load("space", name)()
    except (UnknownName, Untrusted):
        return None
    return space
