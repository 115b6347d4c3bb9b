"""What predictors look at, scores of other proxies included, and that each does what its library would."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kendalltau, norm, rankdata
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct, WhiteKernel
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from test_predictors_more import LEARNERS, NEEDS, QUICK, SPACE, Only, cells, losses_of, make

from harness import registry
from harness.core import Arch, Predictor, Proxy, SearchSpace
from harness.encodings import Encoder
from harness.errors import BadValue, UnknownName
from harness.live.reproducible import reproducible
from harness.spaces.nb101 import Nb101
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP, Nb201
from harness.spaces.transnas_micro import TransnasMicro
from proxies.predictors._features import Features
from proxies.predictors._library import library
from proxies.predictors._one_thread import one_thread
from proxies.predictors._scores import Scores
from proxies.predictors.gaussian_process import scored_rows
from tabular.benchmarks.digits201 import digits201
from tabular.table import Table

boosted = pytest.mark.parametrize("name", ["gradient_boosting", "lightgbm", "xgboost"])
optional = pytest.mark.parametrize("name", list(NEEDS))
TWINS = ((NONE, SKIP, NONE, CONV3, CONV1, CONV1), (CONV1, CONV3, POOL, SKIP, NONE, NONE))
"""Neither is the canonical one of its class."""


@pytest.fixture(scope="module")
def digits() -> Table:
    return digits201()


@pytest.fixture(scope="module")
def drawn(digits: Table) -> list[Arch]:
    """Canonical cells in random order."""
    rng = np.random.default_rng(1)
    every = SPACE.all()
    return [every[i] for i in rng.permutation(len(every)).tolist() if SPACE.canonical(every[i]) == every[i]][:700]


def values(table: Table, metric: str, archs: list[Arch], seed: int | None = None) -> NDArray[np.float64]:
    column = table.table(metric, table.fidelities[-1], seed)
    return np.array([column[SPACE.index(arch)] for arch in archs])


class Convolutions(Proxy):
    """A proxy of the user's own: counts 3x3 convolutions, decade by decade, and each cell costs a second."""

    fingerprint = "abc"

    def __init__(self, benchmark: Any, *, seed: int) -> None:
        self.seed = seed
        self.asked: list[Arch] = []

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        raise AssertionError("it does not learn")

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        self.asked += archs
        self.spent += len(archs)
        return np.array([10.0 ** (3 * arch.count(CONV3)) if any(arch) else np.nan for arch in archs])


class Wrong(Convolutions):
    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        return np.zeros(1)


class Replayed(Proxy):
    """Scores that were given to it."""

    def __init__(self, scores: Sequence[float]) -> None:
        self.scores = scores

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        raise AssertionError("it does not learn")

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        return np.array([self.scores[arch[0]] for arch in archs])


def positions(space: SearchSpace, archs: Sequence[Arch]) -> NDArray[np.float64]:
    """An encoding of the user's own."""
    return np.array(archs, dtype=float).reshape(len(archs), 6)[:, :2]


def columns(scores: Sequence[float], learned: int | None = None) -> NDArray[np.float64]:
    """The columns of these scores where the first `learned` of them are learned from."""
    archs = [(i,) for i in range(len(scores))]
    made = Scores(Replayed(scores))
    made.learn(archs[:learned])
    return made.rows(archs)


class TestScores:
    def test_they_are_normal_scores_of_ranks(self) -> None:
        scores = [3.0, -1e9, 5.0, 1e-9, 3.0]
        expected = norm.ppf((rankdata(scores) - 0.5) / 5)
        np.testing.assert_allclose(columns(scores), np.stack([expected, np.zeros(5)], axis=1))

    def test_no_unit_matters(self) -> None:
        scores = np.random.default_rng(0).normal(size=20)
        np.testing.assert_array_equal(columns(list(scores)), columns(list(np.exp(40 * scores))))

    def test_what_was_not_learned_from_lies_between_and_never_beyond(self) -> None:
        normal = columns([0.0, 2.0, 10.0, 1.0, -5.0, 99.0], learned=3)[:, 0]
        assert normal[3] == pytest.approx((normal[0] + normal[1]) / 2)
        assert (normal[4], normal[5]) == (normal[0], normal[2])

    def test_no_score_is_the_middle_and_said_so(self) -> None:
        made = columns([1.0, np.nan, 2.0, 3.0])
        assert made[1].tolist() == [0, 1]
        np.testing.assert_allclose(made[[0, 2, 3]], columns([1.0, 2.0, 3.0]))

    @pytest.mark.parametrize("scores", [[np.nan, np.nan], [4.0, 4.0]])
    def test_nothing_to_tell_apart(self, scores: list[float]) -> None:
        assert columns([*scores, 7.0], learned=2)[:, 0].tolist() == [0, 0, 0]

    def test_infinite_scores_have_ranks(self) -> None:
        made = columns([-np.inf, 0.0, np.inf, 1.0, -7.0, 9.0], learned=4)
        assert not made[:, 1].any()
        np.testing.assert_allclose(made[:, 0], norm.ppf(np.array([0.5, 1.5, 3.5, 2.5, 1.5, 2.5]) / 4))
        assert np.isfinite(columns([-np.inf, np.inf, 0.0], learned=2)).all()

    def test_what_was_learned_before_is_forgotten(self) -> None:
        made = Scores(Replayed([1.0, 2.0, np.nan]))
        made.learn([(0,), (1,)])
        assert made.rows([(0,), (1,)])[:, 0].all()
        made.learn([(2,)])
        assert not made.rows([(0,), (1,)]).any()


class TestFeatures:
    def test_parts_stand_side_by_side(self, digits: Table, drawn: list[Arch]) -> None:
        features = Features(digits, "one_hot + params+path", seed=0)
        features.learn(drawn[:50])
        rows = features.rows(drawn[:50])
        np.testing.assert_array_equal(rows[:, :30], Encoder(SPACE, "one_hot").rows(drawn[:50]))
        np.testing.assert_array_equal(rows[:, 32:], Encoder(SPACE, "path").rows(drawn[:50]))
        ranks = rankdata(values(digits, "params", drawn[:50]))
        np.testing.assert_allclose(rows[:, 30], norm.ppf((ranks - 0.5) / 50))
        assert not rows[:, 31].any()
        assert features.parts == [(slice(0, 30), False), (slice(30, 32), True), (slice(32, 116), False)]
        assert features.rows([]).shape == (0, 116)

    def test_distinct_rows_do_not_depend_on_the_order(self, digits: Table, drawn: list[Arch]) -> None:
        features, archs = Features(digits, "wl+params", seed=0), [*drawn[:9], *TWINS, drawn[2]]
        features.learn(archs)
        rows, places = features.distinct(archs)
        np.testing.assert_array_equal(rows, features.distinct(archs[::-1])[0])
        np.testing.assert_array_equal(rows[places], features.rows(archs))
        assert len(rows) == 11

    def test_a_proxy_scores_each_canonical_cell_once_and_its_seconds_are_spent(self, digits: Table) -> None:
        predictor: Any = registry.load("proxy", "ridge")(digits, seed=3, encoding="test_predictors:Convolutions")
        (scores,) = predictor._features._parts
        assert (scores._proxy.seed, predictor.spent, predictor.fingerprint) == (3, 0, "abc")
        archs = cells(20, seed=2)
        predictor.fit([*archs, TWINS[0]], np.append(losses_of(archs), np.nan))
        assert predictor.spent == len(set(archs))
        predictor.predict([*archs, *TWINS])
        predictor.fit(TWINS, np.array([1.0, 2.0]))
        assert scores._proxy.asked == [*dict.fromkeys(archs), *sorted(SPACE.canonical(arch) for arch in TWINS)]
        assert predictor.spent == len(set(archs)) + 2

    def test_a_second_fit_scales_anew(self, digits: Table) -> None:
        again, fresh = (
            registry.load("proxy", "ridge")(digits, seed=0, encoding="one_hot+test_predictors:Convolutions")
            for _ in range(2)
        )
        again.fit(cells(9, seed=5), np.arange(9.0))
        for predictor in (again, fresh):
            predictor.fit(cells(30), losses_of(cells(30)))
        np.testing.assert_array_equal(again.predict(cells(9)), fresh.predict(cells(9)))

    def test_an_encoding_of_the_users_own(self) -> None:
        features = Features(Only(SPACE), "test_predictors:positions+one_hot", seed=0)  # type: ignore[arg-type]
        assert features.rows([(4, 3, 2, 1, 1, 4)])[0, :3].tolist() == [4, 3, 0]

    @pytest.mark.parametrize(
        ("encoding", "error", "message"),
        [
            ("one_hot+synflw", UnknownName, r"no encoding or proxy is called 'synflw'. Did you mean 'synflow'\?.*wl"),
            ("one_hot+", UnknownName, "no encoding or proxy is called ''"),
            ("one_hot+random_forest", BadValue, "random_forest has to learn first: give a proxy that scores without"),
            ("one_hot+params+one_hot", BadValue, "names one_hot twice"),
            (3, BadValue, r"encoding = 3 cannot be used: give names joined by \+"),
        ],
    )
    def test_mistakes(self, encoding: Any, error: type[Exception], message: str, digits: Table) -> None:
        with pytest.raises(error, match=message):
            registry.load("proxy", "ridge")(digits, seed=0, encoding=encoding)

    @pytest.mark.parametrize("proxy", ["params", "synflow", "reduced_epochs", "test_predictors:Convolutions"])
    def test_a_search_has_no_scores(self, proxy: str) -> None:
        with pytest.raises(BadValue, match=f"encoding = 'wl.{proxy}': {proxy} scores .* encodings only, such as adj"):
            make("ridge", encoding=f"wl+{proxy}")

    def test_a_proxy_gives_one_score_each(self, digits: Table) -> None:
        predictor = registry.load("proxy", "ridge")(digits, seed=0, encoding="test_predictors:Wrong")
        with pytest.raises(BadValue, match=r"scores of shape \(1,\) for 2 architectures"):
            predictor.fit([(1,) * 6, (2,) * 6], np.array([1.0, 2.0]))


def taught(name: str, digits: Table, archs: list[Arch], **hyper: Any) -> Predictor:
    predictor: Predictor = registry.load("proxy", name)(digits, seed=0, **{**QUICK.get(name, {}), **hyper})
    predictor.fit(archs, -values(digits, "valid_accuracy", archs, 0))
    return predictor


def tau(predictor: Predictor, digits: Table, archs: list[Arch]) -> float:
    return float(kendalltau(predictor.score(archs), values(digits, "test_accuracy", archs))[0])


@pytest.mark.parametrize("name", LEARNERS)
class TestOnDigits:
    def test_more_cells_teach_more(self, name: str, digits: Table, drawn: list[Arch]) -> None:
        unseen = drawn[300:]
        few, many = (tau(taught(name, digits, drawn[:n]), digits, unseen) for n in (10, 300))
        assert 0.1 < few < 0.5
        assert many > max(0.64, few + 0.2)

    def test_scores_help(self, name: str, digits: Table, drawn: list[Arch]) -> None:
        unseen = drawn[300:]
        alone, both = (
            tau(taught(name, digits, drawn[:60], encoding=encoding), digits, unseen)
            for encoding in ("one_hot", "one_hot+params+flops")
        )
        assert both > alone + 0.03
        only = taught(name, digits, drawn[:60], encoding="params")
        assert tau(only, digits, unseen) > 0.45
        np.testing.assert_array_equal(only.predict(TWINS), only.predict([SPACE.canonical(arch) for arch in TWINS]))


def test_zero_cost_scores_beside_an_encoding(digits: Table) -> None:
    archs: list[Arch] = [(NONE,) * 6, (CONV3,) * 6, (SKIP,) * 6, TWINS[0]]
    with reproducible():
        predictor: Any = taught("random_forest", digits, archs, encoding="one_hot+jacob_cov", trees=10)
        scores = registry.load("proxy", "jacob_cov")(digits, seed=0).score(archs)
    assert np.isnan(scores).any()
    rows = predictor._encode(archs)
    np.testing.assert_array_equal(rows[:, 31], np.isnan(scores))
    defined = ~np.isnan(scores)
    np.testing.assert_array_equal(rankdata(rows[defined, 30]), rankdata(scores[defined]))
    assert np.isfinite(predictor.predict(archs)).all()


class TestUncertainty:
    """On digits201 losses spread by some 17 percent points."""

    @pytest.mark.parametrize("name", ["knn", "mlp", "ridge"])
    def test_deviations_are_as_large_as_errors(self, name: str, digits: Table, drawn: list[Arch]) -> None:
        mean, std = taught(name, digits, drawn[:200]).predict(drawn[300:])
        errors = mean + values(digits, "valid_accuracy", drawn[300:], 0)
        assert 0.6 < std.mean() / np.sqrt((errors**2).mean()) < 1.6
        assert (np.abs(errors) < 2 * std).mean() > 0.85

    @pytest.mark.parametrize(
        "name", [parameter for parameter in LEARNERS if parameter.values[0] not in ("bayesian_linear", "mlp", "ridge")]
    )
    def test_the_surer_the_closer(self, name: str, digits: Table, drawn: list[Arch]) -> None:
        mean, std = taught(name, digits, drawn[:200]).predict(drawn[300:])
        errors = np.abs(mean + values(digits, "valid_accuracy", drawn[300:], 0))
        assert kendalltau(std, errors)[0] > 0.05

    @pytest.mark.parametrize("name", ["gradient_boosting", "knn", "mlp", "ridge"])
    def test_nothing_is_certain(self, name: str) -> None:
        predictor = make(name)
        predictor.fit([(CONV3,) * 6] * 30, np.repeat([1.0, 3.0], 15))
        assert predictor.predict([(CONV3,) * 6])[1] >= 0.01
        predictor.fit(cells(30), np.full(30, 5.0))
        mean, std = predictor.predict(cells(5, seed=1))
        np.testing.assert_allclose(mean, 5, atol=0.001)
        np.testing.assert_allclose(std, 0.01, rtol=0.5)


def rows_and_losses(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n, 4))
    return rows, 30 + 5 * rows[:, 0] - 3 * rows[:, 1] * rows[:, 2] + rng.normal(size=n)


def believed(
    predictor: Any, rows: NDArray[np.float64], losses: NDArray[np.float64], queries: NDArray[np.float64]
) -> Any:
    with one_thread():
        predictor._learn(rows, losses)
        return predictor._believe(queries)


class TestAgainstTheLibraries:
    def test_ridge(self) -> None:
        rows, losses = rows_and_losses(60)
        predictor: Any = make("ridge")
        mean, std = believed(predictor, rows[:40], losses[:40], rows[40:])
        spread = losses[:40].std()
        direct = RidgeCV(np.logspace(-2, 3, 11)).fit(rows[:40], losses[:40])
        np.testing.assert_allclose(mean, direct.predict(rows[40:]))
        # the same belief as a Gaussian process: a constant of any size, and weights of variance noise / penalty
        noise, penalty = predictor._noise, predictor._model.alpha_
        kernel = ConstantKernel(1e6) + ConstantKernel(noise / penalty) * DotProduct(0, "fixed") + WhiteKernel(noise)
        process = GaussianProcessRegressor(kernel, alpha=0, optimizer=None)
        process.fit(rows[:40] - rows[:40].mean(0), (losses[:40] - losses[:40].mean()) / spread)
        expected = process.predict(rows[40:] - rows[:40].mean(0), return_std=True)[1]
        np.testing.assert_allclose(std, spread * expected, rtol=1e-4)

    def test_noise_of_ridge_is_that_of_least_squares_where_nothing_is_penalised(self) -> None:
        rng = np.random.default_rng(1)
        rows = rng.normal(size=(30, 4))
        losses = rows @ [3.0, 1, 0, 2] + 0.2 * rng.normal(size=30)
        std = believed(make("ridge"), rows, losses, rows.mean(0, keepdims=True))[1]
        residuals = losses - LinearRegression().fit(rows, losses).predict(rows)
        np.testing.assert_allclose(std, np.sqrt((residuals**2).sum() / (30 - 5) * (1 + 1 / 30)), rtol=2e-3)

    def test_knn(self) -> None:
        rows, losses = rows_and_losses(80)
        queries = np.concatenate([rows[50:], rows[:3]])
        direct = KNeighborsRegressor(10, weights=lambda distance: 1 / np.maximum(distance, 1e-9) ** 2)
        direct.fit(rows[:50], losses[:50])
        mean, std = believed(make("knn"), rows[:50], losses[:50], queries)
        np.testing.assert_allclose(mean, direct.predict(queries), rtol=1e-6)
        near = losses[direct.kneighbors(queries)[1]]
        np.testing.assert_allclose(std, np.sqrt(((near - mean[:, None]) ** 2).mean(1)), rtol=1e-6)

    def test_knn_counts_all_that_are_as_near(self) -> None:
        rows = np.array([[0.0], [1.0], [-1.0], [2.0], [2.0], [-2.0]])
        mean, std = believed(make("knn", neighbors=2), rows[1:], np.array([1.0, 2.0, 50.0, 60.0, 70.0]), rows[:1])
        assert (mean.item(), std.item()) == (pytest.approx(1.5), pytest.approx(0.5))
        mean, _ = believed(make("knn", neighbors=3), rows[1:], np.array([1.0, 2.0, 50.0, 60.0, 70.0]), rows[:1])
        assert mean.item() == pytest.approx((1 + 2 + (50 + 60 + 70) / 4) / (2 + 3 / 4))

    def test_knn_compares_some_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows, losses = rows_and_losses(80)
        whole = believed(make("knn"), rows, losses, rows + 0.1)
        monkeypatch.setattr("proxies.predictors.knn.AT_ONCE", 7)
        np.testing.assert_allclose(believed(make("knn"), rows, losses, rows + 0.1), whole)

    @boosted
    def test_boosted_is_mean_and_deviation_of_its_members(self, name: str) -> None:
        pytest.importorskip(NEEDS.get(name, "sklearn"))
        rows, losses = rows_and_losses(90)
        predictor: Any = make(name, members=3, trees=30, leaves=5, rate=0.2)
        constant = np.ones((90, 1))
        mean, std = believed(predictor, np.hstack([constant, rows])[:60], losses[:60], np.hstack([constant, rows])[60:])
        center, spread = losses[:60].mean(), losses[:60].std()
        scaled = np.round(
            (losses[:60] - center) / spread, 9
        )  # splits of the same gain would be split by the last digit
        answers = np.stack([DIRECT[name](rows[:60], scaled, seed)(rows[60:]) for seed in predictor._seeds])
        np.testing.assert_allclose(mean, center + spread * answers.mean(0), rtol=1e-6)
        np.testing.assert_allclose(std, np.maximum(spread * answers.std(0, ddof=1), 0.01 * spread), rtol=1e-3)
        other: Any = make(name, members=3, seed=1)
        assert len({*predictor._seeds, *other._seeds}) == 6

    def test_mlp(self) -> None:
        rows, losses = rows_and_losses(90)
        predictor: Any = make("mlp", layers=2, width=8, steps=30, decay=0.5, seed=5)
        mean, std = believed(predictor, rows[:60], losses[:60], rows[60:])
        center, spread = losses[:60].mean(), losses[:60].std()
        direct = MLPRegressor(hidden_layer_sizes=(8, 8), solver="lbfgs", alpha=0.5, max_iter=30, random_state=5)
        with one_thread(), pytest.warns(match="lbfgs failed to converge"):
            direct.fit(rows[:60], np.round((losses[:60] - center) / spread, 9))
        np.testing.assert_allclose(mean, center + spread * direct.predict(rows[60:]), rtol=1e-6)
        assert len(set(std)) == 1
        assert 0.5 < std[0] / np.sqrt(((mean - losses[60:]) ** 2).mean()) < 2
        seen = believed(predictor, rows[:60], losses[:60], rows[:60])[0] - losses[:60]
        assert std[0] > 1.2 * np.sqrt((seen**2).mean())


def _sklearn(rows: NDArray[np.float64], losses: NDArray[np.float64], seed: int) -> Callable[..., Any]:
    model = GradientBoostingRegressor(
        learning_rate=0.2,
        n_estimators=30,
        max_leaf_nodes=5,
        max_depth=None,
        subsample=0.7,
        max_features=0.5,
        random_state=seed,
    )
    predict: Callable[..., Any] = model.fit(rows, losses).predict
    return predict


def _lightgbm(rows: NDArray[np.float64], losses: NDArray[np.float64], seed: int) -> Callable[..., Any]:
    model = library("lightgbm").LGBMRegressor(
        learning_rate=0.2,
        n_estimators=30,
        num_leaves=5,
        min_child_samples=2,
        subsample=0.7,
        subsample_freq=1,
        feature_fraction_bynode=0.5,
        min_data_in_bin=1,
        feature_pre_filter=False,
        deterministic=True,
        force_col_wise=True,
        random_state=seed,
        verbosity=-1,
        n_jobs=1,
        min_child_weight=1e-3,
    )
    fitted = model.fit(rows, losses).booster_
    predict: Callable[..., Any] = fitted.predict
    return predict


def _xgboost(rows: NDArray[np.float64], losses: NDArray[np.float64], seed: int) -> Callable[..., Any]:
    model = library("xgboost").XGBRegressor(
        learning_rate=0.2,
        n_estimators=30,
        max_leaves=5,
        max_depth=0,
        grow_policy="lossguide",
        tree_method="hist",
        subsample=0.7,
        colsample_bynode=0.5,
        random_state=seed,
        n_jobs=1,
    )
    predict: Callable[..., Any] = model.fit(rows, losses).predict
    return predict


DIRECT = {"gradient_boosting": _sklearn, "lightgbm": _lightgbm, "xgboost": _xgboost}

ELSEWHERE = """
import json, os, sys
import numpy as np
from test_predictors_more import make, cells, losses_of

def threads():
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0

answers, grown = [], []
for name in sys.argv[1:]:
    predictor = make(name, seed=11)
    before = threads()
    predictor.fit(cells(60), losses_of(cells(60)))
    answers.append(np.stack(predictor.predict(cells(9, seed=1))).tolist())
    grown.append(threads() - before)
print(json.dumps([answers, grown]))
"""


class TestLibraries:
    @optional
    def test_says_how_to_get_a_missing_one(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, NEEDS[name], None)
        with pytest.raises(BadValue, match=rf"^{name} is not installed: pip install 'nasgauge\[predictors\]'$"):
            make(name)

    @optional
    def test_names_what_it_needs(self, name: str) -> None:
        item = registry.load("proxy", name)
        assert list(sys.modules[item.__module__].NEEDS) == [NEEDS[name]]

    def test_a_broken_one_is_not_called_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "broken_trees.py").write_text("import no_such_module\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        with pytest.raises(ModuleNotFoundError, match="no_such_module"):
            library("broken_trees")

    @optional
    def test_they_say_nothing(self, name: str, capfd: pytest.CaptureFixture[str]) -> None:
        pytest.importorskip(NEEDS[name])
        predictor = make(name)
        for n in (2, 30):
            predictor.fit([(SKIP,) * 6, *cells(n - 1)], np.ones(n))
            predictor.predict(cells(3))
        assert capfd.readouterr() == ("", "")

    def test_the_same_on_one_thread_in_another_process_of_any_number(self) -> None:
        names = [
            name for name in ("gradient_boosting", "knn", "mlp", "ridge", *NEEDS) if find_spec(NEEDS.get(name, "os"))
        ]
        path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        env = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": path, "OMP_NUM_THREADS": "3"}
        run = [sys.executable, "-W", "error", "-c", ELSEWHERE, *names]
        answers, grown = json.loads(subprocess.run(run, env=env, capture_output=True, text=True, check=True).stdout)
        assert grown == [0] * len(names)
        for name, answer in zip(names, answers, strict=True):
            predictor = make(name, seed=11)
            predictor.fit(cells(60), losses_of(cells(60)))
            np.testing.assert_array_equal(np.stack(predictor.predict(cells(9, seed=1))), answer)


class TestGaussianProcessOfParts:
    def test_scores_are_points_on_a_quarter_of_a_circle(self) -> None:
        rows = scored_rows(np.array([[-9.0, 0.0], [9.0, 0.0], [0.0, 0.0], [0.0, 1.0]]))
        np.testing.assert_allclose(rows, [[1, 0, 0], [0, 1, 0], [0.5**0.5, 0.5**0.5, 0], [0, 0, 1]], atol=1e-9)

    def test_all_parts_have_the_same_length(self, digits: Table, drawn: list[Arch]) -> None:
        predictor: Any = taught("gaussian_process", digits, drawn[:20], encoding="wl+params+one_hot")
        rows = predictor._unit_rows(predictor._encode(drawn[:20]))
        np.testing.assert_allclose((rows**2).sum(1), 1)
        for part in (slice(0, 1025), slice(1025, 1028), slice(1028, 1059)):
            np.testing.assert_allclose((rows[:, part] ** 2).sum(1), 1 / 3)


class TestTruncatedPath:
    @pytest.mark.parametrize(("space", "kept"), [(Nb101(), 13), (Nb201(), 20), (TransnasMicro(), 12)])
    def test_it_is_the_beginning_of_path(self, space: SearchSpace, kept: int) -> None:
        rng = np.random.default_rng(0)
        archs = [space.sample(rng) for _ in range(40)]
        short, whole = (registry.load("encoding", name)(space, archs) for name in ("truncated_path", "path"))
        assert short.shape == (40, kept)
        np.testing.assert_array_equal(short, whole[:, :kept])
        assert short.any(0).mean() > 0.6

    def test_paths_of_three_operations_are_cut(self) -> None:
        encode = registry.load("encoding", "truncated_path")
        assert not encode(SPACE, [(CONV3, NONE, CONV3, NONE, NONE, CONV3)]).any()
        assert encode(SPACE, [(CONV3, NONE, NONE, NONE, CONV1, NONE)])[0].nonzero()[0].tolist() == [
            4 + (CONV3 - 1) * 4 + (CONV1 - 1)
        ]

    def test_what_is_cut_is_rare(self) -> None:
        cut = registry.load("encoding", "path")(SPACE, SPACE.all())[:, 20:]
        assert 0 < cut.mean(0).max() < 0.01
