"""Reading JSON that anybody may have written, in bounded memory."""

import json
from pathlib import Path
from typing import Any


def read_json(path: Path, limit: int) -> Any:
    """What a JSON file of at most `limit` bytes holds.

    Raises `OSError` where it cannot be read, `ValueError` where it is no regular file, too large or no JSON.
    """
    size = path.stat().st_size
    if not path.is_file():
        raise ValueError("it is no regular file")
    if size > limit:
        raise ValueError(f"it has {size} bytes, and {limit} are the most that are read")
    return parsed(path.read_text(encoding="utf-8"))


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text; `ValueError` where it is none, nested too deeply, or has half a character somewhere."""
    try:
        value = json.loads(text)
        if (b"\\u" if isinstance(text, bytes) else "\\u") in text:  # type: ignore[operator]
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair could be written nowhere
        return value
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
