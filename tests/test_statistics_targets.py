import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import ecdf, rankdata

from harness.errors import BadValue
from harness.statistics import compare
from harness.statistics.band import band, stratified
from harness.statistics.bootstrap import bootstrap
from harness.statistics.compare import average_improvement, average_ranks, probability_of_improvement
from harness.statistics.ranks_over_time import ranks_over_time
from harness.statistics.targets import expected_running_time, log_targets, success_over_time, time_to_targets

quick = settings(deadline=None, max_examples=60)
rng = np.random.default_rng(0)
NEVER = math.inf
REACHED = np.array([[1.0, 4.0], [2.0, NEVER], [3.0, NEVER]])
ENDED = [10.0, 8.0, 6.0]


def hits(runs, targets=5, seed=0):
    times = np.random.default_rng(seed).exponential(10, size=(runs, targets)).cumsum(axis=1)
    times[times > 60] = NEVER
    return times


def test_targets_fall_evenly_in_their_logarithm():
    targets = log_targets(10, 0.01, 7)
    assert (targets[0], targets[-1]) == (10.0, 0.01)
    assert np.diff(np.log10(targets)) == pytest.approx([-0.5] * 6)
    assert len(log_targets(1, 0.1)) == 51


@pytest.mark.parametrize(("easiest", "hardest"), [(1, 1), (1, 2), (1, 0), (1, -1), (math.inf, 1), (1, math.nan)])
def test_bad_targets(easiest, hardest):
    with pytest.raises(BadValue, match="above zero"):
        log_targets(easiest, hardest)


steps = st.lists(st.tuples(st.integers(0, 20), st.floats(0, 5) | st.just(math.nan) | st.just(NEVER)), max_size=10)


@quick
@given(steps.map(lambda run: sorted(run, key=lambda step: step[0])), st.lists(st.floats(0, 5), max_size=6))
def test_time_to_a_target_by_its_definition(run, targets):
    times, regrets = [step[0] for step in run], [step[1] for step in run]
    expected = [min((t for t, r in run if r <= target), default=NEVER) for target in targets]
    assert time_to_targets(times, regrets, targets).tolist() == expected


def test_a_regret_that_rises_again_stays_reached():
    assert time_to_targets([1, 2, 3], [0.5, 2.0, 0.1], [1.0, 0.5, 0.2, 0.0]).tolist() == [1, 1, 3, NEVER]


def test_bad_runs():
    with pytest.raises(BadValue, match=r"times\[1\] is 1, before 2"):
        time_to_targets([2, 1], [1.0, 1.0], [1.0])
    with pytest.raises(BadValue, match="times: 1, regrets: 2"):
        time_to_targets([1], [1.0, 1.0], [1.0])
    with pytest.raises(BadValue, match="targets"):
        time_to_targets([1], [1.0], [math.nan])


@quick
@given(hnp.arrays(np.float64, (4, 3), elements=st.integers(0, 9)), st.lists(st.floats(-1, 10), min_size=1, max_size=9))
def test_success_is_the_ecdf_of_all_times(times, grid):
    expected = ecdf(times.reshape(-1)).cdf.evaluate(grid)
    assert success_over_time([times], grid, resamples=5).mean == pytest.approx(expected)


def test_success_by_hand():
    curve = success_over_time([REACHED, [[NEVER, NEVER]] * 2], [0.0, 1.0, 2.5, 99.0], resamples=50)
    assert curve.mean.tolist() == pytest.approx([0.0, 1 / 12, 2 / 12, 4 / 12])
    assert success_over_time([REACHED[:, 1:]], [5.0], resamples=5).mean.tolist() == pytest.approx([1 / 3])


def test_success_weighs_data_sets_alike_and_only_rises():
    few, many, grid = hits(5, seed=1), hits(40, seed=2), np.linspace(0, 70, 30)
    curve = success_over_time([few, many], grid, resamples=200)
    each = [success_over_time([times], grid, resamples=5).mean for times in (few, many)]
    assert curve.mean == pytest.approx(np.mean(each, axis=0))
    assert (np.diff(curve.mean) >= 0).all()
    assert (curve.low <= curve.mean).all()
    assert (curve.mean <= curve.high).all()
    assert curve.low[10] < curve.high[10]


def test_bad_success():
    with pytest.raises(BadValue, match="no data sets"):
        success_over_time([], [1.0])
    with pytest.raises(BadValue, match="NaN"):
        success_over_time([[[math.nan]]], [1.0])
    with pytest.raises(BadValue, match="shape"):
        success_over_time([[1.0, 2.0]], [1.0])


def test_expected_running_time_by_hand():
    cost = expected_running_time([[1.0, 4.0, NEVER], [2.0, NEVER, NEVER], [3.0, NEVER, NEVER]], ENDED, resamples=2000)
    assert cost.mean.tolist() == [2.0, 4.0 + 8.0 + 6.0, NEVER]
    assert cost.low.tolist() == [1.0, 4.0, NEVER]
    # 8 of 27 resamples have no success at the second target.
    assert cost.high.tolist() == [3.0, NEVER, NEVER]


@quick
@given(hnp.arrays(np.float64, (5, 3), elements=st.integers(1, 9).map(float) | st.just(NEVER)))
def test_expected_running_time_is_cost_per_success(times):
    ended = np.full(5, 10.0)
    found = np.isfinite(times).mean(axis=0)
    cost = expected_running_time(times, ended, resamples=10).mean
    for j in range(3):
        succeeded = times[np.isfinite(times[:, j]), j]
        if len(succeeded):
            # Auger & Hansen, CEC 2005: the mean time of a success and of the failures before it.
            assert cost[j] == pytest.approx(succeeded.mean() + (1 - found[j]) / found[j] * 10)
        else:
            assert cost[j] == NEVER


def test_expected_running_time_of_simulated_restarts():
    times = hits(30, seed=3)
    restarts = np.random.default_rng(4)
    spent = []
    for _ in range(4000):
        total = 0.0
        while not math.isfinite(time := times[restarts.integers(30), 3]):
            total += 60.0
        spent.append(total + time)
    error = np.std(spent) / np.sqrt(len(spent))
    assert expected_running_time(times, np.full(30, 60.0)).mean[3] == pytest.approx(np.mean(spent), abs=4 * error)


def test_bad_running_time():
    with pytest.raises(BadValue, match=r"run 1 reached a target at 2.0 but ended at 1.0"):
        expected_running_time(REACHED, [10.0, 1.0, 6.0])
    with pytest.raises(BadValue, match="reached: 3, spent: 1"):
        expected_running_time(REACHED, [10.0])
    assert np.isnan(expected_running_time(REACHED[:1], [10.0]).low).all()


def test_ranks_over_time_are_ranks_at_each_time():
    values = np.random.default_rng(1).integers(0, 4, size=(12, 3, 6)).astype(float)
    curves = ranks_over_time([values], resamples=300)
    for point in range(6):
        ranks = average_ranks(values[:, :, point], resamples=10)
        assert curves.mean[:, point].tolist() == pytest.approx([rank.point for rank in ranks])
    assert curves.mean.sum(axis=0) == pytest.approx([6.0] * 6)
    assert (curves.low < curves.mean).all()
    assert (curves.mean < curves.high).all()


def test_ranks_over_time_average_over_data_sets():
    a, b = rng.normal(size=(9, 2, 4)), rng.normal(size=(30, 2, 4))
    apart = [np.mean([rankdata(run, axis=0) for run in table], axis=0) for table in (a, b)]
    assert ranks_over_time([a, b], resamples=10).mean == pytest.approx(np.mean(apart, axis=0))


def test_ranks_wait_for_the_last_run():
    values = np.ones((2, 2, 3))
    values[0, 1, 0] = math.nan
    values[0, 1, 1] = math.inf
    curves = ranks_over_time([values], resamples=10)
    assert np.isnan(curves.mean).tolist() == [[True, False, False]] * 2
    assert curves.mean[:, 1].tolist() == [1.25, 1.75]


@pytest.mark.parametrize(
    "values", [[], [np.ones((2, 3))], [np.ones((2, 3, 4)), np.ones((2, 2, 4))], [np.ones((0, 2, 2))]]
)
def test_bad_ranks_over_time(values):
    with pytest.raises(BadValue, match="seeds, algorithms, points"):
        ranks_over_time(values)


def test_strata_of_one_are_a_band():
    matrix = rng.normal(size=(20, 3))
    for one, other in zip(stratified([matrix], 50, 0.9, 3), band(matrix, 50, 0.9, 3), strict=True):
        assert one.tolist() == other.tolist()


def test_standard_error_of_strata():
    one, other = rng.normal(0, 1, size=(50, 1)), rng.normal(5, 3, size=(80, 1))
    low, high = stratified([one, other], 4000, 0.6827, 0)[1:]
    error = math.sqrt(one.var() / 50 + other.var() / 80) / 2
    assert (high[0] - low[0]) / 2 == pytest.approx(error, rel=0.05)
    assert np.isnan(stratified([one, other[:1]], 10, 0.9, 0).low).all()


@quick
@given(st.lists(st.tuples(*[st.lists(st.integers(0, 4), min_size=1, max_size=6)] * 2), min_size=1, max_size=4))
def test_average_improvement_is_rliables(tasks):
    a, b = zip(*tasks, strict=True)
    expected = [np.mean([(x < y) + (x == y) / 2 for x in ours for y in theirs]) for ours, theirs in tasks]
    value = average_improvement(a, b, resamples=3).point
    assert value == pytest.approx(np.mean(expected))
    assert value == pytest.approx(1 - average_improvement(b, a, resamples=3).point)
    assert average_improvement(a[:1], b[:1], resamples=3).point == pytest.approx(expected[0])


def test_interval_of_average_improvement_by_resampling_one_at_a_time():
    a = [rng.normal(0, 1, 30), rng.normal(0, 1, 12)]
    b = [rng.normal(0.5, 1, 20), rng.normal(0.2, 1, 25)]
    draws = []
    for _ in range(3000):
        drawn = [(rng.choice(x, len(x)), rng.choice(y, len(y))) for x, y in zip(a, b, strict=True)]
        draws.append(np.mean([(x[:, None] < y).mean() for x, y in drawn]))
    interval = average_improvement(a, b, resamples=4000)
    assert interval.low == pytest.approx(np.quantile(draws, 0.025), abs=0.01)
    assert interval.high == pytest.approx(np.quantile(draws, 0.975), abs=0.01)
    assert interval.low < interval.point < interval.high


def test_interval_of_improvement_by_the_bootstrap_of_its_definition(monkeypatch):
    a, b = rng.integers(0, 6, size=(2, 25))
    expected = bootstrap(lambda x, y: ((x[:, None] < y) + (x[:, None] == y) / 2).mean(), a, b, resamples=300, seed=4)
    assert probability_of_improvement(a, b, resamples=300, seed=4) == pytest.approx(expected)
    monkeypatch.setattr(compare, "CHUNK", 7 * 25)
    assert probability_of_improvement(a, b, resamples=300, seed=4) == pytest.approx(expected)
    assert math.isnan(probability_of_improvement([1.0], [2.0]).low)
    with pytest.raises(BadValue, match="resamples is 0"):
        probability_of_improvement(a, b, resamples=0)
    with pytest.raises(BadValue, match="level is 2"):
        probability_of_improvement(a, b, level=2)


def test_a_single_run_has_no_interval_of_improvement():
    interval = average_improvement([[1.0, 2.0], [1.0]], [[2.0, 3.0], [0.0, 1.0]], resamples=10)
    assert interval.point == pytest.approx((7 / 8 + 1 / 4) / 2)
    assert math.isnan(interval.low)
    assert probability_of_improvement([1.0, 2.0], [2.0, 3.0], resamples=5).point == 7 / 8


def test_bad_average_improvement():
    with pytest.raises(BadValue, match="1 data sets and b of 2"):
        average_improvement([[1.0]], [[1.0], [2.0]])
    with pytest.raises(BadValue, match="0 data sets"):
        average_improvement([], [])
    with pytest.raises(BadValue, match="0 runs of a and 1 of b"):
        average_improvement([[]], [[1.0]])
    with pytest.raises(BadValue, match=r"b\[0\]\[0\] is nan"):
        average_improvement([[1.0]], [[math.nan]])
