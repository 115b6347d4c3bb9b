import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadValue
from harness.statistics.anytime import anytime, quartiles, step_values

quick = settings(deadline=None, max_examples=60)
steps = st.lists(st.tuples(st.integers(0, 20), st.floats(-5, 5)), max_size=10).map(sorted)


@quick
@given(steps, st.lists(st.floats(-1, 22), max_size=10))
def test_a_step_holds_until_the_next(run, grid):
    times, values = [step[0] for step in run], [step[1] for step in run]
    expected = [next((v for t, v in zip(times[::-1], values[::-1], strict=True) if t <= g), np.nan) for g in grid]
    assert step_values(times, values, grid).tolist() == pytest.approx(expected, nan_ok=True)


def test_step_by_hand():
    values = step_values([1.0, 2.0, 2.0, 4.0], [9.0, 8.0, 7.0, 6.0], [0.5, 1.0, 1.9, 2.0, 3.9, 4.0, 99.0])
    assert values.tolist() == pytest.approx([np.nan, 9.0, 9.0, 7.0, 7.0, 6.0, 6.0], nan_ok=True)


def test_bad_steps():
    with pytest.raises(BadValue, match=r"times\[2\] is 1.0, before 2.0"):
        step_values([0.0, 2.0, 1.0], [1.0, 2.0, 3.0], [1.0])
    with pytest.raises(BadValue, match="times: 1, values: 2"):
        step_values([0.0], [1.0, 2.0], [1.0])
    with pytest.raises(BadValue, match="times"):
        step_values([np.nan], [1.0], [1.0])


def runs(n):
    rng = np.random.default_rng(n)
    return [(np.sort(rng.uniform(0, 10, 20)), -np.sort(rng.exponential(size=20))) for _ in range(n)]


def test_curves_are_statistics_of_the_steps():
    some, grid = runs(30), np.linspace(0, 12, 50)
    matrix = np.stack([step_values(*run, grid) for run in some])
    curve = anytime(some, grid, resamples=200)
    assert curve.mean == pytest.approx(matrix.mean(axis=0), nan_ok=True)
    assert np.isnan(curve.low).tolist() == np.isnan(matrix).any(axis=0).tolist()
    known = ~np.isnan(curve.mean)
    assert (curve.low[known] < curve.mean[known]).all()
    assert (curve.mean[known] < curve.high[known]).all()
    for ours, quantile in zip(quartiles(some, grid), (0.25, 0.5, 0.75), strict=True):
        assert ours == pytest.approx(np.quantile(matrix, quantile, axis=0), nan_ok=True)


def test_seed_decides():
    some, grid = runs(10), [11.0]
    assert anytime(some, grid, seed=1).low == anytime(some, grid, seed=1).low
    assert anytime(some, grid, seed=1).low != anytime(some, grid, seed=2).low


def test_values_that_are_not_finite_leave_the_point_undefined():
    some, grid = [([0.0, 1.0, 2.0], [np.nan, 1.0, np.inf]), ([0.0, 1.0, 2.0], [2.0, 3.0, 4.0])], [0.5, 1.5, 2.5]
    expected = pytest.approx([np.nan, 2.0, np.nan], nan_ok=True)
    assert anytime(some, grid, resamples=10).mean.tolist() == expected
    assert quartiles(some, grid)[1].tolist() == expected


def test_no_runs():
    for curve in (anytime, quartiles):
        with pytest.raises(BadValue, match="no runs"):
            curve([], [1.0])
