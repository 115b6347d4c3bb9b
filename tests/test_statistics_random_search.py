from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.errors import BadValue
from harness.statistics.random_search import expected_best

quick = settings(deadline=None, max_examples=60)
tables = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float64, n, elements=st.sampled_from([0.0, 1.0, 1.5, 2.0, 9.0])),
        hnp.arrays(np.float64, n, elements=st.floats(-100, 100)),
    )
)


def enumerated(valid, test, draws):
    """The mean over all draws of the mean test value of those that tie for the best validation."""
    return np.mean([test[list(d)][valid[list(d)] == valid[list(d)].max()].mean() for d in draws])


@quick
@given(tables)
def test_all_subsets(table):
    valid, test = table
    ks = range(1, len(valid) + 1)
    expected = [enumerated(valid, test, list(combinations(range(len(valid)), k))) for k in ks]
    assert expected_best(valid, test, ks) == pytest.approx(expected, abs=1e-9)


@quick
@given(tables.filter(lambda table: len(table[0]) < 5))
def test_all_draws_with_replacement(table):
    """The first drawn of those that tie wins, so every drawn copy counts, not every architecture."""
    valid, test = table
    expected = [enumerated(valid, test, list(product(range(len(valid)), repeat=k))) for k in range(1, 6)]
    assert expected_best(valid, test, range(1, 6), replace=True) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("replace", [False, True])
@quick
@given(tables)
def test_one_draw_is_the_mean(replace, table):
    valid, test = table
    assert expected_best(valid, test, [1], replace=replace) == pytest.approx([test.mean()], abs=1e-9)


@quick
@given(tables)
def test_all_draws_are_the_best(table):
    valid, test = table
    best = test[valid == valid.max()].mean()
    assert expected_best(valid, test, len(valid)) == pytest.approx(best, abs=1e-9)
    assert expected_best(valid, test, 10**6, replace=True) == pytest.approx(best, abs=1e-9)


@quick
@given(tables, st.integers(0, 2**32))
def test_order_of_rows_does_not_count(table, seed):
    valid, test = table
    order = np.random.default_rng(seed).permutation(len(valid))
    ks = range(1, len(valid) + 1)
    assert expected_best(valid[order], test[order], ks) == pytest.approx(expected_best(valid, test, ks), abs=1e-9)


@pytest.mark.parametrize("replace", [False, True])
def test_selecting_by_the_target_only_gets_better(replace):
    test = np.random.default_rng(0).normal(size=15_625)
    ks = np.unique(np.geomspace(1, 15_625, 60).astype(int))
    best = expected_best(test, test, ks, replace=replace)
    assert (np.diff(best) > 0).all()
    assert best[-1] <= test.max() + 1e-12
    without = expected_best(test, test, ks)
    assert (without >= best - 1e-12).all()


def test_constant_stays_constant_at_full_size():
    """All probabilities sum to one, however many architectures and draws there are."""
    valid = np.random.default_rng(1).integers(500, size=15_625)
    ks = [1, 2, 100, 7_000, 15_624, 15_625]
    for replace in (False, True):
        assert expected_best(valid, np.full(15_625, 100.0), ks, replace=replace) == pytest.approx(
            [100.0] * 6, abs=1e-10
        )


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("k", [3, 50, 400])
def test_simulated_searches(replace, k):
    rng = np.random.default_rng(k)
    valid = rng.integers(200, size=500)
    test = valid + rng.normal(0, 40, size=500)
    winners = []
    for _ in range(4_000):
        drawn = rng.choice(500, size=k, replace=replace)
        winners.append(test[drawn[np.argmax(valid[drawn])]])
    error = np.std(winners) / np.sqrt(len(winners))
    assert expected_best(valid, test, [k], replace=replace)[0] == pytest.approx(np.mean(winners), abs=4 * error + 1e-9)


def test_many_ks_and_their_shape():
    rng = np.random.default_rng(2)
    valid, test = rng.normal(size=(2, 3_000))
    ks = np.arange(1, 201).reshape(4, 50)
    together = expected_best(valid, test, ks)
    assert together.shape == (4, 50)
    assert together[3, 7] == pytest.approx(float(expected_best(valid, test, ks[3, 7])), abs=1e-12)
    assert expected_best(valid, test, []).shape == (0,)


@pytest.mark.parametrize("k", [0, -1, 4, 1.5])
def test_bad_k(k):
    with pytest.raises(BadValue, match="1 to 3"):
        expected_best([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [k])


def test_bad_tables():
    with pytest.raises(BadValue, match="empty"):
        expected_best([], [], [1])
    with pytest.raises(BadValue, match=r"test\[1\] is nan"):
        expected_best([1.0, 2.0], [1.0, np.nan], [1])
    with pytest.raises(BadValue, match="at least 1"):
        expected_best([1.0], [1.0], [0], replace=True)
