"""The items of a study: the points of its grids, and what they are called."""

import itertools
import math
from collections import Counter
from typing import Any

from harness.errors import BadValue
from harness.experiment.build import wrappers_of
from harness.experiment.config import Spec

MOST = 10_000
"""Items of a study: more make neither a table nor a figure."""


def grid(specs: list[Spec]) -> list[Spec]:
    """The specs, of those with lists of values one for each point of their grid; `BadValue` when these are too many."""
    found: list[Spec] = []
    for spec in specs:
        points = math.prod(len(value) for value in spec.values() if isinstance(value, list))
        if len(found) + points > MOST:
            raise BadValue(f"the lists of {spec['name']} make a grid of {points:,} items; compare at most {MOST:,}")
        axes = [[(key, one) for one in (value if isinstance(value, list) else [value])] for key, value in spec.items()]
        found += [dict(point) for point in itertools.product(*axes)]
    return found


def _option(key: str, value: Any) -> str:
    """`eta=3`, or `warmup(proxy=synflow)` of a wrapper."""
    if isinstance(value, dict):
        return f"{key}({', '.join(_option(name, one) for name, one in value.items())})"
    return f"{key}={value}"


def labelled(specs: list[Spec]) -> dict[str, Spec]:
    """Labels: the spec's own, else the name with its wrappers where it is the only one, else with all its options."""
    names = Counter(spec["name"] for spec in specs if "label" not in spec)
    found: dict[str, Spec] = {}
    for spec in specs:
        shown = wrappers_of(spec) if names[spec["name"]] == 1 else spec
        options = ", ".join(_option(key, value) for key, value in shown.items() if key != "name")
        label = spec.get("label") or (f"{spec['name']}({options})" if options else spec["name"])
        if label in found:
            raise BadValue(f"{label} is named twice in one study; remove one of them, or give it another label")
        found[label] = spec
    return found
