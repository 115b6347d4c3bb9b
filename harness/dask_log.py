"""What Dask has to say goes into the run's log, not between the lines of its progress."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

SPEAKERS = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application")
"""The loggers that Dask gives handlers of their own."""

log = logging.getLogger("nasgauge")


class _Forwarding(logging.Handler):
    """Has no level: Dask sets that of every handler to that of its workers."""

    def setLevel(self, level: int | str) -> None:  # noqa: N802
        """Leave it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on."""
        log.handle(record)


@contextmanager
def quiet() -> Iterator[None]:
    """Hear warnings of Dask in the run's log while the block runs."""
    loggers = [logging.getLogger(name) for name in SPEAKERS]
    before = [(one.level, one.handlers, one.propagate) for one in loggers]
    for one in loggers:
        one.handlers, one.propagate = [_Forwarding()], False
        one.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for one, (level, handlers, propagate) in zip(loggers, before, strict=True):
            one.handlers, one.propagate = handlers, propagate
            one.setLevel(level)
