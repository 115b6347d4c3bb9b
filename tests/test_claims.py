"""Claims: read from the file, judged by the interval that the table shows, told in words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reports_factory import fabricate
from test_reports_tables import check_latex

from harness.experiment.config import read_experiment
from harness.results import Results
from harness.statistics.bootstrap import Interval
from reports.build import build_report
from reports.page.claim_sentences import claim_sentences
from reports.summary.claims import ClaimRow, judged
from reports.summary.proxy import ProxyRow, ProxySummary, summarize_proxies
from reports.tables.as_csv import as_csv
from reports.tables.as_latex import as_latex
from reports.tables.claims_table import claims_table

PROXIES = ("params", "random_forest(train=50)", "random_forest(train=200)", "reduced_epochs")
HOSTILE = '<script>alert("x")</script>&_%$#{}~^\\|'


@pytest.fixture(scope="module")
def summary() -> ProxySummary:
    results = fabricate(algorithms=(), architectures=60, seeds=2, proxies=PROXIES)
    return summarize_proxies(results.manifest["studies"][0], results.scores, results.truth, results.measured)


def with_interval(summary: ProxySummary, found: Interval, n: int = 500) -> ProxySummary:
    """The study with one proxy that has this correlation."""
    row: ProxyRow = summary.rows[0]._replace(proxy="reduced_epochs", kendall=found, spearman=found, n=n)
    return summary._replace(rows=(row,))


def one(summary: ProxySummary, **claim: Any) -> ClaimRow:
    (row,) = judged([{"text": "t", "proxy": "reduced_epochs"} | claim], [summary])
    return row


@pytest.mark.parametrize(("found", "low", "high", "verdict"), [
    ((0.8, 0.75, 0.85), 0.7, 0.9, "supported"),
    ((0.8, 0.7, 0.9), 0.7, 0.9, "supported"),
    ((0.49, 0.46, 0.52), 0.7, 0.9, "refuted"),
    ((0.95, 0.92, 0.97), 0.7, 0.9, "refuted"),
    ((0.65, 0.6, 0.7), 0.7, 0.9, "undecided"),
    ((0.75, 0.68, 0.8), 0.7, 0.9, "undecided"),
    ((0.88, 0.85, 0.92), 0.7, 0.9, "undecided"),
    ((0.8, 0.6, 0.95), 0.7, 0.9, "undecided"),
    ((0.8, 0.75, 1.0), 0.7, None, "supported"),
    ((0.6, 0.5, 0.69), 0.7, None, "refuted"),
    ((-0.2, -1.0, -0.1), None, 0.0, "supported"),
    ((0.2, 0.1, 0.3), None, 0.0, "refuted"),
    ((np.nan, np.nan, np.nan), 0.7, 0.9, "undefined"),
    ((0.8, np.nan, np.nan), 0.7, 0.9, "undefined"),
])  # fmt: skip
def test_the_interval_decides(
    summary: ProxySummary, found: tuple[float, float, float], low: float | None, high: float | None, verdict: str
) -> None:
    ends = {key: value for key, value in (("low", low), ("high", high)) if value is not None}
    row = one(with_interval(summary, Interval(*found)), **ends)
    assert row.verdict == verdict
    assert bool(row.why) == (verdict in ("undecided", "undefined"))


@pytest.mark.parametrize(("n", "verdict"), [(29, "underpowered"), (30, "supported")])
def test_too_few_architectures_judge_nothing(summary: ProxySummary, n: int, verdict: str) -> None:
    row = one(with_interval(summary, Interval(0.8, 0.75, 0.85), n), low=0.7)
    assert row.verdict == verdict
    assert ("30 are the least" in row.why) == (n == 29)
    (note,) = claims_table([row]).notes
    assert "Undecided: it holds an end of the range. Underpowered: there are fewer than 30 architectures." in note


def test_a_verdict_that_is_open_names_the_end_that_the_interval_holds(summary: ProxySummary) -> None:
    assert one(with_interval(summary, Interval(0.75, 0.68, 0.8)), low=0.7, high=0.9).why == "the interval holds 0.7"
    assert one(with_interval(summary, Interval(0.88, 0.8, 0.92)), low=0.7, high=0.9).why == "the interval holds 0.9"


def test_a_name_stands_for_all_its_variants_and_a_label_for_one(summary: ProxySummary) -> None:
    def proxies(**claim: str) -> list[str]:
        return sorted(row.proxy for row in judged([{"text": "t", "low": 0.5} | claim], [summary]))

    assert proxies(proxy="random_forest") == ["random_forest(train=200)", "random_forest(train=50)"]
    assert proxies(proxy="random_forest(train=50)") == ["random_forest(train=50)"]
    assert proxies(proxy="params", benchmark="digits201") == ["params"]
    assert proxies(proxy="params", benchmark="nb201") == []
    named = summary._replace(study=summary.study | {"names": {"params": "column"}})
    assert [row.proxy for row in judged([{"text": "t", "proxy": "column", "low": 0.5}], [named, named])] == [
        "params"
    ] * 2


def test_the_statistic_is_the_one_asked_for(summary: ProxySummary) -> None:
    rows = {row.proxy: row for row in summary.rows}
    for statistic, expected in (("kendall", rows["params"].kendall), ("spearman", rows["params"].spearman)):
        row = one(summary, proxy="params", statistic=statistic, low=0.5)
        assert (row.measured, row.statistic, row.n, row.seeds) == (expected, statistic, 60, 2)


def test_sentences_give_the_interval_behind_each_verdict(summary: ProxySummary) -> None:
    refuted = with_interval(summary, Interval(0.49, 0.46, 0.52))
    claim = {"text": "0.7 to 0.9 for reduced epochs", "proxy": "reduced_epochs", "low": 0.7, "high": 0.9}
    assert claim_sentences(judged([claim], [refuted])) == [
        "The claim “0.7 to 0.9 for reduced epochs” is refuted for reduced_epochs on digits201: "
        "Kendall τ-b 0.49 [0.46, 0.52]."
    ]
    first, second = refuted.rows[0]._replace(proxy="a(x=1)"), refuted.rows[0]._replace(proxy="a(x=2)")
    second = second._replace(kendall=Interval(0.7, 0.65, 0.75))
    both = judged([claim | {"proxy": "a"}], [refuted._replace(rows=(first, second))])
    assert claim_sentences(both) == [
        "The claim “0.7 to 0.9 for reduced epochs” on digits201 is refuted for a(x=1) (Kendall τ-b 0.49 [0.46, 0.52]) "
        "and undecided for a(x=2) (Kendall τ-b 0.70 [0.65, 0.75] (the interval holds 0.7))."
    ]


def test_the_table_has_the_range_in_words(summary: ProxySummary) -> None:
    study = with_interval(summary, Interval(0.49, 0.46, 0.52))
    ranges = ({"low": 0.7, "high": 0.9}, {"low": -0.5}, {"high": 0.25}, {"low": -1.0, "high": 0.5})
    table = claims_table([one(study, **ends) for ends in ranges])
    words = [row[[column.key for column in table.columns].index("claimed")] for row in table.rows]
    assert words == ["0.7 to 0.9", "at least -0.5", "at most 0.25", "at most 0.5"]
    first = as_csv(table).splitlines()[1]
    assert first.startswith("reduced_epochs,refuted,0.49,0.46,0.52,0.7 to 0.9,digits201,Kendall τ-b,500,2,0,")


def results_with(claims: list[dict[str, Any]]) -> Results:
    results = fabricate(algorithms=(), architectures=40, seeds=1, proxies=("params", "reduced_epochs"))
    results.manifest["experiment"]["claim"] = claims
    return results


def test_the_page_and_the_files_tell_what_became_of_claims(tmp_path: Path) -> None:
    claims = [
        {"text": HOSTILE, "proxy": "reduced_epochs", "statistic": "spearman", "high": -0.5},
        {"text": "size is all", "proxy": "params", "low": -0.9},
    ]
    page = build_report([results_with(claims)], tmp_path / "report").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "is refuted for reduced_epochs on digits201: Spearman" in page
    assert "The claim “size is all” is supported for params on digits201" in page
    assert page.count(">Claims</h2>") == 1
    tables = tmp_path / "report" / "tables"
    assert {path.suffix for path in tables.glob("claims.*")} == {".tex", ".md", ".csv"}
    check_latex((tables / "claims.tex").read_text(encoding="utf-8"))


def test_latex_of_claims_is_sound(summary: ProxySummary) -> None:
    text = as_latex(claims_table(judged([{"text": HOSTILE, "proxy": "random_forest", "low": 0.2}], [summary])))
    check_latex(text)
    assert r"\textless{}script\textgreater{}" in text


def test_claims_that_nothing_can_judge_leave_no_table(tmp_path: Path) -> None:
    gone = results_with([{"text": "t", "proxy": "left_out", "low": 0.5}])
    page = build_report([gone], tmp_path / "report").read_text(encoding="utf-8")
    assert "Claims" not in page
    assert not (tmp_path / "report" / "tables" / "claims.csv").exists()


def test_the_shipped_predictor_study_makes_claims_about_what_it_has() -> None:
    experiment = read_experiment(Path(__file__).parents[1] / "experiments" / "predictors-digits201.toml")
    assert [(claim.proxy, claim.low, claim.high) for claim in experiment.claim] == [
        ("reduced_epochs", 0.7, 0.9),
        ("random_forest(train=200)", 0.7, 0.9),
    ]
