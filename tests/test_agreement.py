"""How far proxies agree: the matrix is scipy's, neighbours agree, and what is undefined comes last."""

import csv
import io
from functools import cache
from time import process_time

import numpy as np
import pandas as pd
import pytest
from reports_factory import fabricate
from scipy.stats import kendalltau

from harness.statistics.bootstrap import Interval
from reports.summary import agreement as module
from reports.summary.agreement import TRUTH, Agreement, agreement_of, extent
from reports.summary.learning import featured
from reports.summary.proxy import ProxySummary, summarize_proxies
from reports.tables.agreement_table import agreement_table
from reports.tables.as_csv import as_csv
from reports.tables.as_latex import as_latex

PROXIES = ("params", "flops", "synflow", "reduced_epochs")


@cache
def summary(architectures: int = 60, seeds: int = 2, proxies: tuple[str, ...] = PROXIES) -> ProxySummary:
    results = fabricate(algorithms=(), architectures=architectures, seeds=seeds, proxies=proxies)
    return summarize_proxies(results.manifest["studies"][0], results.scores, results.truth, results.measured)


def known(found: Agreement | None) -> Agreement:
    assert found is not None
    return found


def by_scipy(frame: pd.DataFrame, a: str, b: str) -> float:
    """Tau-b of two columns on the rows that both know, mean over the seeds in which it is defined."""
    taus = []
    for _, part in frame.groupby("seed"):
        table = part.pivot(index="arch", columns="proxy", values="score")
        table[TRUTH] = part.groupby("arch")["truth"].first()
        taus.append(kendalltau(*table[[a, b]].dropna().to_numpy().T).statistic)
    return float(np.nanmean(taus))


def test_every_cell_is_scipys_tau_b_averaged_over_seeds() -> None:
    found = known(agreement_of(summary()))
    assert set(found.labels) == {TRUTH, *PROXIES}
    for i, a in enumerate(found.labels):
        for j, b in enumerate(found.labels[:i]):
            assert found.kendall[i, j] == pytest.approx(by_scipy(summary().frame, a, b), abs=1e-12)
    assert (np.diag(found.kendall) == 1).all()
    assert (found.kendall == found.kendall.T).all()


def test_the_column_of_the_truth_is_what_the_table_of_proxies_says() -> None:
    found = known(agreement_of(summary()))
    assert found.labels[0] == TRUTH
    taus = dict(zip(found.labels, found.kendall[0], strict=True))
    for row in summary().rows:
        assert taus[row.proxy] == pytest.approx(row.kendall.point, abs=1e-12)


def test_missing_scores_cost_a_pair_only_the_rows_that_lack_one() -> None:
    frame = summary().frame.copy()
    rows = np.flatnonzero(frame["proxy"] == "synflow")
    frame.loc[frame.index[rows[::3]], "score"] = np.nan
    rows = np.flatnonzero(frame["proxy"] == "params")
    frame.loc[frame.index[rows[::4]], "score"] = np.nan
    found = known(agreement_of(summary()._replace(frame=frame)))
    i, j, k = (found.labels.index(label) for label in ("synflow", "params", "flops"))
    assert found.kendall[i, j] == pytest.approx(by_scipy(frame, "synflow", "params"), abs=1e-12)
    assert found.kendall[i, k] == pytest.approx(by_scipy(frame, "synflow", "flops"), abs=1e-12)


def test_proxies_of_a_kind_stand_side_by_side_and_the_end_closer_to_the_truth_in_front() -> None:
    rng = np.random.default_rng(3)
    truth, one, two = rng.normal(size=(3, 200))
    columns = {
        "a1": one + 0.1 * truth, "b1": two + 0.7 * truth, "a2": one + 0.1 * rng.normal(size=200),
        "b2": two + 0.7 * truth + 0.1 * rng.normal(size=200), "a3": one + 0.1 * rng.normal(size=200),
    }  # fmt: skip
    found = known(agreement_of(of_columns(columns, truth)))
    kinds = [label[0] for label in found.labels[1:]]
    assert kinds == ["b", "b", "a", "a", "a"]
    found = known(agreement_of(of_columns({name: -column for name, column in columns.items()}, truth)))
    assert [label[0] for label in found.labels[1:]] == ["a", "a", "a", "b", "b"]


def test_a_proxy_without_correlation_comes_last_and_is_nan() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=50)
    columns = {"constant": np.ones(50), "lost": np.full(50, np.nan), "x": truth + rng.normal(size=50), "y": -truth}
    found = known(agreement_of(of_columns(columns, truth)))
    assert found.labels == (TRUTH, "x", "y", "constant", "lost")
    assert np.isnan(found.kendall[3:, :3]).all()
    assert np.isfinite(found.kendall[:3, :3]).all()


def test_two_proxies_that_share_no_architecture_are_as_far_apart_as_strangers() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=60)
    half = np.arange(60) < 30
    columns = {"x": np.where(half, truth, np.nan), "y": np.where(half, np.nan, truth), "z": truth}
    found = known(agreement_of(of_columns(columns, truth)))
    assert found.labels[2] == "z"
    assert np.isnan(found.kendall[1, 3])


def test_there_is_nothing_to_compare_with_fewer_than_two_correlations() -> None:
    truth = np.arange(20.0)
    assert agreement_of(of_columns({"x": truth}, truth)) is None
    assert agreement_of(of_columns({"x": truth, "constant": np.ones(20)}, truth)) is None
    assert agreement_of(of_columns({"x": truth, "y": -truth}, truth)) is not None


def test_a_predictor_is_compared_at_its_largest_training_set() -> None:
    found = summary(40, 1, ("params", "random_forest(train=10)", "random_forest(train=100)"))
    labels = known(agreement_of(found)).labels
    assert set(labels) == {TRUTH, *(row.proxy for row in featured(found))}
    assert "random_forest(train=10)" not in labels


def test_what_would_take_too_long_uses_fewer_seeds_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = 5 * 4 // 2
    monkeypatch.setattr(module, "CALL", 10)
    monkeypatch.setattr(module, "WORK", pairs * 70)
    found = known(agreement_of(summary()))
    assert (found.seeds, found.all_seeds) == (1, 2)
    first = summary().frame[summary().frame["seed"] == 0]
    i, j = found.labels.index("synflow"), found.labels.index("params")
    assert found.kendall[i, j] == pytest.approx(by_scipy(first, "synflow", "params"))
    assert extent(found) == "; of the first of 2 seeds"


def test_what_would_still_take_too_long_uses_a_sample_of_architectures(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = 5 * 4 // 2
    monkeypatch.setattr(module, "CALL", 10)
    monkeypatch.setattr(module, "WORK", pairs * 50)
    found, again = known(agreement_of(summary())), known(agreement_of(summary()))
    assert (found.architectures, found.all_architectures) == (40, 60)
    assert (found.kendall == again.kendall).all()
    assert extent(found) == ": 40 drawn from the 60 of the first seed"


def test_all_cells_of_a_space_take_seconds() -> None:
    rng = np.random.default_rng(0)
    truth, factors = rng.normal(size=15625), rng.normal(size=(15625, 3))
    columns = {f"p{i}": truth + factors @ rng.normal(size=3) + rng.normal(size=15625) for i in range(8)}
    base = of_columns(columns, truth)
    begin = process_time()
    assert known(agreement_of(base)).architectures == 15625
    assert process_time() - begin < 3  # a ninth of the pairs of 24 proxies


def test_the_table_holds_the_same_numbers() -> None:
    found = known(agreement_of(summary()))
    table = agreement_table(summary(), found)
    rows = list(csv.DictReader(io.StringIO(as_csv(table))))
    assert [row["proxy"] for row in rows] == list(found.labels)
    for i, row in enumerate(rows):
        for j, label in enumerate(found.labels):
            cell = row[f"kendall_tau_b_with_{label}"]
            assert cell == "" if i == j else float(cell) == found.kendall[i, j]
    assert "mean over 2 seeds" in table.notes[0]
    assert "proxies that agree tend to stand side by side" in table.notes[0]
    assert r"reduced\_epochs" in as_latex(table)


def of_columns(columns: dict[str, np.ndarray], truth: np.ndarray) -> ProxySummary:
    """A study of these scores in the given order, of which the summary knows no more than the correlation."""
    frame = pd.concat([
        pd.DataFrame({"proxy": label, "seed": 0, "arch": np.arange(len(truth)), "score": scores, "truth": truth})
        for label, scores in columns.items()
    ], ignore_index=True)  # fmt: skip
    rows = []
    for label, scores in columns.items():
        both = np.isfinite(scores)
        tau = kendalltau(scores[both], truth[both]).statistic if both.any() else np.nan
        rows.append(summary().rows[0]._replace(proxy=label, kendall=Interval(tau, tau, tau), trained=0))
    return ProxySummary(summary().study, frame, tuple(rows), None)
