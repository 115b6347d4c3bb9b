from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import kendalltau

from harness.errors import BadValue
from harness.statistics.top import best_rank_at, precision_at, regret_at, top_kendall

quick = settings(deadline=None, max_examples=60)
ratings = st.integers(1, 7).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, n, elements=st.integers(0, 3)),
        hnp.arrays(np.int64, n, elements=st.integers(0, 5)),
        st.integers(1, n),
    )
)
everything = pytest.mark.parametrize("statistic", [top_kendall, precision_at, best_rank_at, regret_at])


def picks(values, k):
    """Every set of k rows that holds no row below one that it leaves out."""
    cut = np.sort(values)[-k]
    above = np.flatnonzero(values > cut).tolist()
    tied = np.flatnonzero(values == cut).tolist()
    return [above + list(some) for some in combinations(tied, k - len(above))]


@quick
@given(ratings)
def test_expectation_over_all_ways_to_break_ties(rating):
    score, truth, k = rating
    chosen, best = picks(score, k), picks(truth, k)
    rank = [1 + (truth > value).sum() for value in truth]
    shared = [len(set(a) & set(b)) / k for a in chosen for b in best]
    assert precision_at(score, truth, k) == pytest.approx(np.mean(shared), abs=1e-9)
    assert best_rank_at(score, truth, k) == pytest.approx(np.mean([min(rank[i] for i in a) for a in chosen]), abs=1e-9)
    regrets = [truth.max() - truth[a].max() for a in chosen]
    assert regret_at(score, truth, k) == pytest.approx(np.mean(regrets), abs=1e-9)


@quick
@given(ratings)
def test_top_kendall_by_definition(rating):
    score, truth, k = rating
    keep = truth >= np.sort(truth)[-k]
    assume(len(np.unique(score[keep])) > 1 and len(np.unique(truth[keep])) > 1)
    assert top_kendall(score, truth, k) == pytest.approx(kendalltau(score[keep], truth[keep]).statistic, abs=1e-12)


@everything
@quick
@given(ratings, st.integers(0, 2**32))
def test_order_of_rows_does_not_count(statistic, rating, seed):
    score, truth, k = rating
    order = np.random.default_rng(seed).permutation(len(score))
    value = statistic(score, truth, k)
    assert statistic(score[order], truth[order], k) == pytest.approx(value, abs=1e-12, nan_ok=True)
    assert statistic(np.exp(score), truth, k) == pytest.approx(value, abs=1e-12, nan_ok=True)


@quick
@given(hnp.arrays(np.float64, st.integers(2, 30), elements=st.floats(-5, 5), unique=True), st.data())
def test_the_truth_is_a_perfect_score(truth, data):
    k = data.draw(st.integers(2, len(truth)))
    assert top_kendall(truth, truth, k) == 1.0
    assert precision_at(truth, truth, k) == 1.0
    assert best_rank_at(truth, truth, k) == 1.0
    assert regret_at(truth, truth, k) == 0.0
    assert best_rank_at(-truth, truth, 1) == len(truth)
    assert regret_at(-truth, truth, 1) == pytest.approx(truth.max() - truth.min())


def test_by_hand():
    score = [9, 8, 7, 6, 5, 4]
    truth = [70.0, 60.0, 90.0, 80.0, 75.0, 95.0]
    assert precision_at(score, truth, 3) == pytest.approx(1 / 3)
    assert best_rank_at(score, truth, 2) == 5
    assert best_rank_at(score, truth, 3) == 2
    assert regret_at(score, truth, 2) == 25.0
    assert top_kendall(score, truth, 3) == pytest.approx(-1 / 3)


@everything
@pytest.mark.parametrize("k", [0, 4, 2.0, "2"])
def test_bad_k(statistic, k):
    with pytest.raises(BadValue, match="1 to 3"):
        statistic([1, 2, 3], [1, 2, 3], k)


@everything
def test_bad_columns(statistic):
    with pytest.raises(BadValue, match="truth"):
        statistic([1, 2, 3], [1, 2, np.nan], 1)
    with pytest.raises(BadValue, match="score: 2, truth: 3"):
        statistic([1, 2], [1, 2, 3], 1)
