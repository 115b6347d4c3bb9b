"""Where in an experiment file something stands."""

import re
from collections.abc import Sequence


def line_of(text: str, loc: Sequence[int | str]) -> int:
    """The line, from 1, of the innermost key of `loc` that stands in the file."""
    lines, found, keys = text.splitlines(), 0, list(loc)
    section = range(len(lines))
    if len(loc) > 1 and isinstance(loc[1], int):
        every = [i for i, line in enumerate(lines) if line.lstrip().startswith("[[")]
        own = [i for i in every if re.match(rf"\s*\[\[\s*{re.escape(str(loc[0]))}\s*\]\]", lines[i])]
        if loc[1] < len(own):
            found, keys = own[loc[1]], keys[2:]
            section = range(found + 1, next((i for i in every if i > found), len(lines)))
    for key in map(str, keys):
        pattern = re.compile(rf"(^[\s\[]*|[{{,.]\s*)\"?{re.escape(key)}\"?\s*[=.\]]")
        found = next((i for i in section if i >= found and pattern.search(lines[i])), found)
    return found + 1
