"""The numbers of a report are those that SciPy, statsmodels, scikit-posthocs and autorank compute."""

import re
import warnings
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from reports_factory import fabricate
from scipy import stats
from searches import LONG, finals

from reports.figures.critical_difference import critical_difference
from reports.figures.improvement import improvement
from reports.figures.pen import Pen
from reports.figures.style import WEB, strokes, styled
from reports.page.group_sentences import group_sentences
from reports.summary.group import Group, groups_of, rows_of
from reports.summary.proxy import summarize_proxies
from reports.summary.search import SearchSummary

LABELS = LONG[:5]
rng = np.random.default_rng(5)


def study(number: int, unit: str = "%") -> SearchSummary:
    """Five algorithms on seeds that are easier or harder for all of them, with ties; the last two are much alike."""
    common = rng.exponential(1.0, (60, 1))
    losses = common + rng.exponential([0.6, 0.55, 0.35, 0.2, 0.2], (60, 5))
    ends = dict(zip(LABELS, losses.round(2).T, strict=True))
    return finals(ends, name=f"set_{number}", number=number, unit=unit, live=True)


SEARCHES = [study(0), study(1)]
"""Of one unit."""
MIXED = [SEARCHES[0], study(1, unit="bits")]


def group_of(searches: list[SearchSummary]) -> Group:
    (group,) = groups_of(searches)
    return group


def pairs_of(draw: object, searches: list[SearchSummary]) -> pd.DataFrame:
    """The data of a figure, with pairs as rows."""
    group = group_of(searches)
    with styled("test"):
        plot = draw(group, "", Pen(WEB, strokes(group.all_labels)))
    return plot.data.set_index(["algorithm", "other"]).assign(caption=plot.caption)


def ranks_of(pairs: pd.DataFrame) -> dict[str, float]:
    first = pairs["average_rank"].droplevel("other")
    last = pairs["other_average_rank"].droplevel("algorithm")
    return {**first.to_dict(), **last.to_dict()}


def test_friedmans_test_is_scipys() -> None:
    expected = stats.friedmanchisquare(*rows_of(group_of(SEARCHES)).T)
    line = next(line for line in group_sentences(group_of(SEARCHES)) if "Friedman" in line)
    assert f"χ² = {expected.statistic:.1f}, 4 degrees of freedom" in line
    assert expected.pvalue < 0.001
    assert "p < 0.001" in line
    alike = rng.normal(size=(40, 3)) ** 2
    (group,) = groups_of([finals(dict(zip(LABELS[:3], alike.T, strict=True)))])
    expected = stats.friedmanchisquare(*alike.T)
    line = next(line for line in group_sentences(group) if "Friedman" in line)
    shown = re.search(r"χ² = ([\d.]+), 2 degrees of freedom, p = ([\d.]+),", line)
    assert float(shown[1]) == pytest.approx(expected.statistic, abs=0.0501)
    assert float(shown[2]) == pytest.approx(expected.pvalue, abs=0.000501)


def test_ranks_and_corrected_signed_rank_tests_are_scipys_and_statsmodels() -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    rows, pairs = rows_of(group_of(SEARCHES)), pairs_of(critical_difference, SEARCHES)
    ranks = dict(zip(LABELS, stats.rankdata(rows, axis=1).mean(axis=0), strict=True))
    assert ranks_of(pairs) == pytest.approx(ranks)
    columns = dict(zip(LABELS, rows.T, strict=True))
    raw = [wilcoxon(columns[a], columns[b]) for a, b in pairs.index]
    expected = multitest.multipletests(raw, method="holm")[1]
    assert 0 < np.sum(expected > 0.05) < 10
    assert pairs["p"].to_numpy() == pytest.approx(expected, rel=1e-6)
    assert pairs["joined"].tolist() == (expected > 0.05).tolist()


def wilcoxon(a: np.ndarray, b: np.ndarray) -> float:
    """SciPy's p-value as for more than 50 differences."""
    return float(stats.wilcoxon(a, b, zero_method="pratt", correction=False, method="asymptotic").pvalue)


def test_who_is_told_apart_from_the_best_is_statsmodels_too() -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    for search in SEARCHES:
        best, *others = (row.algorithm for row in search.rows)
        pairs = [*((label, best) for label in others), *combinations(others, 2)]
        raw = [wilcoxon(search.loss[a], search.loss[b]) for a, b in pairs]
        expected = multitest.multipletests(raw, method="holm")[1][: len(others)]
        assert list(search.duels) == others
        assert [one.p for one in search.duels.values()] == pytest.approx(expected.tolist(), rel=1e-6)
        tied = [label for label, p in zip(search.duels, expected, strict=True) if p > 0.05]
        assert list(search.tied) == tied
        assert 0 < len(tied) < 4


def test_marks_and_diagram_of_a_data_set_are_one_family() -> None:
    for search in SEARCHES:
        pairs = pairs_of(critical_difference, [search])
        best = search.rows[0].algorithm
        for label, one in search.duels.items():
            place = (label, best) if (label, best) in pairs.index else (best, label)
            assert one.p == pytest.approx(pairs.loc[place, "p"])


def test_few_runs_have_scipys_exact_p() -> None:
    few = finals({"a": SEARCHES[0].loss[LABELS[0]][:9], "b": SEARCHES[0].loss[LABELS[4]][:9]}, live=True)
    (duel,) = few.duels.values()
    loss = few.loss.to_numpy()
    assert len(np.unique(np.abs(np.diff(loss)))) == 9
    assert duel.p == pytest.approx(stats.wilcoxon(*loss.T, method="exact").pvalue)


def test_nemenyis_test_is_that_of_scikit_posthocs() -> None:
    posthocs = pytest.importorskip("scikit_posthocs")
    rows, pairs = rows_of(group_of(MIXED)), pairs_of(critical_difference, MIXED)
    expected = posthocs.posthoc_nemenyi_friedman(rows)
    for (a, b), p in pairs["p"].items():
        assert p == pytest.approx(expected.iloc[LABELS.index(a), LABELS.index(b)], abs=1e-6)
    distance = stats.studentized_range.ppf(0.95, 5, np.inf) / np.sqrt(2) * np.sqrt(5 * 6 / (6 * len(rows)))
    assert f"CD = {distance:.2f} apart" in pairs["caption"].iloc[0]


def test_ranks_and_critical_distance_are_autoranks() -> None:
    """Losses that are far from normal make it choose the tests of Friedman and of Nemenyi."""
    autorank = pytest.importorskip("autorank")
    table = pd.DataFrame(rows_of(group_of(MIXED)), columns=list(LABELS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = autorank.autorank(table, alpha=0.05, verbose=False, order="ascending", force_mode="nonparametric")
    assert (theirs.omnibus, theirs.posthoc) == ("friedman", "nemenyi")
    pairs = pairs_of(critical_difference, MIXED)
    assert ranks_of(pairs) == pytest.approx(theirs.rankdf["meanrank"].to_dict())
    shown = float(re.search(r"CD = ([\d.]+)", pairs["caption"].iloc[0])[1])
    assert shown == pytest.approx(theirs.cd, abs=0.005)
    line = next(line for line in group_sentences(group_of(MIXED)) if "Friedman" in line)
    assert theirs.pvalue < 0.001
    assert "p < 0.001" in line


def test_the_probability_of_improvement_is_mann_whitneys_u() -> None:
    def share(search: SearchSummary, a: str, b: str) -> float:
        x, y = search.loss[a], search.loss[b]
        return float(stats.mannwhitneyu(y, x).statistic) / (len(x) * len(y))

    for search in SEARCHES:
        for row in search.rows:
            if row.improvement is not None:
                assert row.improvement.point == pytest.approx(share(search, row.algorithm, "random_search"))
    pairs = pairs_of(improvement, SEARCHES)
    assert len(pairs) == 20
    for a, b in pairs.index:
        assert pairs.loc[(a, b), "probability"] == pytest.approx(np.mean([share(one, a, b) for one in SEARCHES]))


def test_means_have_students_intervals() -> None:
    for row in SEARCHES[0].rows:
        values = SEARCHES[0].loss[row.algorithm]
        ends = stats.t.interval(0.95, len(values) - 1, loc=values.mean(), scale=stats.sem(values))
        assert row.final == pytest.approx((values.mean(), *ends))
        assert row.median == pytest.approx(values.median())


def test_average_ranks_of_a_study_are_scipys() -> None:
    search = SEARCHES[0]
    expected = dict(zip(search.loss, stats.rankdata(search.loss, axis=1).mean(axis=0), strict=True))
    assert {row.algorithm: row.rank.point for row in search.rows} == pytest.approx(expected)


def test_correlations_of_the_proxy_table_are_scipys() -> None:
    results = fabricate(algorithms=(), proxies=("params", "synflow", "reduced_epochs"), architectures=60, seeds=3)
    summary = summarize_proxies(results.manifest["studies"][0], results.scores, results.truth, results.measured)
    assert len(summary.rows) == 3
    for row in summary.rows:
        parts = [part for _, part in results.scores[results.scores["proxy"] == row.proxy].groupby("seed")]
        taus = [stats.kendalltau(part["score"], part["truth"]).statistic for part in parts]
        rhos = [stats.spearmanr(part["score"], part["truth"]).statistic for part in parts]
        assert row.kendall.point == pytest.approx(np.mean(taus))
        assert row.spearman.point == pytest.approx(np.mean(rhos))
