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

VARIABLES = "NASGAUGE_"
"""Environment variables of this kind are the driver's."""

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


def call(setting: Setting, task: Callable[[Any], Any], part: Any) -> Any:
    """Do the task on the part; threads of one worker wait for each other, for torch's settings are the process'."""
    with _one_at_a_time:
        _adopt(setting)
        return task(part)


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
    sys.path += [entry for entry in setting.path if entry not in sys.path]
    os.environ.update(setting.variables)
    from harness.dask_faults import end_with_scheduler  # a driver without Dask is told so by its executor

    end_with_scheduler()


def _versions() -> dict[str, str]:
    """What results may depend on; what only one of driver and worker has, neither needs."""
    made_by = here()
    return {"nasgauge": made_by["nasgauge"], "nasgauge's code": made_by["code"], **made_by["libraries"]}
