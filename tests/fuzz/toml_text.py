"""Values as TOML, as far as TOML has them."""

import json
import math
from typing import Any


def toml_of(value: Any) -> bytes:
    """A document; what is no table becomes the value of `x`, and null a text."""
    table = value if isinstance(value, dict) else {"x": value}
    return "".join(_lines(table)).encode("utf-8", "surrogatepass")


def _lines(table: dict[str, Any]) -> list[str]:
    """Plain keys first, then lists of tables, so that lines stand where people write them."""
    sections = {key: one for key, one in table.items() if _is_sections(one)}
    plain = [f"{_text(key)} = {_value(one)}\n" for key, one in table.items() if key not in sections]
    for key, every in sections.items():
        for one in every:
            plain += [f"[[{_key(key)}]]\n", *(f"{_key(name)} = {_value(part)}\n" for name, part in one.items())]
    return plain


def _is_sections(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _key(key: str) -> str:
    return key if key.isascii() and key.isidentifier() else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return str(value) if isinstance(value, int) else _text(str(value))
