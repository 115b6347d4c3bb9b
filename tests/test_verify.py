import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tables
from test_journal import LIVE

from harness.block_files import write_block
from harness.commands.verify import verify_folder
from harness.errors import BadValue
from harness.executors import InProcess
from harness.experiment import rerun as again
from harness.experiment.blocks import Block
from harness.experiment.comparison import DIFFERENT, EQUAL, NOT_RUN, ROUNDED, Compared, compare
from harness.experiment.config import read_experiment
from harness.experiment.rerun import Rerun
from harness.experiment.runner import run
from harness.experiment.sample import Run, Stored, draw_runs, runs_in
from harness.experiment.search_block import run_search_block
from harness.experiment.verify import prepare, rerun
from harness.live.training import Training

EXPERIMENT = """name = "small"
[[search]]
benchmark = "synthetic"
algorithm = ["random_search", "hyperband"]
seeds = 3
budget = { seconds = 100 }
[[proxy]]
benchmark = "synthetic"
proxy = ["params", { name = "random_forest", train = 20 }]
architectures = 40
seeds = 2
[[claim]]
text = "Size ranks."
proxy = "params"
low = 0.0
"""
RUNS = 2 * 3 + 2 * 2


@pytest.fixture(scope="session")
def made(synthetic_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "small.toml").write_text(EXPERIMENT)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NASGAUGE_DATA", str(synthetic_data))
        run(read_experiment(folder / "small.toml"), folder / "out")
    return folder / "out"


@pytest.fixture
def out(made: Path, data: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "out")
    return tmp_path / "out"


def ran(tmp_path: Path, text: str) -> Path:
    """The results of an experiment."""
    (tmp_path / "x.toml").write_text(text)
    run(read_experiment(tmp_path / "x.toml"), tmp_path / "out")
    return tmp_path / "out"


def verdicts(folder: Path, count: int = 100) -> dict[str, list[Compared]]:
    """By label, those of all runs."""
    found: dict[str, list[Compared]] = {}
    for one, compared in rerun(prepare(folder), count, 0, InProcess()):
        found.setdefault(one.label, []).append(compared)
    return found


def changed(folder: Path, kind: str, column: str, change: Any) -> None:
    """Change a column of the first block of a kind, and seal it again."""
    name = sorted((folder / kind).glob("*.parquet"))[0].stem
    frames = {part: pd.read_parquet(folder / part / f"{name}.parquet") for part in {kind, "history"} if
              (folder / part / f"{name}.parquet").exists()}  # fmt: skip
    frames[kind][column] = change(frames[kind][column].to_numpy().copy() if column in frames[kind] else None)
    whole = {part: {key: frame[key].to_numpy() for key in frame} for part, frame in frames.items()}
    rows = json.loads((folder / "measured" / f"{name}.json").read_text())["rows"]
    block = "search" if kind == "search" else "proxy"
    write_block(folder, block, name, whole[block], whole.get("history", {}), rows)


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file and folder with its time and size."""
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in [folder, *folder.rglob("*")]}


def test_a_fresh_folder_is_verified_and_left_as_it_is(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = listing(out)
    assert verify_folder(out, 100, 1, 1)
    text = capsys.readouterr().out
    assert f"{RUNS} of {RUNS} runs made again: {RUNS} equal; the same ones: --seed 1" in text
    assert "note:" not in text
    assert listing(out) == before


def test_processes_find_the_same(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_folder(out, 2, 7, 1)
    alone = capsys.readouterr().out
    assert verify_folder(out, 2, 7, 2)
    assert capsys.readouterr().out == alone


def test_without_a_seed_the_choice_is_said(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_folder(out, 3, None, 1)
    first = capsys.readouterr().out
    assert verify_folder(out, 3, int(first.split("--seed")[1]), 1)
    assert capsys.readouterr().out == first


def raised(by: float) -> Any:
    """A change of the last value."""

    def change(values: Any) -> Any:
        values[-1] += by
        return values

    return change


@pytest.mark.parametrize(
    ("kind", "column", "by"),
    [("search", "loss", 1e-9), ("search", "incumbent", 1), ("search", "finished", 1e-6), ("proxy", "score", 0.01),
     ("proxy", "truth", 0.01), ("proxy", "evaluation_seconds", 1.0)],
)  # fmt: skip
def test_a_changed_value_is_found(out: Path, kind: str, column: str, by: float) -> None:
    changed(out, kind, column, raised(by))
    found = [one for several in verdicts(out).values() for one in several]
    assert Counter(one.verdict for one in found) == {EQUAL: RUNS - 1, DIFFERENT: 1}
    assert f", {column}: stored " in next(one.detail for one in found if one.verdict == DIFFERENT)


def test_a_difference_is_amiss(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(out, "search", "loss", raised(0.5))
    assert not verify_folder(out, 100, 1, 1)
    assert f"{RUNS - 1} equal, 1 different" in capsys.readouterr().out


def test_rounding_is_forgiven_to_proxies_and_said(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(out, "proxy", "score", lambda values: values * (1 + 1e-8))
    assert verify_folder(out, 100, 1, 1)
    assert f"{RUNS - 1} equal, 1 equal to rounding" in capsys.readouterr().out


def test_a_row_that_went_is_found(out: Path) -> None:
    name = sorted((out / "search").glob("*.parquet"))[0].stem
    frame = pd.read_parquet(out / "search" / f"{name}.parquet")[:-1]
    columns = {key: frame[key].to_numpy() for key in frame}
    write_block(out, "search", name, columns, {}, json.loads((out / "measured" / f"{name}.json").read_text())["rows"])
    (details,) = [one.detail for several in verdicts(out).values() for one in several if one.verdict == DIFFERENT]
    assert "rows are stored, and there are" in details


def test_other_data_are_said(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(np.random, "default_rng", lambda _: np.random.Generator(np.random.PCG64(99)))
    tables.write_synthetic(tmp_path / "other")
    monkeypatch.undo()
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "other"))
    assert not verify_folder(out, 100, 1, 1)
    text = capsys.readouterr().out
    assert "different: study 0: synthetic has other data than the results were made with" in text
    assert "compared by their place" in text
    assert f"{RUNS} of {RUNS} runs made again" in text
    assert "different" in text.split("runs made again")[1]


def test_data_that_are_not_here_are_said(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "empty"))
    with pytest.raises(BadValue, match=r"nothing can be run: .*no benchmark is called 'synthetic'"):
        verify_folder(out, 10, 1, 1)


def test_a_study_that_cannot_be_planned_leaves_the_others(data: Path, tmp_path: Path, capsys: Any) -> None:
    shutil.copytree(data, tmp_path / "data")
    tables.write_synthetic(tmp_path / "data", "second")
    more = EXPERIMENT.replace("[[claim]]", '[[proxy]]\nbenchmark = "second"\nproxy = "params"\nseeds = 2\n[[claim]]')
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NASGAUGE_DATA", str(tmp_path / "data"))
        folder = ran(tmp_path, more)
    assert verify_folder(folder, 100, 1, 1)
    text = capsys.readouterr().out
    assert "note: cannot be planned here: params on second: no benchmark is called 'second'" in text
    assert "2 of 8 blocks are not there, damaged, or cannot be planned here" in text
    assert f"{RUNS} of {RUNS} runs made again" in text


def edited(folder: Path, change: Any) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_an_oracle_that_was_changed_is_found(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited(out, lambda manifest: manifest["studies"][0].update(optimum=12.5))
    assert not verify_folder(out, 3, 1, 1)
    assert "different: study 0: optimum is 12.5 in the manifest, and" in capsys.readouterr().out


def without_the_second_study(manifest: dict[str, Any]) -> None:
    for key in ("studies", "blocks"):
        manifest[key] = [one for one in manifest[key] if one["study"] != 1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda one: one["studies"][0].pop("schedule"),
            "study 0: schedule is missing in the manifest, and null",
        ),
        (lambda one: one["studies"][1].update(colour="red"), 'study 1: colour is "red" in the manifest, and missing'),
        (lambda one: one["studies"][0].update(unit="s", seeds=4), "study 0: seeds is 4 in the manifest, and 3 here;"),
        (without_the_second_study, "study 1 is planned here, and not in the manifest"),
        (lambda one: one["studies"].append(one["studies"][0] | {"study": 7}), "study 7 is in the manifest, and not pl"),
    ],
)
def test_what_only_one_manifest_says_is_found(out: Path, change: Any, said: str) -> None:
    edited(out, change)
    found = prepare(out).differences.serious
    assert "; ".join(found).startswith(said)


def test_what_another_version_did_not_say_is_no_difference(out: Path) -> None:
    def older(manifest: dict[str, Any]) -> None:
        manifest["version"] = "0.0.1"
        manifest["studies"][0].pop("schedule")

    edited(out, older)
    assert prepare(out).differences.serious == []


def test_a_stored_column_that_nobody_makes_is_found(out: Path) -> None:
    changed(out, "search", "colour", lambda _: "red")
    assert [one.detail for several in verdicts(out).values() for one in several if one.verdict == DIFFERENT] == [
        "the column colour is in the file, and is not made here"
    ] * 3


@pytest.mark.parametrize("error", [RuntimeError("no memory\nat all"), TypeError("of None"), KeyError("x")])
def test_a_run_that_fails_leaves_the_others(out: Path, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(block: Block, *_: Any) -> Any:
        if block.seeds == (1,):
            raise error
        return run_search_block(block, *_)

    monkeypatch.setattr(again, "run_search_block", fails)
    found = verdicts(out)
    assert Counter(one.verdict for several in found.values() for one in several) == {EQUAL: RUNS - 2, NOT_RUN: 2}
    (failed,) = (one for one in found["hyperband"] if one.verdict == NOT_RUN)
    assert failed.detail == f"{type(error).__name__}: {str(error).splitlines()[0]}"


def test_other_code_and_libraries_are_notes(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = out / "environment.json"
    content = json.loads(path.read_text())
    content["sessions"][0] |= {"code": "ab" * 32, "python": "3.99.0"}
    content["sessions"][0]["libraries"]["numpy"] = "0.1"
    path.write_text(json.dumps(content))
    assert verify_folder(out, 3, 1, 1)
    text = capsys.readouterr().out
    assert "abababababab when the results were made" in text
    assert "3.99.0 when the results were made" in text
    assert f"note: numpy: {np.__version__} here, 0.1 when the results were made" in text


@pytest.mark.parametrize("content", [None, "{", '{"python": "3.0.1", "numpy": "0.2"}'])
def test_a_folder_that_does_not_say_what_made_it_is_verified(out: Path, content: str | None, capsys: Any) -> None:
    (out / "environment.json").unlink()
    if content is not None:
        (out / "environment.json").write_text(content)
    assert verify_folder(out, 3, 1, 1)
    assert "note: " in capsys.readouterr().out


def test_what_is_not_there_is_said_and_the_rest_verified(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sorted((out / "search").glob("*.parquet"))[0].unlink()
    assert verify_folder(out, 100, 1, 1)
    text = capsys.readouterr().out
    assert "note: 1 of 6 blocks are not there" in text
    assert f"{RUNS - 3} of {RUNS - 3} runs made again" in text


@pytest.mark.parametrize("kind", ["search", "proxy", "truth"])
def test_a_damaged_file_is_amiss(out: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = sorted((out / kind).glob("*.parquet"))[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert not verify_folder(out, 100, 1, 1)
    assert "damaged: " in capsys.readouterr().out


def test_a_folder_without_a_block_verifies_nothing(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (out / "measured").iterdir():
        path.unlink()
    assert not verify_folder(out, 100, 1, 1)
    assert "0 of 0 runs made again: none" in capsys.readouterr().out


@pytest.mark.parametrize(("runs", "seed", "message"), [(0, 1, "--runs 0: give"), (1, -1, "--seed -1: give")])
def test_numbers_that_cannot_be_used(out: Path, runs: int, seed: int, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        verify_folder(out, runs, seed, 1)


def test_what_is_no_results_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="holds no results"):
        verify_folder(tmp_path, 1, 1, 1)


def test_an_experiment_of_another_version_is_refused(out: Path) -> None:
    edited(out, lambda manifest: manifest["experiment"]["search"][0].update(colour="red"))
    with pytest.raises(BadValue, match=r"none of this version's \(search.0.colour: Extra inputs"):
        verify_folder(out, 1, 1, 1)


# --- what trains


class Epochs:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run, run_epoch = 0, Training.run_epoch

        def counted(training: Training) -> object:
            self.run += 1
            return run_epoch(training)

        monkeypatch.setattr(Training, "run_epoch", counted)


def test_a_live_search_is_trained_again_and_equal_but_for_clocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    text = LIVE.replace('"digits_live"', f'{{ name = "digits_live", checkpoints = "{own}" }}')
    folder = ran(tmp_path, text)
    before, epochs = listing(tmp_path), Epochs(monkeypatch)
    assert verdicts(folder) == {"random_search": [Compared(EQUAL)]}
    assert epochs.run == 4
    assert listing(tmp_path) == before
    changed(folder, "search", "charged", lambda values: values + 1)
    changed(folder, "search", "finished", lambda values: values + 1)
    assert verdicts(folder) == {"random_search": [Compared(EQUAL)]}
    changed(folder, "search", "test", lambda values: values + 1)
    assert verdicts(folder)["random_search"][0].verdict == DIFFERENT


def test_where_the_clock_ends_a_search_its_beginning_is_compared(tmp_path: Path) -> None:
    folder = ran(tmp_path, LIVE.replace("evaluations = 2", "seconds = 0.2"))
    (found,) = verdicts(folder)["random_search"]
    assert found.verdict == EQUAL
    assert found.detail.startswith("the first ")


def test_workers_that_race_the_clock_cannot_be_compared(tmp_path: Path, capsys: Any) -> None:
    folder = ran(tmp_path, LIVE.replace("seeds = 1", "seeds = 1\nworkers = 2"))
    (found,) = verdicts(folder)["random_search"]
    assert found.verdict == NOT_RUN
    assert "the order of the clock" in found.detail
    assert not verify_folder(folder, 1, 1, 1), "nothing was compared"


PROXIES = """name = "trained"
[[proxy]]
benchmark = "digits201"
proxy = ["snip", "naswot", { name = "single_path", epochs = 1, watch = 5, snapshots = 1 }]
architectures = 5
seeds = 1
"""


def test_zero_cost_proxies_and_supernets_are_equal_to_the_bit(tmp_path: Path) -> None:
    """A proxy that shared its looks at networks with others is looked at alone."""
    folder = ran(tmp_path, PROXIES)
    equal = [Compared(EQUAL)]
    assert verdicts(folder) == {"snip": equal, "naswot": equal, "single_path": equal}
    name = next((folder / "history").glob("*.parquet")).stem
    scores, history = (pd.read_parquet(folder / kind / f"{name}.parquet") for kind in ("proxy", "history"))
    history.loc[2, "value"] += 0.5
    rows = json.loads((folder / "measured" / f"{name}.json").read_text())["rows"]
    write_block(folder, "proxy", name, *({key: one[key].to_numpy() for key in one} for one in (scores, history)), rows)
    stored = next(one for one in prepare(folder).blocks if one.name == name)
    found = Rerun(folder, None)(Run(name, stored.block, "single_path", 0))
    assert found.verdict == DIFFERENT
    assert found.detail.startswith("history, row 2, value: stored")
    unwatched = history[:0]
    write_block(
        folder, "proxy", name, *({key: one[key].to_numpy() for key in one} for one in (scores, unwatched)), rows
    )
    found = Rerun(folder, None)(Run(name, stored.block, "single_path", 0))
    assert found == Compared(DIFFERENT, f"history, 0 rows are stored, and there are {len(history)} now")


def test_what_was_watched_of_who_has_nothing_to_watch_is_found(out: Path) -> None:
    name = sorted((out / "proxy").glob("*.parquet"))[0].stem
    scores = pd.read_parquet(out / "proxy" / f"{name}.parquet")
    history = scores[["study", "proxy", "seed"]].assign(epoch=1, measure="loss", arch=0, value=0.0, truth=0.0)
    rows = json.loads((out / "measured" / f"{name}.json").read_text())["rows"]
    write_block(out, "proxy", name, *({key: one[key].to_numpy() for key in one} for one in (scores, history)), rows)
    found = [one for several in verdicts(out).values() for one in several if one.verdict == DIFFERENT]
    assert found == [Compared(DIFFERENT, "history, 40 rows are stored, and there are 0 now")]


def test_other_images_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ran(tmp_path, PROXIES)
    edited(folder, lambda manifest: manifest["datasets"].update(digits="ab" * 32, gone="cd" * 32))
    assert not verify_folder(folder, 1, 1, 1)
    text = capsys.readouterr().out
    assert "different: the data set digits is another one" in text
    assert "note: the data set gone is not here" in text


# --- the choice of runs, and what is equal


def blocks(studies: int, labels: str, seeds: tuple[tuple[int, ...], ...]) -> list[Stored]:
    found = [
        Block(study, "search", {}, "", {label: {}}, each, {}) for study in range(studies) for label in labels
        for each in seeds
    ]  # fmt: skip
    return [Stored(str(n), one) for n, one in enumerate(found)]


def test_every_study_and_as_many_items_as_possible_get_a_turn() -> None:
    stored = blocks(3, "abcd", ((0, 1, 2), (3, 4)))
    for seed in range(20):
        drawn = draw_runs(stored, 6, np.random.default_rng(seed))
        assert Counter(one.block.study for one in drawn) == {0: 2, 1: 2, 2: 2}
        assert len({(one.block.study, one.label) for one in drawn}) == 6
        assert all(one.seed in one.block.seeds and one.label in one.block.items for one in drawn)


def test_all_runs_are_drawn_once() -> None:
    stored = blocks(2, "ab", ((0, 1, 2), (3, 4)))
    drawn = draw_runs(stored, 1000, np.random.default_rng(0))
    assert len(drawn) == len({(one.name, one.seed) for one in drawn}) == runs_in(stored) == 20
    assert draw_runs([], 5, np.random.default_rng(0)) == []


def test_each_run_is_as_likely() -> None:
    stored = blocks(1, "a", ((0, 1, 2), (3,)))
    drawn = Counter(draw_runs(stored, 1, np.random.default_rng(seed))[0].seed for seed in range(2000))
    assert all(abs(count - 500) < 100 for count in drawn.values())
    assert drawn.keys() == {0, 1, 2, 3}


def test_a_choice_can_be_repeated() -> None:
    stored = blocks(3, "abc", (tuple(range(100)),))
    first, again, other = (draw_runs(stored, 9, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert isinstance(first[0], Run)


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("stored", "made", "verdict"),
    [
        ([1.0, np.nan, np.inf], [1.0, np.nan, np.inf], EQUAL),
        ([1.0, 2.0], [1.0, 2.0 + 1e-9], ROUNDED),
        ([1.0, 2.0], [1.0, 2.0 + 1e-5], DIFFERENT),
        ([0.0, 2.0], [1e-12, 2.0], DIFFERENT),
        ([1.0, np.nan], [1.0, 0.0], DIFFERENT),
        ([1.0, np.inf], [1.0, 1e300], DIFFERENT),
        ([1, 10**9], [1, 10**9 + 1], DIFFERENT),
        (["a", ""], ["a", ""], EQUAL),
        (["a", "b"], ["a", "c"], DIFFERENT),
        (["1", "2"], [1.0, 2.0], DIFFERENT),
        ([1, 2], [1.0, 2.0], EQUAL),
        ([1], [1, 2], DIFFERENT),
    ],
)
def test_what_is_equal(stored: list[Any], made: list[Any], verdict: str) -> None:
    assert compare(frame(x=stored), frame(x=made), skipped=(), rounded=True).verdict == verdict
    strict = compare(frame(x=stored), frame(x=made), skipped=(), rounded=False).verdict
    assert strict == (DIFFERENT if verdict == ROUNDED else verdict)


def test_the_first_difference_is_named_and_rounding_is_not_it() -> None:
    stored, made = frame(a=[1.0, 2.0, 3.0], b=[4, 5, 6]), frame(a=[1.0 + 1e-9, 2.0, 3.5], b=[4, 6, 6])
    found = compare(stored, made, skipped=(), rounded=True)
    assert found == Compared(DIFFERENT, "row 1, b: stored 5, now 6")
    assert compare(stored, made, skipped=("b",), rounded=True).detail == "row 2, a: stored 3.0, now 3.5"
    assert (
        compare(stored.drop(columns="b"), made, skipped=(), rounded=True).detail
        == "the column b is made here, and is not in the file"
    )
    assert compare(stored, made.drop(columns="b"), skipped=(), rounded=True) == Compared(
        DIFFERENT, "the column b is in the file, and is not made here"
    )
