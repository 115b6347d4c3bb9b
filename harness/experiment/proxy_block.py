"""Scores the architectures of one block with one proxy."""

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Fidelity, Proxy, Query, Scores, SearchSpace, Supernet, TabularBenchmark
from harness.errors import BadValue
from harness.experiment.blocks import Block
from harness.experiment.build import build
from harness.experiment.history import history_columns
from harness.fidelities import evaluate_trial, full_fidelity, trials_of
from harness.problem import metric_named

Columns = dict[str, Any]
COLUMNS = ("proxy", "arch", "score", "truth", "params", "evaluation_seconds", "trained")


class Scored(NamedTuple):
    """A block's scores, what was seen of its supernets while they trained, and measured seconds by proxy."""

    columns: Columns
    history: Columns
    measured: list[dict[str, Any]]


def run_proxy_block(block: Block, benchmark: TabularBenchmark) -> Scored:
    """Fit the proxies where they learn, score the block's architectures, and join the truth."""
    (seed,) = block.seeds
    settings = block.settings
    proxies = {label: build("proxy", item, benchmark, seed=seed) for label, item in block.items.items()}
    metric = settings["truth"]["metric"]
    truth = benchmark.table(metric, truth_fidelity(benchmark, metric, settings["truth"]["fidelity"]))
    train = max(proxy.train for proxy in proxies.values())
    scored, training = draw(benchmark, truth, settings, train, seed)
    scored = scored[slice(*block.part)] if block.part else scored
    archs = benchmark.space.all()
    known = [archs[i] for i in training]
    with _one_thread():
        began = time.perf_counter()
        costs = [_fit(proxy, benchmark, known, settings["objective"], seed) for proxy in proxies.values()]
        supernets = [proxy.seconds for proxy in proxies.values() if isinstance(proxy, Supernet)]
        fitted = sum(supernets) if supernets else time.perf_counter() - began
        scores = _score(list(proxies.values()), [archs[i] for i in scored])
    n = len(scored)
    common = {
        "arch": scored,
        "truth": truth[scored],
        "params": params_of(benchmark)[scored],
        "trained": np.full(n, len(training)),
    }
    parts = []
    for (label, proxy), cost, values in zip(proxies.items(), costs, scores.values, strict=True):
        seconds = np.full(n, (proxy.spent + cost) / n)
        own = {"proxy": np.full(n, label), "score": values, "evaluation_seconds": seconds}
        parts.append(common | own)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}
    run = {"study": block.study, "kind": block.kind, "seed": seed, "n": n, "fit_seconds": fitted}
    labels = {"study": block.study, "benchmark": block.benchmark["name"], "seed": seed}
    history = history_columns(labels, proxies, benchmark.space, truth)
    watched = list(history.get("proxy", ()))
    measured = [
        run | {"label": label, "proxy_seconds": float(taken), "watched": watched.count(label)}
        for label, taken in zip(proxies, scores.seconds, strict=True)
    ]
    return Scored(labels | joined, history, measured)


def _score(proxies: list[Proxy], archs: list[Arch]) -> Scores:
    """The scores of proxies that share work, or of a single one."""
    together = proxies[0].together
    if together is not None:
        return together(proxies, archs)
    (proxy,) = proxies
    began = time.perf_counter()
    values = np.asarray(proxy.score(archs), dtype=float)
    return Scores(values[None], np.array([time.perf_counter() - began]))


@lru_cache(maxsize=4)
def params_of(benchmark: TabularBenchmark) -> NDArray[np.float64]:
    """The parameters of every architecture, NaN where the table has none."""
    if "params" not in {metric.name for metric in benchmark.metrics}:
        return np.full(benchmark.space.size, np.nan)
    return benchmark.table("params", full_fidelity(benchmark, "params"))


def _one_thread() -> AbstractContextManager[None]:
    """Keep torch, where the proxy uses it, to one thread: scores then repeat, and processes do not fight for cores."""
    if "torch" not in sys.modules:
        return nullcontext()
    from harness.live.reproducible import reproducible

    return reproducible()


def truth_fidelity(benchmark: Benchmark, metric: str, wanted: Any) -> Fidelity:
    """The fidelity that a study's truth is read at; "full" is the most thorough one that the metric has."""
    if wanted == "full":
        return full_fidelity(benchmark, metric)
    try:
        fidelity = Fidelity(**{key: int(v) if key in ("epochs", "schedule") else v for key, v in wanted.items()})
    except TypeError:
        raise BadValue(f"truth fidelity {wanted}: give epochs and schedule, and data where it is below 1") from None
    if fidelity not in benchmark.fidelities:
        raise BadValue(f"{benchmark.name} has no fidelity {tuple(fidelity)}; see: nasgauge show {benchmark.name}")
    return fidelity


def draw(
    benchmark: TabularBenchmark, truth: NDArray[np.float64], settings: dict[str, Any], train: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Official indices to score, the same for every proxy of the study, and others for a proxy to learn from."""
    measured = ~np.isnan(truth)
    candidates = (
        np.flatnonzero(measured & canonical_mask(benchmark.space)) if settings["unique"] else np.flatnonzero(measured)
    )
    wanted = len(candidates) if settings["architectures"] == "all" else settings["architectures"]
    if not 2 <= wanted <= len(candidates) - train:
        taken = f", {train} of them to learn from" if train else ""
        most = len(candidates) - train
        advice = f"ask for 2 to {most}" if most >= 2 else "train on fewer"
        raise BadValue(
            f"architectures = {settings['architectures']}: {benchmark.name} knows the truth of {len(candidates)}"
            f"{taken}; {advice}"
        )
    order = np.random.default_rng(seed).permutation(candidates)
    return np.sort(order[:wanted]), order[wanted : wanted + train]


@lru_cache(maxsize=4)
def canonical_mask(space: SearchSpace) -> NDArray[np.bool_]:
    """Which official indices stand for themselves: isomorphic cells count once."""
    return np.array([space.canonical(arch) == arch for arch in space.all()])


def _fit(proxy: Proxy, benchmark: TabularBenchmark, archs: list[Arch], objective: str, seed: int) -> float:
    """Teach a learning proxy the losses at the full fidelity; returns the simulated seconds that they cost.

    What measuring a cost takes is not in the table: NaN, for it is not what training takes.
    """
    if not archs:
        if isinstance(proxy, Supernet):
            proxy.fit([], np.empty(0))
        return 0.0
    metric, full = metric_named(benchmark, objective), full_fidelity(benchmark, objective)
    if metric.split == "test":
        raise BadValue(f"objective {objective!r} is measured on test data, which a proxy never learns from")
    values = [_measured(benchmark, arch, objective, full, seed) for arch in archs]
    losses = np.array([value for value, _ in values])
    proxy.fit(archs, -losses if metric.maximize else losses)
    return float("nan") if metric.split == "cost" else float(sum(seconds for _, seconds in values))


def _measured(
    benchmark: TabularBenchmark, arch: Arch, objective: str, fidelity: Fidelity, seed: int
) -> tuple[float, float]:
    trials = trials_of(benchmark, objective, fidelity)
    _, evaluation = evaluate_trial(benchmark, Query(arch, fidelity), seed, trials)
    return evaluation.metrics[objective], evaluation.seconds
