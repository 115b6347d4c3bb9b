"""Parts done by a Dask cluster: an existing one, local processes, or jobs of SLURM or PBS by dask-jobqueue.

A dead worker's parts are done again elsewhere, by Dask itself. Workers must see the folder that the run works in, and
have the same versions of nasgauge and what it stands on as the driver: `harness/dask_worker.py` checks both.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from harness.cores import cores
from harness.dask_worker import Setting
from harness.errors import BadValue
from harness.executors import Crew, Executor, P, Task
from harness.experiment.engine_section import EngineSection

try:
    import dask
    from distributed import Client, LocalCluster

    from harness.dask_apart import do
    from harness.dask_crew import ClusterCrew
    from harness.dask_interrupt import uninterrupted
    from harness.dask_log import quiet
    from harness.dask_security import own_security
except ImportError as error:
    raise BadValue("--engine dask needs the extra: pip install 'nasgauge[dask]'") from error

FAILURES = 5
"""So often may a part lose its worker: Dask also blames what only waits at a worker that dies."""

LOCAL = {"distributed.scheduler.worker-ttl": None, "distributed.scheduler.allowed-failures": FAILURES}
"""A local worker is gone when its connection is, not when the clock on the wall has jumped."""

PATIENCE = 60
"""Seconds in which the workers of an existing scheduler must show themselves."""


class Dask(Executor):
    """Workers of Dask. Without a scheduler's address it starts the section's cluster, which ends with the crew."""

    name = "dask"

    def __init__(self, section: EngineSection, *, workers: int | None = None, scheduler: str | None = None) -> None:
        outside = scheduler or section.cluster != "local"
        if workers is not None and outside:
            raise BadValue("how many workers there are is up to the cluster; leave --workers out")
        self.workers = None if outside else workers or cores()
        self._section, self._scheduler = section, scheduler

    def start(self, task: Task[P], parts: int) -> AbstractContextManager[Crew[P]]:
        """A crew of the cluster's workers; each does one part at a time."""
        return self._start(task, parts)

    @contextmanager
    def _start(self, task: Task[P], parts: int) -> Iterator[Crew[P]]:
        with quiet(), self._client(parts) as client:
            crew = ClusterCrew(client, task, Setting.here(), do)
            try:
                yield crew
            finally:
                crew.cancel()

    @contextmanager
    def _client(self, parts: int) -> Iterator[Client]:
        if self._scheduler is not None:
            with _connected(self._scheduler) as client:
                yield client
        else:
            with self._cluster(parts) as cluster, Client(cluster, set_as_default=False) as client:
                yield client

    def _cluster(self, parts: int) -> Any:
        section = self._section
        if section.cluster == "local":
            assert self.workers is not None
            return _local(min(self.workers, parts))
        from harness.dask_jobs import job_cluster

        return job_cluster(section, parts)


@contextmanager
def _local(workers: int) -> Iterator[LocalCluster]:
    """Processes of this machine, which nobody else on it can talk to."""
    with ExitStack() as stack:
        with uninterrupted(), dask.config.set(LOCAL):
            cluster = stack.enter_context(_started(workers))
        yield cluster


def _started(workers: int) -> LocalCluster:
    try:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=0,
            resources={"GPU": 1},  # where there is one: they share it, as local processes do without Dask
            security=own_security(),
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # of its server, which is there in any case
            silence_logs=logging.CRITICAL,
        )
    except RuntimeError as error:
        raise BadValue(
            "the workers of Dask could not begin, and have printed why; what runs an experiment is a file of its own, "
            'with its work under if __name__ == "__main__":'
        ) from error


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        client = Client(address, set_as_default=False, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadValue(
            f"no scheduler of Dask answers at {address} ({error}); give the address that `dask scheduler` prints"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise BadValue(
                f"the scheduler at {address} has no workers; start some: dask worker {address} --nthreads 1"
            ) from error
        yield client
