"""The numbers in the tables are those of the statistics; their words are right in each form."""

import dataclasses
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reports_factory import fabricate

from harness.budget import Budget, Ledger
from harness.core import Evaluation, Fidelity, Query
from harness.results import Results
from harness.spaces.nb201 import OPERATIONS, Nb201
from harness.statistics.bias import operation_bias
from harness.statistics.bins import correlation_by_bin
from harness.statistics.bootstrap import Interval
from harness.statistics.ceiling import noise_ceiling
from harness.statistics.compare import average_ranks, probability_of_improvement
from harness.statistics.difference import proxy_difference
from harness.statistics.mean import mean_interval
from harness.statistics.partial import partial_kendall
from harness.statistics.rank import kendall, spearman
from harness.statistics.scoring import score_proxy
from harness.statistics.weighted import weighted_kendall
from reports.figures.cost import draw_cost
from reports.leads import chance, lead
from reports.numbers import decimals, duration, interval, number, plus_minus, significant
from reports.page.proxy_sentences import price, proxy_sentences
from reports.summary.bias import bias_of, counts_of
from reports.summary.bins import bins_of
from reports.summary.learning import featured, learning_curves
from reports.summary.ledger import proxy_ledger, search_ledger
from reports.summary.over_seeds import resamples
from reports.summary.pairs import pairs_of
from reports.summary.proxy import ProxyRow, ProxySummary, summarize_proxies
from reports.summary.runs import runs_of
from reports.summary.search import summarize_search
from reports.tables.as_csv import as_csv
from reports.tables.as_latex import as_latex
from reports.tables.as_markdown import as_markdown
from reports.tables.bias_table import bias_table
from reports.tables.bins_table import bins_table
from reports.tables.latex_text import escape
from reports.tables.ledger_table import ledger_table
from reports.tables.pairs_table import pairs_table
from reports.tables.proxy_table import proxy_table
from reports.tables.search_table import search_table
from reports.tables.table import Column, Missing, Table
from reports.tables.training_sizes_table import training_sizes_table


@pytest.fixture(scope="module")
def results() -> Results:
    return fabricate(runs=10, steps=20, architectures=90, seeds=3, proxies=("params", "synflow", "reduced_epochs"))


@pytest.fixture(scope="module")
def tables(results: Results, proxies: ProxySummary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables alone: nothing is drawn."""
    folder = tmp_path_factory.mktemp("tables")
    searches = summarize_search(runs_of(results.manifest["studies"][0], results.records[0]))
    ledger = [*search_ledger(searches, results.measured), *proxy_ledger(proxies, results.measured)]
    details = bins_of(proxies), bias_of(proxies)
    assert None not in details
    more = bins_table(proxies, details[0]), bias_table(proxies, details[1]), pairs_table(proxies, pairs_of(proxies))
    for table in (search_table(searches), proxy_table(proxies), ledger_table(ledger), *more):
        (folder / f"{table.name}.csv").write_text(as_csv(table), encoding="utf-8")
        (folder / f"{table.name}.tex").write_text(as_latex(table), encoding="utf-8")
    return folder


def read(tables: Path, name: str, index: str) -> pd.DataFrame:
    return pd.read_csv(tables / f"{name}.csv").set_index(index)


def test_search_table_is_what_the_statistics_say(results: Results, tables: Path) -> None:
    table = read(tables, "search_0", "algorithm")
    last = results.searches[results.searches["step"] == 19].pivot(index="seed", columns="algorithm", values="regret")
    labels = results.manifest["studies"][0]["algorithms"]
    ranks = dict(zip(labels, average_ranks(last[labels].to_numpy()), strict=True))
    assert list(table.index) == list(last.mean().sort_values().index)
    for label in labels:
        row, final = table.loc[label], last[label].to_numpy()
        columns = ("final_regret", "final_regret_low", "final_regret_high")
        assert tuple(row[list(columns)]) == pytest.approx(mean_interval(final), rel=1e-12)
        assert row["median_final_regret"] == pytest.approx(np.median(final), rel=1e-12)
        assert (row["average_rank"], row["average_rank_low"]) == pytest.approx(ranks[label][:2], rel=1e-12)
        if label == "random_search":
            assert np.isnan(row["improvement_over_random_search"])
        else:
            expected = probability_of_improvement(final, last["random_search"].to_numpy())
            assert row["improvement_over_random_search"] == pytest.approx(expected.point, rel=1e-12)
        assert (row["evaluations"], row["runs"]) == (20, 10)


def test_proxy_table_is_what_the_statistics_say(results: Results, tables: Path) -> None:
    table = read(tables, "proxy_1", "proxy")
    for label, part in results.scores.groupby("proxy"):
        seeds = [rows for _, rows in part.groupby("seed")]
        taus = np.array([kendall(rows["score"], rows["truth"]) for rows in seeds])
        cards = [score_proxy(rows["score"].to_numpy(), rows["truth"].to_numpy(), resamples=20) for rows in seeds]
        row = table.loc[label]
        assert row["kendall_tau_b"] == pytest.approx(taus.mean(), rel=1e-12)
        assert row["spearman"] == pytest.approx(np.mean([spearman(r["score"], r["truth"]) for r in seeds]), rel=1e-12)
        assert row["kendall_tau_b_low"] <= mean_interval(taus).low + 1e-12
        assert row["kendall_tau_b_high"] >= min(mean_interval(taus).high, 1.0) - 1e-12
        assert row["precision_at_k"] == pytest.approx(np.mean([card.precision for card in cards]))
        assert row["best_rank_at_k"] == pytest.approx(np.mean([card.best_rank for card in cards]))
        assert row["regret_at_k"] == pytest.approx(np.mean([card.regret for card in cards]))
        assert row["simulated_seconds_per_architecture"] == pytest.approx(part["evaluation_seconds"].mean())
        assert row["n"] == 90
    values = results.truth.pivot(index="arch", columns="seed", values="value").to_numpy()
    ceiling = table.loc["noise ceiling"]
    assert table.index[-1] == "noise ceiling"
    assert ceiling["kendall_tau_b"] == pytest.approx(noise_ceiling(values).kendall, rel=1e-12)
    assert ceiling["kendall_tau_b_low"] < ceiling["kendall_tau_b"] < ceiling["kendall_tau_b_high"]


@pytest.fixture(scope="module")
def proxies(results: Results) -> ProxySummary:
    return summary(results)


def summary(results: Results) -> ProxySummary:
    study = results.manifest["studies"][-1]
    return summarize_proxies(study, results.scores, results.truth, results.measured)


def test_weighted_and_partial_correlation_are_what_the_statistics_say(results: Results, tables: Path) -> None:
    table = read(tables, "proxy_1", "proxy")
    for label, part in results.scores.groupby("proxy"):
        seeds = [rows[["score", "truth", "params"]].to_numpy(float).T for _, rows in part.groupby("seed")]
        weighted = np.mean([weighted_kendall(score, truth) for score, truth, _ in seeds])
        assert table.loc[label, "weighted_kendall_tau"] == pytest.approx(weighted, rel=1e-12)
        given = np.mean([partial_kendall(*columns) for columns in seeds])
        assert table.loc[label, "kendall_tau_b_given_params"] == pytest.approx(given, rel=1e-12)


def test_what_params_already_say_is_undefined_given_params() -> None:
    results = fabricate(algorithms=(), architectures=40, proxies=("params", "synflow"))
    own = results.scores["proxy"] == "params"
    results.scores.loc[own, "score"] = 3.0 * results.scores.loc[own, "params"]
    results.scores.loc[results.scores["arch"] < 5, "params"] = np.nan
    given = {row.proxy: row.given_params for row in summary(results).rows}
    assert np.isnan(given["params"])
    assert np.isfinite(given["synflow"])


def test_bins_are_what_the_statistics_say(results: Results, proxies: ProxySummary) -> None:
    found = bins_of(proxies)
    assert found is not None
    label = found.rows[0].proxy
    parts = [part for _, part in results.scores[results.scores["proxy"] == label].groupby("seed")]
    bins = [correlation_by_bin(part["score"], part["truth"], resamples=1) for part in parts]
    for i in range(5):
        assert found.edges[i] == pytest.approx([np.mean([b[i].low for b in bins]), np.mean([b[i].high for b in bins])])
        assert found.rows[0].kendall[i].point == pytest.approx(np.mean([b[i].kendall.point for b in bins]), rel=1e-12)
    table = bins_table(proxies, found)
    assert [column.header for column in table.columns[1:]] == [
        f"{low:.2f} to {high:.2f} (%)" for low, high in found.edges
    ]
    assert [row[0] for row in table.rows] == [row.proxy for row in found.rows]
    assert "about equally many in each (equal truths share a bin)" in table.notes[0]


def test_bins_of_a_truth_to_be_minimised_go_from_the_worst_on(results: Results) -> None:
    lost = results.scores[results.scores["proxy"] == "synflow"]
    study = results.manifest["studies"][-1] | {"maximize": False}
    turned = summarize_proxies(study, lost, pd.DataFrame(), results.measured)
    bins = bins_of(turned)
    assert bins is not None
    headers = [column.header for column in bins_table(turned, bins).columns[1:]]
    ends = [float(header.split(" ")[0]) for header in headers]
    assert ends == sorted(ends, reverse=True)
    assert ends[0] == pytest.approx(lost["truth"].max(), abs=0.01)


def test_bias_is_what_the_statistics_say(results: Results, proxies: ProxySummary) -> None:
    found = bias_of(proxies)
    assert found is not None
    assert found.operations == OPERATIONS
    label = found.rows[-1].proxy
    archs = np.array(Nb201().all())
    seeds = []
    for _, part in results.scores[results.scores["proxy"] == label].groupby("seed"):
        counts = [[int((archs[i] == option).sum()) for option in range(5)] for i in part["arch"]]
        seeds.append([one.point for one in operation_bias(part["score"], part["truth"], counts, resamples=1)])
    assert [one.point for one in found.rows[-1].operations] == pytest.approx(np.mean(seeds, axis=0).tolist(), abs=1e-9)
    table = bias_table(proxies, found)
    assert [column.key for column in table.columns] == ["proxy", *OPERATIONS]
    assert table.caption.endswith("in percentage points of rank.")
    assert "a proxy's values add up to zero" in table.notes[0]
    assert sum(one.point for one in found.rows[-1].operations) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("space", "known"), [("transnas_micro", True), ("nb101", False), ("nats_sss", False), ("x", False)]
)
def test_operations_are_counted_where_all_decisions_choose_among_them(space: str, known: bool) -> None:
    counts = counts_of(space)
    assert (counts is not None) == known
    if counts is not None:
        assert counts.operations == ("none", "skip_connect", "conv_1x1", "conv_3x3")
        assert counts.table.shape == (4096, 4)
        assert counts.table[1].tolist() == [5, 1, 0, 0]


def test_pairs_are_paired_over_common_architectures_and_seeds(results: Results, proxies: ProxySummary) -> None:
    odd = dataclasses.replace(results, scores=results.scores.copy(), truth=pd.DataFrame())
    best, other, *_ = (row.proxy for row in proxies.rows)
    mine = odd.scores["proxy"] == other
    odd.scores.loc[mine & (odd.scores["arch"] < 7), "score"] = np.nan
    odd.scores.loc[mine & (odd.scores["seed"] == 2), "score"] = np.nan
    found = summary(odd)
    row = next(row for row in pairs_of(found) if row.other == other)
    expected = []
    for seed in (0, 1):
        a, b = (odd.scores[(odd.scores["proxy"] == p) & (odd.scores["seed"] == seed)] for p in (best, other))
        expected.append(proxy_difference(a["score"][7:], b["score"][7:], a["truth"][7:], resamples=400))
    assert (row.best, row.n, row.seeds) == (best, 83, 2)
    assert row.difference.point == pytest.approx(np.mean([one.interval.point for one in expected]), rel=1e-12)
    assert row.probability == pytest.approx(np.mean([one.probability for one in expected]), abs=0.05)
    table = pairs_table(found, [row])
    assert table.columns[2].header == f"P({best} is better)"
    assert table.rows == ((other, row.difference, row.probability, 83, 2, best),)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.997, ">0.99"), (1.0, ">0.99"), (0.99, "0.99"), (0.5, "0.50"), (0.01, "0.01"), (0.004, "<0.01"), (0.0, "<0.01")],
)
def test_a_probability_close_to_one_or_zero_is_a_bound(share: float, text: str) -> None:
    assert chance(share) == text


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.035, 0.004, 0.07), "0.035 [0.004, 0.070]"),
        ((0.03, -0.002, 0.07), "0.030 [-0.002, 0.070]"),
        ((0.03, -0.02, 0.07), "0.03 [-0.02, 0.07]"),
        ((0.0, 0.0, 0.0), "0.00 [0.00, 0.00]"),
    ],
)
def test_a_bound_beside_zero_does_not_read_as_zero(ends: tuple[float, float, float], text: str) -> None:
    assert lead(Interval(*ends), 2) == text


def test_pairs_say_what_the_probability_and_the_interval_hold(proxies: ProxySummary) -> None:
    row = pairs_of(proxies)[0]._replace(difference=Interval(0.03, 0.001, 0.07), probability=0.997)
    table = pairs_table(proxies, [row])
    assert [table.columns[i].show(table.rows[0][i]) for i in (1, 2)] == ["0.030 [0.001, 0.070]", ">0.99"]
    assert ",0.997," in as_csv(table)
    assert "The probability is for the architectures only" in table.notes[0]
    assert "The best proxy was chosen on the same data." in table.notes[0]


def test_proxies_that_rank_alike_are_told_apart_from_the_next_one(proxies: ProxySummary) -> None:
    none = Interval(0.0, 0.0, 0.0)
    first, second = (row._replace(best="a", other=name) for row, name in zip(pairs_of(proxies), "bc", strict=True))
    found = [first._replace(difference=none, probability=0.5), second._replace(difference=Interval(0.1, 0.05, 0.15))]
    told = proxy_sentences(proxies, found)
    assert told[1] == "b ranks the architectures equally well."
    assert told[2].startswith("The lead of a over c is 0.10 [0.05, 0.15] in τ-b; the probability")
    alike = proxy_sentences(proxies, [one._replace(difference=none) for one in found])
    assert alike[1] == "b and c rank the architectures equally well."
    assert not any("lead" in sentence for sentence in alike)
    assert proxy_sentences(proxies, found[1:])[1].startswith("Its lead over c is")


def test_one_top_for_all_proxies_and_seeds_of_a_study() -> None:
    results = fabricate(algorithms=(), architectures=120, seeds=2, proxies=("params", "synflow"))
    lost = (results.scores["proxy"] == "params") & (results.scores["seed"] == 1) & (results.scores["arch"] < 3)
    results.scores.loc[lost, "score"] = np.nan
    found = summary(results)
    assert {row.k for row in found.rows} == {12}
    parts = [part for _, part in found.frame[found.frame["proxy"] == "params"].groupby("seed")]
    own = [score_proxy(part["score"], part["truth"], k=12, resamples=1).precision for part in parts]
    assert next(row for row in found.rows if row.proxy == "params").precision == pytest.approx(np.mean(own))
    headers = [column.header for column in proxy_table(found).columns]
    assert {"τ-b in top 12", "precision@12", "best rank@12"} <= set(headers)


def test_the_noise_ceiling_is_no_bound_and_its_trainings_are_no_seeds(proxies: ProxySummary) -> None:
    table = proxy_table(proxies)
    ceiling = dict(zip([column.key for column in table.columns], table.foot[0], strict=True))
    assert (ceiling["seeds"], ceiling["n"]) == ("", 90)
    why = "the truth, a mean over 3, is less noisy, so that a good proxy may lie above it"
    assert table.notes[2].endswith(f"mean over pairs of 3 trainings; {why}.")
    assert sum(f"(one training against another; {why})" in one for one in proxy_sentences(proxies, [])) == 1
    other = proxies._replace(study=proxies.study | {"ceiling_metric": "valid_accuracy"})
    assert "the truth, a mean, is less noisy" in proxy_table(other).notes[2]
    unknown = proxy_table(proxies._replace(ceiling=None)).notes[2]
    assert unknown.startswith("The table does not hold the truth of two or more training seeds")
    assert "at least 200 resamples per seed" in table.notes[0]


def test_a_predictor_is_paid_for_by_what_it_scores(proxies: ProxySummary) -> None:
    row = proxies.rows[0]._replace(simulated=0.479, trained=500, n=598, dropped=2)
    assert price(row) == (
        "479 ms of training per architecture scored (simulated; it learned from 500 architectures)"
    )  # fmt: skip
    (note,) = (note for note in proxy_table(proxies._replace(rows=(row,))).notes if "learned from" in note)
    assert note.endswith("divided by the 600 it scores: with more to score it is cheaper.")
    assert not any("learned from" in note for note in proxy_table(proxies).notes)


def test_only_the_best_few_are_compared() -> None:
    results = fabricate(algorithms=(), architectures=30, seeds=1, proxies=tuple(f"proxy_{i}" for i in range(9)))
    found = summary(results)
    assert [row.other for row in pairs_of(found)] == [row.proxy for row in found.rows[1:6]]


def test_training_sizes_are_columns_and_what_else_differs_is_in_the_name() -> None:
    labels = ["ridge(train=20)", "ridge(train=50, encoding=path)", "ridge(train=20, encoding=path)", "ridge(train=100)"]
    results = fabricate(algorithms=(), architectures=60, seeds=2, proxies=("params", "knn(train=50)", *labels))
    hyper = results.manifest["studies"][0]["hyper"]
    for label in labels[1:3]:
        hyper[label]["encoding"] = "path"
    found = summary(results)
    taus = {row.proxy: row.kendall for row in found.rows}
    curves = learning_curves(found)
    table = training_sizes_table(found, curves)
    assert [column.header for column in table.columns] == ["predictor", "20", "50", "100"]
    rows = {row[0]: row[1:] for row in table.rows}
    gap = Missing("did not learn from so many")
    assert rows == {
        "ridge": (taus[labels[0]], gap, taus[labels[3]]),
        "ridge(encoding=path)": (taus[labels[2]], taus[labels[1]], gap),
    }
    assert {row.proxy for row in featured(found)} == {"params", "knn(train=50)", labels[1], labels[3]}


@pytest.mark.parametrize(
    ("n", "seeds", "share", "draws"),
    [
        (500, 3, 1.0, 333),
        (500, 1, 1.0, 400),
        (500, 6, 1.0, 200),
        (500, 3, 1 / 3, 200),
        (100, 1, 1.0, 400),
        (9999, 1, 1.0, 200),
        (9999, 20, 1.0, 200),
    ],
)
def test_resamples_share_the_work(n: int, seeds: int, share: float, draws: int) -> None:
    assert resamples(n, seeds, share) == draws


def test_a_truth_to_be_minimised_is_turned_round() -> None:
    def rows(maximize: bool) -> list[ProxyRow]:
        results = fabricate(algorithms=(), architectures=30, seeds=2, proxies=("synflow", "reduced_epochs"))
        study = results.manifest["studies"][0] | {"maximize": maximize}
        scores = results.scores.assign(truth=results.scores["truth"] * (1 if maximize else -1))
        return list(summarize_proxies(study, scores, results.truth, results.measured).rows)

    assert rows(maximize=True) == rows(maximize=False)


def test_the_ledger_adds_up_and_keeps_clocks_apart(results: Results, tables: Path) -> None:
    table = read(tables, "ledger", "label")
    searches, measured = results.searches, results.measured
    for label in results.manifest["studies"][0]["algorithms"]:
        own = searches[searches["algorithm"] == label]
        assert table.loc[label, "simulated_evaluation_seconds"] == pytest.approx(own["charged"].sum())
        assert table.loc[label, "evaluations"] == len(own)
        clock = measured.loc[measured["label"] == label, "overhead_seconds"].sum()
        assert table.loc[label, "measured_overhead_seconds"] == pytest.approx(clock)
    assert table.loc["synflow", "measured_proxy_seconds"] == pytest.approx(0.004 * 90 * 3)
    assert table.loc["reduced_epochs", "simulated_evaluation_seconds"] == pytest.approx(0.25 * 90 * 3)
    assert all(name.startswith(("simulated", "measured")) for name in table.columns if "seconds" in name)


@pytest.mark.parametrize("continuation", ["resume", "restart"])
def test_epochs_are_counted_like_the_ledger_of_a_run(continuation: str) -> None:
    rng = np.random.default_rng(3)
    ledger = Ledger(Budget(seconds=1e9, continuation=continuation))
    rows = []
    for step in range(60):
        arch, epochs, data = int(rng.integers(3)), int(rng.integers(1, 13)), float(rng.choice([0.25, 1.0]))
        ledger.charge(Query((arch,), Fidelity(epochs, 12, data)), Evaluation({}, float(epochs)))
        rows.append((0, "a", 0, step, arch, epochs, 12, data, 1.0, 90.0, 1.0, 1.0, ""))
    columns = ["study", "algorithm", "seed", "step", "arch", "epochs", "schedule", "data", "regret"]
    columns += ["test", "charged", "finished", "reason"]
    study = {"study": 0, "algorithms": ["a"], "budget": {"seconds": 1e9, "continuation": continuation}}
    runs = runs_of(study, [pd.DataFrame(rows, columns=columns)])
    assert runs.table["epochs"].tolist() == pytest.approx([ledger.epochs])


def sample() -> Table:
    columns = (Column("name", "na_me"), Column("x", "two words", lambda v: interval(v, 2), max), Column("n", "n", str))
    rows = (("a_b", Interval(0.5, 0.4, 0.6), 3), ("c|d", Interval(0.25, 0.1, 0.3), 4), ("e", None, 5))
    return Table("t", "A 5 % caption", columns, rows, (("foot", Interval(0.9, 0.8, 1.0), None),), ("A note.",))


def test_csv_has_bounds_in_columns_and_gaps_where_nothing_is_known() -> None:
    assert as_csv(sample()).splitlines() == [
        "name,x,x_low,x_high,n", "a_b,0.5,0.4,0.6,3", "c|d,0.25,0.1,0.3,4", "e,,,,5", "foot,0.9,0.8,1.0,",
    ]  # fmt: skip


def test_csv_keeps_full_precision() -> None:
    table = Table("t", "", (Column("a", "a"), Column("x", "x")), (("a", 0.1 + 0.2),))
    assert float(as_csv(table).splitlines()[1].split(",")[1]) == 0.1 + 0.2


def test_markdown_marks_the_best_and_escapes() -> None:
    lines = as_markdown(sample()).splitlines()
    assert lines[4] == r"| a\_b | **0.50 \[0.40, 0.60\]** | 3 |"
    assert lines[5] == r"| c\|d | 0.25 \[0.10, 0.30\] | 4 |"
    assert lines[7] == r"| foot | 0.90 \[0.80, 1.00\] | – |"


def test_latex_is_a_booktabs_tabular() -> None:
    text = as_latex(sample())
    assert r"a\_b & \textbf{0.50 {[}0.40, 0.60{]}} & 3 \\" in text
    assert r"na\_me & two words & n \\" in text
    assert "% A 5 % caption" in text
    check_latex(text)


def test_latex_sets_prose_in_lines() -> None:
    columns = (Column("p", "p"), Column("x", "x", str), Column("claim", "claim", prose=True))
    text = as_latex(Table("t", "", columns, (("a", 1, "so it is"), ("b", 2, "so it was " * 9))))
    assert r"{@{}lrl@{}}" in text
    assert r"a & 1 & so it is \\" in text
    assert r"b & 2 & \parbox[t]{150pt}{\raggedright so it was so" in text
    check_latex(text)


def test_long_names_may_be_broken_after_signs() -> None:
    text = as_latex(Table("t", "", (Column("p", "p"), Column("x", "x", str)), (("a_long(name=x)" * 4, 1),)))
    assert r"\parbox[t]{150pt}{\raggedright a\_\allowbreak long(\allowbreak name=\allowbreak x)a\_" in text


def test_latex_breaks_headers_that_are_wider_than_their_column() -> None:
    columns = (Column("p", "p"), Column("x", "a header of several words", str), Column("y", "evaluations", str))
    text = as_latex(Table("t", "", columns, (("a", 1, 2),)))
    assert r"p & \shortstack[r]{a header of\\several\\words} & evaluations \\" in text


def test_latex_puts_columns_that_do_not_fit_into_a_panel_below() -> None:
    columns = tuple(Column(f"c{i}", f"c{i}", str) for i in range(12))
    row = tuple(f"value number {i}" for i in range(12))
    table = Table("t", "", columns, (row,), ((("foot", *[""] * 10, "end")),))
    narrow, wide = as_latex(table, 5.0), as_latex(table, 12.0)
    assert (narrow.count(r"\toprule"), wide.count(r"\toprule")) == (3, 1)
    assert [narrow.count(f"value number {i} ") for i in range(12)] == [3, *[1] * 11]
    assert narrow.count("foot & ") == 1
    assert re.findall(r"\{@\{\}(l+)@\{\}\}\n\\toprule", narrow) == ["lllll", "lllll", "llll"]
    check_latex(narrow)
    check_latex(wide)


def test_panels_share_the_columns_evenly() -> None:
    columns = tuple(Column(f"c{i}", f"c{i}", str) for i in range(8))
    text = as_latex(Table("t", "", columns, (tuple(f"value number {i}" for i in range(8)),)), 6.0)
    assert re.findall(r"\{@\{\}(l+)@\{\}\}\n\\toprule", text) == ["lllll", "llll"]
    assert as_latex(Table("t", "", columns[:6], (tuple(f"value number {i}" for i in range(6)),)), 6.0).count("top") == 1


def test_latex_leaves_out_what_is_the_same_everywhere() -> None:
    rows = tuple((name, 500, i) for i, name in enumerate("abc"))
    text = as_latex(Table("t", "", (Column("p", "p"), Column("n", "n"), Column("i", "i")), rows))
    assert "% The same in every row: n: 500." in text
    outcome = Table("t", "", (Column("p", "p"), Column("n", "n", str, min)), tuple(row[:2] for row in rows))
    assert as_latex(outcome).count(r"\textbf{500}") == 3
    assert r"a & 0 \\" in text


def test_all_latex_tables_are_sound(tables: Path) -> None:
    for path in tables.glob("*.tex"):
        check_latex(path.read_text(encoding="utf-8"))


def check_latex(text: str) -> None:
    """Environments and braces close, every row has every column, and no special character stands bare."""
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    body = "\n".join(lines)
    for name in ("tabular", "minipage"):
        assert body.count(rf"\begin{{{name}}}") == body.count(rf"\end{{{name}}}")
    assert body.count(r"\begingroup") == body.count(r"\endgroup") == 1
    plain = re.sub(r"\\[{}_&%$#]", "", body)
    assert plain.count("{") == plain.count("}")
    panels = re.findall(r"\\begin\{tabular\}\{@\{\}([lr]+)@\{\}\}\n\\toprule(.*?)\\bottomrule", body, re.DOTALL)
    assert len(panels) == body.count(r"\toprule") > 0
    for sides, content in panels:
        rows = [line for line in content.splitlines() if line.endswith(r" \\")]
        assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(sides)}
        for row in rows:
            assert re.search(r"(?<!\\)[_%#^~]", row) is None
            assert row.isascii()


def test_latex_escapes_every_special_character() -> None:
    assert escape("a_b & 5 % $x$ #1 {y}") == r"a\_b \& 5 \% \$x\$ \#1 \{y\}"
    assert escape("~^\\") == r"\textasciitilde{}\textasciicircum{}\textbackslash{}"
    assert escape("<>|") == r"\textless{}\textgreater{}\textbar{}"


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("naïve Erdős", r"na\"{\i}ve Erd\H{o}s"),
        ("e\u0301", r"\'{e}"),
        ("Straße, Łódź", r"Stra\ss{}e, \L{}\'{o}d\'{z}"),
        ("ş", r"\c{s}"),
        ("µ τ Σ", r"$\mu$ $\tau$ $\Sigma$"),
        ("5–7 − “x”…", r"5--7 $-$ ``x''\ldots{}"),
        ("中\u200b\x01", "{[}U+4E2D{]}{[}U+200B{]}{[}U+0001{]}"),
        ("ά ą", "{[}U+03AC{]} {[}U+0105{]}"),
    ],
)
def test_latex_sets_what_it_can_and_writes_out_the_rest(text: str, latex: str) -> None:
    assert escape(text) == latex


@pytest.mark.parametrize(
    ("width", "digits"), [(0.03, 2), (0.012, 3), (0.0004, 4), (3.0, 0), (1.5, 1), (40.0, 0), (0.0, 2), (np.nan, 2)]
)
def test_decimals_follow_the_uncertainty(width: float, digits: int) -> None:
    assert decimals([Interval(1.0, 1.0 - width, 1.0 + width)]) == digits


def test_numbers_in_words() -> None:
    assert number(1234.5, 1) == "1,234.5"
    assert number(-0.001, 2) == "0.00"
    assert number(np.nan) == "–"
    assert interval(Interval(0.7, 0.66, 0.744)) == "0.70 [0.66, 0.74]"
    assert interval(Interval(0.7, np.nan, np.nan)) == "0.70"
    assert plus_minus(Interval(0.7, 0.6, 0.8)) == "0.70 ± 0.10"
    assert [significant(x) for x in (0.0996, 9.96, 996.0, 0.00123)] == ["0.10", "10", "996", "0.0012"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (3e-6, "3.0 µs"),
        (0.0051, "5.1 ms"),
        (0.9999, "1.0 s"),
        (4.02, "4.0 s"),
        (1234.0, "1,234 s"),
        (np.nan, "–"),
    ],
)
def test_durations_have_readable_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_not_known_to_cost_anything_is_not_called_free() -> None:
    results = fabricate(algorithms=(), architectures=40, seeds=2, proxies=("synflow", "params"))
    unknown = results.scores["proxy"] == "params"
    scores = results.scores.assign(evaluation_seconds=results.scores["evaluation_seconds"].where(~unknown, np.nan))
    found = summarize_proxies(results.manifest["studies"][0], scores, results.truth, results.measured)
    only = found._replace(rows=tuple(row for row in found.rows if row.proxy == "params"))
    assert draw_cost(only) is None
    assert draw_cost(found) is not None
    assert "for a cost that is not known" in proxy_sentences(only, [])[0]
    for cost, said in ((np.nan, False), (0.0, True)):
        rows = found.rows[0]._replace(simulated=5.0), found.rows[1]._replace(simulated=cost)
        lines = proxy_sentences(found._replace(rows=rows), [])
        assert any(line.startswith("Without training") for line in lines) == said


def test_live_training_has_a_column_of_its_own_in_the_ledger() -> None:
    """Simulated and measured seconds never share one."""
    columns = {}
    for oracle in (True, False):
        results = fabricate(runs=3, steps=5, oracle=oracle, proxies=())
        summary = summarize_search(runs_of(results.manifest["studies"][0], results.records[0]))
        table = pd.read_csv(io.StringIO(as_csv(ledger_table(search_ledger(summary, results.measured)))))
        columns[oracle] = table.set_index("label").loc["local_search"]
    charged = float(results.searches.query("algorithm == 'local_search'")["charged"].sum())
    assert "measured_training_seconds" not in columns[True]
    assert columns[True]["simulated_evaluation_seconds"] > 0
    assert columns[False]["measured_training_seconds"] == pytest.approx(charged)
    assert np.isnan(columns[False]["simulated_evaluation_seconds"])
