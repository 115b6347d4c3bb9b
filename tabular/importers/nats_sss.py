"""Importing the size space of NATS-Bench (Dong et al., TPAMI 2021): `NATS-sss-v1_0-50262-simple`."""

from pathlib import Path

from harness.spaces.nats_sss import NatsSss
from tabular.content import Content
from tabular.importers._folder import read_folder
from tabular.job import Job

SCHEDULES = ("01", "12", "90")


def nats_sss(path: Path, job: Job) -> dict[str, Content]:
    """Read the folder into one table for each data set: cifar10, cifar100, ImageNet16-120.

    Every value is kept: all three schedules, every seed and epoch, training and evaluation. Raises `BadValue`, naming
    the file, for what is damaged, hostile, or of another benchmark.
    """
    source = {"source": "NATS-Bench size search space 1.0: five widths of one cell (Dong et al., TPAMI 2021)"}
    return read_folder("nats_sss", path, job, NatsSss(), SCHEDULES, source)
