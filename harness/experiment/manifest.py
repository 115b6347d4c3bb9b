"""What a results folder says of itself: the studies, their oracles and their provenance."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark, Fidelity, Metric, Proxy, Query, TabularBenchmark
from harness.errors import Unmeasured
from harness.experiment.blocks import Block, Study
from harness.experiment.build import build, wrappers_of
from harness.experiment.config import Experiment, ProxySection, SearchSection
from harness.experiment.datasets_read import checksums, names_read
from harness.experiment.front import exact_front
from harness.experiment.proxy_block import draw, truth_fidelity
from harness.fidelities import full_fidelity
from harness.fingerprint import fingerprint_of
from harness.problem import metric_named, problem_of
from harness.recorder import oracle_of
from harness.results import FORMAT
from harness.statistics.random_search import expected_best

CURVE_POINTS = 60
Expected = Callable[[TabularBenchmark, Metric, str, Fidelity, bool], dict[str, list[float]] | None]


class Planned(NamedTuple):
    """A study that can be run, with its benchmark, and the proxies that it compares, by label."""

    study: Study
    benchmark: Benchmark
    proxies: Mapping[str, Proxy]


def manifest_of(
    experiment: Experiment, studies: list[Planned], blocks: list[Block], left_out: list[str]
) -> dict[str, Any]:
    """The manifest: the same for the same experiment, version and benchmarks, whatever the machine."""
    expected = cache(_expected)
    images = checksums(name for planned in studies for name in names_read(*planned))
    return {
        "format": FORMAT,
        "name": experiment.name,
        "version": version("nasgauge"),
        "experiment": experiment.model_dump(exclude_none=True),
        "left_out": left_out,
        "studies": [_describe(*planned, expected) for planned in studies],
        "blocks": [
            {"id": block.id, "kind": block.kind, "study": block.study, "label": block.label} for block in blocks
        ],
    } | ({"datasets": images} if images else {})


def truth_columns(study: dict[str, Any], benchmark: Benchmark) -> dict[str, Any]:
    """The per-seed values behind the noise ceiling, for every architecture that the study scores."""
    assert isinstance(benchmark, TabularBenchmark)
    fidelity = truth_fidelity(benchmark, study["truth"]["metric"], study["fidelity"])
    truth = benchmark.table(study["truth"]["metric"], fidelity)
    drawn = range(study["first_seed"], study["first_seed"] + study["seeds"])
    archs = np.unique(np.concatenate([draw(benchmark, truth, study, 0, seed)[0] for seed in drawn]))
    seeds = _measured_seeds(benchmark, study["ceiling_metric"], fidelity)
    return {
        "study": study["study"],
        "arch": np.tile(archs, len(seeds)),
        "seed": np.repeat(np.array(list(seeds), dtype=int), len(archs)),
        "value": np.concatenate([values[archs] for values in seeds.values()]) if seeds else np.empty(0),
    }


def _describe(study: Study, benchmark: Benchmark, proxies: Mapping[str, Proxy], expected: Expected) -> dict[str, Any]:
    section = study.section
    specs = {
        label: {k: v for k, v in spec.items() if k not in ("name", "label")} for label, spec in study.items.items()
    }
    common = {
        "study": study.number,
        "kind": study.kind,
        "benchmark": study.benchmark["name"],
        "source": study.benchmark,
        "fingerprint": fingerprint_of(benchmark),
        "space": benchmark.space.name,
        "archs": benchmark.space.size,
        "hyper": specs,
        "names": {label: spec["name"] for label, spec in study.items.items()},
        "seeds": section.seeds,
        "first_seed": section.first_seed,
        "objective": section.objective if isinstance(section, ProxySection) else section.objective[0],
        "objectives": [section.objective] if isinstance(section, ProxySection) else section.objective,
        "provenance": dict(benchmark.provenance),
    }
    if isinstance(section, SearchSection):
        return common | _describe_search(study, section, benchmark, expected)
    definitions = {label: dict(proxy.definition) for label, proxy in proxies.items() if proxy.definition}
    return common | _describe_proxy(study, section, benchmark) | {"definitions": definitions}


def _describe_search(study: Study, section: SearchSection, benchmark: Benchmark, expected: Expected) -> dict[str, Any]:
    test = metric_named(benchmark, section.test)
    oracle = oracle_of(benchmark, test)
    metrics = [metric_named(benchmark, name) for name in dict.fromkeys([*section.objective, section.test])]
    several = len(section.objective) > 1
    return {
        "budget": section.budget.model_dump(exclude_none=True),
        "workers": section.workers,
        "trial": section.trial,
        "algorithms": list(study.items),
        "test": section.test,
        "unit": test.unit,
        "metrics": {m.name: {"unit": m.unit, "maximize": m.maximize, "split": m.split} for m in metrics},
        "schedule": section.schedule,
        "optimum": oracle.optimum if oracle else None,
        "live": oracle is None,
        "random_search": _random_search(study, section, benchmark, expected)
        if isinstance(benchmark, TabularBenchmark)
        else None,
    } | (exact_front(benchmark, section.test, section.objective) if several else {})


def _describe_proxy(study: Study, section: ProxySection, benchmark: Benchmark) -> dict[str, Any]:
    assert isinstance(benchmark, TabularBenchmark)
    metric = metric_named(benchmark, section.truth.metric)
    fidelity = truth_fidelity(benchmark, metric.name, section.truth.fidelity)
    return {
        "proxies": list(study.items),
        "truth": {
            "metric": metric.name,
            "split": metric.split,
            "epochs": fidelity.epochs,
            "schedule": fidelity.schedule,
            "data": fidelity.data,
        },
        "fidelity": section.truth.fidelity,
        "ceiling_metric": _ceiling_metric(benchmark, metric, section.objective, fidelity),
        "unit": metric.unit,
        "maximize": metric.maximize,
        "architectures": section.architectures,
        "unique": section.unique,
    }


def _ceiling_metric(benchmark: TabularBenchmark, truth: Metric, objective: str, fidelity: Fidelity) -> str:
    """Whose seeds say how well the truth ranks itself: the objective's where the truth is stored as a mean only.

    An accuracy's seeds say nothing of a latency, nor the other way round.
    """
    costs = "cost" in (truth.split, metric_named(benchmark, objective).split)
    return truth.name if costs or len(_measured_seeds(benchmark, truth.name, fidelity)) > 1 else objective


def _measured_seeds(benchmark: TabularBenchmark, metric: str, fidelity: Any) -> dict[int, NDArray[np.float64]]:
    found = {}
    for seed in benchmark.measured_seeds(metric, fidelity):
        values = benchmark.table(metric, fidelity, seed)
        if not np.isnan(values).all():
            found[seed] = values
    return found


def _random_search(
    study: Study, section: SearchSection, benchmark: TabularBenchmark, expected: Expected
) -> dict[str, list[float]] | None:
    """What is `expected` of the study's random search.

    None without one in the study or seconds in the table, and where time passes otherwise: with several workers, or
    with overhead charged.
    """
    if section.workers > 1 or section.budget.overhead == "charged":
        return None
    plain = (spec for spec in study.items.values() if not wrappers_of(spec))
    spec = next((spec for spec in plain if spec["name"] == "random_search"), None)
    if spec is None:
        return None
    problem = problem_of(benchmark, tuple(section.objective[:1]), section.schedule)
    query = build("algorithm", spec, problem, seed=0).ask()
    return expected(benchmark, problem.objectives[0], section.test, query.fidelity, section.trial == "one")


def _expected(
    benchmark: TabularBenchmark, objective: Metric, test: str, fidelity: Fidelity, trial: bool
) -> dict[str, list[float]] | None:
    """The analytic expectation of random search: regret after k evaluations of mean cost; None without seconds.

    Where a run sees one trial, the pool holds every (architecture, trial) pair: exact but for the chance of drawing one
    architecture twice.
    """
    trials = _measured_seeds(benchmark, objective.name, fidelity) if trial else {}
    columns = list(trials.values()) or [benchmark.table(objective.name, fidelity)]
    full = full_fidelity(benchmark, test)
    valid, tested = np.concatenate(columns), np.tile(benchmark.table(test, full), len(columns))
    kept = ~(np.isnan(valid) | np.isnan(tested))
    oracle = oracle_of(benchmark, metric_named(benchmark, test))
    assert oracle is not None
    ks = np.unique(np.geomspace(1, min(1000, benchmark.space.size), CURVE_POINTS).astype(int))
    sign = 1.0 if objective.maximize else -1.0
    best = expected_best(sign * valid[kept], tested[kept], ks)
    regret = oracle.optimum - best if oracle.maximize else best - oracle.optimum
    seconds = ks * _mean_seconds(benchmark, fidelity)
    return None if np.isnan(seconds).any() else {"seconds": seconds.tolist(), "expected_regret": regret.tolist()}


def _mean_seconds(benchmark: TabularBenchmark, fidelity: Any) -> float:
    seconds = []
    for arch in benchmark.space.all():
        try:
            seconds.append(benchmark.evaluate(Query(arch, fidelity), None).seconds)
        except Unmeasured:
            continue
    return float(np.mean(seconds))
