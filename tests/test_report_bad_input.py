"""Results that are poor, odd or broken: each gives one clear error, or a report that says so and claims no more."""

import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from reports_factory import fabricate, write_folder
from typer.testing import CliRunner

from harness.cli import app
from harness.commands.report import write_report
from harness.errors import BadValue
from harness.files import write_json
from harness.results import Results, load, write_measured, write_shard
from reports.build import Setup, build_report, report

ALGORITHMS = ("random_search", "local_search", "hyperband")
PROXIES = ("params", "synflow", "reduced_epochs")
FAILED = {"regret": np.nan, "test": np.nan, "valid": np.nan, "loss": np.inf, "incumbent": -1, "reason": "out of memory"}
Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few resamples, and figures as SVG alone."""
    monkeypatch.setattr("reports.summary.over_seeds.WORK", 1)
    monkeypatch.setattr("reports.summary.over_seeds.LEAST", 2)
    whole = Figure.savefig
    monkeypatch.setattr(
        Figure, "savefig", lambda self, to, **how: None if isinstance(to, Path) else whole(self, to, **how)
    )


def searched(change: Change = lambda frame: frame, runs: int = 4, algorithms: tuple[str, ...] = ALGORITHMS) -> Results:
    results = fabricate(runs=runs, steps=4, algorithms=algorithms, proxies=())
    return dataclasses.replace(results, records={0: [change(results.searches)]})


def scored(change: Change = lambda frame: frame, architectures: int = 20, seeds: int = 2) -> Results:
    results = fabricate(algorithms=(), proxies=PROXIES, architectures=architectures, seeds=seeds)
    return dataclasses.replace(results, scores=change(results.scores.copy()))


def put(frame: pd.DataFrame, rows: pd.Series, **values: object) -> pd.DataFrame:
    for name, value in values.items():
        frame.loc[rows, name] = value
    return frame


def tables(results: Results, folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of a report, in which no number is made up."""
    out = build_report([results], folder / "report", Setup(only="tables"))
    for path in out.rglob("*.md"):
        assert re.search(r"\b(nan|inf|None)\b", path.read_text(encoding="utf-8")) is None
    return {path.stem: pd.read_csv(path, index_col=0) for path in out.rglob("*.csv")}


def page(results: Results, folder: Path) -> str:
    """The text of a report's page, in which no number is made up."""
    text = build_report([results], folder / "report").read_text(encoding="utf-8")
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", "", text, flags=re.DOTALL)
    words = unescape(re.sub(r"<[^>]*>", "", body)).replace("\u00a0", " ").replace("\u2011", "-")
    assert re.search(r"\b(nan|NaN|inf|None)\b", words) is None
    return words


# folders


def command(*args: object) -> str:
    """What a command that is refused says, in one line; nothing is written beside the results."""
    outcome = CliRunner().invoke(app, [str(arg) for arg in args])
    assert isinstance(outcome.exception, BadValue), outcome.output
    message = str(outcome.exception)
    assert "\n" not in message
    return message


def test_folders_that_hold_no_results(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for name in ("empty", "nowhere", "file"):
        message = command("report", tmp_path / name)
        assert message.endswith(
            f"{name} is no results folder: it has no manifest.json; name one that `nasgauge run` wrote"
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file"]


def test_unfinished_results_are_counted_with_the_command(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    for folder in (whole, part):
        folder.mkdir()
        write_folder(fabricate(runs=2, steps=3, architectures=10, algorithms=ALGORITHMS, proxies=PROXIES), folder)
    (part / "proxy" / "proxy.parquet").unlink()
    message = command("report", whole, part)
    assert message.endswith(
        "part is unfinished: 1 of 2 blocks are missing; run it again, and only what is missing is run: "
        f"nasgauge run EXPERIMENT.toml --out {part}"
    )
    assert not (tmp_path / "report").exists()


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Results on disk, whose two algorithms and two proxies have two blocks each, a seed in each."""
    whole = fabricate(runs=2, steps=3, architectures=10, seeds=2, algorithms=ALGORITHMS[:2], proxies=PROXIES[:2])
    folder = tmp_path / "stored"
    folder.mkdir()
    write_folder(whole, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    blocks = []
    for study, kind, column, frame in ((0, "search", "algorithm", whole.searches), (1, "proxy", "proxy", whole.scores)):
        for (label, seed), rows in frame.groupby([column, "seed"]):
            blocks.append({"id": f"{label}-{seed}", "kind": kind, "study": study, "label": label})
            write_shard(folder, kind, f"{label}-{seed}", dict(rows.items()))
            own = whole.measured.query("study == @study and label == @label and seed == @seed")
            write_measured(folder, f"{label}-{seed}", own.dropna(axis=1).to_dict("records"))
    write_json(folder / "manifest.json", manifest | {"blocks": blocks})
    return folder


def test_whole_results_are_read(stored: Path) -> None:
    found = load(stored)
    assert (len(found.searches), len(found.scores)) == (12, 40)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("search/local_search-0", "search/local_search-1", "it is another block's: it has seed 0"),
        ("search/random_search-0", "search/local_search-0", "it is another block's: it has algorithm random_search"),
        ("proxy/params-0", "search/local_search-0", "it has no column 'algorithm', as a search block does"),
        ("search/local_search-0", "proxy/params-0", "it has no column 'proxy', as a proxy block does"),
        ("proxy/params-0", "proxy/synflow-0", "it is another block's: it has proxy params"),
        ("proxy/params-0", "truth/study-1", "it has no column 'value', as a truth block does"),
    ],
)
def test_files_that_were_mixed_up_are_named(one: str, other: str, words: str, stored: Path) -> None:
    shutil.copy(stored / f"{one}.parquet", stored / f"{other}.parquet")
    message = command("report", stored)
    assert message == (
        f"{stored / other}.parquet is missing or damaged ({words}); remove it and run the experiment again: only what "
        "is missing is run"
    )
    assert not (stored / "report").exists()


def test_a_run_in_two_blocks_is_named(stored: Path) -> None:
    for kind, suffix in (("search", "parquet"), ("measured", "json")):
        shutil.copy(stored / kind / f"local_search-0.{suffix}", stored / kind / f"local_search-1.{suffix}")
    assert "measured/local_search-1.json is missing or damaged (its runs are another" in command("report", stored)
    (stored / "measured" / "local_search-1.json").write_text('[{"seed": 0}]')
    assert "local_search-1.json is missing or damaged (it does not say whose runs" in command("report", stored)


@pytest.mark.parametrize(
    ("number", "key", "why"),
    [
        (0, "budget", "study 0 lacks 'budget'"),
        (1, "truth", "study 1 lacks 'truth'"),
        (1, "kind", "it lacks 'kind'"),
    ],
)
def test_a_manifest_that_lacks_something_says_what(number: int, key: str, why: str, stored: Path) -> None:
    manifest = json.loads((stored / "manifest.json").read_text())
    del manifest["studies"][number][key]
    write_json(stored / "manifest.json", manifest)
    message = command("report", stored)
    assert message.endswith(f"manifest.json is damaged ({why}); move the folder away and run the experiment again")


def test_a_manifest_that_is_another_thing_says_so(stored: Path) -> None:
    for text in ("[]", "3", '"x"'):
        (stored / "manifest.json").write_text(text)
        assert "manifest.json is damaged (it holds no object); move" in command("report", stored)
    manifest = {"format": 1, "name": "x", "version": "0", "experiment": {}, "blocks": []}
    write_json(stored / "manifest.json", manifest | {"studies": [{"study": 0, "kind": "serach"}]})
    assert "damaged (study 0 is of kind 'serach'; there are search and proxy)" in command("report", stored)


def test_printed_tables_of_one_title_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tables").mkdir()
    for name, title in (("search_0", "Search."), ("search_1", "Search."), ("proxy_2", "Proxies.")):
        (tmp_path / "tables" / f"{name}.md").write_text(
            f"{title}\n\n| a proxy or an algorithm | two |\n|---|---|\n| a | 1 |\n"
        )
    monkeypatch.setattr("harness.commands.report.own", lambda *_: lambda *_, **__: tmp_path)
    write_report([tmp_path], only="tables")
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if "." in line and "report:" not in line] == [
        "Proxies.", "Search. (search_0)", "Search. (search_1)",
    ]  # fmt: skip


def test_an_unknown_style_and_an_unknown_kind_of_output(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(app, ["report", str(tmp_path), "--style", "neurps"])
    assert "no style is called 'neurps'. Did you mean 'neurips'?" in str(outcome.exception)
    message = command("report", tmp_path, "--only", "figures")
    assert message == "--only figures: a report is written whole, or its tables alone with --only tables"


def test_the_command_prints_the_ranking_and_the_folder_of_tables(tmp_path: Path) -> None:
    tmp_path = tmp_path / "results"
    tmp_path.mkdir()
    write_folder(searched(), tmp_path)
    outcome = CliRunner().invoke(app, ["report", str(tmp_path), "--only", "tables"])
    assert outcome.exit_code == 0
    assert "local_search" in outcome.output
    assert outcome.output.endswith(f"report: {tmp_path / 'report'}\n")
    assert [path.name for path in (tmp_path / "report").iterdir()] == ["tables"]
    assert report([tmp_path], only="tables") == tmp_path / "report"


# searches


def identical(frame: pd.DataFrame) -> pd.DataFrame:
    one = frame[(frame["algorithm"] == "random_search") & (frame["seed"] == 0)]
    runs = [one.assign(algorithm=label, seed=seed) for label in ALGORITHMS for seed in range(4)]
    return pd.concat(runs, ignore_index=True)


def test_one_run_has_no_interval(tmp_path: Path) -> None:
    found = tables(searched(runs=1), tmp_path)["search_0"]
    assert found["final_regret"].notna().all()
    assert found["runs"].tolist() == [1, 1, 1]
    assert "final_regret_low" not in found or found["final_regret_low"].isna().all()
    words = page(searched(runs=1), tmp_path)
    assert "Underpowered: with 1 run" in words
    assert "By signed ranks" not in words
    assert "told apart from it" not in words


def test_a_single_algorithm_is_compared_with_nothing(tmp_path: Path) -> None:
    found = tables(searched(algorithms=ALGORITHMS[:1]), tmp_path)["search_0"]
    assert found.index.tolist() == ["random_search"]
    assert "improvement_over_random_search" not in found


def test_runs_that_are_all_the_same_have_no_best(tmp_path: Path) -> None:
    words = page(searched(identical), tmp_path)
    assert "nothing tells them apart" in words
    assert "By signed ranks" not in words
    table = tables(searched(identical), tmp_path)["search_0"]
    assert table["final_regret"].nunique() == 1


def test_an_algorithm_that_always_failed_has_no_result(tmp_path: Path) -> None:
    results = searched(lambda frame: put(frame, frame["algorithm"] == "hyperband", **FAILED))
    found = tables(results, tmp_path)["search_0"]
    assert np.isnan(found.loc["hyperband", "final_regret"])
    assert np.isnan(found.loc["hyperband", "average_rank"])
    assert found.loc["hyperband", "failed_evaluations"] == 4
    assert found.loc[["random_search", "local_search"], "average_rank"].notna().all()
    assert re.search(r"[Rr]uns? of hyperband ended with", page(results, tmp_path))


def test_nothing_is_said_of_an_order_where_every_algorithm_failed(tmp_path: Path) -> None:
    results = searched(lambda frame: put(frame, frame["seed"] >= 0, **FAILED))
    found = tables(results, tmp_path)["search_0"]
    assert found[["final_test", "average_rank"]].isna().all(axis=None)
    assert found["failed_evaluations"].tolist() == [4, 4, 4]
    assert "lowest mean" not in page(results, tmp_path)


def test_a_method_without_runs_on_one_data_set(tmp_path: Path) -> None:
    results = searched()
    frame = results.records[0]
    study = results.manifest["studies"][0] | {"study": 1, "benchmark": "second"}
    results.manifest["studies"].append(study)
    rest = [one[one["algorithm"] != "hyperband"].assign(study=1) for one in frame]
    both = dataclasses.replace(results, records={0: frame, 1: rest})
    found = tables(both, tmp_path)
    assert (len(found["search_0"]), len(found["search_1"])) == (3, 2)
    assert found["ledger"].index.tolist().count("hyperband") == 1
    assert "On second, within 150 simulated seconds" in page(both, tmp_path)


@pytest.mark.parametrize("records", [{}, {0: []}])
def test_a_study_without_a_single_evaluation(records: dict[int, list[pd.DataFrame]], tmp_path: Path) -> None:
    words = page(dataclasses.replace(searched(), records=records), tmp_path)
    assert "On digits201, no search finished an evaluation." in words


def test_a_table_without_seconds_is_reported_in_epochs(tmp_path: Path) -> None:
    results = searched(lambda frame: put(frame, frame["seed"] >= 0, charged=np.nan, finished=np.nan))
    results.manifest["studies"][0] |= {"budget": {"epochs": 50, "continuation": "resume"}, "random_search": None}
    found = tables(results, tmp_path)
    assert found["search_0"]["simulated_seconds"].isna().all()
    assert found["ledger"]["simulated_evaluation_seconds"].isna().all()
    assert (found["search_0"]["epochs"] == 48).all()
    words = page(results, tmp_path)
    assert "within 50 epochs" in words
    drawn = pd.read_csv(tmp_path / "report" / "figures" / "anytime_0.csv")
    assert drawn["epochs"].max() == 50


def test_seconds_that_are_partly_unknown_are_not_added_up(tmp_path: Path) -> None:
    rows: Change = lambda frame: put(frame, (frame["algorithm"] == "hyperband") & (frame["step"] == 2), charged=np.nan)  # noqa: E731
    found = tables(searched(rows), tmp_path)["search_0"]
    assert np.isnan(found.loc["hyperband", "simulated_seconds"])
    assert found.loc["local_search", "simulated_seconds"] > 0


# proxies


def test_a_score_that_is_sometimes_missing_is_counted(tmp_path: Path) -> None:
    gaps: Change = lambda frame: put(frame, (frame["proxy"] == "synflow") & (frame["arch"] < 7), score=np.nan)  # noqa: E731
    found = tables(scored(gaps), tmp_path)["proxy_0"]
    assert found.loc["synflow", ["n", "dropped"]].tolist() == [13, 7]
    assert found.loc["params", ["n", "dropped"]].tolist() == [20, 0]


@pytest.mark.parametrize("value", [np.nan, np.inf, 3.0])
def test_a_score_that_is_missing_or_constant_ranks_nothing(value: float, tmp_path: Path) -> None:
    results = scored(lambda frame: put(frame, frame["proxy"] == "synflow", score=value))
    found = tables(results, tmp_path)["proxy_0"]
    assert np.isnan(found.loc["synflow", "kendall_tau_b"])
    assert found.loc[["params", "reduced_epochs"], "kendall_tau_b"].notna().all()
    assert found.index.tolist()[2:] == ["synflow", "noise ceiling"]


@pytest.mark.parametrize("column", ["score", "truth"])
def test_without_any_correlation_the_page_says_so(column: str, tmp_path: Path) -> None:
    words = page(scored(lambda frame: frame.assign(**{column: np.nan})), tmp_path)
    assert "On digits201, no proxy has a defined correlation." in words
    assert "ranks best" not in words


def test_a_proxy_without_scores_has_no_row(tmp_path: Path) -> None:
    found = tables(scored(lambda frame: frame[frame["proxy"] != "synflow"]), tmp_path)
    assert sorted(found["proxy_0"].index) == ["noise ceiling", "params", "reduced_epochs"]


def test_few_architectures_are_no_reason_to_crash(tmp_path: Path) -> None:
    for architectures in (2, 3):
        found = tables(scored(architectures=architectures, seeds=1), tmp_path)["proxy_0"]
        assert found.loc["params", "n"] == architectures
        assert found.loc[list(PROXIES), "kendall_tau_b_low"].isna().all()


def test_without_the_truths_seeds_nothing_is_said_of_noise(tmp_path: Path) -> None:
    found = tables(dataclasses.replace(scored(), truth=pd.DataFrame()), tmp_path)["proxy_0"]
    assert "noise ceiling" not in found.index


def test_a_cost_that_is_not_known_is_not_nothing(tmp_path: Path) -> None:
    results = dataclasses.replace(scored(lambda f: f.assign(evaluation_seconds=np.nan)), measured=pd.DataFrame())
    found = tables(results, tmp_path)["proxy_0"]
    assert found["simulated_seconds_per_architecture"].isna().all()
    assert found["measured_seconds_per_architecture"].isna().all()
    assert "for nothing" not in page(results, tmp_path)
