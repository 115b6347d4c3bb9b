"""Whether a run that was made again has the rows that are stored."""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

EQUAL, ROUNDED, DIFFERENT, NOT_RUN = "equal", "equal to rounding", "different", "could not be run"
"""The verdicts, from good to bad; the last is none on the results."""

RELATIVE = 1e-6
"""Floating-point sums in another order, by other libraries or processors, differ by less."""


class Compared(NamedTuple):
    """A verdict, and what there is to say of it: the first place that differs, or a reason."""

    verdict: str
    detail: str = ""


def compare(stored: pd.DataFrame, made: pd.DataFrame, *, skipped: Collection[str], rounded: bool) -> Compared:
    """Compare two frames row by row in all columns but the skipped ones, which are clocks.

    Floating-point numbers must be equal to the bit; with `rounded`, one part in a million makes no difference.
    """
    apart = sorted(set(made.columns) ^ set(stored.columns))
    if apart:
        where = "is in the file, and is not made here" if apart[0] in stored else "is made here, and is not in the file"
        return Compared(DIFFERENT, f"the column {apart[0]} {where}")
    if len(stored) != len(made):
        return Compared(DIFFERENT, f"{len(stored)} rows are stored, and there are {len(made)} now")
    columns = [name for name in made.columns if name not in skipped]
    unequal = {name: ~_same(stored[name], made[name]) for name in columns}
    if not any(mask.any() for mask in unequal.values()):
        return Compared(EQUAL)
    beyond = {name: mask & ~(_near(stored[name], made[name]) if rounded else False) for name, mask in unequal.items()}
    worse = any(mask.any() for mask in beyond.values())
    place = _first(stored, made, beyond if worse else unequal)
    return Compared(DIFFERENT if worse else ROUNDED, place)


def _same(a: pd.Series, b: pd.Series) -> Any:
    """Where two columns are equal, shape (rows,); NaN is equal to NaN."""
    left, right = a.to_numpy(), b.to_numpy()
    if {left.dtype.kind, right.dtype.kind} <= set("fiub"):
        return (left == right) | ((left != left) & (right != right))
    return a.to_numpy(object) == b.to_numpy(object)


def _near(a: pd.Series, b: pd.Series) -> Any:
    """Where two columns of floating-point numbers are equal to rounding; of others, nowhere."""
    left, right = a.to_numpy(), b.to_numpy()
    if "f" not in (left.dtype.kind, right.dtype.kind) or not {left.dtype.kind, right.dtype.kind} <= set("fiu"):
        return np.zeros(len(a), bool)
    return np.isclose(left, right, rtol=RELATIVE, atol=0.0, equal_nan=True)


def _first(stored: pd.DataFrame, made: pd.DataFrame, unequal: dict[str, Any]) -> str:
    """The first row that differs, and the first column in it."""
    row = min(int(np.argmax(mask)) for mask in unequal.values() if mask.any())
    name = next(name for name, mask in unequal.items() if mask[row])
    return f"row {row}, {name}: stored {stored[name].iloc[row]}, now {made[name].iloc[row]}"
