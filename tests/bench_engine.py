"""What the engines cost: `python tests/bench_engine.py`; smaller by `--runs`, `--evaluations`, `--trials`, `--engine`.

Simulated searches on `digits201` with two workers: throughput and memory; and live searches of two workers, with
trainings that sleep a second: how long a worker waits between two of them.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from slow_live import diary

from harness.executors import Executor
from harness.experiment.config import Experiment
from harness.experiment.engines import executor_of
from harness.experiment.runner import run

WORKERS = 2
MIB = 2**20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--evaluations", type=int, default=1000)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--engine", choices=["processes", "dask"], action="append")
    given = parser.parse_args()
    for name in given.engine or ["processes", "dask"]:
        with tempfile.TemporaryDirectory() as folder:
            if given.runs:
                simulated(name, given.runs, given.evaluations, Path(folder) / "simulated")
            if given.trials:
                live(name, given.trials, Path(folder))


def executor(name: str) -> Executor:
    return executor_of(experiment().engine, engine=name, workers=WORKERS)


def experiment(**section: Any) -> Experiment:
    common = {"benchmark": "digits201", "algorithm": {"name": "random_search"}, "budget": {"evaluations": 1}}
    return Experiment.model_validate({"name": "bench", "search": [common | section]})


def simulated(name: str, runs: int, evaluations: int, folder: Path) -> None:
    made = experiment(budget={"evaluations": evaluations}, seeds=runs)
    driver: list[float] = []
    times: list[float] = []

    def progress(*_: object) -> None:
        times.append(time.perf_counter())
        driver.append(psutil.Process().memory_info().rss / MIB)

    with workers_memory() as peak:
        run(made, folder, executor(name), progress)
    seconds, tenth = times[-1] - times[1], driver[max(1, len(driver) // 10)]
    rest = runs * evaluations * (len(times) - 2) / (len(times) - 1)
    print(
        f"{name:10} {runs} runs of {evaluations} evaluations: {times[-1] - times[0]:.1f} s with the start, "
        f"{rest / seconds:,.0f} evaluations/s after the first block; driver {tenth:.0f} MiB after a tenth, "
        f"{driver[-1]:.0f} MiB at the end; largest worker {max(peak):.0f} MiB"
    )


@contextmanager
def workers_memory() -> Iterator[list[float]]:
    """The memory of the largest process below this one, in MiB, looked at ten times a second."""
    peak, ended = [0.0], threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            for process in psutil.Process().children(recursive=True):
                try:
                    peak.append(process.memory_info().rss / MIB)
                except psutil.NoSuchProcess:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def live(name: str, trials: int, folder: Path) -> None:
    benchmark: Any = {"name": "slow_live:SlowLive", "folder": str(folder), "seconds": 1.0}
    made = experiment(
        benchmark=benchmark, algorithm={"name": "random_search", "epochs": 1}, budget={"evaluations": trials}, seeds=1,
        workers=WORKERS,
    )  # fmt: skip
    began = time.time()
    run(made, folder / "live", executor(name))
    notes = diary(folder)
    own = [[note for note in notes if note["pid"] == pid] for pid in {note["pid"] for note in notes}]
    gaps = [after["began"] - before["ended"] for each in own for before, after in pairwise(each)]
    first = min(note["began"] for note in notes) - began
    print(
        f"{name:10} {trials} trainings of 1 s: {time.time() - began:.1f} s, {first:.1f} s of them before the first; "
        f"{len(own)} workers wait {1e3 * sum(gaps) / len(gaps):.1f} ms between two of them, "
        f"at most {1e3 * max(gaps):.1f} ms"
    )


if __name__ == "__main__":
    main()
