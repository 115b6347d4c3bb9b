"""A cluster of Dask whose workers are jobs of SLURM or PBS, by dask-jobqueue.

What else the jobs need on a machine (modules, prologues, the network interface) stands in dask-jobqueue's own file of
settings there: an experiment carries no text for a shell.
"""

import math
import shutil
from pathlib import Path
from typing import Any

from harness.dask_faults import keep_jobs, reason
from harness.errors import BadValue
from harness.experiment.engine_section import EngineSection

try:
    import dask
    import dask_jobqueue

    from harness.dask_security import own_security
except ImportError as error:
    raise BadValue("[engine] cluster needs the extra: pip install 'nasgauge[dask]'") from error

DEATHS = {"allowed_failures": 20}
"""So often may a part lose its worker: one that goes on from checkpoints may need many jobs of a short walltime."""

KINDS = {"slurm": dask_jobqueue.SLURMCluster, "pbs": dask_jobqueue.PBSCluster}

LOGS = "dask-logs"
"""The folder, in the current one, where jobs leave what they print."""


def job_cluster(section: EngineSection, parts: int) -> Any:
    """Ask for the section's jobs, no more than there are parts for; a job that ends early is replaced.

    Only who can read the key in the folder of logs, which is made anew for each cluster, can talk to it. Raises
    `BadValue` where no jobs can be asked for.
    """
    command = KINDS[section.cluster].job_cls.submit_command
    if shutil.which(command) is None:
        raise BadValue(f'cluster = "{section.cluster}" needs {command}, which is not on this machine: run it elsewhere')
    cluster = _without_jobs(section)
    try:
        keep_jobs(cluster, min(section.jobs, math.ceil(parts / section.processes)))
    except (OSError, RuntimeError) as error:
        cluster.close()
        raise BadValue(f"{command} refuses the job: {reason(error)}; mend the [engine] table, or ask there") from error
    return cluster


def _without_jobs(section: EngineSection) -> Any:
    logs = Path(LOGS).absolute()
    logs.mkdir(exist_ok=True)
    return KINDS[section.cluster](
        cores=section.processes,  # threads of Dask: one for each worker
        processes=section.processes,
        memory=section.memory,
        walltime=section.walltime,
        log_directory=str(logs),
        security=own_security(),
        protocol="tls://",
        shared_temp_directory=str(logs),
        scheduler_options=dask.config.get(f"jobqueue.{section.cluster}.scheduler-options", {}) | DEATHS,
        worker_extra_args=[*_set(section, "worker-extra-args"), "--memory-limit", "0", *_gpu(section)],
        **_names(section),
    )


def _names(section: EngineSection) -> dict[str, Any]:
    """What the two systems call by different names, where the section says it."""
    found: dict[str, Any] = {"queue": section.queue} if section.queue else {}
    if section.account:
        found["account"] = section.account
    if section.cluster == "pbs":
        gpus = f":ngpus={section.gpus}" if section.gpus else ""
        memory = section.memory.replace(" ", "")
        return found | {"resource_spec": f"select=1:ncpus={section.cores}:mem={memory}{gpus}"}
    if section.gpus:
        found["job_extra_directives"] = [*_set(section, "job-extra-directives"), f"--gres=gpu:{section.gpus}"]
    return found | {"job_cpu": section.cores}


def _gpu(section: EngineSection) -> list[str]:
    return ["--resources", "GPU=1"] if section.gpus else []


def _set(section: EngineSection, key: str) -> list[str]:
    """What the machine's own settings of dask-jobqueue say, which an argument would replace."""
    return list(dask.config.get(f"jobqueue.{section.cluster}.{key}", None) or ())
