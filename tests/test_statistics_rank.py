import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import kendalltau, spearmanr

from harness.errors import BadValue
from harness.statistics.codes import codes, stable_order
from harness.statistics.inversions import inversions
from harness.statistics.rank import kendall, spearman, tied_share

quick = settings(deadline=None, max_examples=60)
finite = st.floats(-1e9, 1e9) | st.sampled_from([0.0, -0.0, 0.5, 1.0])
columns = st.integers(2, 60).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, n, elements=st.integers(-4, 4)) | hnp.arrays(np.float64, n, elements=finite),
        hnp.arrays(np.int64, n, elements=st.integers(-20, 20)) | hnp.arrays(np.float64, n, elements=finite),
    )
)
both = pytest.mark.parametrize("correlation", [kendall, spearman])


def varied(x, y):
    return len(np.unique(x)) > 1 and len(np.unique(y)) > 1


@quick
@given(columns)
def test_equal_to_scipy(pair):
    x, y = pair
    assume(varied(x, y))
    assert kendall(x, y) == pytest.approx(kendalltau(x, y).statistic, abs=1e-12)
    assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 31, 32, 33, 255, 256, 257, 1000, 15_625, 70_000])
@pytest.mark.parametrize("decimals", [0, 2, 12])
def test_equal_to_scipy_at_every_size(n, decimals):
    rng = np.random.default_rng(n + decimals)
    x = np.append(rng.normal(size=n - 2), [-5.0, 5.0]).round(decimals)
    y = (x + rng.normal(size=n)).round(1)
    assert kendall(x, y) == pytest.approx(kendalltau(x, y).statistic, abs=1e-12)
    assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


@both
@quick
@given(columns, st.integers(0, 2**32))
def test_symmetries(correlation, pair, seed):
    x, y = pair
    assume(varied(x, y))
    value = correlation(x, y)
    order = np.random.default_rng(seed).permutation(len(x))
    assert -1 <= value <= 1
    assert correlation(y, x) == pytest.approx(value, abs=1e-12)
    assert correlation(-x, y) == pytest.approx(-value, abs=1e-12)
    assert correlation(x[order], y[order]) == pytest.approx(value, abs=1e-12)
    assert correlation(x, x) == 1.0
    assert correlation(x, -x) == -1.0


@both
@quick
@given(columns)
def test_only_the_order_counts(correlation, pair):
    x, y = pair
    assume(varied(x, y))
    _, rank = np.unique(x, return_inverse=True)
    value = correlation(x, y)
    assert correlation(3.0 * rank**3 - 7, y) == value
    assert correlation(rank.astype(np.uint8), y) == value
    assert correlation(rank * 2**40, y) == value
    assert correlation(codes(x), codes(y)) == value


@both
def test_undefined_is_nan(correlation):
    assert math.isnan(correlation([], []))
    assert math.isnan(correlation([1.0], [2.0]))
    assert math.isnan(correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))
    assert math.isnan(correlation([1.0, 2.0, 3.0], [0, 0, 0]))


@both
@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1.0, math.nan], r"x\[1\] is nan"),
        ([math.inf, 1.0], r"x\[0\] is inf"),
        ([1.0, 2.0, 3.0], "x: 3, y: 2"),
        ([[1.0, 2.0]], "shape"),
        (["a", "b"], "real numbers"),
        ([1j, 2j], "real numbers"),
        ([None, 1.0], r"x\[0\] is nan"),
    ],
)
def test_bad_input(correlation, x, message):
    with pytest.raises(BadValue, match=message):
        correlation(x, [1.0, 2.0])


def test_booleans_are_two_values():
    assert kendall([True, False, True], [3, 1, 2]) == pytest.approx(kendall([1, 0, 1], [3, 1, 2]))


def test_tied_share():
    assert tied_share([1, 2, 2, 2]) == 0.5
    assert tied_share([0.1, 0.2]) == 0.0
    assert math.isnan(tied_share([1]))


@quick
@given(st.integers(0, 200).flatmap(lambda n: st.permutations(range(n))))
def test_inversions_by_definition(permutation):
    expected = sum(a > b for i, a in enumerate(permutation) for b in permutation[i + 1 :])
    assert inversions(np.array(permutation, dtype=np.int64)) == expected


@pytest.mark.parametrize("n", [1, 2, 32, 33, 65_536, 65_537, 140_000])
def test_inversions_of_a_reversed_order(n):
    assert inversions(np.arange(n)[::-1]) == n * (n - 1) // 2
    assert inversions(np.arange(n)) == 0


@quick
@given(hnp.arrays(np.int64, st.integers(0, 50), elements=st.sampled_from([0, 1, 5, 65_535, 65_536, 2**40])))
def test_stable_order_of_large_codes(numbers):
    assert stable_order(numbers).tolist() == np.argsort(numbers, kind="stable").tolist()


@quick
@given(hnp.arrays(np.int64, st.integers(1, 50), elements=st.integers(-(2**63), 2**63 - 1)))
def test_codes_keep_order_and_ties_of_large_integers(numbers):
    assert (
        np.sign(np.subtract.outer(codes(numbers).astype(int), codes(numbers).astype(int))).tolist()
        == ((numbers[:, None] > numbers).astype(int) - (numbers[:, None] < numbers)).tolist()
    )
