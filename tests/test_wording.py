"""Words of the user's own: what a file of them may say, and where it shows."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from reports_factory import fabricate, write_folder

from harness.errors import BadValue, UnknownName
from harness.results import Results
from reports.build import Setup, build_report, report
from reports.figures.anytime import ANALYTIC
from reports.figures.style import strokes
from reports.parts import Part, parts_of
from reports.renamed import claims_of, renamed
from reports.summary.ledger import search_ledger
from reports.summary.proxy import summarize_proxies
from reports.summary.runs import runs_of
from reports.summary.search import baseline_of, summarize_search
from reports.wording import PLAIN, Wording, check_captions, ordered, read_wording

ALGORITHMS = ("random_search", "local_search", "hyperband")
PROXIES = ("params", "random_forest(train=10)", "random_forest(train=40)")
WHOLE = """
title = "A comparison"
spread = "std"
elsewhere = ["Ours"]
[names]
hyperband = "HB"
"random_forest(train=10)" = "RF-10"
[captions]
search_0 = "What searches end with."
"""


def file(folder: Path, text: str) -> Path:
    path = folder / "words.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def results() -> Results:
    found = fabricate(runs=3, steps=5, architectures=20, seeds=1, algorithms=ALGORITHMS, proxies=PROXIES)
    found.manifest["experiment"]["claim"] = [
        {"text": "x", "proxy": "random_forest(train=10)", "benchmark": "digits201", "low": 0.5},
        {"text": "y", "proxy": "random_forest", "low": 0.5},
    ]
    for study in found.manifest["studies"]:
        study["names"] = {label: label.partition("(")[0] for label in (*ALGORITHMS, *PROXIES)}
    return found


def shown(results: Results, **names: str) -> list[Part]:
    return renamed(parts_of([results]), Wording(names=names))


# reading


def test_a_whole_file(tmp_path: Path) -> None:
    words = read_wording(file(tmp_path, WHOLE))
    assert words == Wording(
        title="A comparison",
        names={"hyperband": "HB", "random_forest(train=10)": "RF-10"},
        captions={"search_0": "What searches end with."},
        spread="std",
        elsewhere=("Ours",),
    )
    assert words.caption("search_0", "ours") == "What searches end with."
    assert words.caption("search_1", "ours") == "ours"


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert read_wording(file(tmp_path, "")) == PLAIN == Wording(None, {}, {}, "interval", ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\ntitel = 'x'", r"words\.toml, line 2: unknown key 'titel'\. Did you mean 'title'\? Allowed here: title, n"),
        ("title = 3", r"line 1: title = 3: give a text, \"x\""),
        ("title = ' '", r"line 1: title = \" \": give a text"),
        ("spread = 'sd'", r"line 1: spread = \"sd\": give \"interval\" or \"std\""),
        ("spread = []", r"line 1: spread = \[\]: give \"interval\""),
        ("names = 'x'", r"line 1: names = \"x\": give a table: a line \[names\], and below it name = \"text\""),
        ("title = 'x'\n[names]\na = 'A'\nb = 1", r"line 4: names\.b = 1: give a text"),
        ("[names]\na.b = 'x'", r"line 2: names\.a is a table: put a name with dots or brackets in quotes"),
        ("[names]\na = 'X'\nb = 'X '", r"line 3: names: 'a' and 'b' would both be called 'X'"),
        ("[captions]\ncost_1 = ['x']", r"line 2: captions\.cost_1 = \[\"x\"\]: give a text"),
        ("elsewhere = 'x'", r"line 1: elsewhere = \"x\": give a list of names"),
        ("elsewhere = [1]", r"line 1: elsewhere = \[1\]: give a list of names"),
        ("title = ", r"words\.toml is no TOML: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=message):
        read_wording(file(tmp_path, text))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=r"cannot read .*words\.toml: No such file"):
        read_wording(tmp_path / "words.toml")
    (tmp_path / "words.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadValue, match=r"words\.toml is no TOML"):
        read_wording(tmp_path / "words.toml")


# names


def test_everything_downstream_has_the_names(results: Results) -> None:
    search, proxy = shown(results, hyperband="HB", params="size", digits201="Digits")
    assert search.study["algorithms"] == ["random_search", "local_search", "HB"]
    assert (search.study["hyper"]["HB"], search.study["names"]["HB"]) == ({"eta": 3}, "hyperband")
    assert (search.study["benchmark"], search.study["own_benchmark"]) == ("Digits", "digits201")
    summary = summarize_search(runs_of(search.study, search.records))
    assert {row.algorithm for row in summary.rows} == {"random_search", "local_search", "HB"}
    assert {row.label: row.overhead_seconds > 0 for row in search_ledger(summary, search.measured)}["HB"]
    assert set(next(iter(search.records))["benchmark"]) == {"Digits"}
    scores = summarize_proxies(proxy.study, proxy.scores, proxy.truth, proxy.measured)
    assert {row.proxy: row.measured >= 0 for row in scores.rows}["size"]
    assert set(proxy.scores["benchmark"]) == {"Digits"}


def test_the_input_is_left_alone(results: Results) -> None:
    before = [frame.copy() for frame in results.records[0]]
    for part in shown(results, hyperband="HB", digits201="Digits"):
        list(part.records)
    for old, new in zip(before, results.records[0], strict=True):
        pd.testing.assert_frame_equal(old, new)
    assert results.manifest["studies"][0]["algorithms"] == list(ALGORITHMS)


def test_random_search_stays_the_baseline_under_another_name(results: Results) -> None:
    search, _ = shown(results, random_search="Random")
    assert baseline_of(search.study) == "Random"


def test_a_name_before_the_brackets_renames_all_its_variants(results: Results) -> None:
    _, proxy = shown(results, **{"random_forest": "RF", "random_forest(train=40)": "forest"})
    assert proxy.study["proxies"] == ["params", "RF(train=10)", "forest"]
    assert proxy.study["own_labels"] == dict(zip(proxy.study["proxies"], PROXIES, strict=True))
    assert proxy.study["titles"] == {"random_forest": "RF"}
    assert shown(results, params="size")[1].study["titles"] == {"params": "size"}


def test_a_name_is_no_other_name_s_beginning(results: Results) -> None:
    _, proxy = renamed(parts_of([results]), Wording(names={"random": "R"}, elsewhere=("random",)))
    assert proxy.study["proxies"] == list(PROXIES)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"hyperbnd": "HB"}, r"names: no algorithm, proxy or benchmark of this report is called 'hyperbnd'\. Did you "
                             r"mean 'hyperband'\? There are: digits201, hyperband, local_search, .*"
                             r"If it is another report's, write elsewhere = \[\"hyperbnd\"\] at the top of the file"),
        ({"random_forest(train=41)": "x"}, r"Did you mean 'random_forest\(train=40\)'"),
        ({"digits202": "D"}, "Did you mean 'digits201'"),
    ],
)  # fmt: skip
def test_a_name_that_is_nobodys(names: dict[str, str], message: str, results: Results) -> None:
    with pytest.raises(UnknownName, match=message):
        shown(results, **names)


def test_names_of_other_reports_are_no_error(results: Results) -> None:
    words = Wording(names={"successive_halving": "SH", "Ours": "O"}, elsewhere=("Ours",))
    assert [part.study["benchmark"] for part in renamed(parts_of([results]), words)] == ["digits201"] * 2


@pytest.mark.parametrize("names", [{"hyperband": "local_search"}, {"params": "hyperband"}])
def test_two_methods_cannot_have_one_name(names: dict[str, str], results: Results) -> None:
    with pytest.raises(BadValue, match=r"would both be called '\w+'; give one of them another name"):
        shown(results, **names)


def test_two_methods_may_swap_their_names(results: Results) -> None:
    search, _ = shown(results, hyperband="local_search", local_search="hyperband")
    plain = runs_of(parts_of([results])[0].study, results.records[0]).final("regret")
    final = runs_of(search.study, search.records).final("regret")
    assert search.study["algorithms"] == ["random_search", "hyperband", "local_search"]
    assert final["hyperband"].tolist() == plain["local_search"].tolist()


def test_claims_are_about_what_is_shown(results: Results) -> None:
    experiment = results.manifest["experiment"]
    parts = shown(results, **{"random_forest(train=10)": "RF-10", "digits201": "Digits"})
    first, second = claims_of([experiment, experiment], parts)
    assert (first["proxy"], first["benchmark"]) == ("RF-10", "Digits")
    assert second == experiment["claim"][1]
    assert claims_of([experiment], parts_of([results])) == experiment["claim"]


# colours


def test_listed_names_take_their_colours_first_in_every_report() -> None:
    words = Wording(names={"local_search": "LS", "random_search": "Random", "hyperband": "HB", "Ours": "Ours"})
    some = strokes(ordered(["b", "HB", "Random"], words), "Random")
    others = strokes(ordered(["a", "LS", "Ours", "HB"], words), None)
    assert some["HB"] == others["HB"] == strokes(["LS", "HB"])["HB"]
    assert some["b"] == others["a"] == strokes(["LS", "HB", "Ours", "x"])["x"]
    assert ordered(["b", "a"], PLAIN) == ["b", "a"]


# captions and the page


def test_captions_of_nothing_are_refused() -> None:
    words = Wording(captions={"anytme_0": "x", "cost_9": "y"}, elsewhere=("cost_9",))
    with pytest.raises(
        UnknownName, match=r"captions: no figure or table of this report is called 'anytme_0'\. Did you"
    ):
        check_captions(words, ["anytime_0"])
    check_captions(words, ["anytme_0"])


def test_the_page_and_the_tables_speak_the_users_words(results: Results, tmp_path: Path) -> None:
    alone = fabricate(runs=3, steps=5, algorithms=ALGORITHMS, proxies=())
    words = Wording("A & B", {"hyperband": "Hyper & Band"}, {"search_0": "Ends.", "anytime_0": "Curves."})
    page = build_report([alone], tmp_path / "report", Setup(wording=words)).read_text(encoding="utf-8")
    assert "<h1>A &amp; B</h1>" in page
    assert "Hyper &amp; Band" in page
    assert "Curves." in page
    assert (tmp_path / "report" / "tables" / "search_0.md").read_text(encoding="utf-8").startswith("Ends.")
    drawn = pd.read_csv(tmp_path / "report" / "figures" / "anytime_0.csv")
    assert set(drawn["algorithm"]) == {"random_search", "local_search", "Hyper & Band", ANALYTIC}
    assert '"hyperband"' not in (tmp_path / "report" / "tables" / "search_0.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["[names]\nhyperbnd = 'HB'", "[captions]\nserch_0 = 'x'", "spread = 'x'"])
def test_wrong_words_leave_no_report(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    write_folder(fabricate(runs=2, steps=3, algorithms=ALGORITHMS[:1], proxies=()), folder)
    before: Any = sorted(path.name for path in folder.iterdir())
    with pytest.raises((BadValue, UnknownName)):
        report([folder], words=file(tmp_path, text))
    assert sorted(path.name for path in folder.iterdir()) == before
