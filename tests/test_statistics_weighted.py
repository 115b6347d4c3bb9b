import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import weightedtau

from harness.errors import BadValue
from harness.statistics.bootstrap import bootstrap
from harness.statistics.difference import proxy_difference
from harness.statistics.dominance import levels, running_sums, weight_below
from harness.statistics.draws import QUICK, draws
from harness.statistics.jackknife import kendall_variance
from harness.statistics.pairs import Pairs
from harness.statistics.rank import kendall
from harness.statistics.weighted import weighted_kendall

quick = settings(deadline=None, max_examples=60)
finite = st.floats(-1e9, 1e9) | st.sampled_from([0.0, -0.0, 0.5, 1.0])
columns = st.integers(2, 60).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, n, elements=st.integers(-4, 4)) | hnp.arrays(np.float64, n, elements=finite),
        hnp.arrays(np.int64, n, elements=st.integers(-20, 20)) | hnp.arrays(np.float64, n, elements=finite),
    )
)
statistics = pytest.mark.parametrize("statistic", QUICK)  # `partial` hides one, so that rows are drawn


def related(n, decimals, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n).round(decimals)
    return x, (x + rng.normal(size=n)).round(decimals)


@quick
@given(columns)
def test_equal_to_scipy(pair):
    assert weighted_kendall(*pair) == pytest.approx(weightedtau(*pair).statistic, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("n", "decimals"), [(2, 1), (3, 1), (63, 1), (64, 0), (65, 12), (1000, 1), (15_625, 2), (15_625, 12), (70_000, 4)]
)
def test_equal_to_scipy_at_every_size(n, decimals):
    x, y = related(n, decimals, seed=n)
    x[0], y[0] = -9, -9
    assert weighted_kendall(x, y) == pytest.approx(weightedtau(x, y).statistic, abs=1e-12)
    assert weighted_kendall(-x, y) == pytest.approx(weightedtau(-x, y).statistic, abs=1e-12)


def test_the_top_counts_most():
    truth = np.arange(100.0)
    top, bottom = truth.copy(), truth.copy()
    top[-2:] = top[-2:][::-1]
    bottom[:2] = bottom[:2][::-1]
    assert kendall(top, truth) == kendall(bottom, truth)
    assert weighted_kendall(top, truth) < weighted_kendall(bottom, truth) < weighted_kendall(truth, truth) == 1
    assert weighted_kendall(-truth, truth) == -1


def test_undefined_is_nan():
    for x, y in (([], []), ([1.0], [2.0]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [0.0, 0.0, 0.0])):
        assert math.isnan(weighted_kendall(x, y))


@pytest.mark.parametrize(
    ("x", "message"), [([1.0, math.nan], r"x\[1\] is nan"), ([1.0], "x: 1, y: 2"), ([[1.0, 2.0]], "shape")]
)
def test_bad_input(x, message):
    with pytest.raises(BadValue, match=message):
        weighted_kendall(x, [1.0, 2.0])


@statistics
@settings(quick, max_examples=30)
@given(columns, st.integers(0, 2**32))
def test_resamples_are_what_drawing_rows_gives(statistic, pair, seed):
    fast = draws(statistic, [pair], 10, seed)
    slow = draws(partial(statistic), [pair], 10, seed)
    assert fast == pytest.approx(slow, abs=1e-12, nan_ok=True)


@statistics
@pytest.mark.parametrize("n", [500, 66_000])
def test_large_resamples_are_what_drawing_rows_gives(statistic, n):
    pair = related(n, 1 if n == 500 else 12)
    fast = draws(statistic, [pair], 9, 3)
    assert fast == pytest.approx(draws(partial(statistic), [pair], 9, 3), abs=1e-12)


@statistics
def test_resamples_do_not_depend_on_how_many_are_held_at_a_time(statistic, monkeypatch):
    pair = related(300, 1)
    together = bootstrap(statistic, *pair, resamples=130)
    monkeypatch.setattr("harness.statistics.draws.CHUNK", 1)
    assert bootstrap(statistic, *pair, resamples=130) == together


def test_tau_b_of_resamples_to_the_bit():
    pair = related(999, 1)
    assert bootstrap(kendall, *pair, resamples=100) == bootstrap(partial(kendall), *pair, resamples=100)


def test_interval_holds_scipys_values_in_the_same_resamples():
    x, y = related(200, 1)
    rng = np.random.default_rng(4)
    values = [weightedtau(x[rows], y[rows]).statistic for rows in (rng.integers(200, size=200) for _ in range(80))]
    interval = bootstrap(weighted_kendall, x, y, resamples=80, seed=4)
    assert interval == pytest.approx((weightedtau(x, y).statistic, *np.quantile(values, [0.025, 0.975])), abs=1e-12)


def test_two_sets_are_drawn_alike():
    x, y = related(100, 1)
    first, second = draws(kendall, [(x, y), (-x, y)], 30, 0)
    assert first == pytest.approx(-second)
    assert proxy_difference(x, x, y, resamples=30) == ((0.0, 0.0, 0.0), 0.5)


@quick
@given(st.integers(1, 150).flatmap(lambda n: st.permutations(range(n))), st.sampled_from([1, 3, 9]))
def test_weight_below_by_definition(permutation, width):
    values = np.array(permutation)
    weights = np.random.default_rng(0).integers(0, 5, size=(len(values), width))
    smaller = (values[:, None] > values) & (np.arange(len(values))[:, None] > np.arange(len(values)))
    assert weight_below(levels(values), weights).tolist() == (smaller @ weights).tolist()


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 300])
@pytest.mark.parametrize("width", [1, 8])
def test_running_sums(n, width):
    values = np.random.default_rng(n).integers(0, 9, size=(n, width))
    assert running_sums(values)[1 : n + 1].tolist() == values.cumsum(axis=0).tolist()
    assert not running_sums(values)[0].any()


@quick
@given(columns)
def test_pairs_by_definition(pair):
    x, y = pair
    pairs = Pairs(x, y)
    x, y = x[pairs.order], y[pairs.order]
    across, along = (np.sign((v[:, None] > v).astype(int) - (v[:, None] < v)) for v in (x, y))
    found = pairs.counts(np.ones((len(x), 1), dtype=int))
    assert found.balance[:, 0].tolist() == (across * along).sum(axis=1).tolist()
    assert found.apart_x[:, 0].tolist() == np.abs(across).sum(axis=1).tolist()
    assert found.apart_y[:, 0].tolist() == np.abs(along).sum(axis=1).tolist()


def test_jackknife_by_definition():
    x, y = related(60, 1)
    without = [kendall(np.delete(x, i), np.delete(y, i)) for i in range(60)]
    assert kendall_variance(x, y) == pytest.approx(59 * np.var(without) * 60, rel=1e-9)
    assert math.isnan(kendall_variance(x[:2], y[:2]))
    assert math.isnan(kendall_variance([0, 0, 0, 1], [1, 2, 3, 4]))
    assert kendall_variance([1, 2, 3, 4], [1, 2, 3, 4]) == 0
