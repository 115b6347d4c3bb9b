"""Importing NAS-Bench-101 (Ying et al., ICML 2019): the official TFRecord files, or their content in Parquet."""

from pathlib import Path

from harness.core import Metric
from harness.errors import BadValue
from harness.pool import in_processes
from tabular.content import Content
from tabular.importers._nb101_parquet import read_parquet
from tabular.importers._nb101_records import MEASURED, Task, read_span
from tabular.importers._nb101_trainings import check_cells, columns, gather
from tabular.importers._tfrecord import scan
from tabular.job import Job
from tabular.releases import identify
from tabular.vocabulary import KNOWN

TOTAL_SECONDS = Metric("total_seconds", "s", False, "cost")
"""Of a whole training with its three evaluations; `seconds` are those of training alone."""


def nb101(path: Path, job: Job) -> dict[str, Content]:
    """Read a `.tfrecord` file, the Parquet file of all cells, or the folder where that one lies.

    Fidelities of a TFRecord file are the end and the middle of each length of training, 4, 12, 36 and 108 epochs, or
    108 alone; seeds 0, 1 and 2 are the repeated trainings in the order of the file. Every checksum of it is compared.
    A file that bears the name of an official one must be it, another is imported with a note. For the Parquet form
    see `read_parquet`.

    Raises `BadValue`, naming the record or row, for whatever cannot be used.
    """
    if path.is_dir() or path.suffix == ".parquet":
        return {"": read_parquet(path)}
    if path.suffix != ".tfrecord":
        raise BadValue(f"{path} is neither a .tfrecord or .parquet file of NAS-Bench-101 nor a folder with one")
    return {"": _read_tfrecord(path, job)}


def _read_tfrecord(path: Path, job: Job) -> Content:
    size = path.stat().st_size if path.exists() else 0
    sha256, spans = scan(path, lambda done: job.progress(done, 2 * size))
    release = identify("nb101", path, {"sha256": sha256})
    tasks = [Task(path, span, job.scratch / f"{sha256[:16]}-{span.start}-{span.stop}.npy") for span in spans]
    done = size
    for task in in_processes(read_span, tasks, job.workers):
        done += task.span.stop - task.span.start
        job.progress(done, 2 * size)
    trainings = gather(tasks)
    params, checked = check_cells(trainings)
    provenance = {
        "source": "NAS-Bench-101, Ying et al., ICML 2019; seeds 0, 1, 2 are repeats in the order of the file",
        "file": f"{path.name}, sha256 {sha256}",
        "release": release,
        "checks": f"{len(trainings.repeat):,} trainings, every checksum of the file compared; {checked}; "
        f"{trainings.missing:,} trainings less than three for each cell and schedule",
    }
    metrics = (*(KNOWN[name] for name in MEASURED), TOTAL_SECONDS, KNOWN["params"])
    return Content("nb101", metrics, columns(trainings, params), provenance, rows=trainings.rows.rows)
