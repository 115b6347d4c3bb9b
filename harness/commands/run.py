"""`nasgauge run` and `nasgauge demo`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from harness.commands._console import bar, say
from harness.commands.report import write_report
from harness.errors import BadValue
from harness.experiment.config import Experiment, read_experiment
from harness.experiment.engines import executor_of
from harness.experiment.runner import run
from harness.files import open_own
from harness.registry import accepts
from harness.results import read_manifest


class Engine(NamedTuple):
    """What the command line says of where an experiment is run; None: what the experiment says."""

    name: str | None = None
    workers: int | None = None
    scheduler: str | None = None


def run_file(file: Path, out: Path | None, engine: Engine, device: str | None) -> Path:
    """Run an experiment file into a results folder and return the folder."""
    experiment = read_experiment(file)
    executor = executor_of(experiment.engine, engine=engine.name, workers=engine.workers, scheduler=engine.scheduler)
    if device is not None:
        experiment = on_device(experiment, device)
    folder = out or Path("results") / experiment.name
    with bar(experiment.name) as progress, logging_to(folder):
        damaged = run(experiment, folder, executor, progress.update)
    for what in damaged:
        say(f"found damaged and done again: {what}")
    for what in (read_manifest(folder) or {}).get("left_out", ()):
        say(f"left out: {what}")
    say(f"results: {folder}")
    return folder


def run_and_report(file: Path, out: Path | None, workers: int | None) -> None:
    """Run an experiment, then write its report."""
    write_report([run_file(file, out, Engine(workers=workers), None)])


def on_device(experiment: Experiment, device: str) -> Experiment:
    """The experiment with every live benchmark on `device`; tables have none."""
    found = False
    sections = [section.benchmark for section in experiment.search]
    for benchmarks in sections + [section.benchmark for section in experiment.proxy]:
        for spec in benchmarks:
            if accepts("benchmark", spec["name"], "device"):
                spec["device"], found = device, True
    if not found:
        raise BadValue("--device is for live benchmarks, and this experiment has none; leave it out")
    return experiment


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Write what the runner does to `log.txt` of the results folder; the file is made with the first message."""
    log = logging.getLogger("nasgauge")
    handler = _LateFile(folder / "log.txt", delay=True, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()


class _LateFile(logging.FileHandler):
    """Keeps what is logged until the file's folder is there; where it never comes, nothing is written."""

    _waiting: list[logging.LogRecord]

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, and those that waited."""
        self._waiting = [*getattr(self, "_waiting", ()), record]
        if Path(self.baseFilename).parent.is_dir():
            for one in self._waiting:
                super().emit(one)
            self._waiting = []

    def _open(self) -> TextIOWrapper:
        """The file, to append to; `BadValue` where a link, or anything that is no file, stands in its place."""
        return TextIOWrapper(open_own(Path(self.baseFilename), "ab"), encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A log that cannot be written, on a full disk, stops nothing."""
