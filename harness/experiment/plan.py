"""Tries an experiment out: whatever is wrong with it is said before anything is written."""

import json
import math
from typing import Any

from harness.budget import Budget
from harness.core import Benchmark, Proxy, Query, TabularBenchmark
from harness.errors import BadValue, NasgaugeError, Unmeasured
from harness.experiment.blocks import BLOCKS, Block, Built, Study, blocks_of, studies_of
from harness.experiment.build import build, build_algorithm, open_benchmark
from harness.experiment.claims import check_watched
from harness.experiment.config import Experiment, SearchSection
from harness.experiment.manifest import Planned, manifest_of
from harness.experiment.proxy_block import draw, truth_fidelity
from harness.fidelities import fidelities_of, trials_of
from harness.problem import metric_named, problem_of


def plan(experiment: Experiment) -> tuple[list[Block], dict[str, Any]]:
    """All blocks and the manifest; every name, option and metric is tried out on the way.

    An optional study that cannot be run is left out, and the manifest says why.
    """
    blocks: list[Block] = []
    studies, left_out, opened = [], [], dict[str, Benchmark]()
    for study in studies_of(experiment):
        try:
            spec = json.dumps(study.benchmark, sort_keys=True)
            benchmark = opened[spec] = opened.get(spec) or open_benchmark(study.benchmark)
            built, scored = _try_out(study, benchmark)
        except NasgaugeError as error:
            if not study.section.optional:
                raise
            left_out.append(f"{', '.join(study.items)} on {study.benchmark['name']}: {error}")
            continue
        for block in blocks_of(study, benchmark, built, scored):
            blocks.append(block)
            if len(blocks) > BLOCKS:
                raise BadValue(f"more than {BLOCKS:,} blocks of runs: give fewer seeds, or write several experiments")
        proxies = {label: one for label, one in built.items() if isinstance(one, Proxy)}
        studies.append(Planned(study, benchmark, proxies))
        for claim in experiment.claim if proxies else ():
            check_watched(claim, study, proxies)
    if not studies:
        raise BadValue(f"nothing can be run: {left_out[0]}")
    return blocks, manifest_of(experiment, studies, blocks, left_out)


def _try_out(study: Study, benchmark: Benchmark) -> tuple[Built, int]:
    """Raise what would go wrong later: a name, an option, a metric, the budget, too few architectures.

    Returns the items, built, and how many architectures the proxies score.
    """
    section = study.section
    if isinstance(section, SearchSection):
        problem = problem_of(benchmark, tuple(section.objective), section.schedule)
        Budget(**section.budget.model_dump())
        if section.budget.seconds is not None:
            _check_timed(benchmark)
        if section.trial == "one":
            _check_trials(benchmark, section.objective[0])
        metric_named(benchmark, section.test)
        return {label: build_algorithm(item, benchmark, problem, seed=0) for label, item in study.items.items()}, 0
    problem_of(benchmark, (section.objective,))
    if not isinstance(benchmark, TabularBenchmark):
        raise BadValue(f"a proxy study needs the truth: {benchmark.name} is no table; choose a tabular benchmark")
    metric = metric_named(benchmark, section.truth.metric)
    truth = benchmark.table(metric.name, truth_fidelity(benchmark, metric.name, section.truth.fidelity))
    proxies = {label: build("proxy", item, benchmark, seed=section.first_seed) for label, item in study.items.items()}
    settings, trained = section.model_dump(), dict.fromkeys(proxy.train for proxy in proxies.values())
    scored = [draw(benchmark, truth, settings, train, seed=0)[0] for train in trained]
    return proxies, len(scored[0])


def _check_trials(benchmark: Benchmark, objective: str) -> None:
    """Refuse to draw a training from a table that knows means alone."""
    if not any(trials_of(benchmark, objective, fidelity) for fidelity in fidelities_of(benchmark, objective)):
        raise BadValue(
            f'trial = "one": {benchmark.name} knows {objective} as a mean over trainings, not of single ones; write '
            'trial = "mean"'
        )


def _check_timed(benchmark: Benchmark) -> None:
    """Refuse a budget in seconds on a table that knows none."""
    if isinstance(benchmark, TabularBenchmark) and "seconds" not in {metric.name for metric in benchmark.metrics}:
        for arch in benchmark.space.all():
            try:
                seconds = benchmark.evaluate(Query(arch, benchmark.fidelities[-1]), None).seconds
            except Unmeasured:
                continue
            if math.isnan(seconds):
                raise BadValue(
                    f"a budget in seconds: {benchmark.name} does not say how long training takes; give the budget in "
                    "epochs or evaluations, or import the table again with a column for seconds or seconds_per_epoch"
                )
            return
