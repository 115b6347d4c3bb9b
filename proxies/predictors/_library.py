"""Finding a library that only some predictors work with; their files name it in the constant `NEEDS`."""

import importlib
from typing import Any

from harness.errors import BadValue


def library(name: str) -> Any:
    """Import it; a `BadValue` says how to get it where it is not there."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != name:
            raise
        raise BadValue(f"{name} is not installed: pip install 'nasgauge[predictors]'") from error
