import errno
import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from harness import files
from harness.errors import BadValue
from harness.files import alone, locked, sweep, write_atomically

HOLD = """
import sys
from pathlib import Path
from harness.files import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
    Path(sys.argv[2]).write_text("done")
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_full_disk_leaves_the_former_file_and_nothing_else(tmp_path: Path) -> None:
    """A limit on the size of files, which the system enforces in the middle of the writing, as a full disk does."""
    write_atomically(tmp_path / "x", b"former")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            write_atomically(tmp_path / "x", bytes(1_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG
    assert caught.value.filename == str(tmp_path / "x")
    assert names(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"former"


def test_an_interrupt_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "x", b"content")
    assert names(tmp_path) == []


def test_the_file_and_then_its_name_are_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed, fsync = [], os.fsync

    def watched(handle: int) -> None:
        flushed.append((stat.S_ISDIR(os.fstat(handle).st_mode), (tmp_path / "x").exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_atomically(tmp_path / "x", b"content")
    assert flushed == [(False, False), (True, True)]


def test_nobody_chooses_the_name_of_another_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of two machines may have one number, as may two of one machine, one after the other."""
    found = set()
    for host in ("one", "two.example.org", "h/../" * 50):
        monkeypatch.setattr(files.socket, "gethostname", lambda host=host: host)
        found |= {files._partial(tmp_path / name) for name in ("x", "x" * 250) for _ in range(3)}
    assert len(found) == 18
    for path in found:
        assert path.parent == tmp_path
        assert path.name.endswith(".partial")
        path.touch()


def test_half_files_of_processes_that_have_ended_are_swept_away(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    (tmp_path / "a").mkdir()
    ours = files._partial(tmp_path / "a" / "x")
    names = [ours.name.replace(str(os.getpid()), str(ended.pid)), "y.host-of-others.7.0123abcd.partial", "z.partial"]
    for path in (ours, *(tmp_path / "a" / name for name in names)):
        path.touch()
    sweep(tmp_path, ended=True)
    assert {path.name for path in (tmp_path / "a").iterdir()} == {ours.name, *names[1:]}
    sweep(tmp_path)
    assert not list((tmp_path / "a").iterdir())


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with locked(lock, "another"), pytest.raises(BadValue, match=r"^another$"), locked(lock, "another"):
        pass
    with pytest.raises(BlockingIOError), locked(lock, "another"):
        raise BlockingIOError  # what goes wrong meanwhile is not taken for a lock


@pytest.mark.parametrize("lock", [alone, lambda path: locked(path, "another")])
def test_a_lock_that_is_a_link_is_not_followed(
    lock: Callable[[Path], AbstractContextManager[None]], tmp_path: Path
) -> None:
    (tmp_path / "precious").write_text("content")
    (tmp_path / ".lock").symlink_to(tmp_path / "precious")
    with pytest.raises(BadValue, match="is a link, which no lock is: remove it"), lock(tmp_path / ".lock"):
        pass
    assert (tmp_path / "precious").read_text() == "content"


@contextmanager
def held(lock: Path, mark: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock, and on a line of input leaves a mark and lets go."""
    program = [sys.executable, "-c", HOLD, str(lock), str(mark)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_one_waits_for_the_other_and_then_sees_what_it_did(tmp_path: Path) -> None:
    lock, mark = tmp_path / "x.lock", tmp_path / "mark"
    with held(lock, mark) as process:
        assert process.stdin is not None
        threading.Timer(0.3, process.stdin.write, ["\n"]).start()
        assert not mark.exists()
        with alone(lock):  # its holder has removed the file that was waited for
            assert mark.read_text() == "done"
            with pytest.raises(BadValue, match="another"), locked(lock, "another"):
                pass
    assert names(tmp_path) == ["mark"]


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    with held(tmp_path / "x.lock", tmp_path / "mark") as process:
        process.kill()
    assert names(tmp_path) == ["x.lock"]
    with alone(tmp_path / "x.lock"):
        pass
    assert names(tmp_path) == []
