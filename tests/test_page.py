"""The page: its parts, what it may do, names that try to break out of it, and where the results came from."""

import base64
import hashlib
import html
import json
import re
from functools import partial
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest
from page_factory import EXPERIMENT, HOSTILE, RANKING, document, manifest, picture, ranking, summary
from reports_factory import fabricate

import reports.page.page as page_module
from reports.diagram import Diagram, Edge, Node, diagram_of
from reports.figures.hover import Line, Scale, hover_lines, hover_matrix, worded
from reports.figures.style import Stroke
from reports.page.cells import packed
from reports.page.explorer import MOST_CELLS, explorer_of
from reports.page.page import Picture, render
from reports.page.pieces import pieces
from reports.page.protocol import search_protocol
from reports.page.provenance import again, provenance
from reports.page.scripts import embedded, plotly, policy
from reports.page.shown import shown
from reports.summary.runs import runs_of
from reports.summary.search import summarize_search
from reports.tables.table import Column, Missing, Table

BUNDLE = "window.Plotly = {/* a stand-in */};"


class Reader(HTMLParser):
    """Collects tags with their attributes, the text of each kind of element, and what is open at the end."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "wbr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in dict.fromkeys(self.open):
            self.texts[tag][-1] += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.fixture(scope="module")
def page() -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_module, "plotly", lambda: BUNDLE)
        return render(document())


@pytest.fixture(scope="module")
def reader(page: str) -> Reader:
    return read(page)


def test_the_page_is_well_formed_and_its_ids_are_its_own(reader: Reader) -> None:
    assert reader.open == []
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for attributes in reader.of("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert all(link.startswith(("#", "tables/", "figures/")) for link in links)
    labelled = [attributes["aria-labelledby"] for _, attributes in reader.tags if "aria-labelledby" in attributes]
    assert labelled
    assert set(labelled) <= set(ids)


def test_nothing_is_asked_of_the_network(page: str, reader: Reader) -> None:
    assert re.search(r"https?://(?!www\.w3\.org/2000/svg)", page) is None
    assert re.search(r"@import|url\((?!#)|\bsrc=|<link", page) is None
    assert "http://www.w3.org/2000/svg" in page
    assert reader.of("meta")[1]["content"].startswith("default-src 'none'; script-src 'sha256-")


def test_the_policy_allows_the_scripts_of_the_page_and_no_others(reader: Reader) -> None:
    code = [
        text for text, attributes in zip(reader.texts["script"], reader.of("script"), strict=True) if not attributes
    ]
    assert len(code) == 3
    assert code[1] == BUNDLE
    allowed = re.findall(r"'sha256-(\S+)'", reader.of("meta")[1]["content"])
    assert allowed == [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in code]
    assert "unsafe-inline" not in policy(code).split("style-src")[0]


def test_hostile_names_stay_text(page: str, reader: Reader) -> None:
    assert "<script>alert" not in page
    assert "<b>&amp;" not in page
    assert reader.texts["h1"] == [f"page {HOSTILE}"]
    assert any(HOSTILE in text for text in reader.texts["li"])
    data = [
        json.loads(text)
        for text, attributes in zip(reader.texts["script"], reader.of("script"), strict=True)
        if attributes.get("type") == "application/json"
    ]
    assert len(data) == 4
    assert html.unescape(data[0]["data"][2]["name"]) == HOSTILE
    assert "<" not in data[0]["data"][2]["name"]
    assert HOSTILE in [proxy["name"] for proxy in data[2]["proxies"]]
    assert HOSTILE in reader.texts["pre"][0].replace('\\"', '"')


def test_what_is_embedded_ends_no_script_and_is_json() -> None:
    text = embedded({"a": HOSTILE, "b": [1, 2.5, None]})
    assert "<" not in text
    assert json.loads(text) == {"a": HOSTILE, "b": [1, 2.5, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        embedded([float("nan")])


def test_without_plotly_there_is_no_bundle_and_no_data_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.page.scripts.find_spec", lambda name: None)
    reader = read(render(document()))
    assert plotly() == ""
    assert [attributes for attributes in reader.of("figure") if "data-hover" in attributes] == []
    assert [a["id"] for a in reader.of("script") if "id" in a] == ["explorer-0", "inks"]
    assert len([a for a in reader.of("script") if not a]) == 2


def test_the_bundle_is_there_once_and_only_where_a_figure_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "plotly", lambda: BUNDLE)
    assert render(document()).count(BUNDLE) == 1
    assert BUNDLE not in render(document(hover=False))


def test_the_real_bundle_ends_no_script() -> None:
    pytest.importorskip("plotly")
    bundle = plotly()
    assert len(bundle) > 1_000_000
    assert re.search(r"</script|<!--|\r", bundle) is None


def test_the_same_document_gives_the_same_bytes() -> None:
    assert render(document(hover=False)) == render(document(hover=False))


def test_the_contents_lead_to_every_part(reader: Reader, page: str) -> None:
    nav = page.split('<nav class="contents"')[1].split("</nav>")[0]
    assert re.findall(r'href="#(\S+)"', nav) == ["part-1", "part-2", "part-3", "claims", "ledger", "made"]
    whole = document(hover=False)
    alone = whole._replace(sections=whole.sections[1:2], claims=None)
    assert "<nav" not in render(alone)
    assert reader.of("main")[0]["id"] == "content"
    assert {"class": "skip", "href": "#content"} in reader.of("a")


def test_what_is_short_names_the_parts_that_have_something_to_say(page: str) -> None:
    short = page.split('aria-labelledby="short"')[1].split("</section>")[0]
    assert re.findall(r"<h3>(.*)</h3>", short) == ["Search", "Proxies", "Claims"]
    assert "<p>Note: &lt;/script&gt;" in short
    assert "<ul>\n</ul>" not in page


def test_cells_carry_their_numbers_in_full(reader: Reader) -> None:
    cells = [attributes for attributes in reader.of("td") if "data-value" in attributes]
    assert [float(cell["data-value"]) for cell in cells[:3]] == [0.31, 3.0, 1.2]
    assert len(cells) == 2 * 3 * (len(RANKING) - 1) + 3 * 2 + 4 + 2
    assert [("data-long" in table) for table in reader.of("table")] == [True, True, False, True]
    downs = [attributes for attributes in reader.of("th") if "data-down" in attributes]
    assert len(downs) == 4


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "words", Missing("why")])
def test_what_is_no_number_is_sorted_by_none(value: Any) -> None:
    table = Table("t", "", (Column("a", "a"), Column("b", "b", str, max)), (("x", value), ("y", 2)))
    assert [row[1].value for row in shown(table).body] == ["", "2.0"]
    assert [row[1].missing for row in shown(table).body] == [value not in ("words", float("inf")), False]


def test_marks_stand_beside_what_they_explain_and_the_best_is_bold() -> None:
    columns = (Column("a", "a"), Column("b", "b", str, max, tied=frozenset({1})))
    table = Table("t", "", columns, (("x", 3), ("y", 2), ("z", Missing("no room"))))
    whole = document(hover=False)
    page = render(whole._replace(sections=[whole.sections[1]._replace(content=(table,))], ledger=table))
    assert ">2<sup>†</sup></td>" in page
    assert "<td data-missing>–<sup>a</sup></td>" in page
    assert '<td data-value="3.0"><b>3</b></td>' in page


def test_figures_stand_beside_each_other_and_the_explorer_below_its_scatter() -> None:
    second = document().sections[2]
    found = pieces(second.content, second.explorer)
    assert [piece.kind for piece in found] == ["figures", "figures", "explorer", "table"]
    assert [[framed.place for framed in piece.value] for piece in found[:2]] == [["alone"], ["panels"]]
    first = document().sections[1]
    places = [[f.place for f in p.value] for p in pieces(first.content, None) if p.kind == "figures"]
    assert places == [["beside", "beside"], ["wide"]]
    assert [p.kind for p in pieces((ranking(),), {"number": 9})] == ["table", "explorer"]
    assert pieces((Picture("no box", "", ("<svg></svg>",)),), None)[0].value[0].place == "alone"


# --- the explorer


def test_the_explorer_knows_every_rank_and_score() -> None:
    data, frame = explorer_of(summary()), summary().frame
    assert data is not None
    first = frame[(frame["seed"] == 0) & (frame["proxy"] == "synflow")].set_index("arch")
    assert data["archs"] == list(range(40))
    assert [proxy["name"] for proxy in data["proxies"]] == [row.proxy for row in summary().rows]
    assert len(data["truth_ranks"]) == 1
    proxy = next(one for one in data["proxies"] if one["name"] == "synflow")
    ranks = first["score"].rank(ascending=False)
    assert proxy["ranks"] == [ranks[arch] for arch in data["archs"]]
    assert proxy["scores"] == pytest.approx(first["score"].tolist(), rel=1e-3)
    assert data["truth_ranks"][0] == first["truth"].rank(ascending=False).tolist()
    assert data["params"] == first["params"].tolist()
    assert (proxy["n"], proxy["k"], data["all"]) == (40, summary().rows[0].k, 40)


def test_what_has_no_score_has_no_rank_and_changes_who_is_ranked() -> None:
    frame = summary().frame.copy()
    gone = (frame["proxy"] == "synflow") & (frame["arch"] < 5)
    frame.loc[gone, "score"] = np.nan
    data = explorer_of(summary()._replace(frame=frame))
    assert data is not None
    proxy = next(one for one in data["proxies"] if one["name"] == "synflow")
    assert proxy["ranks"][:5] == proxy["scores"][:5] == [None] * 5
    assert sorted(proxy["ranks"][5:]) == list(range(1, 36))
    assert proxy["n"] == 35
    assert data["truth_ranks"][proxy["truth"]][:5] == [None] * 5
    assert len(data["truth_ranks"]) == 2


def test_a_truth_that_is_better_when_low_is_told_as_it_is() -> None:
    low = summary()._replace(study=summary().study | {"maximize": False})
    data, plain = explorer_of(low), explorer_of(summary())
    assert data is not None
    assert plain is not None
    assert data["truth"] == [-value for value in plain["truth"]]
    assert data["truth_ranks"] == plain["truth_ranks"]


def _large(architectures: int, proxies: int) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    archs, truth = rng.choice(15625, architectures, replace=False), rng.normal(90, 3, architectures)
    rows = tuple(summary().rows[0]._replace(proxy=f"proxy_{i}") for i in range(proxies))
    frame = pd.concat(
        pd.DataFrame({"proxy": row.proxy, "seed": 4, "arch": archs, "score": rng.normal(size=architectures),
                      "truth": truth, "params": rng.integers(10**5, 10**6, architectures)})
        for row in rows
    )  # fmt: skip
    data = explorer_of(summary()._replace(frame=frame, rows=rows))
    assert data is not None
    return data


def test_two_thousand_cells_and_twelve_proxies_fit_into_400_kb() -> None:
    data = _large(2500, 12)
    assert len(data["archs"]) == MOST_CELLS
    assert data["all"] == 2500
    assert len(embedded(data).encode()) < 400_000
    assert max(data["truth_ranks"][0]) > MOST_CELLS, "ranks are among all, not among those shown"
    assert data == _large(2500, 12)


def test_more_proxies_mean_fewer_architectures() -> None:
    assert len(_large(700, 48)["archs"]) == 500


def test_nothing_scored_is_nothing_to_explore() -> None:
    frame = summary().frame
    assert explorer_of(summary()._replace(rows=())) is None
    assert explorer_of(summary()._replace(frame=frame.iloc[:0])) is None
    assert explorer_of(summary()._replace(frame=frame.assign(score=np.nan))) is None


def test_earlier_results_without_params_and_unknown_spaces_are_explored() -> None:
    frame = summary().frame.drop(columns="params")
    data = explorer_of(summary()._replace(frame=frame, study=summary().study | {"space": HOSTILE}))
    assert data is not None
    assert data["params"] is None
    assert data["cells"] is None


def unpacked(cells: dict[str, Any], row: list[int]) -> Diagram:
    """What cell.js does, in Python."""
    nodes = tuple(Node(*cells["spots"][place]) for place in cells["nodes"][row[0]])
    labelled, *joins = cells["links"][row[1]]
    words = [cells["words"][place] for place in row[3:]]
    labels = [words.pop(0) for _ in joins] if labelled else ["" for _ in joins]
    links = [cells["joins"][place] for place in joins]
    edges = tuple(Edge(s, t, label, bend) for (s, t, bend), label in zip(links, labels, strict=True))
    text = re.sub("\ue000", lambda _: words.pop(0), cells["texts"][row[2]])
    assert not words
    return Diagram(nodes, edges, text)


@pytest.mark.parametrize("space", ["nb201", "nats_sss", "nb_macro", "transnas_micro", "transnas_macro"])
def test_packed_cells_come_back(space: str) -> None:
    diagrams = [diagram_of(space, arch) for arch in (0, 1, 77, 1234, 3000)]
    cells = packed([*diagrams, None])
    assert cells is not None
    assert cells["rows"][5] is None
    assert [unpacked(cells, row) for row in cells["rows"][:5]] == diagrams


# --- where it came from


def test_the_folders_tell_how_they_were_made() -> None:
    first, second = provenance([manifest(), manifest("other")], {(0, 0): 0, (0, 1): 1, (1, 0): 2, (1, 1): 1})
    assert [name for name, _ in first.studies] == ["Study 0", "Study 1"]
    assert [name for name, _ in second.studies] == ["Study 2", "Study 1"]
    search = dict(first.studies[0][1])
    assert search["seeds"] == "100 (7 to 106)"
    assert search["budget per run"] == "60 simulated seconds"
    assert search["workers"] == "4"
    assert search["objective"] == "valid_accuracy, latency"
    assert dict(first.studies[1][1])["seeds"] == "1 (0)"
    assert [source.benchmark for source in first.sources] == ["digits201"]
    assert first.sources[0].terms == [
        ("fingerprint", "ab" * 32), ("width", "8"), ("made by", HOSTILE), ("sha256", "cd" * 32)
    ]  # fmt: skip
    assert first.environment[0] == ("nasgauge", "0.1.0")
    assert first.left_out == [f"nb101: {HOSTILE}"]
    assert first.commands == "nasgauge run page.toml\nnasgauge report results/page"
    assert again([manifest(), manifest("other")]) == "nasgauge report results/page results/other --out report"
    assert again([manifest()]) == ""


def test_a_name_that_a_shell_would_take_apart_is_quoted() -> None:
    made = provenance([{"name": "a; rm b", "experiment": {}}], {})[0]
    assert made.commands == "nasgauge run 'a; rm b.toml'\nnasgauge report 'results/a; rm b'"


def test_what_older_folders_lack_is_left_out() -> None:
    bare = {"name": "old", "experiment": {"name": "old"}, "studies": [{"study": 0, "kind": "search"}]}
    made = provenance([bare], {(0, 0): 0})[0]
    assert made.studies == [("Study 0", [("what", "search")])]
    assert (made.sources, made.left_out, made.environment) == ([], [], [])
    assert made.toml == 'name = "old"\n'
    assert "Study 0" in render(document(hover=False)._replace(manifests=[bare]))


def test_the_page_shows_the_experiment_and_the_commands(reader: Reader) -> None:
    toml, commands = reader.texts["pre"][:2]
    assert toml.startswith('name = "page"\n\n[[proxy]]')
    assert f"architectures = {EXPERIMENT['proxy'][0]['architectures']}" in toml
    assert commands == "nasgauge run page.toml\nnasgauge report results/page"
    assert reader.texts["pre"][-1] == "nasgauge report results/page results/other --out report"
    assert any("ab" * 32 in text for text in reader.texts["dd"])


# --- figures that answer to a mouse


def test_a_hover_specification_is_plain_and_uses_our_inks() -> None:
    spec = picture("x", hover=True).hover
    assert spec is not None
    band, line, points = spec["data"]
    assert band["hoverinfo"] == "skip"
    assert line["customdata"] == [[0.5, 1.5], [1.5, 2.5], [2.5, 3.5]]
    assert "time (s): %{x:,.4~g}<br>regret: %{y:,.4~g} [%{customdata[0]" in line["hovertemplate"]
    assert "%{text}" in points["hovertemplate"]
    assert "customdata" not in points
    assert line["line"]["color"] == "#0072b2"
    assert points["text"] == [HOSTILE] * 3
    assert spec["layout"]["xaxis"]["type"] == "log"
    assert json.loads(json.dumps(spec)) == spec


DOT = Stroke("#0072b2", "-", "o")


@pytest.mark.parametrize(
    ("x", "ticks"), [([1.0, 2.0], None), ([0.0, 20.0, 500.0], "D2"), ([1.0, 1000.0], "D2"), ([1.0, 1e5], None)]
)
def test_a_log_axis_has_no_more_ticks_than_can_be_read(x: list[float], ticks: str | None) -> None:
    line = Line("a", x, [10.0 * one for one in x], DOT)
    layout = hover_lines([line], Scale("t", log=True), Scale("v", log=True))["layout"]
    assert [layout[axis].get("dtick") for axis in ("xaxis", "yaxis")] == [ticks, ticks]
    assert "dtick" not in hover_lines([line], Scale("t"), Scale("v"))["layout"]["xaxis"]


def test_intervals_of_a_curve_are_a_band_or_bars_and_a_step_has_a_band_of_steps() -> None:
    line = Line("a", [1.0, 2.0], [3.0, 4.0], DOT, [2.0, 3.5], [5.0, 6.0], mode="lines+markers")
    spec = partial(hover_lines, x=Scale("t"), y=Scale("v"))
    band, curve = spec([line])["data"]
    assert (band["x"], band["y"], band["mode"]) == ([1.0, 2.0, 2.0, 1.0], [5.0, 6.0, 3.5, 2.0], "lines")
    assert "error_y" not in curve
    (barred,) = spec([line._replace(bars=True)])["data"]
    assert (barred["error_y"]["array"], barred["error_y"]["arrayminus"]) == ([2.0, 2.0], [1.0, 0.5])
    stepped = spec([line._replace(step=True)])["data"][0]
    assert stepped["x"] == [1.0, 2.0, 2.0, 2.0, 2.0, 1.0]
    assert stepped["y"] == [5.0, 5.0, 6.0, 3.5, 2.0, 2.0]


def test_dollar_signs_are_written_so_that_they_begin_no_formula() -> None:
    spec = {"data": [{"name": "$a$", "text": ["$", 1.0, None]}], "layout": {"width": 3}}
    assert worded(spec) == {"data": [{"name": "&#36;a&#36;", "text": ["&#36;", 1.0, None]}], "layout": {"width": 3}}


def test_a_matrix_keeps_its_order_and_shows_numbers_while_they_fit() -> None:
    spec = hover_matrix([[0.5, float("nan")]], ["a"], ["b", "c"], low=-1, high=1)
    trace = spec["data"][0]
    assert trace["z"] == [[0.5, None]]
    assert trace["texttemplate"] == "%{z:.2f}"
    assert [place for place, _ in trace["colorscale"]] == [0, 0.5, 1]
    many = [str(i) for i in range(13)]
    assert hover_matrix([[0.5] * 13], ["a"], many, low=-1, high=1)["data"][0]["texttemplate"] == ""


# --- the protocol


def test_the_protocol_names_every_objective_where_seeds_begin_and_whose_time_is_charged() -> None:
    results = fabricate(runs=2, steps=3, algorithms=("random_search",), proxies=())
    study = results.manifest["studies"][0]
    plain = dict(search_protocol(summarize_search(runs_of(study, results.records[0]))))
    assert plain["Objective"] == "valid_accuracy; no search sees test_accuracy"
    assert plain["Seeds"] == "2, paired across algorithms"
    assert "Overhead" not in plain
    budget = study["budget"] | {"overhead": "charged"}
    study |= {"objectives": ["valid_accuracy", "latency"], "first_seed": 5, "budget": budget}
    told = dict(search_protocol(summarize_search(runs_of(study, results.records[0]))))
    assert told["Objective"] == "valid_accuracy and latency; no search sees test_accuracy"
    assert told["Seeds"] == "2, from 5, paired across algorithms"
    assert "moves the clock" in told["Overhead"]
