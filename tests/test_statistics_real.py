import numpy as np
import pandas as pd
import pytest

from harness.statistics.ceiling import noise_ceiling
from harness.statistics.random_search import expected_best
from harness.statistics.rank import kendall, spearman

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def nb201(real_data):
    accuracy = pd.read_parquet(real_data / "nb201_accuracy.parquet").set_index("idx")
    params = pd.read_parquet(real_data / "nb201_arch.parquet", columns=["idx", "params_cifar10"]).set_index("idx")
    return accuracy.join(params, validate="one_to_one")


@pytest.mark.parametrize(
    ("proxy", "truth", "tau", "rho"),
    [
        ("val12_cifar10", "test200_mean_cifar10", 0.5943, 0.7718),
        ("test12_cifar10", "test200_mean_cifar10", 0.7000, 0.8705),
        ("params_cifar10", "test200_mean_cifar10", 0.5778, 0.7527),
        ("val12_cifar100", "test200_mean_cifar100", 0.6446, 0.8248),
    ],
)
def test_known_correlations(nb201, proxy, truth, tau, rho):
    assert len(nb201) == 15_625
    assert round(kendall(nb201[proxy], nb201[truth]), 4) == tau
    assert round(spearman(nb201[proxy], nb201[truth]), 4) == rho


def test_known_noise_ceiling(nb201):
    ceiling = noise_ceiling(nb201[["val200_cifar10_s0", "val200_cifar10_s1"]])
    assert round(ceiling.kendall, 4) == 0.9098
    assert (ceiling.pairs, ceiling.n) == (1, 15_625)


def test_ceiling_of_all_seeds_knows_what_is_missing(nb201):
    ceiling = noise_ceiling(nb201[["val200_cifar10_s0", "val200_cifar10_s1", "val200_cifar10_s2"]])
    assert (ceiling.pairs, ceiling.n) == (3, 15_625)
    assert 0.85 < ceiling.kendall < 0.95


def test_random_search_by_short_validation(nb201):
    valid, test = nb201["val12_cifar10"].to_numpy(), nb201["test200_mean_cifar10"].to_numpy()
    ks = [1, 10, 100, 1000]
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(valid))[:1000] for _ in range(500)]
    found = np.array([[test[order[np.argmax(valid[order[:k]])]] for k in ks] for order in orders])
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - expected_best(valid, test, ks)) < 1.96 * error).all()
