"""The tables over data sets, and the marks that tables carry: what is missing and why, what cannot be told apart."""

import dataclasses
import io
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from reports_factory import fabricate, search_study
from scipy import stats

from harness.statistics.bootstrap import Interval
from reports.numbers import Deviation
from reports.summary.proxy import ProxySummary, summarize_proxies
from reports.summary.runs import runs_of
from reports.summary.search import SearchSummary, summarize_search
from reports.tables.algorithms_table import algorithms_table
from reports.tables.as_csv import as_csv
from reports.tables.as_latex import as_latex
from reports.tables.as_markdown import as_markdown
from reports.tables.proxies_table import proxies_table
from reports.tables.search_table import search_table
from reports.tables.table import Column, Missing, Table, cells, explained, legend, point

RUNS = 40
RNG = np.random.default_rng(11)
A, B = (
    {name: RNG.normal(mean, 0.3, RUNS) for name, mean in means.items()}
    for means in (
        {"random_search": 3.0, "local_search": 1.05, "regularized_evolution": 1.0, "hyperband": 2.0},
        {"random_search": 4.0, "regularized_evolution": 2.0, "local_search": 1.0},
    )
)
"""What each run ends with, by seed, on two data sets, one of which lacks hyperband."""


def search(name: str, ends: Mapping[str, np.ndarray], *, oracle: bool = True, **study: object) -> SearchSummary:
    """A search study of which every run has one evaluation."""
    described = search_study(0, tuple(ends), RUNS, oracle) | {"benchmark": name} | study
    frames = [
        pd.DataFrame({
            "algorithm": label, "seed": np.arange(len(values)), "step": 0, "arch": 1, "epochs": 12, "schedule": 12,
            "data": 1.0, "charged": 5.0, "finished": 5.0, "reason": "", "test": 97.3 - values,
            "regret": values if oracle else np.nan,
        })
        for label, values in ends.items()
    ]  # fmt: skip
    return summarize_search(runs_of(described, frames))


def read(table: Table, index: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(as_csv(table))).set_index(index)


def texts(table: Table, column: int) -> dict[str, tuple[str, bool, bool, str]]:
    """Text, best, tied and mark of a column's cells, by the first cell of the row."""
    body, foot = cells(table)
    return {
        row[0].text: (row[column].text, row[column].best, row[column].tied, row[column].mark) for row in body + foot
    }


@pytest.fixture(scope="module")
def both() -> list[SearchSummary]:
    return [search("a", A, live=True), search("b", B, live=True)]


def test_algorithms_stand_with_means_and_intervals_as_scipy_has_them(both: list[SearchSummary]) -> None:
    table = read(algorithms_table(both), "algorithm")
    for title, ends in (("a", A), ("b", B)):
        for label, values in ends.items():
            row = table.loc[label, [f"final_regret_on_{title}{end}" for end in ("", "_low", "_high")]]
            half = stats.sem(values) * stats.t.ppf(0.975, RUNS - 1)
            expected = (values.mean(), values.mean() - half, values.mean() + half)
            assert row.astype(float).tolist() == pytest.approx(expected)


def test_ranks_are_averaged_over_data_sets_among_the_algorithms_of_all(both: list[SearchSummary]) -> None:
    table = algorithms_table(both)
    labels = list(B)
    ranks = np.mean([
        stats.rankdata(np.stack([ends[label] for label in labels], axis=1), axis=1).mean(axis=0) for ends in (A, B)
    ], axis=0)  # fmt: skip
    found = read(table, "algorithm")["average_rank"]
    assert found[labels].tolist() == pytest.approx(ranks.tolist())
    order = [label for _, label in sorted(zip(ranks, labels, strict=True))]
    assert [row[0] for row in table.rows] == [*order, "hyperband"]
    assert np.isnan(found["hyperband"])
    assert table.rows[-1][-1] == Missing("only algorithms with results on every data set are ranked")


def test_a_data_set_by_itself_is_ranked_with_all_its_algorithms(both: list[SearchSummary]) -> None:
    found = read(algorithms_table(both[:1]), "algorithm")["average_rank"]
    ranks = stats.rankdata(np.stack(list(A.values()), axis=1), axis=1).mean(axis=0)
    assert found[list(A)].tolist() == pytest.approx(ranks.tolist())


def test_the_best_is_bold_and_who_is_not_significantly_worse_is_marked(both: list[SearchSummary]) -> None:
    table = algorithms_table(both)
    p = stats.wilcoxon(A["local_search"], A["regularized_evolution"], zero_method="pratt").pvalue
    assert p > 0.05
    first, second = texts(table, 1), texts(table, 2)
    best, close = sorted(("local_search", "regularized_evolution"), key=lambda label: A[label].mean())
    assert first[best][1:] == (True, False, "")
    assert first[close][1:] == (False, True, "†")
    assert {label for label, cell in first.items() if cell[2]} == {close}
    assert {label for label, cell in second.items() if cell[1]} == {"local_search"}
    assert not any(cell[2] for cell in second.values())
    assert f"| {first[close][0]}<sup>†</sup> |" in as_markdown(table)
    underlined = first[close][0].replace("±", r"$\pm$")
    assert rf"& \underline{{{underlined}}} &" in as_latex(table)
    note = (
        "not significantly worse than the best of the column, by signed-rank tests paired by seed, Holm-corrected for"
    )
    assert f"†: {note}" in as_markdown(table)
    assert rf"\underline{{Underlined}}: {note}" in as_latex(table)


def test_the_search_table_marks_the_same_algorithms(both: list[SearchSummary]) -> None:
    tied = {label for label, cell in texts(search_table(both[0]), 1).items() if cell[2]}
    assert tied == set(both[0].tied)
    assert len(tied) == 1
    assert "†" not in as_markdown(search_table(both[1]))
    weak = search_table(search("a", A))
    assert "†" not in as_markdown(weak)
    assert "No tests: fewer runs than a claim takes." in weak.notes
    assert "No tests: fewer runs than a claim takes." not in search_table(both[0]).notes


@pytest.mark.parametrize("maximize", [True, False])
def test_the_best_test_value_is_the_one_in_the_metrics_direction(maximize: bool) -> None:
    metrics = {"test_accuracy": {"unit": "%", "maximize": maximize, "split": "test"}}
    table = search_table(search("a", A, metrics=metrics))
    column = next(i for i, one in enumerate(table.columns) if one.key == "final_test")
    best = [label for label, cell in texts(table, column).items() if cell[1]]
    means = {label: (97.3 - values).mean() for label, values in A.items()}
    assert best == [(max if maximize else min)(means, key=lambda label: means[label])]


def test_a_run_ends_with_the_evaluation_that_was_running() -> None:
    overrun = "A run ends with the evaluation that was running when the budget ran out; curves stop at the budget."
    assert overrun in search_table(search("a", A)).notes
    counted = {"evaluations": 10, "continuation": "resume"}
    assert overrun not in search_table(search("a", A, budget=counted)).notes


@pytest.mark.parametrize("make", [lambda s, spread: algorithms_table([s], spread), search_table])
def test_the_standard_deviation_can_stand_behind_a_mean(make, both: list[SearchSummary]) -> None:
    table = make(both[0], "std")
    key = table.columns[1].key
    frame = read(table, "algorithm")
    assert f"{key}_low" not in frame.columns
    for label, values in A.items():
        mean, std = frame.loc[label, [key, f"{key}_std"]].astype(float)
        assert (mean, std) == pytest.approx((values.mean(), values.std(ddof=1)))
        assert texts(table, 1)[label][0] == f"{mean:.2f} ± {std:.2f}"
    assert any("± is the standard deviation over runs." in note for note in table.notes)


def test_what_is_missing_says_why(both: list[SearchSummary]) -> None:
    table = algorithms_table(both)
    assert texts(table, 2)["hyperband"] == ("–", False, False, "a")
    assert texts(table, 3)["hyperband"] == ("–", False, False, "b")
    text = as_markdown(table)
    assert "–<sup>a</sup> | –<sup>b</sup> |" in text
    assert "\na: not run on this data set.\n\nb: only algorithms with results" in text
    latex = as_latex(table)
    assert r"& --\textsuperscript{a} & --\textsuperscript{b} \\" in latex
    assert r"\textsuperscript{a}\,not run on this data set." in latex
    assert "% a:" not in latex
    assert np.isnan(read(table, "algorithm").loc["hyperband", "final_regret_on_b"])


def test_runs_without_an_incumbent_are_no_result() -> None:
    lost = B | {"local_search": np.full(RUNS, np.nan)}
    table = algorithms_table([search("a", A), search("b", lost)])
    assert texts(table, 2)["local_search"][0] == "–"
    assert sum(note.startswith("Runs without an incumbent are left out of means") for note in table.notes) == 1
    assert "no run ended with an incumbent" in [line.meaning for line in legend(table)]
    ranks = read(table, "algorithm")["average_rank"]
    assert np.isfinite(ranks[["random_search", "regularized_evolution"]]).all()
    assert np.isnan(ranks["local_search"])


def test_budgets_and_runs_stand_in_the_foot() -> None:
    epochs = {"epochs": 1200.0, "continuation": "resume"}
    fewer = B | {"local_search": B["local_search"][:30]}
    table = algorithms_table([search("a", A), search("b", fewer, budget=epochs)])
    frame = read(table, "algorithm")
    assert frame.loc["budget (simulated s)", "final_regret_on_a"] == 150
    assert frame.loc["budget (epochs)", "final_regret_on_b"] == 1200
    assert frame.loc["runs", ["final_regret_on_a", "final_regret_on_b"]].astype(int).tolist() == [40, 30]
    assert texts(table, 2)["budget (epochs)"][0] == "1,200"
    assert texts(table, 1)["budget (epochs)"][3] != ""
    assert "Runs: the fewest of any algorithm." in table.notes
    assert "Underpowered on a and b, no tests: fewer runs than a claim takes." in table.notes
    assert "†" not in as_markdown(table)
    assert not any("incumbent" in note for note in table.notes)


def test_measures_that_differ_are_said_in_the_headers(both: list[SearchSummary]) -> None:
    assert [column.header for column in algorithms_table(both).columns[1:3]] == ["a (%)", "b (%)"]
    mixed = algorithms_table([both[0], search("c", B, oracle=False)])
    assert [column.header for column in mixed.columns[1:3]] == ["a, test regret (%)", "c, test_accuracy (%)"]
    assert mixed.caption == "Final test regret and test_accuracy of the algorithms on each data set."
    best = {label for label, cell in texts(mixed, 2).items() if cell[1]}
    assert best == {"local_search"}
    assert any("compare within a column" in note for note in mixed.notes)


@pytest.fixture(scope="module")
def proxies() -> list[ProxySummary]:
    found = []
    for name, labels in (("a", ("params", "synflow", "reduced_epochs")), ("b", ("synflow", "reduced_epochs", "flops"))):
        results = fabricate(algorithms=(), architectures=60, seeds=2, proxies=labels)
        if name == "b":
            scores = results.scores
            scores.loc[scores["proxy"] == "flops", "score"] = 1.0
            results = dataclasses.replace(results, truth=results.truth[results.truth["seed"] == 0])
        study = results.manifest["studies"][0] | {"benchmark": name}
        found.append(summarize_proxies(study, results.scores, results.truth, results.measured))
    return found


def test_proxies_stand_with_the_correlations_that_scipy_has(proxies: list[ProxySummary]) -> None:
    table = proxies_table(proxies)
    frame = read(table, "proxy")
    found = {}
    for summary, title in zip(proxies, "ab", strict=True):
        for (label, _), part in summary.frame.groupby(["proxy", "seed"]):
            top = part[part["truth"].rank(ascending=False) <= 10]
            found.setdefault((label, title), []).append([
                stats.kendalltau(part["score"], part["truth"]).statistic if label != "flops" else np.nan,
                stats.spearmanr(part["score"], part["truth"]).statistic if label != "flops" else np.nan,
                stats.kendalltau(top["score"], top["truth"]).statistic if label != "flops" else np.nan,
            ])  # fmt: skip
    means = {key: np.mean(values, axis=0) for key, values in found.items()}
    for (label, title), (tau, *_) in means.items():
        assert frame.loc[label, f"kendall_tau_b_on_{title}"] == pytest.approx(tau, nan_ok=True)
    for label in ("synflow", "reduced_epochs"):
        tau, spearman, top = (means[label, "a"] + means[label, "b"]) / 2
        row = frame.loc[label, ["mean_kendall_tau_b", "mean_spearman", "mean_top_kendall_tau_b"]].astype(float)
        assert row.tolist() == pytest.approx([tau, spearman, top])
    assert frame.loc["reduced_epochs", "simulated_seconds_per_architecture"] == pytest.approx(0.25)
    assert frame.loc["synflow", "measured_seconds_per_architecture"] == pytest.approx(0.004)
    assert frame.loc["architectures", "kendall_tau_b_on_a"] == 60


def test_proxies_of_all_data_sets_come_first_and_gaps_say_why(proxies: list[ProxySummary]) -> None:
    table = proxies_table(proxies)
    assert [row[0] for row in table.rows] == ["reduced_epochs", "synflow", "params", "flops"]
    rows = {row[0]: row for row in table.rows}
    assert rows["params"][2] == Missing("not scored on this data set")
    assert rows["flops"][2] == Missing("no correlation: scores equal or missing")
    assert rows["params"][3] == Missing("no mean, because there is no value on every data set")
    assert table.foot[0][2] == Missing("the table does not hold the truth of two or more training seeds")
    assert proxies[0].ceiling is not None
    assert table.foot[0][1] == proxies[0].ceiling.kendall
    assert {texts(table, 2)[label][3] for label in ("params", "flops", "noise ceiling")} == {"a", "c", "d"}


def test_one_data_set_has_no_column_of_means_beside_its_own(proxies: list[ProxySummary]) -> None:
    table = proxies_table(proxies[:1])
    assert [column.header for column in table.columns] == [
        "proxy", "τ-b, a", "τ-b in top 10", "Spearman", "simulated / arch.", "measured / arch.",
    ]  # fmt: skip
    best = next(row.proxy for row in proxies[0].rows)
    assert table.rows[0][0] == best
    assert table.foot[0][3] == proxies[0].ceiling.spearman.point  # type: ignore[union-attr]
    assert "a good proxy may lie above it" in table.notes[2]
    assert not any("learned from" in note for note in table.notes)


def test_what_a_predictors_seconds_are_is_said_where_there_is_one(proxies: list[ProxySummary]) -> None:
    first, second = proxies
    row = first.rows[0]._replace(trained=50, simulated=0.4, n=58, dropped=2)
    (note,) = (n for n in proxies_table([first._replace(rows=(row,)), second]).notes if "learned from" in n)
    assert "divided by the 60 it scores" in note
    other = row._replace(n=80)
    (note,) = (n for n in proxies_table([first._replace(rows=(row,)), second._replace(rows=(other,))]).notes
               if "learned from" in n)  # fmt: skip
    assert "divided by the number it scores" in note


def test_marks_are_letters_in_the_order_of_reading() -> None:
    why = [Missing(f"reason {i}") for i in range(28)]
    columns = tuple(Column(f"c{i}", f"c{i}", str, max) for i in range(15))
    table = Table("t", "", columns, (("x", *why[:14]), ("y", *why[13:27])), (("z", why[27], *why[:13]),))
    body, foot = cells(table)
    assert [cell.mark for cell in body[0][1:4]] == ["a", "b", "c"]
    assert (body[1][1].mark, body[1][-1].mark, foot[0][1].mark, foot[0][2].mark) == ("n", "aa", "ab", "a")
    assert [line.note for line in legend(table)][-1] == "ab: reason 27."
    assert explained(table).notes == tuple(line.note for line in legend(table))
    assert all(np.isnan(point(value)) for value in why)


def test_equal_reasons_are_one_note_and_a_mark_needs_a_value() -> None:
    show, gap = (lambda value: f"{value:g}"), Missing("gone")
    columns = (Column("n", "n"), Column("x", "x", show, min, tied=frozenset({0, 1, 2})), Column("y", "y", show))
    table = explained(Table("t", "", columns, (("a", 1.0, gap), ("b", 2.0, gap), ("c", gap, 3.0)), tied="close"))
    assert table.notes == ("†: close.", "a: gone.")
    assert [row[1].tied for row in cells(table)[0]] == [True, True, False]
    assert "| a | **1**<sup>†</sup> | –<sup>a</sup> |" in as_markdown(table)
    assert r"a & \underline{\textbf{1}} & --\textsuperscript{a} \\" in as_latex(table)
    assert as_csv(table).splitlines()[1:] == ["a,1.0,", "b,2.0,", "c,,3.0"]
    untied = table._replace(columns=tuple(column._replace(tied=frozenset()) for column in columns))
    assert [line.mark for line in legend(untied)] == ["a"]


def test_csv_has_a_column_for_what_stands_behind_a_mean() -> None:
    columns = (Column("n", "n"), Column("x", "x"), Column("y", "y"))
    rows = (("a", Deviation(1.5, 0.25), Interval(1.0, 0.5, 2.0)), ("b", Missing("gone"), Missing("gone")))
    assert as_csv(Table("t", "", columns, rows)).splitlines() == [
        "n,x,x_std,y,y_low,y_high", "a,1.5,0.25,1.0,0.5,2.0", "b,,,,,",
    ]  # fmt: skip


def test_latex_writes_minus_signs_in_numbers_and_hyphens_in_names() -> None:
    columns = (Column("n", "n"), Column("x", "x", lambda value: f"{value.point:g} [{value.low:g}, {value.high:g}]"))
    text = as_latex(Table("t", "", columns, (("a-1", Interval(-1.0, -2.0, 0.5)),)))
    assert r"a-1 & $-$1 {[}$-$2, 0.5{]} \\" in text
