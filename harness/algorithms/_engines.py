"""What the adapters of other people's optimizers share: finding the library, keeping it quiet, knowing its trials.

An adapter's file names the modules that it works with in the constant `NEEDS`.
"""

import importlib
import logging
import math
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from harness.core import Query
from harness.errors import BadValue


def engine(user: str, module: str) -> Any:
    """Import a module of an optional library for `user`; a `BadValue` says how to get a library that is not there."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module.partition(".")[0]:
            raise
        raise BadValue(f"{user} needs the extra engines: pip install 'nasgauge[engines]'") from error


@contextmanager
def quiet(logger: str) -> Generator[None]:
    """Let a library log nothing below critical for a while."""
    log = logging.getLogger(logger)
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def failed(losses: tuple[float, ...]) -> bool:
    """Whether an evaluation failed: then its losses are +inf."""
    return not all(map(math.isfinite, losses))


def seed32(seed: int) -> int:
    """The seed as libraries with 32 bits for it take it; those below 2^32 stay as they are."""
    return seed % 2**32


class Running:
    """The library's own trial of each question that is being answered; of equal questions the first asked is first."""

    def __init__(self) -> None:
        self._trials: dict[Query, deque[Any]] = {}

    def add(self, query: Query, trial: Any) -> None:
        """The question is being answered for this trial."""
        self._trials.setdefault(query, deque()).append(trial)

    def pop(self, query: Query) -> Any:
        """The trial that waited for this answer."""
        waiting = self._trials[query]
        trial = waiting.popleft()
        if not waiting:
            del self._trials[query]
        return trial
