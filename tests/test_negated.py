"""Another proxy's score with its sign turned."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from harness import registry
from harness.core import Arch, Proxy
from harness.errors import BadValue, NasgaugeError, UnknownName
from harness.experiment.build import build, open_benchmark
from harness.experiment.config import read_experiment
from harness.experiment.runner import run
from harness.results import load
from harness.statistics.rank import kendall
from proxies.given.negated import Negated


class Stub(Proxy):
    """Scores by the first decision, undefined for decision 2; every score costs a second of training."""

    train, chunk, fingerprint = 7, 3, "stub"
    definition = {"images": "none"}  # noqa: RUF012

    def __init__(self, benchmark: Any, *, seed: int, batch: int = 1) -> None:
        self.seed, self.batch = seed, batch

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        self.batch += len(archs)

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        self.spent += len(archs)
        return np.array([np.nan if arch[0] == 2 else self.batch * arch[0] for arch in archs])


def negated(proxy: str = "test_negated:Stub", **options: Any) -> Negated:
    found = build("proxy", {"name": "negated", "proxy": proxy, **options}, SimpleNamespace(), seed=5)
    assert isinstance(found, Negated)
    return found


def test_it_is_found_by_its_name_and_negates_flops_if_not_told_otherwise(data: Path) -> None:
    assert registry.load("proxy", "negated") is Negated
    table = open_benchmark({"name": "digits201"})
    archs = table.space.all()[:5]
    flops = build("proxy", {"name": "flops"}, table, seed=0).score(archs)
    assert Negated(table, seed=0).score(archs).tolist() == (-flops).tolist()


def test_scores_have_the_other_sign_and_the_undefined_stay_so() -> None:
    found = negated(batch=3).score([(1,), (2,), (4,)])
    assert found[[0, 2]].tolist() == [-3, -12]
    assert np.isnan(found[1])


def test_it_learns_and_pays_as_the_proxy_does() -> None:
    proxy = negated()
    assert (proxy.train, proxy.chunk, proxy.fingerprint) == (7, 3, "stub")
    assert proxy.definition == {"images": "none", "sign": "reversed (less is a higher score)"}
    proxy.fit([(0,), (1,)], np.zeros(2))
    assert proxy.score([(1,)]).tolist() == [-3]
    assert proxy.spent == 1
    proxy.score([(1,), (1,)])
    assert proxy.spent == 3


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"proxy": ""}, BadValue, "proxy = '': name the proxy whose sign"),
        ({"proxy": "parms"}, UnknownName, "Did you mean 'params'"),
        ({"precision": "float32"}, NasgaugeError, "precision"),
    ],
)
def test_refuses_what_cannot_be(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        negated(**options)


STUDY = """name = "few"
[[proxy]]
benchmark = "synthetic"
truth = { metric = "params" }
objective = "params"
proxy = [
    "params",
    { name = "negated", proxy = "params", label = "few params" },
    { name = "random_forest", train = 60, label = "forest" },
]
architectures = 80
seeds = 1
"""


def test_of_a_cost_little_is_good_for_counts_and_for_what_learns_it(data: Path, tmp_path: Path) -> None:
    (tmp_path / "few.toml").write_text(STUDY)
    run(read_experiment(tmp_path / "few.toml"), tmp_path / "out")
    scores = load(tmp_path / "out").scores
    taus = {label: kendall(own["score"], -own["truth"]) for label, own in scores.groupby("proxy")}
    assert taus["few params"] == pytest.approx(1)
    assert taus["params"] == pytest.approx(-1)
    assert taus["forest"] > 0.5
