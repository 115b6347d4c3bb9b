import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, linregress, pearsonr, rankdata

from harness.errors import BadValue, UnknownName
from harness.statistics.bias import operation_bias
from harness.statistics.bins import correlation_by_bin
from harness.statistics.bootstrap import bootstrap
from harness.statistics.difference import proxy_difference
from harness.statistics.partial import partial_kendall, partial_spearman
from harness.statistics.rank import kendall, spearman
from harness.statistics.sample_size import expected_half_width, sample_size, sample_size_for

quick = settings(deadline=None, max_examples=60)
rng = np.random.default_rng(0)
TRUTH = rng.normal(90, 3, size=300)
SIZE = TRUTH + rng.normal(0, 4, size=300)
SCORE = (TRUTH + SIZE + rng.normal(0, 3, size=300)).round()
three = st.integers(4, 30).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 5), min_size=n, max_size=n)] * 3).map(np.array)
)
partials = pytest.mark.parametrize("partial", [partial_kendall, partial_spearman])


def beyond(x, z):
    """What is left of x when its multiple of z that fits best is taken away."""
    return x - z * (x @ z) / (z @ z)


def cosine(x, y):
    return x @ y / math.sqrt((x @ x) * (y @ y))


@quick
@given(three)
def test_partial_kendall_is_that_of_the_signs_of_pairs(values):
    pairs = np.array(list(combinations(range(values.shape[1]), 2))).T
    x, y, z = np.sign(values[:, pairs[0]] - values[:, pairs[1]]).astype(float)
    assume(z.any())
    left = beyond(x, z), beyond(y, z)
    assume(min(v @ v for v in left) > 1e-9)
    assert partial_kendall(*values) == pytest.approx(cosine(*left), abs=1e-12)


@quick
@given(three)
def test_partial_spearman_is_that_of_the_residuals_of_ranks(values):
    x, y, z = (rankdata(v) for v in values)
    assume(np.ptp(z) > 0)
    residuals = [v - linregress(z, v).slope * z for v in (x, y)]
    assume(min(np.ptp(v) for v in residuals) > 1e-9)
    assert partial_spearman(*values) == pytest.approx(pearsonr(*residuals).statistic, abs=1e-12)


def test_partial_takes_out_what_size_explains():
    noisy = [SIZE + rng.normal(0, 2, size=300) for _ in range(2)]
    assert kendall(*noisy) > 0.5
    assert abs(partial_spearman(*noisy, SIZE)) < 0.15
    assert partial_kendall(*noisy, SIZE) < kendall(*noisy) / 2
    assert partial_kendall(SCORE, TRUTH, SIZE) > 0.2


@partials
def test_partial_undefined(partial):
    for x, y, z in ((SCORE, TRUTH, -3 * TRUTH), (TRUTH, SCORE, TRUTH), (SCORE, TRUTH, np.ones(300)), ([1], [2], [3])):
        assert math.isnan(partial(x, y, z))
    assert partial(TRUTH, TRUTH, SCORE) == pytest.approx(1)
    with pytest.raises(BadValue, match=r"z\[0\] is nan"):
        partial([1, 2], [1, 2], [math.nan, 1])


def test_bins_hold_equally_many_from_worst_to_best():
    found = correlation_by_bin(SCORE, TRUTH, bins=4, resamples=50, seed=1)
    order = np.argsort(TRUTH)
    assert [part.n for part in found] == [75] * 4
    for part, rows in zip(found, order.reshape(4, 75), strict=True):
        assert (part.low, part.high) == (TRUTH[rows[0]], TRUTH[rows[-1]])
        assert part.kendall.point == pytest.approx(kendalltau(SCORE[rows], TRUTH[rows]).statistic)
    best = np.sort(order[-75:])
    assert found[-1].kendall == bootstrap(kendall, SCORE[best], TRUTH[best], resamples=50, seed=1)


@quick
@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 7), st.randoms())
def test_bins_do_not_depend_on_the_order_of_rows(truth, bins, random):
    shuffled = truth.copy()
    random.shuffle(shuffled)
    found, again = (correlation_by_bin([0] * len(v), v, bins, resamples=1) for v in (truth, shuffled))
    assert [part[:3] for part in found] == [part[:3] for part in again]
    assert sum(part.n for part in found) == len(truth)
    assert all(a.high < b.low for a, b in pairwise(found))
    assert len(found) <= bins


def test_bins_without_ties_are_as_equal_as_can_be():
    assert [part.n for part in correlation_by_bin(range(11), range(11), bins=3, resamples=2)] == [4, 3, 4]
    assert [part.n for part in correlation_by_bin(range(2), range(2), bins=5, resamples=2)] == [1, 1]


def test_bins_leave_out_what_is_missing():
    score = np.where(np.arange(300) < 10, np.nan, SCORE)
    assert correlation_by_bin(score, TRUTH, resamples=5) == correlation_by_bin(SCORE[10:], TRUTH[10:], resamples=5)
    assert correlation_by_bin([math.nan], [1.0]) == []
    with pytest.raises(BadValue, match="bins is 0"):
        correlation_by_bin(SCORE, TRUTH, bins=0)


def cells(n, operations=4, edges=6, seed=0):
    chosen = np.random.default_rng(seed).integers(operations, size=(n, edges))
    return (chosen[:, :, None] == np.arange(operations)).sum(axis=1)


def test_bias_finds_the_over_rated_operation():
    counts = cells(800)
    truth = np.random.default_rng(1).normal(size=800)
    found = operation_bias(truth + counts @ [0.5, 0, 0, 0], truth, counts, resamples=200)
    assert sum(effect.point for effect in found) == pytest.approx(0, abs=1e-9)
    assert found[0].low > 5
    assert all(effect.high < 0 for effect in found[1:])
    none = operation_bias(truth, truth, counts, resamples=20)
    assert all(effect == pytest.approx((0, 0, 0), abs=1e-9) for effect in none)


def test_bias_is_least_squares_of_the_ranks():
    counts = cells(300)[:, :3]
    over = 100 * (rankdata(SCORE) - rankdata(TRUTH)) / 300
    expected = np.linalg.lstsq(np.column_stack([counts, np.ones(300)]), over)[0][:3]
    assert [effect.point for effect in operation_bias(SCORE, TRUTH, counts, resamples=2)] == pytest.approx(expected)


def test_bias_of_constant_sums_is_relative_to_the_mean_operation():
    counts = cells(300)
    free = operation_bias(SCORE, TRUTH, counts[:, 1:], resamples=100, seed=3)
    full = operation_bias(SCORE, TRUTH, counts, resamples=100, seed=3)
    expected = np.array([0, *(effect.point for effect in free)])
    assert [effect.point for effect in full] == pytest.approx(expected - expected.mean())
    assert all(effect.low < effect.point < effect.high for effect in full)


def test_bias_resamples_architectures():
    counts = cells(300)[:, :2]
    rows = np.random.default_rng(8)
    drawn = [rows.integers(300, size=300) for _ in range(40)]
    values = [operation_bias(SCORE[r], TRUTH[r], counts[r], resamples=1)[1].point for r in drawn]
    found = operation_bias(SCORE, TRUTH, counts, resamples=40, seed=8)[1]
    assert found[1:] == pytest.approx(np.quantile(values, [0.025, 0.975]))


def test_bias_of_what_never_varies_is_undefined():
    counts = np.column_stack([cells(300)[:, 0], np.full(300, 2)])
    first, second = operation_bias(SCORE, TRUTH, counts, resamples=5)
    assert first == pytest.approx(operation_bias(SCORE, TRUTH, counts[:, :1], resamples=5)[0])
    assert all(math.isnan(value) for value in second)
    assert all(math.isnan(value) for value in operation_bias([1.0, math.nan], [1.0, 2.0], [[1], [2]], resamples=5)[0])


def test_bias_leaves_out_what_is_missing():
    counts, score = cells(300), np.where(np.arange(300) < 10, np.nan, SCORE)
    fewer = operation_bias(SCORE[10:], TRUTH[10:], counts[10:], resamples=5)
    assert operation_bias(score, TRUTH, counts, resamples=5) == fewer


@pytest.mark.parametrize(
    ("counts", "message"),
    [([1, 2, 3], "shape"), ([[1], [2]], "counts: 2"), ([[1], [math.nan], [2]], "row 1 are not all finite")],
)
def test_bad_bias(counts, message):
    with pytest.raises(BadValue, match=message):
        operation_bias([1, 2, 3], [1, 2, 3], counts)


@pytest.mark.parametrize("statistic", [kendall, spearman])
def test_difference_is_that_of_paired_resamples(statistic):
    other = TRUTH + rng.normal(0, 5, size=300)
    found = proxy_difference(SCORE, other, TRUTH, statistic, resamples=60, seed=2)
    expected = bootstrap(lambda a, b, y: statistic(a, y) - statistic(b, y), SCORE, other, TRUTH, resamples=60, seed=2)
    assert found.interval == pytest.approx(expected, abs=1e-12)
    assert found.probability + proxy_difference(other, SCORE, TRUTH, statistic, 60, 2).probability == pytest.approx(1)


def test_difference_sees_what_unpaired_intervals_do_not():
    a, b = TRUTH + rng.normal(0, 3, size=(2, 300)) + rng.normal(0, 4, size=300)
    b = a + rng.normal(0, 1, size=300)
    found = proxy_difference(a, b, TRUTH, resamples=300)
    alone = bootstrap(kendall, a, TRUTH, resamples=300)
    assert found.interval.high - found.interval.low < (alone.high - alone.low) / 2
    assert proxy_difference(TRUTH, a, TRUTH, resamples=50).probability == 1
    assert proxy_difference(-a, a, TRUTH, resamples=50).probability == 0


def test_difference_counts_what_all_three_know():
    a, b, truth = SCORE.copy(), SIZE.copy(), TRUTH.copy()
    a[0], b[1], truth[2] = np.nan, np.nan, np.nan
    assert proxy_difference(a, b, truth, resamples=9) == proxy_difference(SCORE[3:], SIZE[3:], TRUTH[3:], resamples=9)


def test_undefined_difference():
    found = proxy_difference(np.zeros(300), SCORE, TRUTH, resamples=9)
    assert all(math.isnan(value) for value in (*found.interval, found.probability))
    with pytest.raises(BadValue, match="b: 2"):
        proxy_difference([1, 2, 3], [1, 2], [1, 2, 3])


def half_width_in_truth(statistic, n, draw, samples=1500):
    """Half of what holds 95 % of the statistic's values in samples of n rows."""
    values = [statistic(*draw(n)) for _ in range(samples)]
    low, high = np.quantile(values, [0.025, 0.975])
    return (high - low) / 2


def normal_pairs(seed):
    owned = np.random.default_rng(seed)

    def draw(n):
        x = owned.normal(size=n)
        return x, x + owned.normal(size=n)

    return draw


def skewed_pairs(seed):
    owned = np.random.default_rng(seed)

    def draw(n):
        x = owned.integers(0, 6, size=n)
        return x, np.where(x < 3, owned.normal(size=n), x + 0.2 * owned.normal(size=n)).round(1)

    return draw


@pytest.mark.parametrize("pairs", [normal_pairs, skewed_pairs])
def test_size_from_a_pilot_gives_the_half_width(pairs):
    n = sample_size(*pairs(1)(2000), half_width=0.06)
    assert half_width_in_truth(kendall, n, pairs(2)) == pytest.approx(0.06, rel=0.1)


@pytest.mark.parametrize(("statistic", "expected"), [(kendall, 0.5), (spearman, 0.69)])
def test_size_from_an_expectation_gives_the_half_width(statistic, expected):
    n = sample_size_for(expected, 0.06, statistic=statistic.__name__)
    assert half_width_in_truth(statistic, n, normal_pairs(3)) == pytest.approx(0.06, rel=0.1)


def test_spearmans_pilot_gives_its_correlation():
    assert sample_size(SCORE, TRUTH, 0.05, 0.9, "spearman") == sample_size_for(
        spearman(SCORE, TRUTH), 0.05, 0.9, "spearman"
    )


@quick
@given(
    st.floats(-0.99, 0.99),
    st.floats(0.005, 0.5),
    st.sampled_from([0.8, 0.95]),
    st.sampled_from(["kendall", "spearman"]),
)
def test_size_is_the_least_that_suffices(correlation, half_width, level, statistic):
    n = sample_size_for(correlation, half_width, level, statistic)
    least = 5 if statistic == "kendall" else 4
    assert n == sample_size_for(-correlation, half_width, level, statistic) >= least
    assert expected_half_width(correlation, n, level, statistic) <= half_width * (1 + 1e-9)
    assert n == least or expected_half_width(correlation, n - 1, level, statistic) > half_width * (1 - 1e-9)


def test_known_sizes():
    z = 1.959963985
    assert sample_size_for(0, 0.02) == math.ceil(4 + 0.437 * (z / math.atanh(0.02)) ** 2)
    assert sample_size_for(0, 0.02, statistic="spearman") == math.ceil(3 + (z / math.atanh(0.02)) ** 2)


def test_known_half_widths():
    z = 1.959963985 * math.sqrt((1 + 0.7**2 / 2) / 97)
    expected = (math.tanh(math.atanh(0.7) + z) - math.tanh(math.atanh(0.7) - z)) / 2
    assert expected_half_width(0.7, 100, statistic="spearman") == pytest.approx(expected)
    assert expected_half_width(0.7, 100) < expected


def test_size_leaves_out_what_is_missing():
    score = np.where(np.arange(300) < 10, np.nan, SCORE)
    assert sample_size(score, TRUTH) == sample_size(SCORE[10:], TRUTH[10:])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sample_size(TRUTH, TRUTH), "pilot's kendall is 1.0"),
        (lambda: sample_size(np.zeros(300), TRUTH), "pilot's kendall is nan"),
        (lambda: sample_size([], [], statistic="spearman"), r"pilot's spearman is nan \(0 rows\)"),
        (lambda: sample_size(SCORE, TRUTH, half_width=0), "half_width is 0"),
        (lambda: sample_size_for(0.5, 1.0), "half_width is 1.0"),
        (lambda: sample_size_for(1.0), "correlation is 1.0"),
        (lambda: sample_size_for(math.nan), "correlation is nan"),
        (lambda: sample_size_for(0.5, level=95), "level is 95"),
        (lambda: expected_half_width(0.5, 4), "n is 4: give at least 5"),
    ],
)
def test_bad_sizes(call, message):
    with pytest.raises(BadValue, match=message):
        call()


def test_unknown_statistic():
    with pytest.raises(UnknownName, match="Did you mean 'kendall'"):
        sample_size(SCORE, TRUTH, statistic="kendal")
