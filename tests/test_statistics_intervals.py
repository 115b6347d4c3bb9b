import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from harness.errors import BadValue
from harness.statistics.band import band
from harness.statistics.bootstrap import bootstrap
from harness.statistics.mean import mean_interval
from harness.statistics.rank import kendall

quick = settings(deadline=None, max_examples=60)
rng = np.random.default_rng(0)
X = rng.normal(size=120)
Y = X + rng.normal(size=120)


def test_ends_agree_with_scipy():
    ours = bootstrap(kendall, X, Y, resamples=3_000)
    theirs = stats.bootstrap(
        (X, Y), kendall, paired=True, vectorized=False, n_resamples=3_000, method="percentile", rng=1
    ).confidence_interval
    assert ours.point == kendall(X, Y)
    assert ours.low == pytest.approx(theirs.low, abs=0.01)
    assert ours.high == pytest.approx(theirs.high, abs=0.01)


def test_standard_error_of_a_mean():
    low, high = bootstrap(np.mean, X, level=0.6827, resamples=3_000)[1:]
    assert (high - low) / 2 == pytest.approx(X.std() / np.sqrt(len(X)), rel=0.05)


def test_interval_covers_the_truth_as_often_as_it_says():
    draws = np.random.default_rng(3).normal(size=(300, 40))
    covered = [i.low <= 0 <= i.high for i in (bootstrap(np.mean, row, resamples=150, level=0.8) for row in draws)]
    assert 0.7 < np.mean(covered) < 0.87


def test_rows_stay_together():
    assert bootstrap(lambda x, y: float(np.abs(x - y).max()), X, X, resamples=50) == (0.0, 0.0, 0.0)


def test_seed_decides():
    one, same, other = (bootstrap(np.mean, X, resamples=100, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.point == other.point
    assert one.low != other.low


def test_higher_level_is_wider():
    narrow, wide = (bootstrap(np.mean, X, level=level, resamples=500) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.point < narrow.high < wide.high


def fails(share):
    """A mean that is undefined in about this share of its calls, but not in the first."""
    calls = np.random.default_rng(4)
    return lambda x: math.nan if calls.random() < share else float(np.mean(x))


def test_few_undefined_resamples_are_left_out():
    interval = bootstrap(fails(0.02), X, resamples=1_000)
    assert interval.low < interval.point < interval.high


def test_many_undefined_resamples_leave_no_interval():
    interval = bootstrap(fails(0.1), X, resamples=1_000)
    assert math.isfinite(interval.point)
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_one_row_has_no_interval():
    interval = bootstrap(np.mean, [3.0])
    assert interval.point == 3.0
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": 1.0}, "level is 1.0"),
        ({"level": 95}, "level is 95"),
        ({"level": math.nan}, "level is nan"),
        ({"resamples": 0}, "resamples is 0"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(BadValue, match=message):
        bootstrap(np.mean, X, **arguments)


def test_bad_columns():
    with pytest.raises(BadValue, match="column 0: 2, column 1: 3"):
        bootstrap(kendall, [1, 2], [1, 2, 3])


samples = hnp.arrays(np.float64, st.integers(2, 30), elements=st.floats(-1e3, 1e3))


@quick
@given(samples, st.floats(0.01, 0.99))
def test_mean_interval_equal_to_scipy(values, level):
    interval = mean_interval(values, level)
    error = values.std(ddof=1) / np.sqrt(len(values))
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * error
    assert interval.point == pytest.approx(values.mean(), abs=1e-9)
    assert interval.high - interval.point == pytest.approx(half, rel=1e-9, abs=1e-9)
    assert interval.point - interval.low == pytest.approx(half, rel=1e-9, abs=1e-9)


def test_mean_interval_never_leaves_a_seed_out():
    assert mean_interval([2.0]).point == 2.0
    assert math.isnan(mean_interval([2.0]).low)
    for values in ([], [1.0, math.nan], [1.0, math.inf]):
        assert all(math.isnan(value) for value in mean_interval(values))
    with pytest.raises(BadValue, match="level"):
        mean_interval([1.0, 2.0], 0)


def test_band_equals_bootstrap_of_each_point():
    matrix = np.stack([X, 2 * Y], axis=1)
    curve = band(matrix, resamples=4_000, level=0.9, seed=0)
    for point in range(2):
        one = bootstrap(np.mean, matrix[:, point], resamples=4_000, level=0.9)
        assert curve.mean[point] == pytest.approx(one.point)
        assert curve.low[point] == pytest.approx(one.low, abs=0.02)
        assert curve.high[point] == pytest.approx(one.high, abs=0.02)


def test_band_is_undefined_where_a_run_is():
    curve = band(np.array([[math.nan, 1.0, math.inf], [1.0, 3.0, 2.0]]), resamples=100, level=0.9, seed=0)
    assert np.isnan(curve.mean).tolist() == [True, False, True]
    assert (curve.mean[1], curve.low[1], curve.high[1]) == (2.0, 1.0, 3.0)
    assert np.isnan(curve.low[[0, 2]]).all()


def test_band_of_one_run_has_no_interval():
    curve = band(np.array([[1.0, 2.0]]), resamples=100, level=0.9, seed=0)
    assert curve.mean.tolist() == [1.0, 2.0]
    assert np.isnan(curve.low).all()
    assert np.isnan(curve.high).all()
