"""What an importer works with, beside its source."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Job:
    """`scratch` is a folder for what need not be done again: it stays when an import is interrupted.

    `workers` is the number of processes to use; `progress` takes what is done and what is wanted.
    """

    scratch: Path
    workers: int
    progress: Callable[[int, int], None]
