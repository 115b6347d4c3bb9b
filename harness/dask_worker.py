"""What a worker of Dask does with a part: it works where and as the driver does, one part at a time."""

import os
import socket
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from harness.errors import BadValue
from harness.provenance import here
from harness.sent_error import sendable

VARIABLES = "NASGAUGE_"
"""Environment variables of this kind are the driver's."""

OWN_PATH = tuple(sys.path)
"""Where this process looked for modules before it had a driver; that of a run comes behind, and goes with the run."""

_one_at_a_time = Lock()


class Setting(NamedTuple):
    """Where the driver works: its folder, search path, variables and versions."""

    folder: str
    path: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]

    @classmethod
    def here(cls) -> "Setting":
        """The one of the process that asks."""
        variables = tuple(sorted(pair for pair in os.environ.items() if pair[0].startswith(VARIABLES)))
        return cls(str(Path.cwd()), tuple(sys.path), variables, tuple(sorted(_versions().items())))

    def search_path(self) -> list[str]:
        """Where a worker looks for modules: its own places first."""
        return list(dict.fromkeys([*OWN_PATH, *self.path]))

    def environment(self) -> dict[str, str]:
        """The variables of a worker: of our kind, those of the driver and no others."""
        return {key: one for key, one in os.environ.items() if not key.startswith(VARIABLES)} | dict(self.variables)


def call(setting: Setting, task: Callable[[Any], Any], part: Any) -> Any:
    """Do the task on the part; threads of one worker wait for each other, for torch's settings are the process'."""
    with _one_at_a_time:
        _adopt(setting)
        try:
            return task(part)
        except (Exception, SystemExit) as error:
            raise sendable(error) from None


def settle(setting: Setting) -> None:
    """Work as the driver does; `BadValue` where that is not possible."""
    with _one_at_a_time:
        _adopt(setting)


@lru_cache(maxsize=1)
def _adopt(setting: Setting) -> None:
    host, found = socket.gethostname(), _versions()
    for name, version in setting.versions:
        if found.get(name, version) != version:
            raise BadValue(
                f"the worker on {host} has {name} {found[name]}, and the driver {version}: results would depend on "
                "where they were made; install the same there"
            )
    try:
        os.chdir(setting.folder)
    except OSError as error:
        raise BadValue(
            f"the worker on {host} does not see {setting.folder} ({error.strerror}): driver and workers need a file "
            "system in common"
        ) from error
    sys.path[:] = setting.search_path()
    for name in os.environ.keys() - setting.environment().keys():
        del os.environ[name]
    os.environ.update(setting.variables)
    from harness.dask_clock import watch  # a driver without Dask is told so by its executor
    from harness.dask_faults import end_with_scheduler

    watch()
    end_with_scheduler()


def _versions() -> dict[str, str]:
    """What results may depend on; what only one of driver and worker has, neither needs."""
    made_by = here()
    python = made_by["python"].rpartition(".")[0]
    own: dict[str, str] = {"Python": python, "nasgauge": made_by["nasgauge"], "nasgauge's code": made_by["code"]}
    return {**own, **made_by["libraries"]}
