"""Preloaded by the workers of the tests: on which node a part was done, one line for each in `notes/NODE`."""

import os
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin


class Notes(WorkerPlugin):  # type: ignore[misc]
    def transition(self, key: str, start: str, finish: str, **_: Any) -> None:
        if start == "executing" and finish == "memory":
            with (Path("notes") / os.environ["SLURMD_NODENAME"]).open("a") as file:
                file.write(f"{key}\n")


async def dask_setup(worker: Any) -> None:
    await worker.plugin_add(Notes())
