"""Several folders as one report: what is put together, what counts once, what stands twice, what stands apart."""

import dataclasses
import os
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reports_factory import ENVIRONMENT, proxy_study, search_study, write_folder

from harness.errors import BadValue
from harness.results import Results, Shards
from reports.build import report
from reports.merge.member import version_notes
from reports.parts import Part, parts_of
from reports.renamed import claims_of, renamed
from reports.summary.ledger import proxy_ledger, search_ledger
from reports.summary.proxy import summarize_proxies
from reports.summary.runs import Runs, runs_of
from reports.summary.search import summarize_search
from reports.wording import Wording

STEPS, ARCHITECTURES = 6, 24
A, B, C = "random_search", "local_search", "hyperband"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few resamples: no test here is about how wide an interval is."""
    monkeypatch.setattr("reports.summary.over_seeds.WORK", 1)
    monkeypatch.setattr("reports.summary.over_seeds.LEAST", 2)


def searched(name: str, algorithms: Mapping[str, Mapping[str, Any]], seeds: range = range(4), **study: Any) -> Results:
    """A folder with one search study: the same label, options and seed have the same run in every folder."""
    about = search_study(0, tuple(algorithms), len(seeds), oracle=True) | {
        "first_seed": seeds.start, "hyper": dict(algorithms), "fingerprint": "f0", "names": {a: a for a in algorithms},
    } | study  # fmt: skip
    frames = [
        pd.concat([run(label, seed, options) for seed in seeds], ignore_index=True)
        for label, options in algorithms.items()
    ]
    measured = [
        {"study": 0, "kind": "search", "label": label, "seed": seed, "n": STEPS, "overhead_seconds": 0.5}
        for label in algorithms
        for seed in seeds
    ]
    return results(name, about, {0: frames}, pd.DataFrame(), pd.DataFrame(), measured)


def run(label: str, seed: int, options: Mapping[str, Any]) -> pd.DataFrame:
    rng = np.random.default_rng([zlib.crc32(f"{label}{options}".encode()), seed])
    regret = np.minimum.accumulate(rng.lognormal(0, 0.5, STEPS))
    return pd.DataFrame({
        "study": 0, "benchmark": "digits201", "algorithm": label, "seed": seed, "step": np.arange(STEPS),
        "arch": rng.integers(0, 15625, STEPS), "epochs": 12, "schedule": 12, "data": 1.0, "trial": 0,
        "loss": rng.normal(size=STEPS), "charged": 2.0, "finished": 2.0 * np.arange(1, STEPS + 1),
        "incumbent": 3, "valid": 96 - regret, "test": 97.3 - regret, "regret": regret, "reason": "",
    })  # fmt: skip


def scored(name: str, proxies: Iterable[str], seeds: range = range(2), **study: Any) -> Results:
    """A folder with one proxy study; its architectures are those that the seed draws."""
    labels = tuple(proxies)
    about = proxy_study(0, labels, ARCHITECTURES, len(seeds)) | {"first_seed": seeds.start, "fingerprint": "f0"} | study
    frames = []
    for seed in seeds:
        archs = np.sort(np.random.default_rng(seed).permutation(500)[:ARCHITECTURES])
        for label in labels:
            rng = np.random.default_rng([zlib.crc32(label.encode()), seed])
            frames.append(pd.DataFrame({
                "study": 0, "benchmark": "digits201", "proxy": label, "seed": seed, "arch": archs,
                "score": archs + rng.normal(0, 90, ARCHITECTURES), "truth": archs / 5.0,
                "params": 9 + 5 * np.sin(archs), "evaluation_seconds": 0.25, "trained": 0,
            }))  # fmt: skip
    scores = pd.concat(frames, ignore_index=True)
    archs = np.unique(scores["arch"])
    truth = pd.concat([pd.DataFrame({"study": 0, "arch": archs, "seed": s, "value": archs / 5 + np.sin(archs + s)})
                       for s in range(3)], ignore_index=True)  # fmt: skip
    measured = [
        {"study": 0, "kind": "proxy", "label": label, "seed": seed, "n": ARCHITECTURES, "proxy_seconds": 2.0,
         "fit_seconds": 1.0} for label in labels for seed in seeds
    ]  # fmt: skip
    return results(name, about, {}, scores, truth, measured)


def results(name: str, study: dict[str, Any], records: Any, scores: Any, truth: Any, measured: list[Any]) -> Results:
    manifest = {"format": 1, "name": name, "version": "0.1.0", "experiment": {"name": name},
                "environment": ENVIRONMENT, "studies": [study]}  # fmt: skip
    return Results(Path("somewhere") / name, manifest, records, scores, truth, pd.DataFrame(measured))


def one(*folders: Results) -> Part:
    (part,) = parts_of(folders)
    return part


def runs(part: Part) -> Runs:
    return runs_of(part.study, part.records)


def seeds_by_label(part: Part) -> dict[str, list[int]]:
    table = runs(part).table
    return {label: table.loc[table["algorithm"] == label, "seed"].tolist() for label in part.study["algorithms"]}


# searches


def test_algorithms_of_two_folders_are_compared_as_if_they_were_of_one() -> None:
    apart = one(searched("a", {A: {}, B: {}}), searched("b", {C: {"eta": 3}}))
    together = one(searched("all", {A: {}, B: {}, C: {"eta": 3}}))
    assert apart.study["algorithms"] == [A, B, C]
    assert apart.study["hyper"] == {A: {}, B: {}, C: {"eta": 3}}
    assert (apart.study["experiment"], apart.study["members"]) == ("a, b", [(0, 0), (1, 0)])
    assert apart.study["apart"] == []
    pd.testing.assert_frame_equal(runs(apart).table, runs(together).table)
    pd.testing.assert_frame_equal(runs(apart).steps, runs(together).steps)
    assert summarize_search(runs(apart)).rows == summarize_search(runs(together)).rows


def test_the_same_run_counts_once_in_the_results_and_in_the_ledger() -> None:
    part = one(searched("a", {A: {}, B: {}}), searched("b", {A: {}, C: {}}, range(2)))
    assert seeds_by_label(part) == {A: [0, 1, 2, 3], B: [0, 1, 2, 3], C: [0, 1]}
    assert part.study["apart"] == [
        "The same runs are in several folders and count once: random_search with seeds 0 to 1.",
        "Not all have the same seeds (0 to 3: random_search and local_search; 0 to 1: hyperband); runs are paired "
        "where both have the seed.",
    ]
    rows = {row.label: row for row in search_ledger(summarize_search(runs(part)), part.measured)}
    assert {label: (row.runs, row.evaluations, row.overhead_seconds) for label, row in rows.items()} == {
        A: (4, 24, 2.0), B: (4, 24, 2.0), C: (2, 12, 1.0),
    }  # fmt: skip


def test_more_seeds_join_the_runs() -> None:
    part = one(searched("a", {A: {}, B: {}}), searched("b", {A: {}, B: {}}, range(4, 7)))
    assert seeds_by_label(part) == {A: list(range(7)), B: list(range(7))}
    assert (part.study["seeds"], part.study["first_seed"], part.study["apart"]) == (7, 0, [])
    whole = one(searched("all", {A: {}, B: {}}, range(7)))
    pd.testing.assert_frame_equal(runs(part).final("regret"), runs(whole).final("regret"))


def test_seeds_that_overlap_add_only_the_new_ones() -> None:
    part = one(searched("a", {A: {}}), searched("b", {A: {}}, range(2, 6)), searched("c", {A: {}}, range(1, 9)))
    assert seeds_by_label(part) == {A: list(range(9))}
    assert part.measured.groupby("seed").size().tolist() == [1] * 9
    assert part.study["apart"] == [
        "The same runs are in several folders and count once: random_search with seeds 1 to 5."
    ]


def test_other_options_under_one_label_stand_twice() -> None:
    part = one(searched("theirs", {A: {}, C: {"eta": 3}}), searched("mine", {C: {"eta": 4}}))
    assert part.study["algorithms"] == [A, "hyperband (theirs)", "hyperband (mine)"]
    assert part.study["hyper"]["hyperband (mine)"] == {"eta": 4}
    assert part.study["names"]["hyperband (mine)"] == "hyperband"
    assert part.study["own_labels"]["hyperband (mine)"] == "hyperband"
    final = runs(part).final("regret")
    assert final["hyperband (mine)"].iloc[0] == run(C, 0, {"eta": 4})["regret"].iloc[-1]
    assert final["hyperband (theirs)"].iloc[0] == run(C, 0, {"eta": 3})["regret"].iloc[-1]
    assert part.study["apart"] == ["hyperband stands here 2 times, told apart by its folder: its options differ."]
    assert part.measured["label"].value_counts().to_dict() == dict.fromkeys(part.study["algorithms"], 4)


def test_other_results_of_the_same_options_stand_twice() -> None:
    other = searched("b", {A: {}, B: {}})
    frame = other.records[0][1]
    frame.loc[frame["seed"] == 2, "loss"] += 1e-9
    part = one(searched("a", {A: {}, B: {}}), other)
    assert part.study["algorithms"] == [A, "local_search (a)", "local_search (b)"]
    assert "local_search stands here 2 times, told apart by its folder: its results differ" in part.study["apart"][1]


def test_a_third_folder_joins_the_variant_that_it_agrees_with() -> None:
    part = one(*(searched(name, {C: {"eta": eta}}) for name, eta in (("a", 3), ("b", 4), ("c", 4))))
    assert part.study["algorithms"] == ["hyperband (a)", "hyperband (b)"]
    assert seeds_by_label(part) == {label: [0, 1, 2, 3] for label in part.study["algorithms"]}


GRID = {"hyperband(eta=2)": {"eta": 2}, "hyperband(eta=3)": {"eta": 3}}
ALONE = {C: {"eta": 3}}


def labelled(name: str, items: Mapping[str, Mapping[str, Any]], seeds: range = range(4)) -> Results:
    """As `searched`, where all items are hyperband: the same options have the same runs under every label."""
    made = searched(name, items, seeds, names=dict.fromkeys(items, C))
    frames = [
        pd.concat([run(C, seed, options).assign(algorithm=label) for seed in seeds], ignore_index=True)
        for label, options in items.items()
    ]
    return dataclasses.replace(made, records={0: frames})


@pytest.mark.parametrize("folders", [(GRID, ALONE), (ALONE, GRID)])
def test_one_definition_under_two_labels_counts_once(folders: tuple[Any, Any]) -> None:
    part = one(*(labelled(name, items) for name, items in zip("ab", folders, strict=True)))
    grid = "a" if folders[0] is GRID else "b"
    assert set(part.study["algorithms"]) == set(GRID)
    assert part.study["hyper"] == GRID
    assert seeds_by_label(part) == {label: [0, 1, 2, 3] for label in part.study["algorithms"]}
    assert part.measured["label"].value_counts().to_dict() == dict.fromkeys(GRID, 4)
    assert part.study["apart"] == [
        f"The same definition has several labels: hyperband(eta=3) is hyperband in {'b' if grid == 'a' else 'a'}.",
        "The same runs are in several folders and count once: hyperband(eta=3) with seeds 0 to 3.",
    ]
    assert part.study["all_labels"]["hyperband(eta=3)"] == [
        *(["hyperband(eta=3)", C] if grid == "a" else [C, "hyperband(eta=3)"])
    ]


def test_one_definition_under_two_labels_is_joined_over_its_seeds() -> None:
    part = one(labelled("a", {"Ours": {"eta": 3}}), labelled("b", ALONE, range(4, 6)))
    assert seeds_by_label(part) == {"Ours": list(range(6))}
    whole = one(labelled("all", {"Ours": {"eta": 3}}, range(6)))
    pd.testing.assert_frame_equal(runs(part).final("regret"), runs(whole).final("regret"))


def test_other_results_under_two_labels_are_told_apart_by_their_folder() -> None:
    other = labelled("b", ALONE)
    other.records[0][0]["loss"] += 1e-9
    part = one(labelled("a", GRID), other)
    assert part.study["algorithms"] == ["hyperband(eta=2)", "hyperband(eta=3) (a)", "hyperband(eta=3) (b)"]
    assert seeds_by_label(part) == {label: [0, 1, 2, 3] for label in part.study["algorithms"]}
    assert "told apart by its folder: its results differ although its options do not" in part.study["apart"][-1]


def test_a_label_that_several_definitions_have_gives_way_to_a_longer_one() -> None:
    folders = (labelled("a", ALONE), labelled("b", {C: {"eta": 2}}), labelled("c", GRID))
    part = one(*folders)
    assert part.study["algorithms"] == ["hyperband(eta=3)", "hyperband(eta=2)"]
    assert part.study["hyper"] == GRID


def test_what_one_folder_has_under_two_labels_stays_two() -> None:
    twice = {"first": {"eta": 3}, "second": {"eta": 3}}
    part = one(labelled("a", {"second": {"eta": 3}}), labelled("b", twice))
    assert part.study["algorithms"] == ["second", "first"]
    assert seeds_by_label(part) == {label: [0, 1, 2, 3] for label in twice}


def test_a_claim_is_about_every_label_of_its_proxy() -> None:
    a, b = scored("a", ["params"]), scored("b", ["weights"], names={"weights": "params"}, hyper={"weights": {}})
    b.scores.loc[:, "score"] = a.scores["score"]
    parts = renamed([one(a, b)], Wording())
    assert parts[0].study["proxies"] == ["params"]
    claims = [{"claim": [{"proxy": "weights", "text": "t"}]}]
    assert claims_of(claims, parts) == [{"proxy": "params", "text": "t"}]


def test_experiments_of_one_name_are_told_apart_by_their_place() -> None:
    part = one(searched("same", {C: {"eta": 3}}), searched("same", {C: {"eta": 4}}))
    assert part.study["algorithms"] == ["hyperband (same, folder 1)", "hyperband (same, folder 2)"]


def test_a_label_that_looks_like_a_variant_is_refused() -> None:
    folders = [searched("a", {C: {"eta": 3}, "hyperband (b)": {}}), searched("b", {C: {"eta": 4}})]
    with pytest.raises(BadValue, match=r"several methods would be called 'hyperband \(b\)'"):
        parts_of(folders)


def test_studies_of_one_folder_stay_as_they_are() -> None:
    both = searched("a", {A: {}})
    again = both.manifest["studies"][0] | {"study": 1}
    both.manifest["studies"].append(again)
    parts = parts_of([dataclasses.replace(both, records={0: both.records[0], 1: both.records[0]})])
    assert [part.study["study"] for part in parts] == [0, 1]
    assert [part.study["apart"] for part in parts] == [[], []]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"budget": {"seconds": 99.0}}, "budget (here 99 simulated seconds, there 150 simulated seconds)"),
        ({"budget": {"seconds": 150.0, "continuation": "restart"}}, "continuation (here restart, there resume)"),
        ({"budget": {"seconds": 150.0, "overhead": "charged"}}, "overhead (here charged, there measured)"),
        ({"workers": 4}, "workers (here 4, there 1)"),
        ({"trial": "mean"}, "trial (here mean, there one)"),
        ({"objectives": ["valid_accuracy", "latency"]}, "objective (here valid_accuracy, latency, there valid_ac"),
        ({"test": "valid_accuracy"}, "test metric (here valid_accuracy, there test_accuracy)"),
        ({"schedule": 3}, "schedule (here 3 epochs, there any)"),
        ({"fingerprint": "f1"}, "benchmark's data (here f1, there f0)"),
    ],
)  # fmt: skip
def test_another_protocol_stands_apart_and_says_why(change: dict[str, Any], words: str) -> None:
    first, second = parts_of([searched("a", {A: {}}), searched("b", {A: {}}, **change)])
    assert (first.study["study"], first.study["apart"]) == (0, [])
    (sentence,) = second.study["apart"]
    start = "Not compared with the searches of a on digits201, whose protocol is another: "
    assert sentence.startswith(start)
    assert words in sentence
    assert sentence.count("(here") == 1
    assert second.study["algorithms"] == [A]


def test_what_a_manifest_does_not_say_of_a_budget_is_the_default() -> None:
    full = {"seconds": 150.0, "continuation": "resume", "overhead": "measured"}
    assert one(searched("a", {A: {}}), searched("b", {B: {}}, budget=full)).study["algorithms"] == [A, B]


def test_other_benchmarks_need_no_sentence() -> None:
    parts = parts_of([searched("a", {A: {}}), searched("b", {A: {}}, benchmark="nb201")])
    assert [part.study["apart"] for part in parts] == [[], []]
    assert [part.study["study"] for part in parts] == [0, 1]


def test_the_expectation_of_random_search_is_kept_wherever_it_is() -> None:
    expected = {"seconds": [1.0], "expected_regret": [2.0]}
    part = one(searched("a", {B: {}}, random_search=None), searched("b", {A: {}}, random_search=expected))
    assert part.study["random_search"] == expected


def test_records_are_read_one_frame_at_a_time() -> None:
    alive: list[int] = []

    class Frames:
        def __iter__(self) -> Iterator[pd.DataFrame]:
            for seed in range(4):
                alive.append(seed)
                yield run(A, seed, {})

    lazy = dataclasses.replace(searched("a", {A: {}}), records={0: Frames()})
    part = one(lazy, searched("b", {B: {}}))
    assert alive == [], "nobody else has the label: nothing is read to tell"
    frames = iter(part.records)
    assert next(frames)["seed"].unique().tolist() == [0]
    assert alive == [0]
    assert [len(frame) for frame in part.records] == [STEPS] * 4 + [4 * STEPS]


def test_the_order_of_rows_and_shards_does_not_make_a_run_another() -> None:
    other = searched("b", {A: {}})
    halves = [run(A, seed, {}).sample(frac=1, random_state=seed).astype({"arch": float}) for seed in (3, 1, 0, 2)]
    part = one(searched("a", {A: {}}), dataclasses.replace(other, records={0: halves}))
    assert seeds_by_label(part) == {A: [0, 1, 2, 3]}


def test_versions_of_nasgauge_are_named() -> None:
    old = searched("b", {B: {}})
    old.manifest["version"] = "0.0.9"
    folders = [searched("a", {A: {}}), old, searched("c", {C: {}})]
    sentence = "The results are of different versions of nasgauge: 0.1.0 made a and c; 0.0.9 made b."
    assert one(*folders).study["apart"] == version_notes(folders) == [sentence]
    assert version_notes(folders[::2]) == []


def sharded(results: Results, folder: Path) -> Results:
    """The same folder with a shard on disk for each algorithm."""
    folder.mkdir()
    labels = results.manifest["studies"][0]["algorithms"]
    for label, frame in zip(labels, results.records[0], strict=True):
        frame.to_parquet(folder / f"{label}.parquet")
    blocks = [{"id": label, "study": 0, "label": label} for label in labels]
    shards = Shards(tuple(folder / f"{label}.parquet" for label in labels))
    return dataclasses.replace(results, manifest=results.manifest | {"blocks": blocks}, records={0: shards})


def test_shards_that_cannot_hold_the_same_runs_are_not_opened_to_tell(tmp_path: Path) -> None:
    first = sharded(searched("a", {A: {}, B: {}}), tmp_path / "a")
    second = sharded(searched("b", {A: {}, C: {}}), tmp_path / "b")
    (tmp_path / "a" / f"{B}.parquet").rename(tmp_path / "away")
    part = one(first, second)
    (tmp_path / "away").rename(tmp_path / "a" / f"{B}.parquet")
    assert seeds_by_label(part) == {label: [0, 1, 2, 3] for label in (A, B, C)}


# proxies


def test_proxies_of_two_folders_are_compared_as_if_they_were_of_one() -> None:
    found = summarized(one(scored("a", ["params", "synflow"]), scored("b", ["synflow", "grad_norm"])))
    assert found.rows == summarized(one(scored("all", ["params", "synflow", "grad_norm"]))).rows
    assert found.ceiling == summarized(one(scored("all", ["params"]))).ceiling
    assert found.study["apart"] == ["The same runs are in several folders and count once: synflow with seeds 0 to 1."]


def test_scores_that_are_shared_are_paid_once() -> None:
    part = one(scored("a", ["params", "synflow"]), scored("b", ["synflow"]))
    rows = {row.label: row for row in proxy_ledger(summarized(part), part.measured)}
    assert (rows["synflow"].runs, rows["synflow"].simulated_seconds) == (2, 0.25 * 2 * ARCHITECTURES)
    assert (rows["synflow"].proxy_seconds, rows["synflow"].fit_seconds) == (4.0, 2.0)


def test_more_seeds_of_the_same_proxies_join() -> None:
    part = one(scored("a", ["params", "synflow"]), scored("b", ["params", "synflow"], range(2, 5)))
    whole = scored("all", ["params", "synflow"], range(5))
    assert summarized(part).rows == summarized(one(whole)).rows
    assert summarized(part).ceiling == summarized(one(whole)).ceiling
    assert part.study["seeds"] == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seeds": range(2, 4)}, "seeds, which draw the architectures (here 2 to 3, there 0 to 1)"),
        ({"unique": False}, "isomorphic cells (here all, there once)"),
        ({"architectures": 41}, "number of architectures (here 41, there 24)"),
        ({"truth": {"metric": "test_accuracy", "epochs": 3, "schedule": 3, "data": 1.0}}, "truth (here test_accuracy"),
    ],
)
def test_proxies_of_other_architectures_stand_apart(change: dict[str, Any], words: str) -> None:
    _, second = parts_of([scored("a", ["params"]), scored("b", ["synflow"], **change)])
    (sentence,) = second.study["apart"]
    assert sentence.startswith("Not compared with the proxies of a on digits201, whose protocol is another: ")
    assert words in sentence


def test_more_seeds_of_the_same_proxies_join_under_another_label() -> None:
    new = scored("b", ["weights"], range(2, 4), names={"weights": "params"}, hyper={"weights": {}})
    part = one(scored("a", ["params"]), new)
    assert part.study["proxies"] == ["params"]
    assert sorted(part.scores["seed"].unique()) == [0, 1, 2, 3]
    assert set(part.scores["proxy"]) == {"params"}


def test_all_architectures_are_the_same_ones_whatever_the_seed() -> None:
    part = one(scored("a", ["params"], architectures="all"), scored("b", ["synflow"], range(2, 4), architectures="all"))
    assert part.study["proxies"] == ["params", "synflow"]


def test_another_definition_of_a_score_stands_twice() -> None:
    named = [scored(n, ["synflow"], definitions={"synflow": {"loss": n}}) for n in ("a", "b")]
    part = one(*named)
    assert part.study["proxies"] == ["synflow (a)", "synflow (b)"]
    assert part.study["definitions"] == {"synflow (a)": {"loss": "a"}, "synflow (b)": {"loss": "b"}}
    assert set(part.scores["proxy"]) == set(part.study["proxies"])


def summarized(part: Part) -> Any:
    return summarize_proxies(part.study, part.scores, part.truth, part.measured)


# on disk


def stored(folder: Path, *all_of: Results) -> list[Path]:
    found = []
    for results in all_of:
        found.append(folder / results.manifest["name"])
        found[-1].mkdir(parents=True)
        write_folder(results, found[-1])
    return found


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_given_twice_or_inside_another_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (a,) = stored(tmp_path, searched("a", {A: {}}))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadValue, match=r"a is given twice; name each results folder once"):
        report([a, Path("a")])
    (tmp_path / "link").symlink_to(a)
    with pytest.raises(BadValue, match=r"link is given twice"):
        report([a, Path("link")])
    with pytest.raises(BadValue, match=r"inner lies in .*a; name one of them"):
        report([a / "inner", a])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "link"]


def test_several_folders_are_reported_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = stored(tmp_path, searched("a", {A: {}}), searched("b", {B: {}}))
    monkeypatch.chdir(tmp_path)
    assert report(folders, only="tables") == Path("report")
    table = pd.read_csv("report/tables/search_0.csv")
    assert set(table["algorithm"]) == {A, B}
    assert not (folders[0] / "report").exists()
    (tmp_path / "report" / "thesis.docx").write_text("dear")
    with pytest.raises(BadValue, match=r"thesis\.docx is no part of a report"):
        report(folders, only="tables")


SCRIPT = """
import sys
from pathlib import Path
from reports.build import report
from reports.summary import over_seeds
over_seeds.WORK, over_seeds.LEAST = 1, 2
report([Path(p) for p in sys.argv[2:]], Path(sys.argv[1]))
"""


def test_the_same_input_gives_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    """In another folder, and in another process whose sets have another order; no file knows where it was made."""
    folders = (
        searched("theirs", {A: {}, C: {"eta": 3}}),
        searched("mine", {C: {"eta": 4}}, range(2)),
        scored("scores", ["params", "synflow"]),
        scored("more", ["synflow", "grad_norm"]),
    )
    out = report(stored(tmp_path / "here", *folders), tmp_path / "here" / "out").parent
    paths = stored(tmp_path / "elsewhere" / "deeper", *folders)
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(tmp_path / "other"), *map(str, paths)]
    environment = os.environ | {"PYTHONHASHSEED": "4321"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    first, second = written(out), written(tmp_path / "other")
    assert first == second
    assert {"index.html", "tables/search_0.csv", "tables/proxy_1.csv", "figures/anytime_0.svg"} <= first.keys()
    assert not [name for name, content in first.items() if str(tmp_path).encode() in content or b"deeper" in content]
    assert "hyperband (mine)" in first["index.html"].decode().replace("<wbr>", "")
    ledger = pd.read_csv(out / "tables" / "ledger.csv").set_index("label")
    assert ledger.loc[["hyperband (theirs)", "hyperband (mine)", "synflow"], "runs"].tolist() == [4, 2, 2]
