"""Values of JSON, TOML and pickles with a few things wrong inside."""

import math
import random
from collections.abc import Iterator
from typing import Any

Place = tuple[Any, Any]
"""A dict or list, and a key or place in it."""

STRANGE: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 7, 255, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63) - 1,
    10**30, 10**400, -0.0, 0.5, 1e-320, 1e30, 1e308, math.nan, math.inf, -math.inf,
    "", " ", "0", "nan", "all", "x", "x" * 300, "x" * 20_000, "\0", "a\0b", "\ud800", "\u2028", "\x1b[2J", "é", "٣",
    "../../x", "/dev/zero", "{}", "[]", "1" * 5000, [], {}, [[]], [{}], {"": {}}, {"name": None}, [None], [1, 2, 3],
    [math.nan], ["x"] * 300,
)  # fmt: skip


def spoilt(value: Any, rng: random.Random) -> Any:
    """A copy of the value in which one to four parts are others, or gone, or there twice."""
    made = _copied({"": value})
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        places = list(_places(made))
        holder, key = places[rng.randrange(len(places))]
        _spoil(holder, key, places, rng)
        if "" not in made:
            made[""] = None
    return made[""]


def _spoil(holder: Any, key: Any, places: list[Place], rng: random.Random) -> None:
    there = holder[key]
    match rng.randrange(9):
        case 0:
            del holder[key]
        case 1:
            other, place = places[rng.randrange(len(places))]
            holder[key] = _copied(other[place])
        case 2 if isinstance(holder, dict):
            holder[rng.choice(("", "x", "name", "\ud800", "a\0b", "x" * 300, f"{key}x"))] = holder.pop(key)
        case 3 if isinstance(there, list) and there:
            holder[key] = there * rng.choice((2, 3, 50)) if len(there) < 1000 else there[: len(there) // 2]
        case 4 if isinstance(there, int | float):
            holder[key] = rng.choice(
                (-there, there + 1, there - 1, float(there) if abs(there) < 1e300 else 0, str(there))
            )
        case 5 if isinstance(there, str):
            holder[key] = rng.choice((there * 2, there[:-1], there + " ", there.upper(), there + "\n", [there]))
        case 6:
            holder[key] = rng.choice(([there], {"x": there}, [there, there]))
        case _:
            holder[key] = _copied(STRANGE[rng.randrange(len(STRANGE))])


def _places(value: Any) -> Iterator[Place]:
    """All places in the value, of long lists a few."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if len(value) < 20 else (0, 1, len(value) - 1)
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_copied(one) for one in value] if len(value) < 1000 else list(value)
    return value
