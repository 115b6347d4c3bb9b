"""The file of words that a report is given."""

from typing import Any

from fuzz.scratch import put
from fuzz.toml_text import toml_of
from reports.wording import read_wording

VALUE = {
    "title": "Five algorithms on a table",
    "spread": "std",
    "elsewhere": ["asha", "bohb"],
    "names": {"hyperband": "HB", "random_search": "RS", "synflow": "SynFlow"},
    "captions": {"anytime_0": "Regret over time.", "ranking": "Who leads."},
}


def values() -> list[Any]:
    return [VALUE]


def pack(value: Any) -> bytes:
    return toml_of(value)


def seeds() -> list[bytes]:
    return [toml_of(VALUE), b'title = "T"\n\n[names]\nhyperband = "HB"\n[captions]\nranking = """Two\nlines."""\n']


def check(data: bytes) -> None:
    read_wording(put("words.toml", data))
