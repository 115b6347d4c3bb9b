import fcntl
import io
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tables
from reports_factory import fabricate, proxy_study, search_study, write_folder
from rich.console import Console

import harness.commands.watch as command
import harness.watching.progress as progress_module
from harness.commands.watch import duration, rendered, watch_folder
from harness.errors import BadValue
from harness.files import locked, write_json
from harness.results import shard, write_measured, write_shard
from harness.statistics.mean import mean_interval
from harness.statistics.rank import kendall
from harness.watching.progress import Progress, Snapshot
from harness.watching.running import is_running
from harness.watching.tail import MOST, Tail
from harness.watching.tally import Standing
from harness.watching.time_left import Work, seconds_left
from reports.summary.proxy import summarize_proxies
from reports.summary.runs import runs_of
from reports.summary.search import summarize_search

ALGORITHMS = ("random_search", "regularized_evolution")
HOLD = "import fcntl, sys; file = open(sys.argv[1], 'w'); {}(file, fcntl.LOCK_EX); print('held', flush=True); input()"
WATCH = "import sys; from pathlib import Path; from harness.commands.watch import watch_folder; "
WATCH += "watch_folder(Path(sys.argv[1]), 0.1, False)"


@contextmanager
def held(folder: Path, how: str = "fcntl.flock") -> Iterator[None]:
    """Another process that holds the folder's lock."""
    program = [sys.executable, "-c", HOLD.format(how), str(folder / ".lock")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.communicate("\n")


def empty(folder: Path, studies: list[dict[str, Any]], blocks: list[dict[str, Any]]) -> Path:
    """A results folder whose experiment has just begun."""
    for kind in ("search", "proxy", "truth", "measured"):
        (folder / kind).mkdir(parents=True)
    whole = {"format": 1, "name": "begun", "version": "0", "experiment": {}, "studies": studies, "blocks": blocks}
    write_json(folder / "manifest.json", whole)
    return folder


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """Two algorithms with ten runs each, in four blocks: r0, r1, e0, e1."""
    names = {"r": ALGORITHMS[0], "e": ALGORITHMS[1]}
    blocks = [{"id": f"{key}{i}", "kind": "search", "study": 0, "label": names[key]} for key in names for i in range(2)]
    return empty(tmp_path / "begun", [search_study(0, ALGORITHMS, 10, True)], blocks)


def add_search(folder: Path, name: str, level: float = 1.0, runs: int = 5, seconds: float = 2.0) -> None:
    """A finished block; the runs end with regrets `level`, `level` + 1, ..., and have had worse ones before."""
    label = ALGORITHMS[0] if name[0] == "r" else ALGORITHMS[1]
    seeds = np.arange(runs) + runs * int(name[1])
    columns = {
        "algorithm": label, "seed": np.repeat(seeds, 3), "step": np.tile([2, 0, 1], runs),
        "test": 90.0, "regret": np.repeat(level + np.arange(runs), 3) + np.tile([0.0, 9.0, 5.0], runs),
    }  # fmt: skip
    write_measured(folder, name, [{"label": label, "seed": int(s), "wall_seconds": seconds} for s in seeds])
    write_shard(folder, "search", name, columns)


def look(folder: Path) -> Snapshot:
    return Progress(folder).look(time.time())


def text_of(snapshot: Snapshot, folder: Path, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    console = Console(width=width, file=io.StringIO(), markup=False, emoji=False, highlight=False)
    monkeypatch.setattr(command, "console", console)
    console.print(rendered(snapshot, folder))
    printed = console.file
    assert isinstance(printed, io.StringIO)
    return printed.getvalue()


# the lock


def test_a_held_lock_is_seen_and_a_free_one_is_not(tmp_path: Path) -> None:
    assert is_running(tmp_path) is False
    with held(tmp_path):
        assert is_running(tmp_path) is True
    assert is_running(tmp_path) is False


def test_a_lock_that_a_file_server_keeps_is_seen(tmp_path: Path) -> None:
    with held(tmp_path, "fcntl.lockf"):
        assert is_running(tmp_path) is True
    assert is_running(tmp_path) is False


def test_looking_never_takes_the_lock(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked(begun / ".lock", "held"):
        pass
    monkeypatch.setattr(fcntl, "flock", lambda *_: pytest.fail("the lock was touched"))
    monkeypatch.setattr(fcntl, "lockf", lambda *_: pytest.fail("the lock was touched"))
    assert look(begun).state == "interrupted"


def test_a_system_that_hides_locks_is_judged_by_signs_of_life(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.watching.running.sys.platform", "darwin")
    add_search(begun, "r0")
    assert is_running(begun) is None
    assert Progress(begun).look(time.time()).state == "running"
    assert Progress(begun).look(time.time() + 100).state == "interrupted"


# the tail of a file


def test_a_line_is_given_once_and_whole(tmp_path: Path) -> None:
    tail = Tail(tmp_path / "log.txt")
    assert tail.lines() == []
    with (tmp_path / "log.txt").open("w") as file:
        file.write("one\ntw")
        file.flush()
        assert tail.lines() == ["one"]
        file.write("o\nthree\n")
        file.flush()
        assert tail.lines() == ["two", "three"]
        assert tail.lines() == []
    (tmp_path / "log.txt").write_text("new\n")
    assert tail.lines() == ["new"]


def test_what_is_no_file_has_no_lines_and_no_lock(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("elsewhere\n")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / ".lock")
    program = "import sys; from pathlib import Path; from harness.watching.tail import Tail; "
    program += "from harness.watching.running import is_running; folder = Path(sys.argv[1]); "
    program += "print(Tail(folder / 'pipe').lines(), Tail(folder / 'link').lines(), is_running(folder))"
    asked = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "[] [] None\n"


def test_a_large_file_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.watching.tail.MOST", 10)
    path = tmp_path / "log.txt"
    path.write_text("one\ntwo\nthree\n" + "x" * 25 + "\nfour\n")
    tail, seen = Tail(path), []
    for _ in range(8):
        lines = tail.lines()
        assert sum(len(line) + 1 for line in lines) <= 10
        seen += lines
    assert (seen[:3], seen[-1]) == (["one", "two", "three"], "four")


def test_a_file_without_an_end_takes_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "log.txt").open("wb") as file:
        file.truncate(20 << 30)
    tail = Tail(tmp_path / "log.txt")
    tracemalloc.start()
    try:
        assert (tail.lines(), tail.lines()) == ([], [])
        assert tracemalloc.get_traced_memory()[1] < 4 * MOST
    finally:
        tracemalloc.stop()


def test_a_day_that_never_was_is_no_start(begun: Path) -> None:
    add_search(begun, "r0")
    line = "{} INFO x: 1 of 1 blocks to run with 1 workers\n"
    stamps = ("9999-13-45 99:99:99,000", "0000-00-00 00:00:00,000", "0001-01-01 00:00:00,000")
    (begun / "log.txt").write_text("".join(map(line.format, stamps)))
    assert look(begun).studies[0].done == 5


# time left


def work(study: int, pieces: int, done: int, seconds: float, kind: str = "search") -> Work:
    return Work(kind, study, pieces, done, done, seconds)


def test_time_left_is_the_pace_times_what_is_left() -> None:
    assert seconds_left([work(0, 10, 4, 8.0)], elapsed=12.0, waited=0.0) == [18.0]
    assert seconds_left([work(0, 10, 4, 8.0)], elapsed=12.0, waited=5.0) == [13.0]


def test_work_before_the_last_start_tells_weights_but_no_pace() -> None:
    before = Work("search", 0, 10, 6, 2, 12.0)
    assert seconds_left([before], elapsed=8.0, waited=0.0) == [16.0]


def test_slow_work_weighs_more_and_studies_follow_each_other() -> None:
    works = [work(0, 4, 4, 4.0), work(0, 4, 2, 20.0), work(1, 3, 0, 0.0)]
    (first, second, third) = seconds_left(works, elapsed=12.0, waited=0.0)
    assert (first, second) == (0.0, 10.0)  # twelve seconds for the weight 4 + 20; 20 are left
    assert third == 10.0 + 3 * (24 / 6) / 2  # a piece of a new study weighs what those of its kind do


@pytest.mark.parametrize(
    ("works", "waited"),
    [
        ([work(0, 10, 0, 0.0)], 0.0),
        ([work(0, 10, 9, 9.0)], 5.0),
        ([work(0, 3, 3, 3.0), work(1, 5, 0, 0.0, "proxy")], 0.0),
    ],
)
def test_time_left_is_unknown_where_nothing_tells(works: list[Work], waited: float) -> None:
    assert np.isnan(seconds_left(works, elapsed=9.0, waited=waited)[-1])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"), (59.4, "59 s"), (60, "1 min"), (119, "1 min"), (3599, "59 min"), (3600, "1 h"),
        (4800, "1 h 20 min"), (86_400, "1 d"), (190_000, "2 d 4 h"), (float("nan"), "unknown"),
    ],
)  # fmt: skip
def test_a_time_to_wait_for_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# what is read


@pytest.mark.parametrize("oracle", [True, False])
def test_the_ranking_is_that_of_the_report(oracle: bool, tmp_path: Path) -> None:
    results = fabricate(oracle=oracle, architectures=40)
    write_folder(results, tmp_path)
    search, proxy = look(tmp_path).studies
    rows = summarize_search(runs_of(results.manifest["studies"][0], results.records[0])).rows
    expected = [(row.algorithm, row.final.point, (row.final.high - row.final.low) / 2, row.runs) for row in rows]
    assert search.measure == ("final regret" if oracle else "final test_accuracy")
    assert [one.label for one in search.ranking] == [row.algorithm for row in rows]
    np.testing.assert_allclose([one[1:4] for one in search.ranking], [one[1:] for one in expected], rtol=1e-12)
    scored = summarize_proxies(results.manifest["studies"][1], results.scores, results.truth, results.measured).rows
    assert [one.label for one in proxy.ranking] == [row.proxy for row in scored]
    np.testing.assert_allclose([one.mean for one in proxy.ranking], [row.kendall.point for row in scored], rtol=1e-12)
    assert {one.runs for one in proxy.ranking} == {2}


def test_a_test_metric_may_be_one_to_minimize(tmp_path: Path) -> None:
    metrics = {"test_accuracy": {"maximize": False}}
    results = fabricate(oracle=False, runs=5, proxies=())
    write_folder(results, tmp_path)
    best = look(tmp_path).studies[0].ranking
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    write_json(tmp_path / "manifest.json", manifest | {"studies": [manifest["studies"][0] | {"metrics": metrics}]})
    assert look(tmp_path).studies[0].ranking == best[::-1]


def test_a_finished_folder_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(fabricate(), tmp_path)
    snapshot = look(tmp_path)
    assert snapshot.state == "finished"
    assert [(one.done, one.runs) for one in snapshot.studies] == [(100, 100), (16, 16)]
    text = text_of(snapshot, tmp_path, 300, monkeypatch)
    assert f"fabricated: finished; next: nasgauge report {tmp_path}\n" in text
    assert "next: nasgauge report 'sp ace/my res'\n" in text_of(snapshot, Path("sp ace/my res"), 300, monkeypatch)
    assert re.search(r"search on digits201 +100 of 100 +100 +done", text)
    assert "Time left" not in text


def test_a_folder_without_its_truths_is_not_finished(tmp_path: Path) -> None:
    write_folder(fabricate(), tmp_path)
    (tmp_path / "truth" / "study-1.parquet").unlink()
    assert look(tmp_path).state == "interrupted"


def test_states_from_nothing_to_the_end(begun: Path) -> None:
    progress = Progress(begun)
    assert progress.look(time.time()).state == "interrupted"
    with held(begun):
        assert progress.look(time.time()).state == "waiting"
        add_search(begun, "r0", 1.0)
        snapshot = progress.look(time.time())
        assert snapshot.state == "running"
        assert snapshot.studies[0][1:3] == (5, 20)
        assert snapshot.studies[0].ranking == [Standing("random_search", 3.0, pytest.approx(1.9632, abs=1e-4), 5, 5)]
    assert progress.look(time.time()).state == "interrupted"
    for name, level in (("r1", 1.0), ("e0", 0.5), ("e1", 0.5)):
        add_search(begun, name, level)
    snapshot = progress.look(time.time())
    assert snapshot.state == "finished"
    assert [(one.label, one.mean, one.runs) for one in snapshot.studies[0].ranking] == [
        ("regularized_evolution", 2.5, 10),
        ("random_search", 3.0, 10),
    ]


def test_a_run_that_is_about_to_write_its_manifest_is_waited_for(tmp_path: Path) -> None:
    with held(tmp_path):
        assert Progress(tmp_path).look(time.time()) == Snapshot(tmp_path.name, "waiting", [], [])
    with pytest.raises(BadValue, match=r"is no results folder: it has no manifest\.json; name one"):
        look(tmp_path)
    with pytest.raises(BadValue, match=r"elsewhere is no folder; name one that `nasgauge run` wrote$"):
        look(tmp_path / "elsewhere")


def test_only_new_blocks_are_read(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def read(folder: Path, kind: str, name: str) -> Any:
        seen.append(name)
        return original(folder, kind, name)

    original = progress_module.read_finished
    monkeypatch.setattr(progress_module, "read_finished", read)
    progress = Progress(begun)
    for expected in (["r0"], ["r0", "e0"], ["r0", "e0", "r1"]):
        add_search(begun, expected[-1])
        progress.look(time.time())
        progress.look(time.time())
        assert seen == expected


def test_a_manifest_that_changed_is_read_again(begun: Path) -> None:
    progress = Progress(begun)
    add_search(begun, "r0")
    assert progress.look(time.time()).studies[0].done == 5
    manifest = json.loads((begun / "manifest.json").read_text())
    write_json(begun / "manifest.json", manifest | {"name": "renamed"})
    snapshot = progress.look(time.time())
    assert (snapshot.name, snapshot.studies[0].done) == ("renamed", 5)


def test_half_written_and_damaged_blocks_are_no_results_yet(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_search(begun, "r0")
    (begun / "search" / "e0.parquet.77.partial").write_bytes(b"PAR1")
    add_search(begun, "r1")
    (begun / "measured" / "r1.json").unlink()
    add_search(begun, "e1")
    whole = shard(begun, "search", "e1").read_bytes()
    shard(begun, "search", "e1").write_bytes(whole[: len(whole) // 2])
    progress = Progress(begun)
    snapshot = progress.look(time.time())
    assert snapshot.studies[0].done == 5
    assert snapshot.unreadable == [f"{shard(begun, 'search', 'e1')} cannot be read"]
    text = text_of(snapshot, begun, 300, monkeypatch)
    assert "e1.parquet cannot be read: remove it and run the experiment again\n" in text
    shard(begun, "search", "e1").write_bytes(whole)
    (begun / "measured" / "e1.json").write_text('[{"label": "random')
    assert len(progress.look(time.time()).unreadable) == 1
    add_search(begun, "e1")
    repaired = progress.look(time.time())
    assert (repaired.studies[0].done, repaired.unreadable) == (10, [])


def test_a_block_that_vanishes_is_read_when_it_is_back(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_search(begun, "r0")
    names = progress_module._names
    monkeypatch.setattr(progress_module, "_names", lambda folder, suffix: names(folder, suffix) | {"r1", "e0"})
    snapshot = look(begun)
    assert (snapshot.studies[0].done, snapshot.unreadable) == (5, [])


def test_a_folder_that_vanishes_is_said_so(begun: Path) -> None:
    progress = Progress(begun)
    progress.look(time.time())
    shutil.rmtree(begun)
    with pytest.raises(BadValue, match="is no folder; name one"):
        progress.look(time.time())


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, pd.DataFrame]:
    """Two proxies with two seeds, whose architectures are scored in two parts, and all scores; no block is there."""
    rng = np.random.default_rng(3)
    both = "synflow, grad_norm"
    blocks = [{"id": f"{s}{p}", "kind": "proxy", "study": 0, "label": both} for s in range(2) for p in range(2)]
    study = proxy_study(0, ("synflow", "grad_norm"), 40, 2) | {"maximize": False}
    folder = empty(tmp_path / "parts", [study], blocks)
    rows = [(proxy, seed, arch) for proxy in study["proxies"] for seed in range(2) for arch in range(40)]
    frame = pd.DataFrame(rows, columns=["proxy", "seed", "arch"])
    frame["truth"] = rng.normal(size=len(frame))
    frame["score"] = rng.normal(size=len(frame)) - frame["truth"] * (frame["proxy"] == "synflow")
    frame.loc[3, "score"], frame.loc[43, "score"] = np.nan, -np.inf
    return folder, frame


def add_part(folder: Path, frame: pd.DataFrame, seed: int, part: int) -> None:
    mine = frame[(frame["seed"] == seed) & (frame["arch"] // 20 == part)]
    write_shard(folder, "proxy", f"{seed}{part}", dict(mine.items()))
    rows = [
        {"label": p, "seed": seed, "proxy_seconds": 1.0, "fit_seconds": 2.0} for p in frame["proxy"].unique().tolist()
    ]
    write_measured(folder, f"{seed}{part}", rows)


def test_a_proxy_is_ranked_when_all_parts_of_a_seed_are_there(parts: tuple[Path, pd.DataFrame]) -> None:
    folder, frame = parts
    progress = Progress(folder)
    for seed, part, done in ((1, 0, 0), (0, 1, 0), (1, 1, 2)):
        add_part(folder, frame, seed, part)
        study = progress.look(time.time()).studies[0]
        assert (study.done, study.runs) == (done, 4)
    assert [(one.label, one.runs) for one in study.ranking] == [("synflow", 1), ("grad_norm", 1)]
    add_part(folder, frame, 0, 0)
    expected = {}
    for proxy, rows in frame[np.isfinite(frame["score"])].groupby("proxy"):
        expected[proxy] = np.mean([kendall(one["score"], -one["truth"]) for _, one in rows.groupby("seed")])
    ranking = progress.look(time.time()).studies[0].ranking
    assert {one.label: one.mean for one in ranking} == pytest.approx(expected)
    assert progress._amounts()["proxy", 0, "synflow, grad_norm"] == Work("proxy", 0, 4, 4, 0, 16.0)


def test_the_time_left_is_that_since_the_last_start(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    for name, age in (("r0", 1000.0), ("r1", 20.0)):
        add_search(begun, name, seconds=4.0)
        os.utime(shard(begun, "search", name), (now - age, now - age))
    lines = []
    for age in (1100.0, 30.0):
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now - age))
        lines.append(f"{stamp},{int((now - age) % 1 * 1000):03d} INFO x: 2 of 4 blocks to run with 2 workers\n")
    (begun / "log.txt").write_text(
        "".join(lines) + "2026-01-01 00:00:00,000 INFO search random_search seeds 5-9 done\n"
    )
    with held(begun):
        snapshot = Progress(begun).look(now + 1)
    assert np.isnan(snapshot.studies[0].left)  # five runs in ten seconds: ten more are overdue after 21
    with held(begun):
        snapshot = Progress(begun).look(now - 15)
    assert snapshot.studies[0].left == pytest.approx(15, abs=0.02)
    text = text_of(snapshot, begun, 80, monkeypatch)
    assert re.search(r"search on digits201 +10 of 20 +50 +15 s", text)
    assert "Time left: at the pace since the last start" in text
    assert np.isnan(look(begun).studies[0].left)  # nobody runs it


def test_live_runs_show_their_evaluations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [{"id": name, "kind": "search", "study": 0, "label": "random_search"} for name in ("r0", "r1", "r2")]
    folder = empty(tmp_path / "live", [search_study(0, ALGORITHMS[:1], 3, False)], blocks)
    (folder / "journal").mkdir()
    progress = Progress(folder)
    for i, lines in enumerate((b'["a", 1]\n["b"', b', 2]\n["c", 3]\n')):
        with (folder / "journal" / "r1.jsonl").open("ab") as file:
            file.write(lines)
        with held(folder):
            snapshot = progress.look(time.time())
        assert snapshot.state == "running"
        assert snapshot.studies[0][-2:] == (1, (1, 3)[i])
    assert "search on digits201: 1 begun, with 3 evaluations so far" in text_of(snapshot, folder, 80, monkeypatch)
    (folder / "journal" / "r1.jsonl").unlink()
    add_search(folder, "r1", runs=1)
    study = progress.look(time.time()).studies[0]
    assert (study.done, study.begun, study.evaluations) == (1, 0, 0)


# what is shown


@pytest.mark.parametrize("width", [40, 80])
def test_narrow_terminals_stay_legible(width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(fabricate(), tmp_path)
    text = text_of(look(tmp_path), tmp_path, width, monkeypatch)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    for label in ("local_search", "regularized_evolution", "reduced_epochs", "params"):
        assert any(re.search(rf"{label} +\d\.\d", line) for line in lines), label
    assert any("100 of 100" in line and "done" in line for line in lines)


def test_studies_on_one_benchmark_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studies = [search_study(i, ALGORITHMS, 2, True) for i in range(2)]
    folder = empty(tmp_path / "two", studies, [{"id": "r0", "kind": "search", "study": 1, "label": "random_search"}])
    text = text_of(look(folder), folder, 80, monkeypatch)
    assert "search on digits201 (0)" in text
    assert "search on digits201 (1)" in text


def test_a_low_screen_shows_the_best_of_each_ranking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(fabricate(), tmp_path)
    console = Console(width=80, height=26, file=io.StringIO())
    monkeypatch.setattr(command, "console", console)
    snapshot = look(tmp_path)
    assert len(console.render_lines(rendered(snapshot, tmp_path, 26))) <= 26
    lines = ["".join(part.text for part in line) for line in console.render_lines(rendered(snapshot, tmp_path, 26))]
    assert any("and 2 more" in line for line in lines)
    assert any("and 5 more" in line for line in lines)


def test_one_run_has_no_interval(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_search(begun, "r0", runs=1)
    text = text_of(look(begun), begun, 80, monkeypatch)
    assert re.search(r"1 random_search +1\.00 +1 of 10 *\n", text)
    assert mean_interval([1.0]).point == 1.0


# the command


def test_without_a_terminal_one_table_is_printed(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_search(begun, "r0")
    watch_folder(begun, 2.0, once=False)
    printed = capsys.readouterr().out
    assert printed.startswith("begun: interrupted; run the experiment again and it goes on where it was\n")
    assert "\x1b" not in printed


def test_who_has_fewer_runs_is_marked(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("r0", "r1", "e0"):
        add_search(begun, name)
    snapshot = look(begun)
    wide, narrow = (text_of(snapshot, begun, width, monkeypatch) for width in (80, 40))
    assert re.search(r"regularized_evolution +3\.0 ± \d\.\d +5 of 10 *\n", wide)
    assert re.search(r"random_search +3\.0 ± \d\.\d +10 *\n", wide)
    assert "*" not in wide
    assert re.search(r"regularized_evolution\* +3\.0", narrow)
    assert re.search(r"random_search +3\.0", narrow)
    assert "\n* not all runs are done" in narrow
    assert max(map(len, narrow.splitlines())) <= 40
    add_search(begun, "e1")
    assert "*" not in text_of(look(begun), begun, 40, monkeypatch)
    assert "of 10" not in text_of(look(begun), begun, 80, monkeypatch)


def test_a_run_without_a_value_is_done(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_search(begun, "r0", level=float("nan"))
    for name in ("r1", "e0", "e1"):
        add_search(begun, name)
    text = text_of(look(begun), begun, 80, monkeypatch)
    assert re.search(r"random_search +3\.0 ± \d\.\d +5 *\n", text)


def test_a_folder_that_is_about_to_be_made_is_waited_for(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    away = begun.rename(begun.with_name("away"))
    with pytest.raises(BadValue, match="is no folder"):
        watch_folder(begun, 2.0, once=True)
    threading.Timer(0.5, lambda: away.rename(begun)).start()
    watch_folder(begun, 2.0, once=False)
    assert capsys.readouterr().out.startswith("begun: interrupted;")
    monkeypatch.setattr(command, "WAIT", 0.0)
    with pytest.raises(BadValue, match="is no folder"):
        watch_folder(away, 2.0, once=False)


@pytest.mark.parametrize("every", [0.0, -1.0, float("nan"), 1e6])
def test_a_senseless_interval_is_refused(begun: Path, every: float) -> None:
    with pytest.raises(BadValue, match="give seconds between two looks"):
        watch_folder(begun, every, once=True)


def test_watching_a_real_run_in_a_terminal(data: Path, tmp_path: Path) -> None:
    """A run in another process; what a terminal is shown ends with the finished experiment, and exit code 0."""
    (tmp_path / "small.toml").write_text("""name = "small"
[[search]]
benchmark = "synthetic"
algorithm = ["random_search", "regularized_evolution"]
seeds = 60
budget = { seconds = 100 }
[[proxy]]
benchmark = "synthetic"
proxy = ["params", { name = "reduced_epochs", epochs = 1 }]
architectures = 40
seeds = 2
""")
    run = [sys.executable, "-m", "harness", "run", "small.toml", "--out", "out", "--workers", "1"]
    environment = tables.environment(data)
    with subprocess.Popen(
        run, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as r:
        while not (tmp_path / "out" / "manifest.json").exists():
            assert r.poll() is None
            time.sleep(0.02)
        code, shown = in_terminal([sys.executable, "-c", WATCH, str(tmp_path / "out")])
        assert r.wait() == 0
    assert code == 0
    assert "small: finished; next: nasgauge report" in shown
    assert re.search(r"search on synthetic +120 of 120 +100 +done", shown)
    assert "2 params" in shown or "1 params" in shown
    assert (tmp_path / "out" / "log.txt").read_text().count(" done\n") == 10


def test_an_interrupt_leaves_cleanly(begun: Path) -> None:
    with held(begun):
        add_search(begun, "r0")
        code, shown = in_terminal([sys.executable, "-c", WATCH, str(begun)], interrupt=b"5 of 20")
        assert is_running(begun)
    assert code == 0
    assert "begun: running" in shown
    assert "Traceback" not in shown


def in_terminal(program: list[str], interrupt: bytes | None = None) -> tuple[int, str]:
    """Run a program in a terminal of 80 columns, interrupt it when it shows this; its exit code and what it showed."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        program, stdin=slave, stdout=slave, stderr=slave, env=os.environ | {"COLUMNS": "80", "TERM": "xterm"}
    ) as process:
        os.close(slave)
        shown, deadline = b"", time.monotonic() + 60
        while time.monotonic() < deadline:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    shown += os.read(master, 65_536)
                except OSError:  # the other end is closed
                    break
            elif process.poll() is not None:
                break
            if interrupt is not None and interrupt in shown:
                process.send_signal(signal.SIGINT)
                interrupt = None
        process.kill() if process.poll() is None and time.monotonic() > deadline else None
        code = process.wait()
    os.close(master)
    return code, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
