"""What each predictor makes of what it has learned; that they are proxies is tested with the others."""

from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from toy_problem import Grid

from harness import registry
from harness.core import Arch, Predictor, SearchSpace
from harness.errors import BadValue, UnknownName
from harness.spaces.nb201 import CONV3, Nb201
from proxies.predictors._learner import scale_of
from proxies.predictors._networks import Networks
from proxies.predictors.bayesian_linear import Posterior
from proxies.predictors.gaussian_process import LENGTHSCALES, NOISES, squared_distances, unit_rows

NEEDS = {"lightgbm": "lightgbm", "xgboost": "xgboost"}
"""The libraries that are not always there."""

LEARNERS = [
    pytest.param(name, marks=pytest.mark.skipif(find_spec(NEEDS.get(name, "sklearn")) is None, reason="not installed"))
    for name in (
        "bayesian_linear",
        "gaussian_process",
        "gradient_boosting",
        "knn",
        "lightgbm",
        "mlp",
        "mlp_ensemble",
        "random_forest",
        "ridge",
        "xgboost",
    )
]
QUICK = {"gradient_boosting": {"trees": 40, "members": 3}, "mlp": {"width": 32}}
"""Settings for those that take longest to learn."""

SPACE = Nb201()


class Only(NamedTuple):
    """All that a predictor may use of a benchmark or of a problem."""

    space: SearchSpace


def make(name: str, space: SearchSpace = SPACE, seed: int = 0, **hyper: Any) -> Predictor:
    predictor: Predictor = registry.load("proxy", name)(Only(space), seed=seed, **{**QUICK.get(name, {}), **hyper})
    return predictor


def cells(n: int, seed: int = 0) -> list[Arch]:
    rng = np.random.default_rng(seed)
    return [SPACE.canonical(SPACE.sample(rng)) for _ in range(n)]


def losses_of(archs: list[Arch]) -> np.ndarray:
    return np.array([50.0 - 3 * arch.count(CONV3) - 2 * (arch[3] != 0) for arch in archs])


@pytest.mark.parametrize("name", LEARNERS)
class TestEvery:
    @pytest.mark.parametrize("encoding", ["one_hot", "path", "wl", "adjacency"])
    def test_it_learns(self, name: str, encoding: str) -> None:
        predictor = make(name, encoding=encoding)
        predictor.fit(cells(150), losses_of(cells(150)))
        unseen = cells(100, seed=1)
        mean, std = predictor.predict(unseen)
        assert np.corrcoef(mean, losses_of(unseen))[0, 1] > 0.65
        assert abs(mean.mean() - losses_of(unseen).mean()) < 1
        assert (std >= 0).all()
        assert 0 < std.mean() < 6

    def test_losses_may_have_any_unit(self, name: str) -> None:
        archs, unseen = cells(40), cells(20, seed=1)
        one, other = make(name), make(name)
        one.fit(archs, losses_of(archs))
        other.fit(archs, 1024 * losses_of(archs) + 4096)
        for single, scaled, offset in zip(one.predict(unseen), other.predict(unseen), (4096, 0), strict=True):
            np.testing.assert_allclose(scaled, 1024 * single + offset, rtol=1e-6)

    def test_the_seed_decides_and_a_second_fit_forgets_the_first(self, name: str) -> None:
        archs, unseen = cells(30), cells(20, seed=1)
        first, again = make(name, seed=3), make(name, seed=3)
        first.fit(archs, losses_of(archs))
        again.fit(cells(25, seed=2), np.arange(25.0))
        again.fit(archs, losses_of(archs))
        np.testing.assert_array_equal(first.predict(unseen), again.predict(unseen))

    @pytest.mark.parametrize("losses", [[1.0, 1.0], [1.0, 2.0], [5.0, 5.0, 5.0, np.inf]])
    def test_little_to_learn_from(self, name: str, losses: list[float]) -> None:
        predictor = make(name, Grid())
        predictor.fit([(0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 0, 0)][: len(losses)], np.array(losses))
        mean, std = predictor.predict([(0, 0, 0), (3, 2, 4)])
        assert np.isfinite([mean, std]).all()
        assert mean.min() > -1
        assert mean.max() < 7

    def test_one_architecture_may_come_twice(self, name: str) -> None:
        predictor = make(name, Grid())
        predictor.fit([(0, 0, 0), (0, 0, 0), (1, 1, 1)], np.array([1.0, 2.0, 3.0]))
        assert np.isfinite(predictor.predict([(0, 0, 0)])).all()

    def test_failures_teach_nothing(self, name: str) -> None:
        archs, unseen = cells(12), cells(5, seed=1)
        one, other = make(name), make(name)
        one.fit(archs[:10], losses_of(archs[:10]))
        other.fit(archs, np.append(losses_of(archs[:10]), [np.inf, np.nan]))
        np.testing.assert_array_equal(one.predict(unseen), other.predict(unseen))

    def test_mistakes(self, name: str) -> None:
        with pytest.raises(BadValue, match="train = 1 cannot be used: give a whole number from 2 up"):
            make(name, train=1)
        with pytest.raises(UnknownName, match="Did you mean 'path'"):
            make(name, encoding="pth")
        with pytest.raises(BadValue, match="not known as graphs"):
            make(name, Grid(), encoding="path")
        predictor = make(name)
        with pytest.raises(BadValue, match="learned nothing yet"):
            predictor.predict(cells(1))
        with pytest.raises(BadValue, match="one loss for each"):
            predictor.fit(cells(2), np.array([1.0]))
        with pytest.raises(BadValue, match="1 finite losses of 2: give at least 2"):
            predictor.fit(cells(2), np.array([1.0, np.inf]))


BAD = [
    ("gaussian_process", {"kernel": "rbf"}, "kernel = 'rbf' .* matern, linear"),
    ("mlp_ensemble", {"networks": 1}, "networks = 1 .* from 2 up"),
    ("mlp_ensemble", {"layers": 0}, "layers = 0"),
    ("mlp_ensemble", {"width": 0.5}, "width = 0.5"),
    ("mlp_ensemble", {"epochs": True}, "epochs = True"),
    ("bayesian_linear", {"layers": "3"}, "layers = '3'"),
    ("bayesian_linear", {"width": 0}, "width = 0"),
    ("bayesian_linear", {"epochs": -1}, "epochs = -1"),
    ("gradient_boosting", {"members": 1}, "members = 1 .* from 2 up"),
    ("gradient_boosting", {"trees": 0}, "trees = 0"),
    ("gradient_boosting", {"leaves": 1}, "leaves = 1 .* from 2 up"),
    ("gradient_boosting", {"rate": 0}, "rate = 0 .* above 0 and at most 1"),
    ("gradient_boosting", {"rate": 1.5}, "rate = 1.5"),
    ("gradient_boosting", {"rate": float("nan")}, "rate = nan"),
    ("gradient_boosting", {"rate": "0.1"}, "rate = '0.1'"),
    ("gradient_boosting", {"rate": True}, "rate = True"),
    ("knn", {"neighbors": 0}, "neighbors = 0 .* from 1 up"),
    ("mlp", {"layers": 0}, "layers = 0"),
    ("mlp", {"width": 2.5}, "width = 2.5"),
    ("mlp", {"steps": 0}, "steps = 0"),
    ("mlp", {"decay": -1}, "decay = -1 .* at least 0"),
    ("mlp", {"decay": float("inf")}, "decay = inf"),
    ("mlp", {"decay": "3"}, "decay = '3'"),
]


@pytest.mark.parametrize(("name", "hyper", "message"), BAD)
def test_refuses_bad_values(name: str, hyper: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        make(name, **hyper)


class TestGaussianProcess:
    @pytest.mark.parametrize("kernel", ["matern", "linear"])
    def test_agrees_with_sklearn(self, kernel: str) -> None:
        archs, unseen = cells(40), cells(30, seed=1)
        losses = losses_of(archs) + np.random.default_rng(0).normal(size=40)
        predictor: Any = make("gaussian_process", kernel=kernel, encoding="wl")
        predictor.fit(archs, losses)
        rows, queries = (unit_rows(predictor._encode(some)) for some in (archs, unseen))
        chosen, (center, spread) = predictor._chosen, scale_of(losses)
        y = (losses - center) / spread
        if kernel == "linear":
            prior, own, cross = rows @ rows.T, np.ones(30), queries @ rows.T
        else:
            matern = Matern(chosen.lengthscale * predictor._unit, nu=2.5)
            prior, own, cross = matern(rows), matern.diag(queries), matern(queries, rows)
        noise = (chosen.cholesky @ chosen.cholesky.T - prior)[0, 0]
        inverse = np.linalg.inv(prior + noise * np.eye(40))
        mean, std = predictor.predict(unseen)
        np.testing.assert_allclose(mean, center + spread * cross @ inverse @ y, rtol=1e-7)
        variance = chosen.signal * (own - np.einsum("ij,jk,ik->i", cross, inverse, cross))
        np.testing.assert_allclose(std, spread * np.sqrt(np.maximum(variance, 0)), rtol=1e-5, atol=1e-6)
        assert chosen.signal == pytest.approx(y @ inverse @ y / 40)

    def test_evidence_is_that_of_sklearn_and_the_best_of_the_grid(self) -> None:
        archs = cells(30)
        losses = losses_of(archs) + np.random.default_rng(1).normal(size=30)
        predictor: Any = make("gaussian_process")
        predictor.fit(archs, losses)
        chosen, rows = predictor._chosen, unit_rows(predictor._encode(archs))
        y = (losses - losses.mean()) / losses.std()

        def evidence(lengthscale: float, signal: float, noise: float) -> float:
            kernel = ConstantKernel(signal) * Matern(lengthscale * predictor._unit, nu=2.5) + WhiteKernel(
                signal * noise
            )
            regression = GaussianProcessRegressor(kernel, alpha=0, optimizer=None).fit(rows, y)
            return float(regression.log_marginal_likelihood_value_)

        noise = (chosen.cholesky @ chosen.cholesky.T)[0, 0] - 1
        assert evidence(chosen.lengthscale, chosen.signal, noise) == pytest.approx(chosen.evidence, abs=1e-6)
        assert evidence(chosen.lengthscale, 1.1 * chosen.signal, noise) < chosen.evidence
        assert evidence(chosen.lengthscale, chosen.signal / 1.1, noise) < chosen.evidence
        others = [other for other in NOISES if not np.isclose(other, noise)]
        assert len(others) == len(NOISES) - 1
        assert all(evidence(chosen.lengthscale, chosen.signal, other) < chosen.evidence for other in others)
        assert chosen.lengthscale in LENGTHSCALES

    def test_it_is_surer_where_it_has_seen(self) -> None:
        predictor = make("gaussian_process", Grid((6, 6)))
        seen = [(a, b) for a in range(3) for b in range(3)]
        predictor.fit(seen, np.array([float(a + b) for a, b in seen]))
        mean, std = predictor.predict([(1, 1), (5, 5)])
        assert std[1] > 5 * std[0]
        assert abs(mean[0] - 2) < 0.1

    def test_rows_of_length_one(self) -> None:
        rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 2.0]]))
        np.testing.assert_allclose((rows**2).sum(1), 1)
        np.testing.assert_allclose(squared_distances(rows, rows)[1], [2, 0, 2])
        np.testing.assert_allclose(squared_distances(rows, rows)[0, 2], 2 - 2 * 0.8)


class TestNetworks:
    @pytest.mark.parametrize("activation", ["relu", "tanh"])
    @pytest.mark.parametrize("absolute", [False, True])
    def test_gradient(self, activation: Any, absolute: bool) -> None:
        rng = np.random.default_rng(0)
        networks = Networks(4, (5, 3), 2, activation, rng)
        rows, losses = rng.normal(size=(7, 4)), rng.normal(size=7)

        def error() -> float:
            gap = networks.outputs(rows) - losses
            return float((np.abs(gap) if absolute else gap**2).mean(1).sum())

        slope = networks.outputs(rows)[..., None] - losses[:, None]
        networks._backward(networks._hidden(rows), (np.sign(slope) if absolute else 2 * slope) / 7)
        gradient, numeric = networks._gradient.copy(), np.zeros_like(networks._gradient)
        for i in range(len(numeric)):
            for sign in (1, -1):
                networks._parameters[i] += sign * 1e-6
                numeric[i] += sign * error() / 2e-6
                networks._parameters[i] -= sign * 1e-6
        np.testing.assert_allclose(gradient, numeric, atol=1e-6)
        assert (gradient != 0).mean() > 0.5

    def test_first_step_of_adam_goes_by_the_rate(self) -> None:
        rng = np.random.default_rng(0)
        networks = Networks(4, (5,), 2, "tanh", rng)
        before = networks._parameters.copy()
        networks.train(rng.normal(size=(7, 4)), rng.normal(size=7), 1, absolute=False)
        np.testing.assert_allclose(np.abs(networks._parameters - before), 0.01, rtol=1e-4)
        np.testing.assert_array_equal(np.sign(before - networks._parameters), np.sign(networks._gradient))

    def test_each_learns_by_itself(self) -> None:
        rng = np.random.default_rng(0)
        rows = rng.normal(size=(60, 3))
        networks = Networks(3, (20, 20), 3, "relu", rng)
        target = rows[:, 0] * rows[:, 1]
        networks.train(rows, target, 400, absolute=True)
        outputs = networks.outputs(rows)
        assert all(np.corrcoef(output, target)[0, 1] > 0.97 for output in outputs)
        assert not np.allclose(outputs[0], outputs[1])

    def test_ensemble_is_mean_and_deviation_of_its_networks(self) -> None:
        predictor: Any = make("mlp_ensemble", networks=4, epochs=5)
        predictor.fit(cells(20), losses_of(cells(20)))
        some = sorted(set(cells(10, seed=1)))
        center, spread = scale_of(losses_of(cells(20)))
        answers = center + spread * predictor._networks.outputs(predictor._encode(some)[:, predictor._columns])
        mean, std = predictor.predict(some)
        assert len(answers) == 4
        np.testing.assert_allclose(mean, answers.mean(0))
        np.testing.assert_allclose(std, answers.std(0, ddof=1))


class TestPosterior:
    def test_it_is_the_textbooks(self) -> None:
        rng = np.random.default_rng(0)
        basis = rng.normal(size=(30, 5))
        losses = basis @ rng.normal(size=5) + 0.3 * rng.normal(size=30)
        posterior, queries = Posterior(basis, losses), rng.normal(size=(7, 5))
        covariance = np.linalg.inv(posterior.alpha * np.eye(5) + posterior.beta * basis.T @ basis)
        mean, std = posterior.predict(queries)
        np.testing.assert_allclose(mean, queries @ (posterior.beta * covariance @ basis.T @ losses))
        np.testing.assert_allclose(std**2, 1 / posterior.beta + np.einsum("ij,jk,ik->i", queries, covariance, queries))

    def test_its_precisions_have_the_greatest_evidence(self) -> None:
        rng = np.random.default_rng(0)
        basis = rng.normal(size=(200, 5))
        losses = basis @ (2 * rng.normal(size=5)) + 0.3 * rng.normal(size=200)
        posterior = Posterior(basis, losses)

        def evidence(alpha: float, beta: float) -> float:
            covariance = np.eye(200) / beta + basis @ basis.T / alpha
            return float(-np.linalg.slogdet(covariance)[1] - losses @ np.linalg.solve(covariance, losses)) / 2

        best = evidence(posterior.alpha, posterior.beta)
        for factor in (0.95, 1.05):
            assert evidence(posterior.alpha * factor, posterior.beta) < best
            assert evidence(posterior.alpha, posterior.beta * factor) < best
        assert posterior.beta**-0.5 == pytest.approx(0.3, rel=0.15)

    def test_noise_has_a_floor(self) -> None:
        basis = np.eye(3)
        assert Posterior(basis, np.array([1.0, -1.0, 0.5])).predict(basis)[1].min() >= 0.01
