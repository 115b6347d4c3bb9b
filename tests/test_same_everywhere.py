"""The same results, byte for byte, whatever does the work, however many workers there are, and in whatever order."""

import hashlib
import random
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from test_algorithms import AT_HAND, GIVEN, QUICK

from harness.executors import Crew, Executor, P, Task
from harness.experiment.config import Experiment
from harness.experiment.engine_section import EngineSection
from harness.experiment.engines import executor_of
from harness.experiment.runner import run
from harness.results import load

SLOW = {*QUICK, "dngo", "gp_bo", "bananas", "npenas", "bohb", "predictor_evolution"}
"""Algorithms that think long over a question are asked fewer."""

RUNS = 3


class Shuffled(Executor):
    """An executor that is handed its parts in another order."""

    name = "shuffled"

    def __init__(self, inner: Executor, seed: int) -> None:
        self._inner, self._rng, self.workers = inner, random.Random(seed), inner.workers

    def start(self, task: Task[P], parts: int) -> AbstractContextManager[Crew[P]]:
        return self._inner.start(task, parts)

    def run(self, task: Task[P], parts: Sequence[P]) -> "Sequence[P]":  # type: ignore[override]
        return list(super().run(task, self._rng.sample(list(parts), len(parts))))


def experiment() -> Experiment:
    """Every algorithm and, of each folder of proxies, some: alone, and those that share work."""
    common = {"benchmark": "digits201", "seeds": RUNS}
    searches = [
        common | {"algorithm": {"name": name} | options(name), "budget": {"evaluations": 12 if name in SLOW else 30}}
        for name in AT_HAND
    ]
    two = ["nsga2", "mo_regularized_evolution", "parego"]
    searches.append(
        common | {"algorithm": two, "objective": ["valid_accuracy", "params"], "budget": {"evaluations": 25}}
    )
    parallel = ["random_search", "regularized_evolution", "asha", "bohb"]
    searches.append(common | {"algorithm": parallel, "workers": 4, "budget": {"seconds": 60}})
    proxies = ["params", {"name": "reduced_epochs", "epochs": 1}, {"name": "random_forest", "train": 20},
               {"name": "mlp", "train": 20}]  # fmt: skip
    supernet = {"name": "toy_supernet:ToySupernet"}
    proxy = {"benchmark": "digits201", "proxy": [*proxies, supernet], "architectures": 30, "seeds": 2}
    looks = {"benchmark": "digits201", "proxy": ["synflow", "naswot", "snip"], "architectures": 6, "seeds": 2}
    return Experiment.model_validate({"name": "everywhere", "search": searches, "proxy": [proxy, looks]})


def options(name: str) -> dict[str, object]:
    given = {key: value for key, value in GIVEN.get(name, {}).items() if key != "benchmark"}
    return QUICK.get(name, {}) | given


def content(folder: Path) -> dict[str, str]:
    kept = [folder / "manifest.json", *(path for kind in KINDS for path in (folder / kind).glob("*"))]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


KINDS = ("search", "proxy", "history", "truth")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one process makes, block after block."""
    out = tmp_path_factory.mktemp("here") / "out"
    run(experiment(), out)
    assert set(load(out).searches["algorithm"]) >= set(AT_HAND)
    return content(out)


@pytest.mark.parametrize(("engine", "workers"), [("in_process", 1), ("processes", 3), ("dask", 2)])
def test_results_are_the_same_to_the_byte(engine: str, workers: int, here: dict[str, str], tmp_path: Path) -> None:
    if engine == "dask":
        pytest.importorskip("distributed")
    executor = Shuffled(executor_of(EngineSection(), engine=engine, workers=workers), seed=workers)
    run(experiment(), tmp_path / "out", executor)
    assert content(tmp_path / "out") == here
