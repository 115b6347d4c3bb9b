"""Operations in words."""

import re

WORDS = {
    "none": "none",
    "skip_connect": "skip",
    "nor_conv": "conv.",
    "conv": "conv.",
    "avg_pool": "avg. pool",
    "max_pool": "max. pool",
}
"""Kinds of operations as they are called in papers, short enough to stand above a column."""


def operation_words(name: str) -> str:
    """The name of a space's operation for people: 3×3 conv. for nor_conv_3x3."""
    size = re.search(r"_(\d+)x(\d+)$", name)
    kind = name[: size.start()] if size else name
    words = WORDS.get(kind, kind.replace("_", " "))
    return f"{size[1]}×{size[2]} {words}" if size else words
