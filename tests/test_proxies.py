"""What every proxy promises, and what each one means."""

import atexit
import inspect
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from harness import registry
from harness.core import (
    Arch,
    Benchmark,
    Evaluation,
    Fidelity,
    Metric,
    Proxy,
    Query,
    Supernet,
    TabularBenchmark,
)
from harness.errors import BadValue, UnknownName, Unmeasured
from harness.latency.counted import counted
from harness.latency.layout import layout_of
from harness.latency.table import write_table
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP, Nb201
from tabular.mint import FIDELITIES

SPACE = Nb201()
DISCONNECTED: Arch = (NONE,) * 6
ALL_CONV3: Arch = (CONV3,) * 6
UNMEASURED: Arch = (POOL,) * 6
PROXIES = registry.names("proxy")


def sheet() -> str:
    """A file of made-up scores; it is removed with the process."""
    file = tempfile.NamedTemporaryFile("w", suffix=".csv")  # noqa: SIM115
    atexit.register(file.close)
    file.write("index,score\n" + "\n".join(f"{i},{i * 7919 % 10007}" for i in range(SPACE.size)))
    file.flush()
    return file.name


def latencies() -> str:
    """A table of latencies; it is removed with the process."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    write_table(counted(layout_of("digits"), "digits"), Path(folder.name) / "latency.json")
    return str(Path(folder.name) / "latency.json")


NEEDED: dict[str, dict[str, Any]] = {
    "transfer": {"source": "digits201"},
    "column": {"file": sheet(), "column": "score"},
    "latency_table": {"file": latencies()},
    "inherited_fine_tune": {"epochs": 1, "recalibration": 75},
}
"""Options without which a proxy is of no use, or takes long."""

SHORT = {"epochs": 3, "recalibration": 75}
"""What keeps a supernet short."""

AS_WRITTEN = {"column", "summed_cost"}
"""What scores an architecture as it is written, whatever it is isomorphic to."""

ZERO_COST = ("grad_norm", "jacob_cov", "naswot", "snip", "synflow")


class Synthetic(TabularBenchmark):
    """Accuracy grows with a cell's convolutions and with training; one cell was never trained."""

    name = "synthetic"
    space = SPACE
    metrics = (
        Metric("train_loss", "nats", False, "train"),
        Metric("valid_accuracy", "%", True, "valid"),
        Metric("test_accuracy", "%", True, "test"),
        Metric("params", "", False, "cost"),
        Metric("flops", "M", False, "cost"),
    )
    fidelities = FIDELITIES
    seeds = (0, 1, 2)
    provenance: ClassVar[dict[str, str]] = {}
    dataset = "digits"
    reductions: ClassVar[dict[str, tuple[float, ...]]] = dict.fromkeys(("resolution", "width", "depth"), (0.5,))

    def __init__(self) -> None:
        canonical = np.array([SPACE.canonical(arch) for arch in SPACE.all()])
        self.params = 100.0 + 64 * (canonical == CONV1).sum(1) + 576 * (canonical == CONV3).sum(1)
        self.noise = np.random.default_rng(7).normal(size=(SPACE.size, 4))
        self.noise = self.noise[[SPACE.index(tuple(arch)) for arch in canonical.tolist()]]

    def table(self, metric: str, fidelity: Fidelity, seed: int | None = None) -> NDArray[np.float64]:
        if metric in ("params", "flops"):
            return self.params / (1.0 if metric == "params" else 1e4)
        if seed == 2 and fidelity.schedule == 3:
            raise Unmeasured("only two seeds were trained for 3 epochs.")
        noise = self.noise[:, 3 if seed is None else seed]
        accuracy = 50 + self.params / 100 + noise + fidelity.epochs * fidelity.data
        accuracy[SPACE.index(UNMEASURED)] = np.nan
        return accuracy if metric != "train_loss" else 100 - accuracy

    def measured_fidelities(self, metric: str) -> tuple[Fidelity, ...]:
        return self.fidelities

    def measured_seeds(self, metric: str, fidelity: Fidelity) -> tuple[int, ...]:
        return self.seeds[:2] if fidelity.schedule == 3 else self.seeds

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        row = SPACE.index(query.arch)
        values = {metric.name: float(self.table(metric.name, query.fidelity, seed)[row]) for metric in self.metrics}
        if np.isnan(values["valid_accuracy"]):
            raise Unmeasured("this cell was never trained")
        return Evaluation(values, 2.0 * query.fidelity.epochs * query.fidelity.data)


class Untabled(Benchmark):
    """A benchmark of which nothing is known but the data set."""

    name = "untabled"
    space = SPACE
    metrics = ()
    fidelities = FIDELITIES
    seeds = (0,)
    provenance: ClassVar[dict[str, str]] = {}
    dataset = "digits"

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        raise Unmeasured("nothing is measured")


@pytest.fixture(scope="module")
def synthetic() -> Synthetic:
    return Synthetic()


@pytest.fixture(scope="module")
def archs() -> list[Arch]:
    """Twelve cells: some at random, some that are degenerate."""
    rng = np.random.default_rng(0)
    drawn = [SPACE.sample(rng) for _ in range(7)]
    return [*drawn, DISCONNECTED, ALL_CONV3, (SKIP,) * 6, UNMEASURED, (CONV3, *(NONE,) * 5)]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other's threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make(name: str, benchmark: Benchmark, seed: int = 0, **hyper: Any) -> Proxy:
    """The proxy, taught where it learns."""
    item = registry.load("proxy", name)
    needed = SHORT if isinstance(item, type) and issubclass(item, Supernet) else NEEDED.get(name, {})
    proxy: Proxy = item(benchmark, seed=seed, **needed | hyper)
    if proxy.train and isinstance(benchmark, TabularBenchmark):
        known = SPACE.all()[: proxy.train]
        losses = -benchmark.table("valid_accuracy", benchmark.fidelities[-1], 0)[: proxy.train]
        proxy.fit(known, losses)
    return proxy


def test_the_proxies_are_found() -> None:
    expected = {"flops", "jacob_cov", "params", "random_forest", "reduced_data", "reduced_epochs", *ZERO_COST}
    assert expected <= set(PROXIES)


@pytest.mark.parametrize("name", PROXIES)
class TestContract:
    def test_constructor(self, name: str) -> None:
        benchmark, *hyper = inspect.signature(registry.load("proxy", name)).parameters.values()
        assert benchmark.name == "benchmark"
        own = [parameter for parameter in hyper if parameter.kind is not parameter.VAR_KEYWORD]
        assert {parameter.kind for parameter in own} == {inspect.Parameter.KEYWORD_ONLY}
        assert [parameter.name for parameter in own if parameter.default is inspect.Parameter.empty] == ["seed"]
        assert registry.options_of(registry.load("proxy", name)) is not None, "an experiment's options are checked"
        assert registry.load("proxy", name).__doc__

    def test_scores(self, name: str, synthetic: Synthetic, archs: list[Arch]) -> None:
        proxy = make(name, synthetic)
        scores = proxy.score(archs)
        assert isinstance(proxy, Proxy)
        assert scores.shape == (len(archs),)
        assert scores.dtype == np.float64
        assert not np.isinf(scores).any()
        assert np.isfinite(scores).sum() >= len(archs) - 2
        assert len(set(scores[np.isfinite(scores)])) > 1
        assert proxy.score([]).shape == (0,)

    def test_same_seed_same_scores_in_any_order(self, name: str, synthetic: Synthetic, archs: list[Arch]) -> None:
        first = make(name, synthetic, seed=1).score(archs)
        np.testing.assert_array_equal(make(name, synthetic, seed=1).score(archs[::-1]), first[::-1])

    def test_isomorphic_cells_score_the_same(self, name: str, synthetic: Synthetic) -> None:
        if name in AS_WRITTEN:
            return
        twins = [(NONE, SKIP, NONE, CONV3, CONV1, CONV1), (CONV1, CONV3, POOL, SKIP, NONE, NONE)]
        representatives = [SPACE.canonical(arch) for arch in twins]
        assert not set(twins) & set(representatives)
        proxy = make(name, synthetic)
        np.testing.assert_array_equal(proxy.score(twins), proxy.score(representatives))

    def test_nothing_global_changes(self, name: str, synthetic: Synthetic, archs: list[Arch]) -> None:
        def state() -> list[Any]:
            legacy = str(np.random.get_state())  # noqa: NPY002, the place in the row of numbers included
            torch_state = torch.get_rng_state().tolist()
            return [legacy, torch_state, torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled()]

        before = state()
        make(name, synthetic).score(archs[:3])
        assert state() == before

    def test_only_learners_learn(self, name: str, synthetic: Synthetic, archs: list[Arch]) -> None:
        proxy = make(name, synthetic)
        before = proxy.score(archs)
        proxy.fit(archs, np.arange(len(archs)) * 7.0)
        assert np.array_equal(proxy.score(archs), before, equal_nan=True) == (proxy.train == 0)


class TestCosts:
    @pytest.mark.parametrize("name", ["params", "flops"])
    def test_the_table_is_read(self, name: str, synthetic: Synthetic, archs: list[Arch]) -> None:
        column = synthetic.table(name, synthetic.fidelities[-1])
        np.testing.assert_array_equal(make(name, synthetic).score(archs), [column[SPACE.index(a)] for a in archs])

    @pytest.mark.parametrize(("name", "outside", "per_conv3"), [("params", 202, 592), ("flops", 1626e-6, 9216e-6)])
    def test_without_a_column_the_network_is_counted(self, name: str, outside: float, per_conv3: float) -> None:
        one_conv = (NONE, NONE, NONE, CONV3, NONE, NONE)
        scores = make(name, Untabled()).score([DISCONNECTED, one_conv, ALL_CONV3])
        assert scores == pytest.approx([outside, outside + 2 * per_conv3, outside + 12 * per_conv3])

    @pytest.mark.parametrize("name", ["params", "flops"])
    def test_neither_column_nor_data_set(self, name: str) -> None:
        benchmark = Untabled()
        benchmark.dataset = None
        with pytest.raises(BadValue, match=f"column of {name}, or with --classes"):
            make(name, benchmark)


class TestZeroCost:
    @pytest.mark.parametrize(("name", "score"), [
            ("grad_norm", 0.0), ("snip", 0.0), ("plain", 0.0), ("grasp", 0.0), ("fisher", 0.0),
            ("synflow", 0.0), ("log_synflow", np.nan), ("jacob_cov", np.nan), ("naswot", np.nan),
        ],
    )  # fmt: skip
    def test_cell_that_lets_nothing_through(self, name: str, score: float, synthetic: Synthetic) -> None:
        np.testing.assert_array_equal(make(name, synthetic).score([DISCONNECTED, (CONV3, *(NONE,) * 5)]), score)

    @pytest.mark.parametrize("name", ZERO_COST)
    def test_a_deep_cell_beats_a_linear_one(self, name: str, synthetic: Synthetic) -> None:
        deep, linear = make(name, synthetic).score([ALL_CONV3, (SKIP,) * 6])
        assert deep > linear

    @pytest.mark.parametrize("name", ZERO_COST)
    def test_seeds_differ(self, name: str, synthetic: Synthetic) -> None:
        scores = [make(name, synthetic, seed).score([ALL_CONV3]).item() for seed in (0, 1, 2)]
        assert len(set(scores)) == 3

    @pytest.mark.parametrize("name", ZERO_COST)
    def test_scored_without_gradients_around(self, name: str, synthetic: Synthetic) -> None:
        with torch.no_grad():
            assert np.isfinite(make(name, synthetic).score([ALL_CONV3])).all()

    @pytest.mark.parametrize("batch", [0, 1, 901, 64.5, "64"])
    def test_impossible_batch(self, batch: Any, synthetic: Synthetic) -> None:
        with pytest.raises(BadValue, match="give 2 to 900"):
            make("grad_norm", synthetic, batch=batch)

    def test_no_data_set(self) -> None:
        benchmark = Untabled()
        benchmark.dataset = None
        with pytest.raises(BadValue, match="untabled names no data set"):
            make("synflow", benchmark)


class TestReducedEpochs:
    @pytest.mark.parametrize(
        ("hyper", "fidelity"),
        [
            ({}, Fidelity(3, 12)),
            ({"schedule": "own"}, Fidelity(3, 3)),
            ({"epochs": 7}, Fidelity(7, 12)),
            ({"epochs": 12, "schedule": "own"}, Fidelity(12, 12)),
        ],
    )
    def test_fidelity(self, hyper: dict[str, Any], fidelity: Fidelity, synthetic: Synthetic) -> None:
        turn = 4 % len(synthetic.measured_seeds("valid_accuracy", fidelity))
        expected = synthetic.table("valid_accuracy", fidelity, turn)[SPACE.index(ALL_CONV3)]
        assert make("reduced_epochs", synthetic, seed=4, **hyper).score([ALL_CONV3]) == expected

    def test_a_loss_is_negated(self, synthetic: Synthetic) -> None:
        better, worse = make("reduced_epochs", synthetic, metric="train_loss").score([ALL_CONV3, DISCONNECTED])
        assert 0 > better > worse

    @pytest.mark.parametrize(("trial", "seed"), [(2, 2), ("mean", None), (None, 0)])
    def test_trial(self, trial: int | str | None, seed: int | None, synthetic: Synthetic) -> None:
        expected = synthetic.table("valid_accuracy", Fidelity(3, 12), seed)[SPACE.index(ALL_CONV3)]
        assert make("reduced_epochs", synthetic, seed=3, trial=trial).score([ALL_CONV3]) == expected

    def test_seconds_add_up(self, synthetic: Synthetic) -> None:
        proxy = make("reduced_epochs", synthetic)
        proxy.score([ALL_CONV3, UNMEASURED, DISCONNECTED])
        proxy.score([ALL_CONV3])
        assert proxy.spent == 3 * 6.0

    def test_unmeasured(self, synthetic: Synthetic) -> None:
        scores = make("reduced_epochs", synthetic).score([UNMEASURED, ALL_CONV3])
        assert np.isnan(scores).tolist() == [True, False]

    @pytest.mark.parametrize(
        ("hyper", "error", "message"),
        [
            ({"epochs": 13}, BadValue, r"no fidelity 13/12/1.0 .* give one of 1/3/0.25, .*12/12/1.0"),
            ({"epochs": 2, "schedule": "own"}, BadValue, "no fidelity 2/2/1.0"),
            ({"schedule": "long"}, BadValue, "truncated, own"),
            ({"trial": 5}, BadValue, "no trial 5; give one of 0, 1, 2, mean"),
            ({"metric": "valid_acuracy"}, UnknownName, "Did you mean 'valid_accuracy'"),
            ({"trial": 2, "schedule": "own"}, BadValue, "no trial 2; give one of 0, 1, mean"),
        ],
    )
    def test_mistakes(self, hyper: dict[str, Any], error: type[Exception], message: str, synthetic: Synthetic) -> None:
        with pytest.raises(error, match=message):
            make("reduced_epochs", synthetic, **hyper)

    def test_no_quarter_on_offer(self) -> None:
        benchmark = Synthetic()
        benchmark.fidelities = (Fidelity(200, 200),)
        with pytest.raises(BadValue, match=r"no fidelity 50/200/1.0 .* give one of 200/200/1.0"):
            make("reduced_epochs", benchmark)


class TestReducedData:
    def test_fidelity(self, synthetic: Synthetic) -> None:
        proxy = make("reduced_data", synthetic)
        expected = synthetic.table("valid_accuracy", Fidelity(12, 12, 0.25), 0)[SPACE.index(ALL_CONV3)]
        assert proxy.score([ALL_CONV3]) == expected
        assert proxy.spent == 2.0 * 12 * 0.25

    @pytest.mark.parametrize("data", [0.5, "half"])
    def test_unknown_fraction(self, data: Any, synthetic: Synthetic) -> None:
        with pytest.raises(BadValue, match=f"no fidelity 12/12/{data}"):
            make("reduced_data", synthetic, data=data)


class TestRandomForest:
    def test_it_learns(self, synthetic: Synthetic) -> None:
        unseen = slice(1000, 1200)
        scores = make("random_forest", synthetic).score(SPACE.all()[unseen])
        assert np.corrcoef(scores, synthetic.params[unseen])[0, 1] > 0.8

    @pytest.mark.parametrize("encoding", ["one_hot", "categorical"])
    def test_mean_and_deviation_over_trees(self, encoding: str, synthetic: Synthetic, archs: list[Arch]) -> None:
        proxy: Any = make("random_forest", synthetic, trees=10, train=30, encoding=encoding)
        mean, deviation = proxy.predict(archs)
        np.testing.assert_allclose(mean, proxy._forest.predict(proxy._encode(archs)))
        np.testing.assert_array_equal(proxy.score(archs), -mean)
        assert (deviation > 0).any()

    def test_seeds_differ(self, synthetic: Synthetic, archs: list[Arch]) -> None:
        first, second = (make("random_forest", synthetic, seed, train=30).score(archs) for seed in (0, 1))
        assert not np.array_equal(first, second)

    def test_failed_evaluations_teach_nothing(self, synthetic: Synthetic, archs: list[Arch]) -> None:
        scores = []
        for known, losses in ((archs[:6], [1.0, 2, 3, 4, 5, 6]), (archs[:8], [1.0, 2, 3, 4, 5, 6, np.inf, np.nan])):
            proxy: Proxy = registry.load("proxy", "random_forest")(synthetic, seed=0)
            proxy.fit(known, np.array(losses))
            scores.append(proxy.score(archs))
        np.testing.assert_array_equal(*scores)

    @pytest.mark.parametrize("hyper", [{"train": 1}, {"trees": 0}, {"trees": 2.5}])
    def test_mistakes(self, hyper: dict[str, Any], synthetic: Synthetic) -> None:
        with pytest.raises(BadValue, match="give"):
            registry.load("proxy", "random_forest")(synthetic, seed=0, **hyper)

    def test_nothing_learned(self, synthetic: Synthetic) -> None:
        proxy: Proxy = registry.load("proxy", "random_forest")(synthetic, seed=0)
        with pytest.raises(BadValue, match="learned nothing yet"):
            proxy.score([ALL_CONV3])
        with pytest.raises(BadValue, match="1 finite losses of 2"):
            proxy.fit([ALL_CONV3, DISCONNECTED], np.array([1.0, np.inf]))
        with pytest.raises(BadValue, match="one loss for each"):
            proxy.fit([ALL_CONV3, DISCONNECTED], np.array([1.0]))
