"""Live searches whose trainings really run at the same time."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from slow_live import SlowLive, diary

from harness.budget import Budget, Continuation, Ledger
from harness.core import Algorithm, Query, Trial
from harness.executors import Crew, Done, Executor
from harness.experiment.config import Experiment
from harness.experiment.engines import executor_of
from harness.experiment.journal import Answer, Journaled
from harness.experiment.plan import plan
from harness.experiment.runner import run
from harness.experiment.trainings import JournaledTrainings, Question, Train, seeds_of
from harness.fingerprint import fingerprint_of
from harness.live_search import live_search
from harness.pool import Processes
from harness.problem import problem_of
from harness.registry import load
from harness.results import load as load_results
from harness.search import Record, search

ALGORITHMS: list[dict[str, Any]] = [
    {"name": "random_search"},
    {"name": "regularized_evolution", "population": 4, "sample": 2},
    {"name": "asha"},
    {"name": "hyperband"},
]
every_algorithm = pytest.mark.parametrize("spec", ALGORITHMS, ids=lambda spec: spec["name"])


class Killed(BaseException):
    pass


class Shuffled(Crew[Question]):
    """One worker that takes what was handed over in an order of its own, and checks that it could be done by many."""

    room = 1

    def __init__(self, train: Train, limit: int = 10_000) -> None:
        self._train, self._limit = train, limit
        self._parts: list[Question] = []
        self.asked: list[Question] = []
        self.most = 0

    def submit(self, part: Question) -> None:
        assert part.training not in {other.training for other in self._parts}
        self._parts.append(part)
        self.most = max(self.most, len(self._parts))

    def wait(self, seconds: float | None = None) -> list[Done[Question]]:
        turn = len(self.asked) * 7 % 5
        found = [self._parts.pop(turn % len(self._parts)) for _ in range(1 + (turn == 3 and len(self._parts) > 1))]
        answers: list[tuple[Question, Answer]] = []
        for part in found:
            if len(self.asked) == self._limit:
                raise Killed
            self.asked.append(part)
            answers.append((part, self._train(part)))
        return [Done(*answer) for answer in answers]


class Script(Algorithm):
    """Asks what it is given, and remembers what it is told."""

    def __init__(self, queries: Sequence[Query | None]) -> None:
        self.queries, self.told = list(queries), list[Trial]()

    def ask(self) -> Query | None:
        return self.queries.pop(0) if self.queries else None

    def tell(self, trial: Trial) -> None:
        self.told.append(trial)


class Toy:
    """A run on the toy benchmark, which may be killed and begun again."""

    def __init__(self, folder: Path, **options: Any) -> None:
        folder.mkdir(exist_ok=True)
        self._folder, self._options = folder, {"folder": str(folder), **options}
        self.records: list[Record] = []
        self.ledger = Ledger(Budget(evaluations=1))
        self.crew = self._crew(0)

    def _crew(self, limit: int) -> Shuffled:
        spec = {"name": "slow_live:SlowLive", **self._options}
        return Shuffled(Train(spec, fingerprint_of(SlowLive(**self._options)), self._folder / "locks", None), limit)

    def run(
        self, algorithm: Any, *, workers: int = 4, limit: int = 10_000, trial: str = "one", **budget: Any
    ) -> list[Record]:
        benchmark = Journaled(SlowLive(**self._options), self._folder / "run.jsonl")
        problem = problem_of(benchmark, ("valid_accuracy",))
        made = algorithm if isinstance(algorithm, Algorithm) else self._made(algorithm, problem)
        self.ledger, self.crew = Ledger(Budget(**(budget or {"evaluations": 1000}))), self._crew(limit)
        seeds = seeds_of(benchmark, "valid_accuracy", 3, trial)
        trainings = JournaledTrainings(benchmark, self.crew, seeds, False)
        self.records = []
        self.records.extend(
            live_search(benchmark, made, self.ledger, trainings, objectives=problem.objectives, workers=workers)
        )
        return self.records

    def _made(self, spec: dict[str, Any], problem: Any) -> Algorithm:
        options = {key: value for key, value in spec.items() if key != "name"}
        algorithm: Algorithm = load("algorithm", spec["name"])(problem, seed=1, **options)
        return algorithm


def ask(*options: int, epochs: int = 1) -> Query:
    return Query(options, SlowLive.fidelities[(1, 3, 9).index(epochs)])


@every_algorithm
def test_after_a_kill_the_search_hears_the_same_again(
    spec: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    whole = Toy(tmp_path / "whole", fails=2)
    expected = whole.run(spec, evaluations=16)
    assert len(expected) == 16
    assert whole.crew.most == 4
    for kill in range(0, len(whole.crew.asked), 4):
        toy, journal = Toy(tmp_path / str(kill), fails=2), tmp_path / str(kill) / "run.jsonl"
        with pytest.raises(Killed):
            toy.run(spec, evaluations=16, limit=kill)
        heard, lines = toy.records, journal.read_text().splitlines() if kill else []
        assert heard == expected[: len(heard)]
        assert len(lines) in (kill, kill - 1)  # one that was trained, and not yet written down
        again = toy.run(spec, evaluations=16)
        assert again[: len(heard)] == heard
        assert len(toy.crew.asked) == len(journal.read_text().splitlines()) - len(lines)
        assert toy.run(spec, evaluations=16) == again
        assert not toy.crew.asked


def test_what_finishes_first_is_told_first_and_the_clock_goes_on(tmp_path: Path) -> None:
    queries = [ask(0, 0, 1, epochs=9), ask(0, 1, 0), ask(1, 0, 0, epochs=3), ask(1, 1, 0), ask(0, 1, 1)]
    algorithm, toy = Script(queries), Toy(tmp_path)
    records = toy.run(algorithm, workers=3)
    assert [record.query for record in records] == [question.query for question in toy.crew.asked]
    assert [trial.query for trial in algorithm.told] == [record.query for record in records]
    assert [record.charged for record in records] == [2.0 * record.query.fidelity.epochs for record in records]
    finished = [record.finished for record in records]
    assert finished == sorted(finished)
    assert max(finished) < sum(record.charged for record in records)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_budget_of_evaluations_or_epochs_is_kept_to(workers: int, tmp_path: Path) -> None:
    limits: dict[str, Any] = {"evaluations": 7, "epochs": 21}
    for name, budget in limits.items():
        toy = Toy(tmp_path / name)
        queries = [ask(*arch, epochs=3) for arch in itertools.product(range(3), repeat=3)]
        records = toy.run(Script(queries), workers=workers, **{name: budget})
        assert len(records) == toy.ledger.evaluations == 7
        assert toy.ledger.epochs == 21
        assert sum(line["epochs"] for line in diary(tmp_path / name)) == 21


def test_a_budget_of_seconds_is_overspent_by_what_runs(tmp_path: Path) -> None:
    records = Toy(tmp_path).run({"name": "random_search", "epochs": 1}, workers=3, seconds=9.0)
    assert [record.finished for record in records][-4:] == [8.0, 10.0, 10.0, 10.0]


def test_one_training_is_trained_once_at_a_time_and_charged_as_it_goes_on(tmp_path: Path) -> None:
    queries = [ask(1, 1, 1), ask(1, 1, 1, epochs=9), ask(1, 1, 1, epochs=3), ask(1, 1, 1, epochs=9)]
    records = Toy(tmp_path).run(Script(queries))
    assert [record.query.fidelity.epochs for record in records] == [1, 9, 9, 3]
    assert [record.charged for record in records] == [2, 16, 18, 6]
    assert [line["epochs"] for line in diary(tmp_path)] == [1, 9, 3]


@pytest.mark.parametrize("continuation", ["resume", "restart"])
def test_one_worker_pays_what_the_simulated_one_does(continuation: Continuation, tmp_path: Path) -> None:
    queries = [ask(*arch, epochs=epochs) for epochs in (1, 9, 3, 9) for arch in ((1, 1, 1), (2, 0, 1), (0, 3, 3))]
    toy, ledger = Toy(tmp_path, fails=2), Ledger(Budget(epochs=50, continuation=continuation))
    records = toy.run(Script(queries), workers=1, epochs=50, continuation=continuation)
    benchmark = SlowLive(folder=str(tmp_path), fails=2)
    objectives = problem_of(benchmark, ("valid_accuracy",)).objectives
    assert records == list(search(benchmark, Script(queries), ledger, objectives=objectives, seed=3))
    totals = ("evaluations", "epochs", "evaluation_seconds")
    assert [getattr(toy.ledger, name) for name in totals] == [getattr(ledger, name) for name in totals]


@pytest.mark.parametrize("trial", ["one", "mean"])
def test_a_training_that_diverges_is_a_failure_with_its_reason(trial: str, tmp_path: Path) -> None:
    toy = Toy(tmp_path, fails=2)
    good, failed = sorted(toy.run(Script([ask(2, 0, 0), ask(1, 0, 0)]), trial=trial), key=lambda record: record.reason)
    assert not good.reason
    assert failed.reason == f"2-0-0-{toy.crew.asked[0].seed} diverged"
    assert (failed.losses, failed.charged, failed.trial) == ((float("inf"),), 0.0, None)
    seeds = [question.seed for question in toy.crew.asked if question.query.arch == (2, 0, 0)]
    assert seeds == ([None] if trial == "mean" else [seeds[0], 1 - (seeds[0] or 0)])


def test_an_algorithm_that_waits_is_asked_after_the_next_result(tmp_path: Path) -> None:
    records = Toy(tmp_path).run(Script([ask(0, 0, 1), None, ask(1, 0, 0), None, ask(1, 1, 0)]))
    assert [record.finished for record in records] == [2.0, 4.0, 6.0]


def experiment(folder: Path, **changes: Any) -> Experiment:
    """A study of the toy; options of the benchmark have an underscore in front."""
    own = {key[1:]: changes.pop(key) for key in list(changes) if key.startswith("_")}
    section = {
        "benchmark": {"name": "slow_live:SlowLive", "folder": str(folder), **own},
        "algorithm": {"name": "random_search", "epochs": 1},
        "budget": {"evaluations": 8},
        "seeds": 1,
        "workers": 2,
    }
    return Experiment.model_validate({"name": "trials", "search": [section | changes]})


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A cluster of two workers, of which one has a GPU."""
    distributed = pytest.importorskip("distributed")
    worker = {"cls": distributed.Nanny, "options": {"nthreads": 1, "memory_limit": 0, "dashboard": False}}
    with_gpu = worker | {"options": worker["options"] | {"resources": {"GPU": 1}}}
    options = {"port": 0, "dashboard": False, "dashboard_address": ":0"}
    head = {"cls": distributed.Scheduler, "options": options}
    with distributed.SpecCluster(workers={"gpu": with_gpu, "other": worker}, scheduler=head) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(params=["processes", "dask"])
def engine(request: pytest.FixtureRequest) -> Executor:
    section = experiment(Path()).engine
    if request.param == "processes":
        return executor_of(section, engine="processes", workers=2)
    return executor_of(section, scheduler=request.getfixturevalue("scheduler"))


def finished(folder: Path) -> pd.DataFrame:
    return load_results(folder / "out").searches


def measured(folder: Path) -> dict[str, Any]:
    """The row of the only block."""
    (path,) = (folder / "out" / "measured").iterdir()
    (row,) = json.loads(path.read_text())["rows"]
    return dict(row)


def overlaps(folder: Path) -> int:
    """The most trainings that ran at one moment."""
    events = [(line[key], step) for line in diary(folder) for key, step in (("began", 1), ("ended", -1))]
    return max(itertools.accumulate(step for _, step in sorted(events)))


def test_two_networks_are_trained_at_once(engine: Executor, tmp_path: Path) -> None:
    """From the first to the last: each ends only when the next one has begun."""
    run(experiment(tmp_path, _meet=8), tmp_path / "out", engine)
    searches, notes = finished(tmp_path), diary(tmp_path)
    assert measured(tmp_path)["order"] == "real"
    assert len(searches) == len(notes) == len({note["name"] for note in notes}) == 8
    assert searches["step"].tolist() == list(range(8))
    assert searches["charged"].tolist() == [2.0] * 8
    assert searches["finished"].is_monotonic_increasing
    archs = SlowLive(folder="").space.all()
    assert (-searches["loss"]).tolist() == [sum(archs[index]) + 0.1 for index in searches["arch"]]
    assert len({note["pid"] for note in notes}) == 2
    assert [path.name for path in (tmp_path / "out" / "journal").glob("*")] == []
    assert not (tmp_path / "out" / "checkpoints").exists() or not list((tmp_path / "out" / "checkpoints").iterdir())


@pytest.mark.parametrize(("workers", "order"), [(1, None), (2, "simulated")])
def test_of_several_workers_it_is_said_that_their_order_was_simulated(
    workers: int, order: str | None, tmp_path: Path
) -> None:
    run(experiment(tmp_path, workers=workers), tmp_path / "out")
    assert measured(tmp_path).get("order") == order


def test_runs_share_the_workers(tmp_path: Path) -> None:
    changes = {"seeds": 2, "budget": {"evaluations": 2}, "_seconds": 0.2}
    run(experiment(tmp_path, **changes), tmp_path / "out", Processes(3))
    assert len(finished(tmp_path)) == 4
    assert overlaps(tmp_path) == 2


def test_killed_workers_go_on_from_the_checkpoint(engine: Executor, tmp_path: Path) -> None:
    changes = {"algorithm": {"name": "grid_search", "epochs": 3}, "_kills": 2, "_seconds": 0.02, "_jitter": 0.02}
    own = {"checkpoints": str(tmp_path / "kept")}
    made = experiment(
        tmp_path, **changes, **{f"_{key}": value for key, value in own.items()}, budget={"evaluations": 6}
    )
    run(made, tmp_path / "out", engine)
    searches, notes = finished(tmp_path), diary(tmp_path)
    dead = {path.name.removeprefix("killed-") for path in tmp_path.glob("killed-*")}
    assert dead
    assert searches["arch"].is_unique
    assert len(searches) == 6
    assert {note["name"] for note in notes if note["from"] == 1} >= dead
    assert not (searches["reason"] != "").any()


def test_a_killed_search_hears_again_what_it_heard(engine: Executor, tmp_path: Path) -> None:
    algorithm = {"name": "slow_live:DyingSearch", "folder": str(tmp_path)}
    run(experiment(tmp_path, algorithm=algorithm, _seconds=0.1), tmp_path / "out", engine)
    assert (tmp_path / "dead").exists()
    assert sorted(finished(tmp_path)["arch"]) == list(range(8))
    assert len(diary(tmp_path)) <= 8 + 2


def test_an_error_ends_the_run(engine: Executor, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="is wrong"):
        run(experiment(tmp_path, _wrong=1, budget={"evaluations": 60}), tmp_path / "out", engine)
    assert 1 <= len(diary(tmp_path)) < 60


def test_a_gpu_is_asked_for_by_each_training_and_not_by_their_search(scheduler: str, tmp_path: Path) -> None:
    made = experiment(tmp_path, _device="cuda:0", _seconds=0.1)
    (block,), _ = plan(made)
    assert (block.width, block.needs) == (2, {})
    run(made, tmp_path / "out", executor_of(made.engine, scheduler=scheduler))
    assert len(finished(tmp_path)) == 8
    assert len({note["pid"] for note in diary(tmp_path)}) == 1
    assert overlaps(tmp_path) == 1


@pytest.mark.parametrize(
    ("changes", "width"),
    [
        ({}, 2),
        ({"workers": 1}, 1),
        ({"benchmark": {"name": "digits201"}, "algorithm": {"name": "random_search"}}, 1),
        ({"algorithm": {"name": "random_search", "warmup": {"proxy": "reduced_epochs"}}}, 1),
    ],
)
def test_only_a_live_search_hands_its_trainings_over(changes: dict[str, Any], width: int, tmp_path: Path) -> None:
    blocks, _ = plan(experiment(tmp_path, **changes))
    assert {block.width for block in blocks} == {width}


def test_where_it_is_done_is_no_part_of_what_it_is(tmp_path: Path) -> None:
    ((block,), _), ((other,), _) = plan(experiment(tmp_path)), plan(experiment(tmp_path, workers=3))
    assert block.id != other.id
    assert block.id == json.loads(json.dumps(plan(experiment(tmp_path))[1]))["blocks"][0]["id"]


KILLED = """
import sys
from pathlib import Path
from harness.experiment.engines import executor_of
from harness.experiment.runner import run
from test_trials import experiment

if __name__ == "__main__":
    folder, scheduler = Path(sys.argv[1]), sys.argv[2] or None
    made = experiment(folder, _seconds=0.15, _jitter=0.05)
    run(made, folder / "out", executor_of(made.engine, workers=None if scheduler else 2, scheduler=scheduler))
"""


@pytest.mark.parametrize("name", ["processes", "dask"])
def test_a_killed_driver_is_no_loss(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    scheduler = request.getfixturevalue("scheduler") if name == "dask" else None
    (tmp_path / "killed.py").write_text(KILLED)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "killed.py"), str(tmp_path), scheduler or ""],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])},
        stderr=subprocess.DEVNULL,  # where multiprocessing says that it cleans up
    )
    until = time.monotonic() + 60
    while len(diary(tmp_path)) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    made = experiment(tmp_path, _seconds=0.15, _jitter=0.05)
    run(made, tmp_path / "out", executor_of(made.engine, workers=None if scheduler else 2, scheduler=scheduler))
    searches, notes = finished(tmp_path), diary(tmp_path)
    names = [note["name"] for note in notes]
    assert len(searches) == len(set(names)) == 8
    assert len(names) <= 8 + 2  # what was trained when the driver was killed may not be in the journal
    assert all(note["from"] == 1 for place, note in enumerate(notes) if note["name"] in names[:place])
