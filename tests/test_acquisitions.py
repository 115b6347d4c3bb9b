"""How promising candidates are, against scipy's distributions and by sampling."""

import numpy as np
import pytest
from scipy import integrate, stats

from harness import registry

NAMES = registry.names("acquisition")
MEAN = np.array([0.0, 1.0, -1.0, 0.5, 3.0, -8.0])
STD = np.array([1.0, 2.0, 0.1, 0.5, 1.0, 0.3])
BEST = 0.25


def acquire(name: str, mean=MEAN, std=STD, best: float = BEST, seed: int = 0, **options: float) -> np.ndarray:
    values: np.ndarray = registry.load("acquisition", name)(mean, std, best, np.random.default_rng(seed), **options)
    return values


def test_the_acquisitions_are_found() -> None:
    assert {"ei", "pi", "ucb", "ts", "its", "greedy"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_contract(name: str) -> None:
    before = MEAN.copy(), STD.copy()
    values = acquire(name)
    assert values.shape == MEAN.shape
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, acquire(name))
    np.testing.assert_array_equal((MEAN, STD), before)
    sure = acquire(name, np.array([0.0, 1.0]), np.zeros(2), 0.5)
    assert sure[0] > sure[1]


def test_ei_is_the_expected_improvement() -> None:
    for mean, std, value in zip(MEAN, STD, acquire("ei"), strict=True):
        density = stats.norm(mean, std)
        expected, _ = integrate.quad(
            lambda y, d=density: max(BEST - y, 0.0) * d.pdf(y), mean - 12 * std, max(BEST, mean - 11 * std)
        )
        assert value == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_pi_is_the_probability_of_improvement() -> None:
    np.testing.assert_allclose(acquire("pi"), stats.norm(MEAN, STD).cdf(BEST))


def test_without_deviation_the_mean_decides() -> None:
    mean, std = np.array([0.0, 0.25, 1.0]), np.zeros(3)
    assert acquire("ei", mean, std).tolist() == [0.25, 0, 0]
    assert acquire("pi", mean, std).tolist() == [1, 0, 0]


def test_ucb_is_the_lower_bound_of_the_loss() -> None:
    np.testing.assert_allclose(acquire("ucb"), 0.5 * STD - MEAN)
    quantile = stats.norm.cdf(-2)
    np.testing.assert_allclose(acquire("ucb", beta=2.0), -stats.norm(MEAN, STD).ppf(quantile))


def test_greedy() -> None:
    np.testing.assert_array_equal(acquire("greedy"), -MEAN)


def sampled(name: str, n: int = 20_000) -> np.ndarray:
    mean, std = np.array([0.0, 2.0]), np.array([1.0, 3.0])
    rng, sample = np.random.default_rng(1), registry.load("acquisition", name)
    return np.array([sample(mean, std, 0.0, rng) for _ in range(n)])


@pytest.mark.parametrize(("name", "correlation"), [("ts", 1.0), ("its", 0.0)])
def test_thompson_samples_have_the_marginals_believed(name: str, correlation: float) -> None:
    losses = -sampled(name)
    for column, belief in zip(losses.T, (stats.norm(0, 1), stats.norm(2, 3)), strict=True):
        assert stats.kstest(column, belief.cdf).pvalue > 0.001
    assert abs(np.corrcoef(losses.T)[0, 1] - correlation) < 0.04
