"""The `[engine]` table of an experiment: where its runs are done, which changes nothing of their results."""

from typing import Annotated, Literal

from pydantic import Field

from harness.experiment.section import Section

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@+-]*$", max_length=64)]
"""What may stand in a job script as it is: a shell finds nothing in it."""

Memory = Annotated[str, Field(pattern=r"^[0-9]+ ?[KMGT]i?B$")]
Walltime = Annotated[str, Field(pattern=r"^([0-9]+-)?[0-9]{1,3}(:[0-5][0-9]){1,2}$")]
EngineName = Literal["in_process", "processes", "dask"]
Cluster = Literal["local", "slurm", "pbs"]


class EngineSection(Section):
    """The engine by name, and for Dask the cluster that it starts: processes here, or jobs of SLURM or PBS.

    Each of `jobs` has `processes` workers on `cores` cores, `memory`, and `gpus`. A scheduler's address is no key: it
    is given on the command line alone, for it may run code where it likes.
    """

    name: EngineName = "processes"
    workers: int | None = Field(default=None, ge=1, le=10_000)
    cluster: Cluster = "local"
    jobs: int = Field(default=1, ge=1, le=10_000)
    cores: int = Field(default=1, ge=1, le=10_000)
    processes: int = Field(default=1, ge=1, le=10_000)
    gpus: int = Field(default=0, ge=0, le=1)
    memory: Memory = "4GB"
    walltime: Walltime = "01:00:00"
    queue: Word | None = None
    account: Word | None = None
