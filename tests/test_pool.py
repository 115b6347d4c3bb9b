import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadValue
from harness.pool import in_processes

Task = tuple[str, Path]


def task(block: Any) -> None:
    """Fails, takes a minute, or just leaves a file."""
    what, folder = block
    (folder / f"{what}-{os.getpid()}").touch()
    if what == "fail":
        raise BadValue("this one fails")
    if what == "hang":
        time.sleep(60)


def run(blocks: list[Task], workers: int) -> list[Task]:
    return list(in_processes(task, blocks, workers))  # type: ignore[arg-type]


def test_every_block_is_run_once(tmp_path: Path) -> None:
    blocks = [(f"block{i}", tmp_path) for i in range(6)]
    assert sorted(run(blocks, 2)) == blocks
    assert len(list(tmp_path.iterdir())) == 6
    assert run(blocks[:1], 8) == blocks[:1]
    assert (tmp_path / f"block0-{os.getpid()}").exists()


def test_the_first_error_ends_the_others_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(BadValue, match="this one fails"):
        run([("hang", tmp_path), ("fail", tmp_path), ("hang", tmp_path), ("hang", tmp_path)], 2)
    assert time.monotonic() - began < 50
    assert not multiprocessing.active_children()


def test_a_killed_run_takes_its_processes_with_it(tmp_path: Path) -> None:
    """However it was killed: a worker that lived on would write into the folder of the next run."""
    code = "import pathlib, sys, test_pool; test_pool.run([('hang', pathlib.Path(sys.argv[1]))] * 2, 2)"
    here = str(Path(__file__).parent)
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": here},
        stderr=subprocess.DEVNULL,  # where multiprocessing says that it cleans up
    )
    workers = _wait(
        lambda: [int(path.name.split("-")[1]) for path in tmp_path.iterdir()], lambda found: len(found) == 2
    )
    process.send_signal(signal.SIGKILL)
    process.wait()
    _wait(lambda: [pid for pid in workers if _lives(pid)], lambda found: not found)


def _wait(look: Any, enough: Any) -> Any:
    """What `look` finds once it is enough; fails after half a minute, which is less than a worker hangs."""
    for _ in range(300):
        if enough(found := look()):
            return found
        time.sleep(0.1)
    pytest.fail(f"still {found}")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]
