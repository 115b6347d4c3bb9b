import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import kendalltau, mannwhitneyu, rankdata, spearmanr

from harness.errors import BadValue
from harness.statistics.bootstrap import bootstrap
from harness.statistics.ceiling import noise_ceiling
from harness.statistics.compare import average_ranks, probability_of_improvement
from harness.statistics.rank import kendall, spearman
from harness.statistics.scoring import score_proxy
from harness.statistics.top import best_rank_at, precision_at, regret_at, top_kendall
from harness.statistics.weighted import weighted_kendall

quick = settings(deadline=None, max_examples=60)
rng = np.random.default_rng(0)
TRUTH = rng.normal(90, 3, size=200)
SCORE = (TRUTH + rng.normal(0, 3, size=200)).round()


def test_score_card_holds_every_statistic():
    card = score_proxy(SCORE, TRUTH, resamples=100, seed=5)
    assert (card.n, card.dropped, card.k) == (200, 0, 20)
    assert card.kendall == bootstrap(kendall, SCORE, TRUTH, resamples=100, seed=5)
    assert card.spearman == bootstrap(spearman, SCORE, TRUTH, resamples=100, seed=5)
    assert card.weighted_kendall == bootstrap(weighted_kendall, SCORE, TRUTH, resamples=100, seed=5)
    assert card.top_kendall == top_kendall(SCORE, TRUTH, 20)
    assert card.precision == precision_at(SCORE, TRUTH, 20)
    assert card.best_rank == best_rank_at(SCORE, TRUTH, 20)
    assert card.regret == regret_at(SCORE, TRUTH, 20)
    sizes = np.unique(SCORE, return_counts=True)[1]
    assert card.ties == pytest.approx((sizes * (sizes - 1)).sum() / (200 * 199))


def test_missing_rows_are_counted_and_left_out():
    score, truth = SCORE.copy(), TRUTH.copy()
    score[:7] = np.nan
    truth[5:10] = np.nan
    card = score_proxy(score, truth, resamples=50, k=12)
    assert card.dropped == 10
    assert card == score_proxy(SCORE[10:], TRUTH[10:], resamples=50, k=12)._replace(dropped=10)


def test_sign_is_kept():
    card, flipped = score_proxy(SCORE, TRUTH, resamples=50), score_proxy(-SCORE, TRUTH, resamples=50)
    assert card.kendall.point > 0
    assert flipped.kendall.point == pytest.approx(-card.kendall.point)
    assert flipped.kendall.high == pytest.approx(-card.kendall.low)


def test_constant_score_is_undefined_but_picks_at_random():
    card = score_proxy(np.zeros(50), np.arange(50.0), resamples=20)
    assert card.ties == 1.0
    assert all(math.isnan(value) for value in (*card.kendall, *card.spearman, *card.weighted_kendall, card.top_kendall))
    assert card.precision == pytest.approx(10 / 50)
    assert card.best_rank == pytest.approx(51 / 11)


@pytest.mark.parametrize("n", [0, 1, 9])
def test_too_few_for_a_top(n):
    card = score_proxy(SCORE[:n], TRUTH[:n], resamples=20)
    assert (card.n, card.k) == (n, 10)
    assert all(math.isnan(value) for value in (card.top_kendall, card.precision, card.best_rank, card.regret))
    assert math.isnan(card.kendall.point) == (n < 2)


@pytest.mark.parametrize(
    ("score", "k", "message"),
    [
        ([1.0, math.nan, math.inf], None, r"score\[2\] is inf"),
        ([1.0, 2.0], None, "score: 2, truth: 3"),
        ([1.0, 2.0, 3.0], 0, "k is 0"),
        ([[1.0], [2.0], [3.0]], None, "shape"),
    ],
)
def test_bad_scores(score, k, message):
    with pytest.raises(BadValue, match=message):
        score_proxy(score, [1.0, 2.0, 3.0], k=k)


def test_ceiling_is_the_mean_over_pairs_of_seeds():
    seeds = TRUTH[:, None] + rng.normal(0, 1, size=(200, 3))
    seeds[150:, 2] = np.nan
    ceiling = noise_ceiling(seeds)
    common = [(seeds[:, 0], seeds[:, 1]), (seeds[:150, 0], seeds[:150, 2]), (seeds[:150, 1], seeds[:150, 2])]
    assert (ceiling.pairs, ceiling.n) == (3, 200)
    assert ceiling.kendall == pytest.approx(np.mean([kendalltau(*pair).statistic for pair in common]))
    assert ceiling.spearman == pytest.approx(np.mean([spearmanr(*pair).statistic for pair in common]))


def test_ceiling_counts_only_what_two_seeds_measured():
    values = np.array([[1.0, 2.0, np.nan], [2.0, 3.0, np.nan], [3.0, np.nan, np.nan], [0.0, 0.0, 5.0]])
    assert noise_ceiling(values) == (1.0, 1.0, 1, 3)


@pytest.mark.parametrize("values", [np.zeros((5, 1)), np.zeros((5, 3)), np.full((4, 2), np.nan), np.zeros((0, 3))])
def test_no_ceiling_without_a_defined_pair(values):
    ceiling = noise_ceiling(values)
    assert math.isnan(ceiling.kendall)
    assert math.isnan(ceiling.spearman)
    assert ceiling.pairs == 0


def test_bad_ceiling():
    with pytest.raises(BadValue, match="shape"):
        noise_ceiling([1.0, 2.0])
    with pytest.raises(BadValue, match="inf"):
        noise_ceiling([[1.0, math.inf], [1.0, 2.0]])


tables = st.tuples(st.integers(1, 8), st.integers(1, 5)).flatmap(
    lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(0, 4))
)


@quick
@given(tables)
def test_average_ranks_by_scipy(values):
    ranks = average_ranks(values, resamples=20)
    assert [rank.point for rank in ranks] == pytest.approx(np.mean([rankdata(row) for row in values], axis=0).tolist())
    assert sum(rank.point for rank in ranks) == pytest.approx(values.shape[1] * (values.shape[1] + 1) / 2)
    assert [r.point for r in average_ranks(np.exp(values), resamples=2)] == [r.point for r in ranks]


def test_average_ranks_of_a_clear_winner():
    values = np.stack([SCORE - 100, SCORE, SCORE + 100], axis=1)
    assert average_ranks(values, resamples=50) == [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0), (3.0, 3.0, 3.0)]


@pytest.mark.parametrize("values", [[1.0, 2.0], np.zeros((0, 3)), np.zeros((3, 0)), [[1.0, math.nan]]])
def test_bad_ranks(values):
    with pytest.raises(BadValue, match="values"):
        average_ranks(values)


@quick
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_improvement_by_scipy(runs):
    a, b = np.array(runs).T
    value = probability_of_improvement(a, b, resamples=2).point
    assert value == pytest.approx(np.mean((a[:, None] < b) + (a[:, None] == b) / 2))
    assert value == pytest.approx(1 - probability_of_improvement(b, a, resamples=2).point)
    assume(len(np.unique([a, b])) > 1)
    assert value == pytest.approx(mannwhitneyu(b, a, method="asymptotic").statistic / len(a) ** 2)


def test_improvement_has_an_interval():
    interval = probability_of_improvement(SCORE - 1, SCORE, resamples=200)
    assert 0.5 < interval.low < interval.point < interval.high < 1
    assert probability_of_improvement(SCORE, SCORE, resamples=20) == (0.5, 0.5, 0.5)


def test_bad_improvement():
    with pytest.raises(BadValue, match="empty"):
        probability_of_improvement([], [])
    with pytest.raises(BadValue, match="a: 1, b: 2"):
        probability_of_improvement([1.0], [1.0, 2.0])
