"""What a user got wrong: each message says what was given, what is allowed, and what to do."""

import difflib
from collections.abc import Iterable


class NasgaugeError(Exception):
    """Shown by the command line as one message without a traceback, exit code 2."""


class BadValue(NasgaugeError, ValueError):  # noqa: N818
    """A value, a file or a combination that cannot be used."""


class UnknownName(NasgaugeError, LookupError):  # noqa: N818
    """A name that nothing goes by."""


class Unmeasured(NasgaugeError, LookupError):  # noqa: N818
    """A question that the benchmark has no measurement for."""


def unknown(kind: str, name: str, allowed: Iterable[str]) -> UnknownName:
    """The error for an unknown name: it suggests the nearest one and lists what there is."""
    names = sorted(allowed)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return UnknownName(f"no {kind} is called {name!r}.{hint} There are: {', '.join(names) or 'none'}.")
