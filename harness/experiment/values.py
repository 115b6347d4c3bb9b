"""What the values of an experiment file may be; each check raises `ValueError` with the value and what is allowed."""

import json
import math
import re
import unicodedata
from pathlib import Path
from typing import Any

from harness.core import Fidelity
from harness.trust import allowed_output

UNSHOWN = ("Cc", "Zl", "Zp")
"""The Unicode categories of control characters and of separators of lines and paragraphs."""


UNMEASURED = {
    "score": "how well scores rank is a correlation; leave measure out to claim one",
    "derived": 'this is an architecture; write "derived_skips" for its share of skip connections',
}
"""What is watched of a supernet and is no number that can be claimed."""


def specs_of(value: Any) -> Any:
    """Accept `"x"`, `{name = "x"}`, or a list of these, wherever a list of items is wanted."""
    entries = value if isinstance(value, list) else [value]
    return [{"name": entry} if isinstance(entry, str) else entry for entry in entries]


def named(specs: list[Any]) -> list[dict[str, Any]]:
    """Refuse an empty list, an item without a name, and options that are no plain values."""
    for spec in specs:
        if not isinstance(spec, dict) or not isinstance(spec.get("name"), str):
            raise ValueError(f'{as_toml(spec)} has no name: write "x" or {{ name = "x", option = value }}')
        for key, value in spec.items():
            _check_option(key, value)
    if not specs:
        raise ValueError("the list is empty: name at least one")
    return specs


def objectives(value: Any) -> list[str]:
    """Accept the name of a metric, or several: the first one chooses the incumbent."""
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    if not found or not all(isinstance(name, str) for name in found) or len(set(found)) < len(found):
        raise ValueError(f'{as_toml(value)} is no objective: write "valid_accuracy", or ["valid_accuracy", "latency"]')
    return found


def _check_label(value: Any) -> None:
    """A label is one line of text."""
    if not (isinstance(value, str) and value.strip()):
        raise ValueError(f'label = {as_toml(value)}: give the name that stands in tables and figures, a string "x"')
    if any(unicodedata.category(letter) in UNSHOWN for letter in value):
        raise ValueError(
            f"label = {as_toml(value)}: leave out line breaks, tabs and other control characters; a label is one line "
            "of a table"
        )


def _check_option(key: str, value: Any) -> None:
    """Options are plain values, or lists of them: a grid; a table is the options of a wrapper."""
    if key == "label":
        _check_label(value)
    if key.rpartition(".")[2] == "checkpoints":
        for one in value if isinstance(value, list) else [value]:
            allowed_output(Path(str(one)))
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, dict | list):
                raise ValueError(f"option {key}.{name} = {as_toml(one)}: a wrapper's options are plain values")
            _check_option(f"{key}.{name}", one)
        return
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and any(unicodedata.category(letter) in UNSHOWN for letter in one):
            raise ValueError(f"option {key} = {as_toml(one)}: leave out line breaks and other control characters")
        if not isinstance(one, str | int | float) or (isinstance(one, float) and not math.isfinite(one)):
            raise ValueError(
                f"option {key} = {as_toml(one)}: give a finite number, a string, true, false, or a list of these"
            )
    if value == []:
        raise ValueError(f"option {key} = []: an empty list is a grid of nothing; give at least one value")


def folder_name(name: str) -> str:
    """Accept what can name a folder on every system."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise ValueError(
            f"{as_toml(name)} names no results folder: use up to 100 letters, digits, and . _ - after the first"
        )
    return name


def architectures(value: Any) -> Any:
    """Accept a number of architectures to compare, or `"all"`."""
    if value != "all" and (not isinstance(value, int) or value < 2):
        raise ValueError(f'{as_toml(value)} architectures: give a whole number of at least 2, or "all"')
    return value


def fidelity(value: Any) -> Any:
    """Accept `"full"`, or the fields of a fidelity with at least its epochs and schedule."""
    if value == "full":
        return value
    known = isinstance(value, dict) and {"epochs", "schedule"} <= value.keys() <= set(Fidelity._fields)
    whole = known and type(value["epochs"]) is int and type(value["schedule"]) is int
    if not whole or not all(type(one) in (int, float) for one in value.values()):
        raise ValueError(
            f'{as_toml(value)} is no fidelity: write "full", or {{ epochs = 3, schedule = 12, data = 1.0 }}'
        )
    return value


def claimed(proxy: str, than: str | None, measure: str | None, statistic: str) -> None:
    """Refuse a claim that is of two kinds at once, or of none."""
    if than is not None and measure is not None:
        raise ValueError(
            "than and measure are both given: than is about correlations, measure about what was watched of a "
            "supernet; make two claims of it"
        )
    if than == proxy:
        raise ValueError(f"than = {as_toml(than)} is the proxy itself: name another one's label")
    if measure is not None and statistic != "kendall":
        raise ValueError(f"statistic = {as_toml(statistic)} is a correlation: leave it out where measure is given")
    if measure in UNMEASURED:
        raise ValueError(f"measure = {as_toml(measure)}: {UNMEASURED[measure]}")


def span(low: float | None, high: float | None) -> None:
    """Refuse a range that is open on both sides, or empty."""
    if low is None and high is None:
        raise ValueError("neither low nor high is given: add the numbers that bear the claim out, low = 0.7")
    if low is not None and high is not None and low > high:
        raise ValueError(f"low = {low:g} is above high = {high:g}: give the lower end of the range as low")


def as_toml(value: Any) -> str:
    """The value as it stands in the file, cut short when it is long."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
