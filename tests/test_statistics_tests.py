import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from harness.errors import BadValue
from harness.statistics.compare import probability_of_improvement
from harness.statistics.corrections import benjamini_hochberg, holm
from harness.statistics.critical_difference import (
    cliques,
    critical_difference,
    nemenyi,
    nemenyi_diagram,
    wilcoxon_diagram,
)
from harness.statistics.effect_size import magnitude, vargha_delaney
from harness.statistics.friedman import friedman
from harness.statistics.pairwise import pairwise, pairwise_p
from harness.statistics.signed_rank import EXACT, signed_rank

quick = settings(deadline=None, max_examples=60)
rng = np.random.default_rng(0)
RUNS = rng.normal([0, 0.3, 0.5, 2.0], 1, size=(30, 4))
AUC = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.97501, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)
"""Demsar, JMLR 7, 2006, table 6: 14 data sets, 4 algorithms. Two entries of a row that print alike are ranked apart."""
tables = st.tuples(st.integers(2, 9), st.integers(3, 5)).flatmap(
    lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(0, 6))
)


@quick
@given(tables)
def test_friedman_equal_to_scipy(values):
    assume(any(len(set(row)) > 1 for row in values.tolist()))
    theirs = stats.friedmanchisquare(*values.T)
    ours = friedman(values)
    assert ours.chi2 == pytest.approx(theirs.statistic)
    assert ours.chi2_p == pytest.approx(theirs.pvalue)
    n, k = values.shape
    rest = n * (k - 1) - theirs.statistic
    assume(rest > 1e-6)
    assert ours.f == pytest.approx((n - 1) * theirs.statistic / rest)
    assert ours.f_p == pytest.approx(stats.f.sf(ours.f, k - 1, (k - 1) * (n - 1)))


def test_the_worked_example():
    ours = friedman(1 - AUC)
    assert ours.rows == 14
    assert ours.ranks.round(3).tolist() == [3.143, 2.0, 2.893, 1.964]
    untied = 12 * 14 / (4 * 5) * ((ours.ranks**2).sum() - 4 * 25 / 4)
    assert untied == pytest.approx(9.28, abs=0.01)
    assert ours.chi2 > untied
    assert round(critical_difference(4, 14), 2) == 1.25
    assert round(critical_difference(4, 14, 0.9), 2) == 1.12


def test_friedman_where_all_agree_and_where_all_tie():
    agreed = friedman(np.tile([1.0, 2.0, 3.0], (5, 1)))
    assert (agreed.chi2, agreed.f, agreed.f_p) == (10.0, math.inf, 0.0)
    assert agreed.ranks.tolist() == [1.0, 2.0, 3.0]
    tied = friedman(np.zeros((5, 3)))
    assert all(math.isnan(value) for value in tied[:4])
    assert friedman([[1.0, 2.0], [2.0, 1.0]]).chi2_p == 1.0


@pytest.mark.parametrize("test", [friedman, nemenyi, nemenyi_diagram, wilcoxon_diagram])
@pytest.mark.parametrize("values", [np.ones((1, 3)), np.ones((3, 1)), [1.0, 2.0], [[1.0, math.nan], [1.0, 2.0]]])
def test_bad_blocks(test, values):
    with pytest.raises(BadValue, match="values"):
        test(values)


@pytest.mark.parametrize(("algorithms", "quantile"), [(2, 1.960), (3, 2.344), (5, 2.728), (8, 3.031), (10, 3.164)])
def test_critical_values_of_the_paper(algorithms, quantile):
    """Demsar 2006, table 5 (a); the last digit of the tables differs between sources."""
    unit = math.sqrt(algorithms * (algorithms + 1) / (6 * 20))
    assert critical_difference(algorithms, 20) / unit == pytest.approx(quantile, abs=2e-3)


def test_two_algorithms_are_a_normal_test():
    values = rng.normal([0, 0.4], 1, size=(40, 2))
    ranks = friedman(values).ranks
    z = (ranks[1] - ranks[0]) / math.sqrt(2 * 3 / (6 * 40))
    assert nemenyi(values)[0, 1] == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_a_distance_is_critical_where_the_p_value_says_so():
    p, ranks = nemenyi(RUNS), friedman(RUNS).ranks
    distances = np.abs(ranks[:, None] - ranks)
    for level in (0.5, 0.9, 0.95, 0.999):
        assert (distances > critical_difference(4, 30, level)).tolist() == (p < 1 - level).tolist()
    assert (p == p.T).all()
    assert np.diag(p).tolist() == [1.0] * 4


def test_bad_critical_difference():
    with pytest.raises(BadValue, match="at least two"):
        critical_difference(1, 10)
    with pytest.raises(BadValue, match="rows is 0"):
        critical_difference(3, 0)
    with pytest.raises(BadValue, match="level is 95"):
        critical_difference(3, 10, 95)


def test_nemenyi_by_scikit_posthocs():
    posthocs = pytest.importorskip("scikit_posthocs")
    for values in (RUNS, AUC, RUNS.round(0)):
        assert nemenyi(values) == pytest.approx(posthocs.posthoc_nemenyi_friedman(values).to_numpy(), abs=1e-9)


def test_pairwise_by_scikit_posthocs():
    posthocs = pytest.importorskip("scikit_posthocs")
    theirs = posthocs.posthoc_wilcoxon(list(RUNS.T), p_adjust="holm").to_numpy()
    assert pairwise_p(RUNS) == pytest.approx(theirs, abs=1e-12)


def pairs(k):
    return list(combinations(range(k), 2))


@pytest.mark.parametrize("k", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("seed", range(5))
def test_cliques_by_brute_force(k, share, seed):
    chance = np.random.default_rng(seed)
    ranks, p = chance.integers(1, 4, size=k).astype(float), np.ones((k, k))
    for pair in pairs(k):
        if chance.random() < share:
            p[pair] = p[pair[::-1]] = 0.01
    groups = [set(some) for size in range(2, k + 1) for some in combinations(range(k), size)]
    alike = [group for group in groups if all(p[pair] > 0.05 for pair in combinations(sorted(group), 2))]
    largest = [group for group in alike if not any(group < other for other in alike)]
    found = cliques(ranks, p)
    assert sorted(map(sorted, found)) == sorted(map(sorted, largest))
    assert all((np.diff(ranks[list(clique)]) >= 0).all() for clique in found)


def test_diagrams():
    diagram = nemenyi_diagram(RUNS)
    assert diagram.distance == critical_difference(4, 30)
    assert diagram.cliques == ((0, 1, 2),)
    assert diagram.ranks.tolist() == friedman(RUNS).ranks.tolist()
    swapped = nemenyi_diagram(RUNS[:, ::-1])
    assert swapped.cliques == ((3, 2, 1),)
    by_pairs = wilcoxon_diagram(RUNS)
    assert math.isnan(by_pairs.distance)
    assert by_pairs.p.tolist() == pairwise_p(RUNS).tolist()
    assert nemenyi_diagram(np.tile(np.arange(4.0), (50, 1))).cliques == ()
    overlapping = np.array([[0, 1, 2], [0, 1, 2], [1, 0, 2], [0, 2, 1]] * 3)
    assert nemenyi_diagram(overlapping, level=0.975).cliques == ((0, 1), (1, 2))


differences = st.lists(st.integers(-6, 6), min_size=1, max_size=9)


@quick
@given(differences)
def test_signed_rank_by_all_signs(values):
    """Ties and zeros included: the ranks are fixed, each sign is a toss of a coin."""
    d = np.array(values)
    ranks = stats.rankdata(np.abs(d))[d != 0]
    least = min(ranks[d[d != 0] > 0].sum(), ranks[d[d != 0] < 0].sum())
    sums = [
        sum(r for r, sign in zip(ranks, signs, strict=True) if sign) for signs in product([0, 1], repeat=len(ranks))
    ]
    ours = signed_rank(d, np.zeros(len(d)))
    assert ours.p == pytest.approx(min(1.0, 2 * np.mean(np.array(sums) <= least)))
    assert (ours.statistic, ours.n, ours.zeros, ours.exact) == (least, len(d), (d == 0).sum(), True)


@pytest.mark.parametrize("n", [1, 2, 5, 20, 49, 50])
def test_exact_equal_to_scipy(n):
    a, b = rng.normal(size=n), rng.normal(0.4, 1, size=n)
    theirs = stats.wilcoxon(a, b, method="exact")
    assert signed_rank(a, b)[:2] == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)


@pytest.mark.parametrize("decimals", [0, 1, 9])
@pytest.mark.parametrize("n", [80, 500])
def test_normal_equal_to_scipy(n, decimals):
    a, b = rng.normal(size=n).round(decimals), rng.normal(0.2, 1, size=n).round(decimals)
    theirs = stats.wilcoxon(a, b, zero_method="pratt", method="asymptotic")
    ours = signed_rank(a, b)
    assert ours[:2] == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)
    assert ours.exact == (n - ours.zeros <= EXACT)


def test_exact_and_normal_meet():
    many = np.random.default_rng(7).normal(0.3, 1, size=EXACT + 1)
    few, normal = signed_rank(many[:-1], np.zeros(EXACT)), signed_rank(many, np.zeros(EXACT + 1))
    assert (few.exact, normal.exact) == (True, False)
    approximate = stats.wilcoxon(many[:-1], method="asymptotic").pvalue
    assert few.p == pytest.approx(approximate, rel=0.02)


def test_an_equal_run_counts_between_a_small_loss_and_a_small_gain():
    """The example by which Pratt shows what leaving zeros out first does."""
    values = np.array([0, 2, 3, 4, 6, 7, 8, 9, 11, 14, 15, 17, -18.0])
    loss, zero, gain = (signed_rank(values + shift, np.zeros(13)).p for shift in (-0.1, 0.0, 0.1))
    assert gain < zero < loss < stats.wilcoxon(values[1:], method="exact").pvalue


def test_all_runs_equal():
    assert signed_rank([1.0, 2.0], [1.0, 2.0]) == (0.0, 1.0, 2, 2, True)


def test_whole_numbers_do_not_wrap():
    small = np.array([0, 1, 2], dtype=np.uint8)
    assert signed_rank(small, small[::-1]) == signed_rank(small.astype(float), small[::-1].astype(float))


def test_bad_signed_rank():
    with pytest.raises(BadValue, match="a: 1, b: 2"):
        signed_rank([1.0], [1.0, 2.0])
    with pytest.raises(BadValue, match="empty"):
        signed_rank([], [])
    with pytest.raises(BadValue, match=r"b\[0\] is inf"):
        signed_rank([1.0], [math.inf])


def test_corrections_by_hand():
    p = [0.01, 0.04, 0.03, 0.5]
    assert holm(p).tolist() == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert benjamini_hochberg(p).tolist() == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == benjamini_hochberg([]).tolist() == []


probabilities = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.05, 1.0]), min_size=1, max_size=12)


@quick
@given(probabilities)
def test_benjamini_hochberg_equal_to_scipy(p):
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p), abs=1e-12)


@quick
@given(probabilities, st.floats(0.001, 0.5))
def test_holm_steps_down(p, alpha):
    """The procedure as Holm states it: reject from the smallest on, until one is not below alpha / (those left)."""
    rejected = set()
    for step, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        if p[i] * (len(p) - step) > alpha:
            break
        rejected.add(i)
    assert set(np.flatnonzero(holm(p) <= alpha).tolist()) == rejected


def test_corrections_by_statsmodels():
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    for n in (1, 2, 30):
        p = np.random.default_rng(n).random(n) ** 3
        for ours, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
            assert ours(p) == pytest.approx(multitest.multipletests(p, method=method)[1], abs=1e-12)


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
@pytest.mark.parametrize("p", [[0.1, 1.5], [0.1, -0.1], [0.1, math.nan]])
def test_bad_p_values(correct, p):
    with pytest.raises(BadValue, match=r"p\[1\]"):
        correct(p)


def test_effect_size():
    a, b = RUNS[:, 0], RUNS[:, 3]
    effect = vargha_delaney(a, b, resamples=200)
    assert effect.point == pytest.approx(stats.mannwhitneyu(b, a).statistic / 900)
    assert effect == probability_of_improvement(a, b, resamples=200)
    assert 0.5 < effect.low < effect.point < effect.high <= 1


@pytest.mark.parametrize(
    ("a12", "word"), [(0.5, "negligible"), (0.559, "negligible"), (0.56, "small"), (0.64, "medium"), (0.71, "large")]
)
def test_magnitudes_are_the_same_on_both_sides(a12, word):
    assert magnitude(a12) == magnitude(1 - a12) == word


def test_bad_magnitude():
    for value in (-0.1, 1.1, math.nan):
        with pytest.raises(BadValue, match="A12"):
            magnitude(value)


def test_pairs_hold_tests_and_effects():
    found = pairwise(RUNS, resamples=50)
    assert [(pair.a, pair.b) for pair in found] == pairs(4)
    corrected = holm([signed_rank(RUNS[:, a], RUNS[:, b]).p for a, b in pairs(4)])
    for pair, p in zip(found, corrected, strict=True):
        a, b = RUNS[:, pair.a], RUNS[:, pair.b]
        assert pair.test == signed_rank(a, b)
        assert pair.p == p == pairwise_p(RUNS)[pair.a, pair.b] == pairwise_p(RUNS)[pair.b, pair.a]
        assert pair.a12 == vargha_delaney(a, b, resamples=50)
    assert pairwise(RUNS, benjamini_hochberg, resamples=2)[0].p < found[0].p
    assert pairwise(RUNS[:, :1]) == []
