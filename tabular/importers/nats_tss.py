"""Importing the topology space of NATS-Bench (Dong et al., TPAMI 2021): `NATS-tss-v1_0-3ffb9-simple`."""

from pathlib import Path

from harness.spaces.nb201 import Nb201
from tabular.content import Content
from tabular.importers._folder import read_folder
from tabular.job import Job

SCHEDULES = ("12", "200")


def nats_tss(path: Path, job: Job) -> dict[str, Content]:
    """Read the folder into one table for each data set: cifar10, cifar100, ImageNet16-120.

    Every value is kept: both schedules, every seed and epoch, training and evaluation. Raises `BadValue`, naming the
    file, for what is damaged, hostile, or of another benchmark.
    """
    source = {"source": "NATS-Bench topology search space 1.0: NAS-Bench-201's cells (Dong et al., TPAMI 2021)"}
    return read_folder("nats_tss", path, job, Nb201(), SCHEDULES, source)
