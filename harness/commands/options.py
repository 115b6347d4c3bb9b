"""Options that several commands take."""

import os
from typing import Annotated

import typer

Workers = Annotated[int | None, typer.Option(help="Processes. [default: one per core]", min=1)]


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
