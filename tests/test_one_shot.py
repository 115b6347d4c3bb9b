"""Any supernet as a search: what ranks best with inherited weights is trained from scratch, in that order."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_supernet import BEST

from harness import registry
from harness.algorithms._inside import Evolution, Ranking, evolve
from harness.algorithms.one_shot import OneShot
from harness.core import Arch, Benchmark
from harness.errors import BadValue, UnknownName
from harness.latency.counted import counted
from harness.latency.layout import layout_of
from harness.latency.table import read_table, write_table
from harness.problem import problem_of
from harness.spaces.nb201 import Nb201

TOY = {"name": "toy_supernet:ToySupernet"}


@pytest.fixture(scope="module")
def table() -> Benchmark:
    found: Benchmark = registry.load("benchmark", "digits201")()
    return found


def searching(table: Benchmark, **options: Any) -> OneShot:
    given = {"supernet": TOY, "population": 20, "generations": 8, "parents": 5} | options
    return OneShot(problem_of(table, ("valid_accuracy",)), seed=0, benchmark=table, **given)


def asked(algorithm: OneShot, count: int) -> list[Arch]:
    queries = [algorithm.ask() for _ in range(count)]
    return [query.arch for query in queries if query is not None]


def test_asks_by_score_and_never_twice(table: Benchmark) -> None:
    archs = asked(searching(table), 300)
    assert len({table.space.canonical(arch) for arch in archs}) == 300
    sums = [sum(arch) for arch in archs]
    found = 20 * 9  # what the search inside scored; then come others, ranked again
    assert sums[:found] == sorted(sums[:found], reverse=True)
    assert sums[found:] == sorted(sums[found:], reverse=True)


def test_evolution_climbs_where_random_search_does_not(table: Benchmark) -> None:
    best = {inside: sum(asked(searching(table, inside=inside), 1)[0]) for inside in ("evolution", "random")}
    assert best["evolution"] >= 22
    assert best["evolution"] > best["random"]


def test_evolution_scores_what_algorithm_1_says() -> None:
    space, batches = Nb201(), []

    def score(archs: Any) -> Any:
        batches.append(len(archs))
        return np.array([float(sum(arch)) for arch in archs])

    evolve(Ranking(space, score, lambda arch: True), space, Evolution(10, 3, 4, 0.1), np.random.default_rng(0))
    assert batches[0] == 10
    assert sum(batches) == 40
    assert max(batches[1::2]) == 5  # half of them crossovers, unless too few are new


def test_derive_asks_first_for_the_choice_of_the_supernet(table: Benchmark) -> None:
    archs = asked(searching(table, inside="derive"), 5)
    assert archs[0] == BEST
    assert BEST not in archs[1:]


def test_nothing_above_the_bound_is_asked(table: Benchmark) -> None:
    params = table.table("params", table.fidelities[-1])  # type: ignore[attr-defined]
    limit = float(np.quantile(params, 0.2))
    archs = asked(searching(table, bound="params", at_most=limit), 60)
    assert len(archs) == 60
    assert max(params[table.space.index(arch)] for arch in archs) <= limit < np.median(params)


def test_a_bound_that_nothing_meets_is_refused(table: Benchmark) -> None:
    with pytest.raises(BadValue, match="none is within the bound"):
        searching(table, bound="params", at_most=0).ask()


def test_what_has_no_score_is_asked_last(table: Benchmark) -> None:
    archs = asked(searching(table, supernet=TOY | {"undefined": 4}, inside="random"), 180)
    undefined = [4 in arch for arch in archs]
    assert undefined == sorted(undefined)
    assert any(undefined)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"inside": "annealing"}, "give one of evolution, random, derive"),
        ({"bound": "params"}, "give both, or neither"),
        ({"supernet": {"epochs": 3}}, "has no name"),
        ({"supernet": "params"}, "params is no supernet"),
        ({"population": 1}, "population = 1"),
        ({"mutation": 2}, "mutation = 2"),
    ],
)
def test_bad_options_are_refused(table: Benchmark, options: dict[str, Any], says: str) -> None:
    with pytest.raises(BadValue, match=says):
        searching(table, **options)


def test_unknown_names_are_refused(table: Benchmark) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'params'"):
        searching(table, bound="parms", at_most=1)
    with pytest.raises(UnknownName, match=r"option of single_path is called 'epoch'\. Did you mean 'epochs'"):
        searching(table, supernet={"name": "single_path", "epoch": 3})


def test_a_real_supernet_is_searched(table: Benchmark) -> None:
    options = {"supernet": {"name": "single_path", "epochs": 3}, "population": 6, "generations": 1, "parents": 2}
    first, again = (asked(searching(table, **options), 4) for _ in range(2))
    assert first == again


def test_a_supernet_without_scores_ends_the_search(table: Benchmark) -> None:
    for inside in ("evolution", "random", "derive"):
        diverging = {"name": "single_path", "epochs": 1, "lr": 1e30, "clip": 1e30}
        with pytest.raises(BadValue, match="no scores: its training diverged"):
            searching(table, supernet=diverging, inside=inside).ask()


def test_a_table_of_other_networks_is_no_bound(table: Benchmark, tmp_path: Path) -> None:
    path = tmp_path / "latency.json"
    write_table(counted(layout_of("cifar10"), "cifar10"), path)
    with pytest.raises(BadValue, match="nasgauge latency measure --dataset digits"):
        searching(table, bound=str(path), at_most=1.0)
    write_table(counted(layout_of("digits"), "digits"), path)
    latencies = read_table(path)
    limit = float(np.median([latencies.latency(arch) for arch in table.space.all()[:200]]))
    bounded = searching(table, bound=str(path), at_most=limit)
    assert bounded.fingerprint == latencies.fingerprint
    assert max(latencies.latency(arch) for arch in asked(bounded, 40)) <= limit


def test_a_killed_search_goes_on_with_its_supernet(table: Benchmark, tmp_path: Path) -> None:
    options = {"supernet": {"name": "single_path", "epochs": 2}, "population": 4, "generations": 0}
    first = asked(searching(table, checkpoints=str(tmp_path), **options), 3)
    (path,) = tmp_path.glob("supernet-*.pt")
    written = path.stat().st_mtime_ns
    assert asked(searching(table, checkpoints=str(tmp_path), **options), 3) == first
    assert path.stat().st_mtime_ns == written
