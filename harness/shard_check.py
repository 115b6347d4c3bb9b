"""Whether a Parquet file is the one of its block, so that two that were mixed up are no results."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd
from pandas.api.types import is_numeric_dtype

COLUMNS = {
    "search": ("study", "algorithm", "seed", "step", "arch", "loss", "charged", "finished", "test", "regret"),
    "proxy": ("study", "proxy", "seed", "arch", "score", "truth", "evaluation_seconds"),
    "history": ("study", "proxy", "seed", "epoch", "measure", "arch", "value", "truth"),
    "truth": ("study", "arch", "seed", "value"),
}
"""What each kind of file has at least."""

TEXT = ("algorithm", "benchmark", "measure", "proxy", "reason")
"""The columns that hold text."""

NUMBERS = {name for names in COLUMNS.values() for name in names if name not in TEXT}
NUMBERS |= {"data", "epochs", "fidelity", "incumbent", "params", "schedule", "trained", "trial", "valid"}
"""The columns that hold numbers; those of several objectives, `loss2` and `true1` for two, are told by name."""

ITEM = {"search": "algorithm", "proxy": "proxy"}
"""The column with the labels."""


class Owner(NamedTuple):
    """Whose runs a file holds: its kind, and the values that stand in columns of it."""

    kind: str
    values: Mapping[str, frozenset[Any]]


def owner_of(kind: str, rows: Iterable[Mapping[str, Any]]) -> Owner:
    """The owner by the measured rows of a block's runs; raises `KeyError` or `TypeError` where they are none."""
    keys = {"study": "study", ITEM[kind]: "label", "seed": "seed"}
    found = list(rows)
    return Owner(kind, {column: frozenset(row[key] for row in found) for column, key in keys.items()})


def check_shard(frame: pd.DataFrame, owner: Owner) -> None:
    """Raise `ValueError` with what is strange about a frame that is not the owner's."""
    for name in COLUMNS[owner.kind]:
        if name not in frame:
            raise ValueError(f"it has no column {name!r}, as a {owner.kind} block does")
    _check_types(frame)
    for column, known in owner.values.items():
        strange = [value for value in frame[column].unique() if value not in known]
        if strange:
            raise ValueError(f"it is another block's: it has {column} {strange[0]}")


def _check_types(frame: pd.DataFrame) -> None:
    """Raise `ValueError` where text stands for numbers, or numbers for text; a frame without rows holds neither."""
    for name in frame.columns if len(frame) else ():
        number = name in NUMBERS or name.rstrip("0123456789") in ("loss", "true")
        if (number or name in TEXT) and is_numeric_dtype(frame[name]) != number:
            raise ValueError(f"its column {name!r} holds {'no numbers' if number else 'numbers'}")


def copied(blocks: Mapping[str, Iterable[Mapping[str, Any]]]) -> str | None:
    """The first block whose measured rows have a run of an earlier one; None where each run is in one block."""
    known: set[tuple[Any, ...]] = set()
    for name, rows in blocks.items():
        runs = {(row["study"], row["label"], row["seed"]) for row in rows}
        if runs & known:
            return name
        known |= runs
    return None
