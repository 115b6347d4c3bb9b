"""Text for a terminal: names from files are shown, and never obeyed."""

import unicodedata

TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of writing, and so may show a text as another (Boucher and Anderson, 2021)."""


def visible(text: str) -> str:
    r"""The text with control characters written out, as in \x1b: a terminal takes them for commands. Lines stay."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(letter: str) -> str:
    commands = letter != "\n" and (letter in TURNING or unicodedata.category(letter) in ("Cc", "Cs"))
    return letter.encode("unicode_escape").decode("ascii") if commands else letter
