"""When something is killed under Dask: lost jobs are replaced, and workers end with their scheduler.

dask-jobqueue replaces a lost job only when it has one worker: with more, the names of workers and jobs differ, and
adaptive scaling waits for ever.
"""

import logging
import os
from collections.abc import Mapping
from typing import Any

from distributed import SchedulerPlugin, WorkerPlugin, get_worker
from distributed.core import Status
from tornado.ioloop import PeriodicCallback

LOOK = 5.0
"""Seconds between two looks at the workers of a cluster: Dask starts a single worker that died again in less."""

log = logging.getLogger("nasgauge")


def keep_jobs(cluster: Any, jobs: int) -> None:
    """Ask a cluster of dask-jobqueue for so many jobs, and for another one whenever all workers of a job are lost.

    A job counts as lost only after its workers were there: one that waits in the queue is waited for. Raises what went
    wrong with the first ones, `OSError` or `RuntimeError`.
    """
    register, arrivals = Register(), Arrivals()

    async def look() -> None:
        lost = register.lost(cluster.worker_spec, arrivals.take(), set(map(str, cluster.observed)))
        if lost:
            log.warning("jobs lost: %s; as many new ones are asked for", ", ".join(sorted(map(str, lost))))
            await cluster.scale_down(lost)
        if len(cluster.worker_spec) < jobs:
            try:
                await ask()
            except (OSError, RuntimeError) as error:
                log.warning("new jobs were refused: %s", reason(error))

    async def ask() -> None:
        cluster.scale(jobs=jobs)
        try:
            await cluster._correct_state()  # scale alone leaves an error to the loop
        finally:
            _forget_refused(cluster)

    cluster.sync(ask)
    cluster.loop.add_callback(cluster.scheduler.add_plugin, arrivals)
    cluster.periodic_callbacks["keep_jobs"] = PeriodicCallback(look, LOOK * 1000)
    cluster.loop.add_callback(cluster.periodic_callbacks["keep_jobs"].start)


def _forget_refused(cluster: Any) -> None:
    """Jobs that nobody took are no jobs: they may be asked for again, and the cluster closes without them."""
    for name in [name for name, job in cluster.workers.items() if job.status == Status.created]:
        cluster.workers.pop(name).status = Status.failed
        del cluster.worker_spec[name]


def reason(error: Exception) -> str:
    """What the command said that was to ask for a job: the last line."""
    return str(error).strip().rpartition("\n")[-1]


class Arrivals(SchedulerPlugin):  # type: ignore[misc]
    """The workers that have come, those too that have gone before the next look."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def add_worker(self, scheduler: Any, worker: str) -> None:
        """Called by the scheduler, with the address of a worker that came."""
        self._names.add(str(scheduler.workers[worker].name))

    def take(self) -> set[str]:
        """The names of those that have come since they were last asked for."""
        taken, self._names = self._names, set()
        return taken


class Register:
    """Which jobs have had workers, and which have none any more."""

    def __init__(self) -> None:
        self._seen: set[Any] = set()
        self._missing: set[Any] = set()

    def lost(self, jobs: Mapping[Any, Mapping[str, Any]], came: set[str], there: set[str]) -> set[Any]:
        """The jobs that had workers and have had none for two looks; told the workers that came and that are there.

        Workers are called like their job, with a suffix in company. What is lost is forgotten: a new job may have an
        old name.
        """
        names = {job: {f"{job}{suffix}" for suffix in spec.get("group", ("",))} for job, spec in jobs.items()}
        alive = {job for job in jobs if names[job] & there}
        self._seen |= {job for job in jobs if names[job] & (came | there)}
        missing = (self._seen & jobs.keys()) - alive
        lost = missing & self._missing
        self._seen, self._missing = self._seen - lost, missing - lost
        return lost


def end_with_scheduler() -> None:
    """In a part that a worker is at: let this worker end with its scheduler."""
    worker = get_worker()
    worker.loop.add_callback(_plug_in, worker)


async def _plug_in(worker: Any) -> None:
    """Once: Dask takes a plugin of the same name out first, and this one then ends the worker."""
    if EndWithScheduler.name not in worker.plugins:
        await worker.plugin_add(EndWithScheduler())


class EndWithScheduler(WorkerPlugin):  # type: ignore[misc]
    """Ends a worker at once when its scheduler is gone, in the middle of a part too.

    By itself a worker goes on for half a minute, in which a driver that was started again would have the same part
    done a second time, on the same checkpoints.
    """

    name = "nasgauge-end-with-scheduler"

    def teardown(self, worker: Any) -> None:
        """Called when the worker closes; one that is at nothing may take its time."""
        if worker.active_threads:
            os._exit(1)
