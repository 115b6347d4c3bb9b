"""The `[engine]` table of an experiment: where its runs are done, which changes nothing of their results."""

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from harness.experiment.section import Section
from harness.experiment.values import as_toml

EngineName = Literal["in_process", "processes", "dask"]
Cluster = Literal["local", "slurm", "pbs"]

OF_DASK = ("cluster",)
OF_JOBS = ("gpus", "jobs", "cores", "processes", "memory", "walltime", "queue", "account")


def _shaped(pattern: str, advice: str) -> Callable[[str], str]:
    """A check of text; its error is the advice."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{as_toml(value)} cannot be used: {advice}")
        return value

    return check


Word = Annotated[
    str,
    AfterValidator(
        _shaped(
            r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,63}",
            "give a word of at most 64 letters and digits; _ . @ + and - may follow upon the first",
        )
    ),
]
"""What may stand in a job script as it is: a shell finds nothing in it."""

Memory = Annotated[
    str,
    AfterValidator(
        _shaped(r"[1-9][0-9]{0,8} ?[KMGT]i?B", 'give a whole number and its unit, KB, MB, GB or TB, such as "4GB"')
    ),
]
Walltime = Annotated[
    str,
    AfterValidator(
        _shaped(r"([0-9]{1,3}-)?[0-9]{1,3}(:[0-5][0-9]){1,2}", 'give hours, minutes and seconds, such as "01:30:00"')
    ),
]


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

    @model_validator(mode="after")
    def _go_together(self) -> "EngineSection":
        """Refuse a key that would be left unheard, and jobs that cannot be."""
        self._refuse(OF_DASK, unless=self.name == "dask", wanted='name = "dask"')
        self._refuse(OF_JOBS, unless=self.cluster != "local", wanted='name = "dask" and cluster = "slurm" or "pbs"')
        if self.workers is not None and self.cluster != "local":
            raise ValueError("workers is for one machine; leave it out, and say how many jobs and processes there are")
        if self.workers not in (None, 1) and self.name == "in_process":
            raise ValueError(f'workers = {self.workers}, and in_process is one process; give name = "processes"')
        if self.processes > self.cores:
            raise ValueError(
                f"processes = {self.processes} is more than cores = {self.cores}: give each process a core at least"
            )
        if self.cluster == "pbs" and "-" in self.walltime:
            raise ValueError(f'walltime = "{self.walltime}": PBS knows no days; give hours, such as "24:00:00"')
        return self

    def _refuse(self, keys: tuple[str, ...], *, unless: bool, wanted: str) -> None:
        for key in keys:
            if key in self.model_fields_set and not unless:
                raise ValueError(f"{key} is for {wanted}; add that, or leave {key} out")
