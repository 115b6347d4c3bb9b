"""The report as a whole: what is written, that it stays the same, and that nobody's files are touched."""

import dataclasses
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reports_factory import fabricate, write_folder

from harness.errors import BadValue
from harness.results import Results
from harness.statistics.bootstrap import Interval
from reports.build import build_report, report
from reports.numbers import counted
from reports.page.protocol import proxy_protocol
from reports.page.proxy_sentences import proxy_sentences
from reports.summary.pairs import PairRow
from reports.summary.proxy import summarize_proxies

ALGORITHMS = ("random_search", "regularized_evolution", "hyperband")
PROXIES = ("params", "synflow", "reduced_epochs")
HOSTILE = '<script>alert("x")</script>&_%$#{}~^\\|'

TABLES = ("search_0", "proxy_1", "agreement_1", "pairs_1", "bins_1", "bias_1", "ledger")
FIGURES = ("anytime_0", "critical_difference", "ecdf", "improvement", "ranks")
FIGURES += tuple(f"{kind}_1" for kind in ("agreement", "bias", "bins", "cell", "cost", "scatter"))
FILES = {
    "index.html",
    *(f"figures/{name}.{suffix}" for name in FIGURES for suffix in ("pdf", "svg", "png", "csv")),
    *(f"tables/{name}.{suffix}" for name in TABLES for suffix in ("tex", "md", "csv")),
}


@pytest.fixture(scope="module")
def results() -> Results:
    return fabricate(runs=6, steps=12, architectures=60, algorithms=ALGORITHMS, proxies=PROXIES)


@pytest.fixture(scope="module")
def out(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_report([results], tmp_path_factory.mktemp("whole") / "report").parent


@pytest.fixture(scope="module")
def page(out: Path) -> str:
    return (out / "index.html").read_text(encoding="utf-8")


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Reader(HTMLParser):
    """Collects ids, links and the tags that are open at the end."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self.handle_attributes(attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_attributes(attrs)

    def handle_attributes(self, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def without_scripts(page: str) -> str:
    return re.sub(r"(?s)(<script[^>]*>).*?</script>", r"\1</script>", page)


def test_all_files_are_written(out: Path) -> None:
    files = written(out)
    assert set(files) == FILES
    assert all(content.startswith(b"%PDF") for name, content in files.items() if name.endswith("pdf"))
    assert all(content.startswith(b"\x89PNG") for name, content in files.items() if name.endswith("png"))


def test_the_page_asks_nothing_of_the_network(page: str) -> None:
    assert "default-src &#39;none&#39;" in page
    page = without_scripts(page)
    assert "http" not in page.replace("http-equiv", "")
    assert re.search(r"@import|url\((?!#)|<script[^>]*src", page) is None
    assert '<meta name="viewport"' in page


def test_the_page_is_well_formed_and_its_links_lead_somewhere(page: str, out: Path) -> None:
    reader = read(page)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    for link in reader.links:
        if link.startswith("#"):
            assert link[1:] in reader.ids
        elif not link.startswith("data:image/png;base64,"):
            assert (out / link).is_file()


def test_inline_figures_are_xml_and_follow_the_colour_scheme(page: str) -> None:
    figures = re.findall(r"<svg.*?</svg>", without_scripts(page), re.DOTALL)
    assert len(figures) >= 2 + len(PROXIES)
    for figure in figures:
        assert ET.fromstring(figure).get("aria-label")
    assert "var(--ink)" in figures[0]
    assert "prefers-color-scheme: dark" in page


def test_every_number_of_the_tables_is_on_the_page(page: str, out: Path) -> None:
    for name in TABLES:
        line = (out / "tables" / f"{name}.md").read_text(encoding="utf-8").splitlines()[4]
        for field in line.strip("| ").split(" | ")[1:]:
            assert field.strip("*").replace("\\", "") in page


def test_fonts_are_embedded_as_truetype(out: Path) -> None:
    content = (out / "figures" / "cost_1.pdf").read_bytes()
    assert b"/FontFile2" in content
    assert b"/Type3" not in content
    assert b"CreationDate" not in content


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    results = fabricate(runs=3, steps=6, architectures=20, algorithms=("random_search", HOSTILE), proxies=(HOSTILE,))
    results.manifest["name"] = HOSTILE
    results.manifest["experiment"] = {"name": HOSTILE}
    for study in results.manifest["studies"]:
        study["benchmark"] = HOSTILE
        study["provenance"] = {HOSTILE: HOSTILE}
    page = build_report([results], tmp_path / "report").read_text(encoding="utf-8")
    reader = read(page)
    assert reader.open == []
    assert '<script>alert("x")' not in page
    assert "&lt;script&gt;" in page
    for name in ("search_0", "proxy_1", "ledger"):
        lines = (tmp_path / "report" / "tables" / f"{name}.tex").read_text(encoding="utf-8").splitlines()
        body = "\n".join(line for line in lines if not line.startswith("%")).replace(r"\allowbreak ", "")
        assert r"\_\%\$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}\textbar{}" in body


def test_a_folder_is_read_and_gives_the_same_bytes_again(results: Results, out: Path, tmp_path: Path) -> None:
    write_folder(dataclasses.replace(results, records={0: [results.searches.sample(frac=1, random_state=1)]}), tmp_path)
    steps: list[tuple[int, int, str]] = []
    assert report([tmp_path], progress=lambda *step: steps.append(step)) == tmp_path / "report" / "index.html"
    assert written(tmp_path / "report") == written(out)
    studies = ["search on digits201", "proxy on digits201"]
    assert steps == [(i, 4, what) for i, what in enumerate([*studies, *studies, ""])]


def test_an_earlier_report_is_replaced_whole(results: Results, tmp_path: Path) -> None:
    out = tmp_path / "report"
    (out / "tables").mkdir(parents=True)
    (out / "tables" / "search_9.csv").write_text("old")
    small = fabricate(runs=3, steps=5, proxies=())
    build_report([small], out)
    assert "tables/search_9.csv" not in written(out)
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize("name", ["thesis.docx", "tables/notes.txt", "figures/raw/run.png", "more/index.html"])
def test_other_peoples_files_are_refused(name: str, tmp_path: Path) -> None:
    foreign = tmp_path / "report" / name
    foreign.parent.mkdir(parents=True)
    foreign.write_text("dear")
    with pytest.raises(BadValue, match="no part of a report"):
        build_report([fabricate(runs=2, steps=3, algorithms=ALGORITHMS, proxies=())], tmp_path / "report")
    assert foreign.read_text() == "dear"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("dear")
    with pytest.raises(BadValue, match="is a file"):
        build_report([fabricate(runs=2, steps=3, algorithms=ALGORITHMS, proxies=())], tmp_path / "report")


def test_a_failure_leaves_the_earlier_report_and_nothing_else(results: Results, out: Path, tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.mkdir()
    (target / "index.html").write_text("earlier")
    broken = dataclasses.replace(results, scores=results.scores.drop(columns="truth"))
    with pytest.raises(KeyError):
        build_report([broken], target)
    assert (target / "index.html").read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_study_without_the_other_kind(tmp_path: Path) -> None:
    build_report([fabricate(runs=3, steps=5, algorithms=ALGORITHMS, proxies=())], tmp_path / "search")
    build_report([fabricate(algorithms=(), architectures=30, seeds=1, proxies=PROXIES)], tmp_path / "proxy")
    drawn = {kind: {path.stem for path in (tmp_path / kind / "figures").glob("*.pdf")} for kind in ("search", "proxy")}
    assert drawn["search"] == {"anytime_0", "critical_difference", "ecdf", "improvement", "ranks"}
    assert drawn["proxy"] == {f"{kind}_0" for kind in ("agreement", "bias", "cell", "cost", "scatter")}


def test_a_folder_of_an_earlier_version_is_reported(tmp_path: Path) -> None:
    results = fabricate(algorithms=(), architectures=60, proxies=PROXIES)
    earlier = dataclasses.replace(results, scores=results.scores.drop(columns="params"))
    page = build_report([earlier], tmp_path / "report").read_text(encoding="utf-8")
    table = pd.read_csv(tmp_path / "report" / "tables" / "proxy_0.csv").set_index("proxy")
    assert table["kendall_tau_b_given_params"].isna().all()
    assert table.loc[list(PROXIES), "weighted_kendall_tau"].notna().all()
    assert "Claims" not in page


def test_a_study_of_few_architectures_has_no_details(tmp_path: Path) -> None:
    results = fabricate(algorithms=(), architectures=9, seeds=1, proxies=PROXIES)
    results.manifest["studies"][0]["space"] = "nats_sss"
    page = build_report([results], tmp_path / "report").read_text(encoding="utf-8")
    assert not any(name.startswith(("tables/bi", "tables/pairs")) for name in written(tmp_path / "report"))
    assert "not shown: the decisions of nats_sss do not all choose among the same named operations" in page


def test_no_study_is_an_error(results: Results, tmp_path: Path) -> None:
    empty = dataclasses.replace(results, manifest=results.manifest | {"studies": []})
    with pytest.raises(BadValue, match="no study"):
        build_report([empty], tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


def test_without_an_oracle_the_test_metric_is_shown(tmp_path: Path) -> None:
    page = build_report([fabricate(runs=4, steps=8, oracle=False, proxies=())], tmp_path / "report").read_text()
    assert "highest mean test_accuracy" in page
    assert "regret" not in page.split("</style>")[1].split("<pre>")[0]
    header = (tmp_path / "report" / "tables" / "search_0.csv").read_text().splitlines()[0]
    assert header.startswith("algorithm,final_test,final_test_low,final_test_high,median_final_test")


@pytest.mark.parametrize(("runs", "weak"), [(1, True), (99, True), (100, False)])
def test_few_runs_are_called_underpowered(runs: int, weak: bool, tmp_path: Path) -> None:
    results = fabricate(runs=runs, steps=3, algorithms=ALGORITHMS[:2], proxies=())
    page = build_report([results], tmp_path / "report").read_text(encoding="utf-8")
    assert (f"Underpowered: with {counted(runs, 'run')}" in page) == weak
    assert (f"Underpowered: an algorithm has {counted(runs, 'run')}; a claim takes at least 100." in page) == weak


def test_odd_results_are_reported_and_not_hidden(tmp_path: Path) -> None:
    results = fabricate(runs=3, steps=5, architectures=30, proxies=("params", "flops", "synflow"))
    searches, scores = results.searches, results.scores
    searches.loc[searches["algorithm"] == "hyperband", ["regret", "test", "valid"]] = np.nan
    searches.loc[searches["algorithm"] == "hyperband", "reason"] = "unmeasured"
    searches.loc[searches["algorithm"] == "local_search", "regret"] = 0.0
    scores.loc[scores["proxy"] == "params", "score"] = 1.0
    scores.loc[scores["proxy"] == "flops", "score"] = np.nan
    scores.loc[(scores["proxy"] == "synflow") & (scores["arch"] < 4), "score"] = np.inf
    alone = results.truth[results.truth["seed"] == 0]
    odd = dataclasses.replace(results, records={0: [searches]}, truth=alone, measured=pd.DataFrame())
    page = build_report([odd], tmp_path / "report").read_text(encoding="utf-8")
    assert "Runs of hyperband ended without an incumbent" in page
    assert "The table does not hold the truth of two or more training seeds, so its noise ceiling is unknown." in page
    assert "The correlation of params, flops is undefined in all seeds" in page
    table = pd.read_csv(tmp_path / "report" / "tables" / "proxy_1.csv").set_index("proxy")
    assert table.loc["synflow", "dropped"] == 4
    assert table.loc["flops", "n"] == 0
    assert np.isnan(table.loc["params", "kendall_tau_b"])
    assert "noise ceiling" not in table.index


@pytest.mark.parametrize(("probability", "words"), [(0.973, "0.97"), (0.995, "above 0.99"), (0.5, "0.50")])
def test_the_lead_of_the_best_proxy_is_told_with_its_probability(probability: float, words: str) -> None:
    results = fabricate(algorithms=(), architectures=30, seeds=1, proxies=PROXIES)
    study = results.manifest["studies"][0]
    found = summarize_proxies(study, results.scores, results.truth, results.measured)
    pair = PairRow("a", "b", Interval(0.021, 0.011, 0.031), probability, 30, 1)
    lead = "Its lead over b is 0.021 [0.011, 0.031] in τ-b"
    sentence = f"{lead}; the probability that it ranks better is {words} (paired, over architectures)."
    assert proxy_sentences(found, [pair])[1] == sentence
    assert not any("lead" in other for other in proxy_sentences(found, []))


def test_options_that_a_label_tells_are_not_told_again() -> None:
    results = fabricate(algorithms=(), architectures=30, seeds=1, proxies=("ridge(train=20)", "params"))
    study = results.manifest["studies"][0]
    found = summarize_proxies(study, results.scores, results.truth, results.measured)
    assert "Options" not in dict(proxy_protocol(found, biased=True))
    study["hyper"]["params"] = {"precision": "float32"}
    assert dict(proxy_protocol(found, biased=True))["Options"] == "params: precision = float32"
