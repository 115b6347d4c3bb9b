"""Which executor an experiment is run by: what its `[engine]` table says, and what the command line says instead."""

from typing import get_args

from harness.cores import cores
from harness.errors import BadValue, unknown
from harness.executors import Executor, InProcess
from harness.experiment.engine_section import EngineName, EngineSection
from harness.pool import Processes

ENGINES: tuple[str, ...] = get_args(EngineName)


def executor_of(
    section: EngineSection,
    *,
    engine: str | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
) -> Executor:
    """The executor of an engine; local processes are one per core unless somebody says how many.

    How many workers the table asks for is for the processes of this machine: one process, and a scheduler that is there
    already, do without.
    """
    name = engine or ("dask" if scheduler else section.name)
    if name not in ENGINES:
        raise unknown("engine", name, ENGINES)
    if scheduler and name != "dask":
        raise BadValue(f"--scheduler is for --engine dask, and the engine is {name}; leave one of them out")
    if name == "in_process":
        if workers not in (None, 1):
            raise BadValue(f"the engine in_process is one process, and {workers} workers are asked for; give processes")
        return InProcess()
    here = workers or section.workers
    if name == "processes":
        return Processes(here or cores())
    from harness.dask_executor import Dask

    return Dask(section, workers=workers if scheduler else here, scheduler=scheduler)
