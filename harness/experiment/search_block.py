"""Runs the searches of one block."""

import time
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from harness.budget import Budget, Ledger
from harness.core import Benchmark, Metric, TabularBenchmark
from harness.executors import Crew
from harness.experiment.blocks import Block, uses_gpu
from harness.experiment.build import build_algorithm
from harness.experiment.journal import Journaled
from harness.experiment.trainings import JournaledTrainings, Question, seeds_of
from harness.live_search import live_search
from harness.problem import metric_named, problem_of
from harness.recorder import Oracle, Worth, columns_of, oracle_of, worth_columns, worth_of
from harness.search import Record, search

Columns = dict[str, Any]


def run_search_block(
    block: Block, benchmark: Benchmark, journal: Path, crew: Crew[Question] | None = None
) -> tuple[Columns, list[dict[str, Any]]]:
    """Search with every seed of the block; returns columns of records and the measured seconds of each run.

    A live benchmark answers through the file `journal`, so that a killed run goes on where it was: one process at a
    time. With a crew, the workers of its search are real; else their order is that of the seconds charged.
    """
    parts, measured = [], []
    for seed in block.seeds:
        answers = benchmark if isinstance(benchmark, TabularBenchmark) else Journaled(benchmark, journal)
        began = time.perf_counter()
        columns, ledger = _run(block, answers, seed, crew)
        parts.append(columns | {"seed": np.full(len(columns["step"]), seed)})
        measured.append(
            {
                "study": block.study,
                "kind": block.kind,
                "label": block.label,
                "seed": seed,
                "n": ledger.evaluations,
                "overhead_seconds": ledger.overhead_seconds,
                "charged_seconds": ledger.evaluation_seconds + ledger.proxy_seconds,
                "wall_seconds": time.perf_counter() - began,
            }
            | _order(block, benchmark, crew)
        )
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    labels = {"study": block.study, "benchmark": block.benchmark["name"], "algorithm": block.label}
    return labels | joined, measured


def _order(block: Block, benchmark: Benchmark, crew: Crew[Question] | None) -> dict[str, Any]:
    """Of several workers that train, whether they finished in real order, or in that of the seconds charged."""
    if isinstance(benchmark, TabularBenchmark) or block.settings["workers"] == 1:
        return {}
    return {"order": "simulated" if crew is None else "real"}


def _run(block: Block, benchmark: Benchmark, seed: int, crew: Crew[Question] | None) -> tuple[Columns, Ledger]:
    settings = block.settings
    problem = problem_of(benchmark, tuple(settings["objective"]), settings["schedule"])
    (item,) = block.items.values()
    algorithm = build_algorithm(item, benchmark, problem, seed=seed)
    ledger = Ledger(Budget(**settings["budget"]))
    run = partial(search, benchmark, algorithm, ledger, seed=seed, trial=settings["trial"])
    if crew is not None:
        assert isinstance(benchmark, Journaled)
        seeds = seeds_of(benchmark, problem.objectives[0].name, seed, settings["trial"])
        trainings = JournaledTrainings(benchmark, crew, seeds, uses_gpu(block.benchmark))
        run = partial(live_search, benchmark, algorithm, ledger, trainings)
    records = run(objectives=problem.objectives, workers=settings["workers"])
    test = metric_named(benchmark, settings["test"])
    columns = _columns(records, benchmark, test, problem.objectives)
    sign = -1.0 if problem.objectives[0].maximize else 1.0
    columns["valid"] = columns["valid"] * sign
    columns["regret"] = _regret(columns["test"], _oracle(benchmark, test.name))
    return columns, ledger


def _columns(records: Iterable[Record], benchmark: Benchmark, test: Metric, objectives: tuple[Metric, ...]) -> Columns:
    """The recorder's columns; of several objectives also what each architecture is worth."""
    oracle, more = _oracle(benchmark, test.name), {}
    if len(objectives) > 1:
        records = list(records)
        more = worth_columns(records, benchmark, _worth(benchmark, test, objectives))
    return {name: np.asarray(values) for name, values in (columns_of(records, benchmark, test, oracle) | more).items()}


def _regret(test: Any, oracle: Oracle | None) -> Any:
    if oracle is None:
        return np.full(len(test), np.nan)
    return oracle.optimum - test if oracle.maximize else test - oracle.optimum


@lru_cache(maxsize=4)
def _oracle(benchmark: Benchmark, test: str) -> Oracle | None:
    return oracle_of(benchmark, metric_named(benchmark, test))


@lru_cache(maxsize=4)
def _worth(benchmark: Benchmark, test: Metric, objectives: tuple[Metric, ...]) -> Worth:
    return worth_of(benchmark, test, objectives)
