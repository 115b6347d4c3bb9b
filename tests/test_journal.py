import json
import math
import os
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from toy_problem import ACCURACY, EPOCHS, Grid

from harness import files as files_module
from harness.core import Benchmark, Evaluation, Fidelity, Query
from harness.errors import BadValue, Unmeasured
from harness.experiment import work
from harness.experiment.config import Experiment, read_experiment
from harness.experiment.journal import Journaled
from harness.experiment.runner import run
from harness.live.training import Training
from harness.results import load

LIVE = """name = "live"
[[search]]
benchmark = "digits_live"
algorithm = { name = "random_search", epochs = 2, schedule = 3, data = 0.25 }
budget = { evaluations = 2 }
seeds = 1
"""


class Counted(Benchmark):
    """Answers with numbers that JSON must carry to the last bit, fails for odd architectures, and counts."""

    name, space, metrics, fidelities, seeds = "counted", Grid(), (ACCURACY,), EPOCHS, (0, 1)

    def __init__(self) -> None:
        self.provenance = {"source": "arithmetic"}
        self.asked: list[tuple[Query, int | None]] = []

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        self.asked.append((query, seed))
        if sum(query.arch) % 2:
            raise Unmeasured(f"{query.arch} diverged")
        value = float(np.float32(1) / (7 + sum(query.arch) + (seed or 0) + query.fidelity.epochs))
        return Evaluation({"valid_accuracy": value}, value / 3)


EVEN, ODD = Query((1, 1, 0), EPOCHS[0]), Query((1, 0, 0), EPOCHS[0])


def test_a_restart_answers_from_the_journal(tmp_path: Path) -> None:
    before, after = Counted(), Counted()
    journal = Journaled(before, tmp_path / "j" / "run.jsonl")
    given = [journal.evaluate(EVEN, seed) for seed in (0, 1, None)]
    replayed = Journaled(after, tmp_path / "j" / "run.jsonl")
    assert [replayed.evaluate(EVEN, seed) for seed in (0, 1, None)] == given
    assert len(before.asked) == 3
    assert not after.asked
    replayed.evaluate(EVEN._replace(fidelity=EPOCHS[1]), 0)
    replayed.evaluate(EVEN._replace(fidelity=Fidelity(1, 12, 0.25)), 0)
    assert len(after.asked) == 2


def test_a_question_is_asked_once(tmp_path: Path) -> None:
    counted = Counted()
    journal = Journaled(counted, tmp_path / "run.jsonl")
    assert journal.evaluate(EVEN, 0) == journal.evaluate(EVEN, 0)
    assert counted.asked == [(EVEN, 0)]
    assert len((tmp_path / "run.jsonl").read_text().splitlines()) == 1


def test_every_answer_is_on_disk_before_it_is_given(tmp_path: Path) -> None:
    journal, given = Journaled(Counted(), tmp_path / "run.jsonl"), []
    for n in range(1, 4):
        given.append(journal.evaluate(EVEN._replace(fidelity=EPOCHS[n]), 0).seconds)
        lines = (tmp_path / "run.jsonl").read_text().splitlines()
        assert [json.loads(line[9:])[1][1] for line in lines] == given


def test_a_failure_is_replayed_as_what_it_was(tmp_path: Path) -> None:
    before, after = Counted(), Counted()
    for counted in (before, after):
        with pytest.raises(Unmeasured, match=r"\(1, 0, 0\) diverged"):
            Journaled(counted, tmp_path / "run.jsonl").evaluate(ODD, 0)
    assert before.asked
    assert not after.asked


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_line_that_a_kill_cut_short_is_asked_again(tmp_path: Path, cut: int) -> None:
    path, other = tmp_path / "run.jsonl", EVEN._replace(arch=(2, 0, 0))
    journal = Journaled(Counted(), path)
    given = [journal.evaluate(query, 0) for query in (EVEN, other)]
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    counted = Counted()
    replayed = Journaled(counted, path)
    assert [replayed.evaluate(query, 0) for query in (EVEN, other)] == given
    assert counted.asked == [(other, 0)]
    assert path.read_bytes() == whole


@pytest.mark.parametrize("harm", ["bit", "zeros", "cut", "older", "foreign", "long"])
def test_from_a_bad_line_on_all_is_asked_again(harm: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, queries = tmp_path / "run.jsonl", [EVEN._replace(fidelity=fidelity) for fidelity in EPOCHS[:4]]
    journal = Journaled(Counted(), path)
    given = [journal.evaluate(query, 0) for query in queries]
    whole = path.read_bytes()
    first, second, *_ = lines = whole.splitlines(keepends=True)
    harmed = {
        "bit": second[:40] + bytes([second[40] ^ 1]) + second[41:],
        "zeros": bytes(len(second)),
        "cut": second[:30],
        "older": second[9:30] + b"\n",
        "foreign": b'["key", {"metrics": 1}]\n',
        "long": b"[" + b" " * 2**20 + second[10:],
    }[harm]
    path.write_bytes(first + harmed + b"".join(lines[2:]))
    dropped = path.stat().st_size - len(first)
    counted = Counted()
    replayed = Journaled(counted, path)
    assert path.read_bytes() == first
    assert [replayed.evaluate(query, 0) for query in queries] == given
    assert counted.asked == [(query, 0) for query in queries[1:]]
    assert path.read_bytes() == whole
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{path}: its last {dropped} bytes are damaged and dropped; what they answered is asked again"
    )


@pytest.mark.parametrize(
    "answer",
    [
        "[{}, 1.0]",
        '[{"test_accuracy": 1.0}, 1.0]',
        '[{"valid_accuracy": Infinity}, 1.0]',
        '[{"valid_accuracy": NaN}, 1.0]',
        '[{"valid_accuracy": 1e999}, 1.0]',
        '[{"valid_accuracy": true}, 1.0]',
        f'[{{"valid_accuracy": {10**400}}}, 1.0]',
        '[{"valid_accuracy": 1.0, "more": "text"}, 1.0]',
        '[{"valid_accuracy": 1.0}, -1e308]',
        '[{"valid_accuracy": 1.0}, Infinity]',
        '[{"valid_accuracy": 1.0}, NaN]',
        '[{"valid_accuracy": 1.0}, true]',
        '[{"valid_accuracy": 1.0}, "1"]',
    ],
)
def test_an_answer_that_cannot_be_is_asked_again(tmp_path: Path, answer: str) -> None:
    path, counted = tmp_path / "run.jsonl", Counted()
    content = f"[{json.dumps(json.dumps([EVEN.arch, EVEN.fidelity, 0]))}, {answer}]".encode()
    path.write_bytes(b"%08x %b\n" % (zlib.crc32(content), content))
    given = Journaled(counted, path).evaluate(EVEN, 0)
    assert counted.asked == [(EVEN, 0)]
    assert given == Journaled(Counted(), tmp_path / "other.jsonl").evaluate(EVEN, 0)
    assert path.read_bytes() == (tmp_path / "other.jsonl").read_bytes()


@pytest.mark.parametrize(
    "answer", [({}, 1.0), ({"valid_accuracy": math.inf}, 1.0), ({"valid_accuracy": 1.0}, math.nan)]
)
def test_an_answer_that_would_not_be_read_is_not_written(
    tmp_path: Path, answer: tuple[dict[str, float], float]
) -> None:
    path = tmp_path / "run.jsonl"
    journal = Journaled(Counted(), path)
    journal.enter(EVEN, 0, answer)
    assert journal.evaluate(EVEN, 0) == Evaluation(*answer)
    assert not path.exists()


@pytest.mark.parametrize("when", ["replayed", "appended"])
@pytest.mark.parametrize("kind", ["link", "dangling", "pipe"])
def test_a_journal_is_no_link_and_no_pipe(tmp_path: Path, kind: str, when: str) -> None:
    path, other = tmp_path / "run.jsonl", tmp_path / "thesis.tex"
    other.write_text("precious")
    journal = Journaled(Counted(), path)
    if kind == "pipe":
        os.mkfifo(path)
        keep_open = os.open(path, os.O_RDWR)  # so that nobody has to wait, whoever opens or reads it
        os.write(keep_open, b"\n")
    else:
        path.symlink_to(other if kind == "link" else tmp_path / "new")
    with pytest.raises(BadValue, match=r"run\.jsonl is not touched: it is (a link|no regular file); remove it"):
        (Journaled(Counted(), path) if when == "replayed" else journal).evaluate(EVEN, 0)
    if kind == "pipe":
        os.close(keep_open)
    assert other.read_text() == "precious"
    assert not (tmp_path / "new").exists()


def test_no_altered_bit_of_a_line_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    answer = Journaled(Counted(), path).evaluate(EVEN, 0)
    whole = path.read_bytes()
    for i in range(len(whole)):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 1 << i % 8]) + whole[i + 1 :])
        counted = Counted()
        assert Journaled(counted, path).evaluate(EVEN, 0) == answer
        assert counted.asked, whole[max(i - 9, 0) : i + 9]


def test_a_journal_of_an_earlier_version_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    answer = Journaled(Counted(), path).evaluate(EVEN, 0)
    path.write_bytes(path.read_bytes()[9:])
    counted = Counted()
    assert Journaled(counted, path).evaluate(EVEN, 0) == answer
    assert not counted.asked


def test_it_is_the_benchmark_in_everything_but_the_answers(tmp_path: Path) -> None:
    counted = Counted()
    journal = Journaled(counted, tmp_path / "run.jsonl")
    for name in ("name", "space", "metrics", "fidelities", "seeds", "provenance", "dataset"):
        assert getattr(journal, name) == getattr(counted, name)


class Killed(BaseException):
    pass


@pytest.fixture
def live(tmp_path: Path) -> Experiment:
    (tmp_path / "live.toml").write_text(LIVE)
    return read_experiment(tmp_path / "live.toml")


class Epochs:
    """Counts the epochs that are trained, and kills the run at the epoch after `limit` of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run, self.limit = 0, 100
        run_epoch = Training.run_epoch

        def counted(training: Training) -> object:
            if self.run == self.limit:
                raise Killed
            self.run += 1
            return run_epoch(training)

        monkeypatch.setattr(Training, "run_epoch", counted)


@pytest.fixture
def epochs(monkeypatch: pytest.MonkeyPatch) -> Epochs:
    return Epochs(monkeypatch)


def files(folder: Path, kind: str) -> list[Path]:
    return [path for path in (folder / kind).rglob("*") if path.is_file()]


def run_unswept(live: Experiment, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run, and leave journal and checkpoints behind."""
    with monkeypatch.context() as patched:
        patched.setattr(work, "forget", lambda *_: None)
        run(live, out)


def untimed(searches: pd.DataFrame) -> pd.DataFrame:
    return searches.drop(columns=["charged", "finished"])


def test_a_live_search_is_trained_once_and_leaves_no_scaffolding(
    live: Experiment, tmp_path: Path, epochs: Epochs
) -> None:
    run(live, tmp_path / "out")
    searches = load(tmp_path / "out").searches
    assert epochs.run == 4
    assert searches["step"].tolist() == [0, 1]
    assert searches["epochs"].tolist() == [2, 2]
    assert (searches["charged"] > 0).all()
    assert searches["finished"].tolist() == searches["charged"].cumsum().tolist()
    assert searches["regret"].isna().all()
    assert not files(tmp_path / "out", "journal")
    assert not files(tmp_path / "out", "checkpoints")


def test_a_lost_shard_is_made_from_the_journal_without_training(
    live: Experiment, tmp_path: Path, epochs: Epochs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if killed between the last evaluation and the shard: every value, the seconds too, is the same."""
    out = tmp_path / "out"
    run_unswept(live, out, monkeypatch)
    before = load(out).searches
    for path in files(out, "search"):
        path.unlink()
    run(live, out)
    assert epochs.run == 4
    pd.testing.assert_frame_equal(load(out).searches, before, check_exact=True)
    assert not files(out, "journal")
    assert not files(out, "checkpoints")


@pytest.mark.parametrize("killed_after", [0, 1, 2, 3])
def test_a_killed_live_search_trains_only_what_is_missing(
    live: Experiment, tmp_path: Path, epochs: Epochs, killed_after: int
) -> None:
    run(live, tmp_path / "never-killed")
    epochs.run, epochs.limit = 0, killed_after
    out = tmp_path / "killed"
    with pytest.raises(Killed):
        run(live, out)
    assert len(files(out, "checkpoints")) == (killed_after + 1) // 2
    assert sum(len(path.read_text().splitlines()) for path in files(out, "journal")) == killed_after // 2
    epochs.limit = 100
    run(live, out)
    assert epochs.run == 4
    pd.testing.assert_frame_equal(untimed(load(out).searches), untimed(load(tmp_path / "never-killed").searches))


ORPHAN = """
import shutil, sys
from pathlib import Path
from harness.files import alone
kept, journal = map(Path, sys.argv[1:])
with alone(journal.with_suffix(".lock")):
    print("at it", flush=True)
    sys.stdin.readline()
    shutil.copy(kept, journal)
"""


def test_who_comes_second_says_so_waits_and_replays_what_the_first_wrote(
    live: Experiment, tmp_path: Path, epochs: Epochs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As when a driver was killed, and its task on another machine still runs as the experiment is started again."""
    out = tmp_path / "out"
    run_unswept(live, out, monkeypatch)
    (journal,), (shard,) = files(out, "journal"), files(out, "search")
    shard.unlink()
    journal.rename(tmp_path / "kept")
    program = [sys.executable, "-c", ORPHAN, str(tmp_path / "kept"), str(journal)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as orphan:
        assert orphan.stdin is not None
        assert orphan.stdout is not None
        assert orphan.stdout.readline() == "at it\n"
        threading.Timer(0.3, orphan.stdin.write, ["\n"]).start()
        run(live, out)
    assert epochs.run == 4
    assert "another process is at this part of the work, and is waited for" in caplog.text
    assert not files(out, "journal")


def test_what_a_killed_worker_has_half_written_is_swept_away(live: Experiment, tmp_path: Path, epochs: Epochs) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    shard = tmp_path / "out" / "search" / "0123.parquet"
    left = files_module._partial(shard).name.replace(f".{os.getpid()}.", f".{ended.pid}.")
    run(live, tmp_path / "out", progress=lambda *_: shard.with_name(left).touch())
    assert epochs.run == 4
    assert not list((tmp_path / "out").rglob("*.partial"))


def test_scaffolding_of_a_finished_block_is_swept_away(
    live: Experiment, tmp_path: Path, epochs: Epochs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if killed between the shard and the sweeping."""
    out = tmp_path / "out"
    run_unswept(live, out, monkeypatch)
    assert len(files(out, "journal")) == 1
    assert len(files(out, "checkpoints")) == 2
    run(live, out)
    assert epochs.run == 4
    assert not files(out, "journal")
    assert not files(out, "checkpoints")


def test_checkpoints_that_the_user_asked_for_are_his(tmp_path: Path, epochs: Epochs) -> None:
    own = tmp_path / "own"
    text = LIVE.replace('"digits_live"', f'{{ name = "digits_live", checkpoints = "{own}" }}')
    (tmp_path / "live.toml").write_text(text)
    run(read_experiment(tmp_path / "live.toml"), tmp_path / "out")
    assert len(list(own.iterdir())) == 2
    assert not (tmp_path / "out" / "checkpoints").exists()
