"""How a proxy study becomes blocks: what shares work shares a block, and long work is cut into parts."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.errors import BadValue, NasgaugeError
from harness.experiment.config import Experiment, read_experiment
from harness.experiment.plan import plan
from harness.experiment.runner import run
from harness.registry import load
from harness.results import load as load_results

SHARED = ["snip", "synflow", "naswot"]


def experiment(tmp_path: Path, proxies: str, rest: str = "") -> Experiment:
    path = tmp_path / "x.toml"
    path.write_text(
        f'name = "x"\n[[proxy]]\nbenchmark = "digits201"\nproxy = {proxies}\narchitectures = 12\nseeds = 2\n{rest}\n'
    )
    return read_experiment(path)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of five architectures."""
    laboratory = load("proxy", "snip").__call__.__globals__["Laboratory"]
    original = laboratory.__init__

    def init(self: Any, *args: Any) -> None:
        original(self, *args)
        self.chunk = 5

    load("proxy", "snip").__call__.__globals__["laboratory_of"].__globals__["_laboratory"].cache_clear()
    monkeypatch.setattr(laboratory, "__init__", init)


def test_what_shares_work_shares_a_block(tmp_path: Path) -> None:
    blocks, _ = plan(experiment(tmp_path, '["snip", "params", "synflow", "reduced_epochs", "naswot"]'))
    labels = [list(block.items) for block in blocks]
    assert labels == [SHARED] * 2 + [["params"]] * 2 + [["reduced_epochs"]] * 2
    assert [block.seeds for block in blocks] == [(0,), (1,)] * 3
    assert len({block.id for block in blocks}) == len(blocks)


@pytest.mark.usefixtures("short")
def test_long_work_is_cut_into_parts(tmp_path: Path) -> None:
    blocks, _ = plan(experiment(tmp_path, '["snip", "params"]'))
    assert [(block.seeds, block.part) for block in blocks] == [
        *(((seed,), part) for seed in (0, 1) for part in ((0, 5), (5, 10), (10, 12))),
        ((0,), None),
        ((1,), None),
    ]


@pytest.mark.usefixtures("short")
def test_parts_together_are_the_whole(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    run(experiment(tmp_path, '["snip", "synflow", "params", { name = "naswot", label = "NASWOT" }]'), folder)
    results = load_results(folder)
    snip = results.scores.query("proxy == 'snip'")
    assert len(snip) == 24
    benchmark = load("benchmark", "digits201")()
    for seed, part in snip.groupby("seed"):
        archs = [benchmark.space.all()[i] for i in part["arch"]]
        np.testing.assert_array_equal(part["score"], load("proxy", "snip")(benchmark, seed=seed).score(archs))
        same = results.scores.query("proxy == 'NASWOT' and seed == @seed")
        assert same["arch"].tolist() == part["arch"].tolist()
    params = results.scores.query("proxy == 'params'")
    np.testing.assert_array_equal(params["score"], params["params"])
    clock = results.measured.groupby("label")[["proxy_seconds", "n"]].sum()
    assert clock.loc["snip", "n"] == 24
    assert clock.loc["snip", "proxy_seconds"] > clock.loc["params", "proxy_seconds"]
    assert set(results.manifest["studies"][0]["definitions"]) == {"snip", "synflow", "NASWOT"}


@pytest.mark.usefixtures("short")
def test_only_missing_parts_are_run_again(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    wanted = experiment(tmp_path, '["snip", "synflow"]')
    run(wanted, folder)
    shards = sorted((folder / "proxy").glob("*.parquet"))
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in shards}
    shards[2].unlink()
    run(wanted, folder)
    for path in shards:
        content, written = before[path.name]
        assert path.read_bytes() == content
        assert (path.stat().st_mtime_ns == written) == (path != shards[2])


def test_other_seeds(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    run(experiment(tmp_path, '["params"]', "first_seed = 7"), folder)
    results = load_results(folder)
    assert sorted(set(results.scores["seed"])) == [7, 8]
    assert set(results.truth["arch"]) == set(results.scores["arch"])


def test_what_a_proxy_reads_is_part_of_its_id(tmp_path: Path) -> None:
    ids = []
    for score in (1.0, 2.0):
        pd.DataFrame({"index": range(15_625), "s": score}).to_csv(tmp_path / "s.csv", index=False)
        blocks, _ = plan(experiment(tmp_path, f'{{ name = "column", file = "{tmp_path / "s.csv"}", column = "s" }}'))
        ids.append(blocks[0].id)
    assert ids[0] != ids[1]


@pytest.mark.parametrize(
    ("proxies", "message"),
    [
        ('[{ name = "snip", label = "a" }, { name = "synflow", label = "a" }]', "a is named twice"),
        ('[{ name = "snip", label = "" }]', "give the name that stands in tables"),
        ('[{ name = "snip", label = 3 }]', "give the name that stands in tables"),
    ],
)
def test_labels_that_cannot_be_used(proxies: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(NasgaugeError, match=message):
        plan(experiment(tmp_path, proxies))


def test_a_label_stands_for_all_options(tmp_path: Path) -> None:
    proxies = '[{ name = "snip", batch = 32, label = "small" }, { name = "snip", batch = 16 }, "synflow"]'
    blocks, manifest = plan(experiment(tmp_path, proxies))
    assert manifest["studies"][0]["proxies"] == ["small", "snip", "synflow"]
    assert manifest["studies"][0]["hyper"]["small"] == {"batch": 32}
    assert blocks


CLAIM = '[[claim]]\ntext = "size is all"\nproxy = "params"\nlow = {}\n'


def test_claims_may_change_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    run(experiment(tmp_path, '[{ name = "params", label = "size" }]'), folder)
    before = {path.name: path.stat().st_mtime_ns for path in (folder / "proxy").iterdir()}
    for low in (0.5, 0.9):
        run(experiment(tmp_path, '[{ name = "params", label = "size" }]', CLAIM.format(low)), folder)
        manifest = load_results(folder).manifest
        assert manifest["experiment"]["claim"][0]["low"] == low
        assert manifest["studies"][0]["names"] == {"size": "params"}
    assert {path.name: path.stat().st_mtime_ns for path in (folder / "proxy").iterdir()} == before
    with pytest.raises(BadValue, match="another experiment"):
        run(experiment(tmp_path, '["flops"]', CLAIM.format(0.5).replace("params", "flops")), folder)


def test_what_measuring_a_cost_takes_is_unknown(tmp_path: Path) -> None:
    """Training seconds are not what it takes to count or to measure a cost."""
    forest = '[{ name = "random_forest", train = 20 }]'
    for objective, known in (("valid_accuracy", True), ("flops", False)):
        folder = tmp_path / objective
        run(experiment(tmp_path, forest, f'objective = "{objective}"'), folder)
        seconds = load_results(folder).scores["evaluation_seconds"]
        assert seconds.gt(0).all() == known
        assert seconds.isna().all() != known


SUPERNET = '[{ name = "single_path", epochs = 1, recalibration = 75 }, "params"]'


def test_a_block_whose_history_is_lost_is_refused_and_run_again(tmp_path: Path) -> None:
    study, out = experiment(tmp_path, SUPERNET), tmp_path / "out"
    run(study, out)
    watched, rows = load_results(out).history, load_results(out).measured
    assert rows.groupby("label")["watched"].sum().to_dict() == {"params": 0, "single_path": len(watched)}
    lost = min((out / "history").iterdir())
    content = lost.read_bytes()
    lost.unlink()
    with pytest.raises(BadValue, match="is unfinished: 1 of 4 blocks are missing; run it again"):
        load_results(out)
    run(study, out)
    assert lost.read_bytes() == content


def test_folders_that_do_not_say_whether_something_was_watched_are_read(tmp_path: Path) -> None:
    study, out = experiment(tmp_path, '"params"'), tmp_path / "out"
    run(study, out)
    for path in (out / "measured").iterdir():
        rows = json.loads(path.read_text())["rows"]  # earlier versions wrote the rows alone
        path.write_text(json.dumps([{k: v for k, v in row.items() if k != "watched"} for row in rows]))
    assert load_results(out).history.empty


def test_a_claim_about_what_was_watched_needs_a_supernet(tmp_path: Path) -> None:
    claim = '[[claim]]\ntext = "t"\nproxy = "single_path"\nmeasure = "train_loss"\nhigh = 1.0'
    plan(experiment(tmp_path, SUPERNET, claim))
    with pytest.raises(BadValue, match="measure = 'train_loss', but params trains no supernet that is watched; name a"):
        plan(experiment(tmp_path, SUPERNET, claim.replace("single_path", "params")))


def test_more_blocks_than_files_in_a_folder_should_be_are_refused(tmp_path: Path) -> None:
    more = '[[search]]\nbenchmark = "digits201"\nalgorithm = "one_shot"\nbudget = { evaluations = 5 }\nseeds = 49_999'
    with pytest.raises(BadValue, match="more than 50,000 blocks of runs: give fewer seeds, or write several"):
        plan(experiment(tmp_path, '"params"', more))


def test_equal_studies_share_their_benchmark_and_what_is_expected_of_random_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    for name in ("plan.open_benchmark", "manifest.expected_best"):
        module = import_module(f"harness.experiment.{name.partition('.')[0]}")
        original = getattr(module, name.partition(".")[2])
        monkeypatch.setattr(
            module, name.partition(".")[2], lambda *args, _of=original, _name=name: calls.append(_name) or _of(*args)
        )
    search = '[[search]]\nbenchmark = "digits201"\nalgorithm = "random_search"\nbudget = { evaluations = 5 }\n'
    _, manifest = plan(experiment(tmp_path, '"params"', search * 3))
    assert sorted(calls) == ["manifest.expected_best", "plan.open_benchmark"]
    first, *others = [study["random_search"] for study in manifest["studies"] if study["kind"] == "search"]
    assert first
    assert others == [first] * 2
