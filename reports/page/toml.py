"""An experiment as the TOML file that makes it again (TOML 1.0.0)."""

import json
import re
from collections.abc import Mapping
from typing import Any

WIDE = 100
"""A list or table that would be longer in one line takes one for each of its parts."""


def to_toml(experiment: Mapping[str, Any]) -> str:
    """The experiment as a file: its own keys first, then each study and claim under a line like `[[search]]`.

    What is None or a list of no sections is left out: reading the text gives the same experiment. Raises `TypeError`
    for a value that TOML does not know.
    """
    known = {key: value for key, value in experiment.items() if value is not None}
    plain = [f"{_key(key)} = {_value(value)}" for key, value in known.items() if not _sections(value)]
    studies = [_section(key, one) for key, value in known.items() if _sections(value) for one in value]
    return "\n\n".join(["\n".join(plain), *studies]).strip() + "\n"


def _sections(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _section(name: str, section: Mapping[str, Any]) -> str:
    lines = [f"{_key(key)} = {_broken(value)}" for key, value in section.items() if value is not None]
    return "\n".join([f"[[{_key(name)}]]", *lines])


def _broken(value: Any) -> str:
    """A value in one line where it fits, a longer list with a line for each entry."""
    text = _value(value)
    if not isinstance(value, list) or len(text) <= WIDE:
        return text
    return "\n".join(["[", *(f"    {_value(one)}," for one in value), "]"])


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        pairs = [f"{_key(key)} = {_value(one)}" for key, one in value.items() if one is not None]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    raise TypeError(f"TOML has no value for {value!r}")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _string(key)


def _string(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, which asks for one more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
