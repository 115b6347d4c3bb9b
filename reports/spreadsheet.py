"""Text for CSV files that people open in a spreadsheet."""

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""


def inert(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would compute, or run, instead of showing it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def inert_frame(data: pd.DataFrame) -> pd.DataFrame:
    """The frame with all its texts and headers inert; numbers stay as they are."""
    words = {str(column): data[column].map(_inert) for column in data.select_dtypes(exclude=["number", "bool"])}
    return data.assign(**words).rename(columns=_inert)


def _inert(value: object) -> object:
    return inert(value) if isinstance(value, str) else value
