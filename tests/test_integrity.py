"""A results folder notices damage: a file that was cut, overwritten or altered is found, and just its block is lost."""

import errno
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reports_factory import fabricate, write_folder

from harness import block_files
from harness.block_files import (
    block_state,
    check_block,
    remove_block,
    shard,
    truth_state,
    write_block,
    write_measured,
    write_shard,
    write_truth,
)
from harness.errors import BadValue
from harness.results import load
from harness.watching.progress import Progress

VALUES = {"study": 0, "proxy": "p", "score": np.random.default_rng(0).normal(size=200)}
ROWS = [{"study": 0, "label": "p", "seed": 1, "proxy_seconds": 0.125, "watched": 200, "fit_seconds": float("nan")}]
FILES = ("history/x.parquet", "measured/x.json", "proxy/x.parquet")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the block x: scores, what was watched, and the seal."""
    for kind in ("proxy", "history", "measured", "truth"):
        (tmp_path / "out" / kind).mkdir(parents=True)
    write_block(tmp_path / "out", "proxy", "x", VALUES, VALUES, ROWS)
    return tmp_path / "out"


def state(folder: Path) -> str:
    return block_state(folder, "proxy", "x")


def flipped(whole: bytes) -> bytes:
    return whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "torn": lambda whole: whole[: len(whole) // 2],
    "a byte short": lambda whole: whole[:-1],
    "a byte long": lambda whole: whole + b"\0",
    "empty": lambda whole: b"",
    "zeros": lambda whole: bytes(len(whole)),
    "zeros at the end": lambda whole: whole[:-100] + bytes(100),
    "a bit": flipped,
}


def test_what_was_written_is_whole(folder: Path) -> None:
    assert state(folder) == "whole"
    assert str(check_block(folder, "proxy", "x")) == str(ROWS)
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")) == sorted(FILES)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_and_named(file: str, damage: str, folder: Path) -> None:
    path = folder / file
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert state(folder).startswith(f"damaged: {path}: ")


def test_no_altered_bit_of_a_seal_is_missed(folder: Path) -> None:
    path = folder / "measured" / "x.json"
    whole = path.read_bytes()
    for i in range(len(whole)):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 1 << i % 8]) + whole[i + 1 :])
        assert state(folder).startswith("damaged: "), whole[max(i - 9, 0) : i + 9]


@pytest.mark.parametrize("content", ["[[]]", "[1]", '[{"a": [1]}]', "{}", "3", "null", "[" * 10**5, '{"seal": 1}'])
def test_a_seal_that_says_something_else_is_damaged(content: str, folder: Path) -> None:
    (folder / "measured" / "x.json").write_text(content)
    assert state(folder).startswith("damaged: ")


@pytest.mark.parametrize("file", FILES)
def test_a_block_that_lacks_a_file_is_missing(file: str, folder: Path) -> None:
    (folder / file).unlink()
    assert state(folder) == "missing"


def test_the_files_of_another_block_are_not_taken_for_its_own(folder: Path) -> None:
    for file in FILES:
        shutil.copy(folder / file, folder / file.replace("/x.", "/y."))
    assert block_state(folder, "proxy", "y") == f"damaged: {folder}/measured/y.json: it seals other files"


@pytest.mark.parametrize("written", range(3))
def test_a_crash_while_writing_again_leaves_nothing_that_looks_whole(
    written: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = block_files.write_atomically, []

    def dying(path: Path, content: bytes) -> None:
        if len(calls) == written:
            raise OSError(errno.ENOSPC, "No space left on device")
        calls.append(path)
        write(path, content)

    monkeypatch.setattr(block_files, "write_atomically", dying)
    with pytest.raises(OSError, match="No space left"):
        write_block(folder, "proxy", "x", VALUES | {"study": 1}, VALUES, ROWS)
    assert state(folder) == "missing"


def test_a_block_is_removed_with_all_its_files_and_written_anew(folder: Path) -> None:
    remove_block(folder, "proxy", "x")
    remove_block(folder, "proxy", "x")
    assert not list(folder.rglob("*.*"))
    write_block(folder, "proxy", "x", VALUES, VALUES, ROWS)
    write_block(folder, "proxy", "x", VALUES, {}, [ROWS[0] | {"watched": 0}])
    assert state(folder) == "whole"
    assert not shard(folder, "history", "x").exists()


def test_a_block_of_an_earlier_version_is_whole_where_its_files_are_there(folder: Path) -> None:
    write_measured(folder, "x", ROWS)
    assert state(folder) == "whole"
    shard(folder, "history", "x").unlink()
    assert state(folder) == "missing"
    write_measured(folder, "x", [{"label": "p"}])
    assert state(folder) == "whole"
    write_shard(folder, "truth", "study-0", VALUES)
    assert truth_state(folder, "study-0") == "whole"


def test_a_truth_is_sealed_with_the_same_bytes_each_time(folder: Path) -> None:
    assert truth_state(folder, "study-0") == "missing"
    contents = []
    for _ in range(2):
        write_truth(folder, "study-0", VALUES)
        contents.append({path.name: path.read_bytes() for path in (folder / "truth").iterdir()})
    assert contents[0] == contents[1]
    assert truth_state(folder, "study-0") == "whole"
    for name, whole in contents[0].items():
        for damage in DAMAGES.values():
            (folder / "truth" / name).write_bytes(damage(whole))
            assert truth_state(folder, "study-0").startswith(f"damaged: {folder / 'truth' / name}: ")
        (folder / "truth" / name).write_bytes(whole)


@pytest.mark.parametrize("writes", [0, 1])
def test_a_truth_that_was_interrupted_is_not_taken_for_one_that_nobody_sealed(
    writes: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Path] = []

    def write(path: Path, content: bytes) -> None:
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(path)
        path.write_bytes(content)

    with monkeypatch.context() as patched:
        patched.setattr("harness.block_files.write_atomically", write)
        with pytest.raises(KeyboardInterrupt):
            write_truth(folder, "study-0", VALUES)
    assert truth_state(folder, "study-0") == "missing"
    write_truth(folder, "study-0", VALUES)
    assert truth_state(folder, "study-0") == "whole"
    assert (folder / "truth" / "study-0.json").exists()


@pytest.mark.parametrize("name", ["../x", "..", ".x", "", "a/b", "/etc/x", "x\n", "x" * 200])
def test_a_name_cannot_lead_out_of_the_folder(name: str, folder: Path) -> None:
    with pytest.raises(BadValue, match="names no block"):
        write_block(folder, "proxy", name, VALUES, {}, ROWS)
    with pytest.raises(BadValue, match="names no block"):
        remove_block(folder, "proxy", name)
    assert state(folder) == "whole"


def test_links_out_of_the_folder_are_neither_read_nor_written(folder: Path) -> None:
    outside = folder.parent / "outside"
    shutil.move(folder / "proxy", outside)
    kept = (outside / "x.parquet").read_bytes()
    (folder / "proxy").symlink_to(outside)
    assert state(folder) == f"damaged: {folder}/proxy/x.parquet: a link leads x.parquet out of the folder"
    for change in (lambda: remove_block(folder, "proxy", "x"), lambda: write_shard(folder, "proxy", "x", {"a": [1]})):
        with pytest.raises(BadValue, match=r"out of the folder; put a folder in the link's place"):
            change()
    assert (outside / "x.parquet").read_bytes() == kept
    assert (folder / "measured" / "x.json").exists()
    (folder / "proxy").unlink()
    (folder / "proxy").mkdir()
    (folder / "proxy" / "x.parquet").symlink_to(outside / "x.parquet")
    assert "a link leads x.parquet out of the folder" in state(folder)
    (folder / "proxy" / "x.parquet").unlink()
    (folder / "proxy" / "x.parquet").symlink_to("x.parquet")
    assert state(folder).startswith("damaged: ")
    linked = folder.parent / "linked"
    shutil.copy(outside / "x.parquet", folder / "real.parquet")
    (folder / "proxy" / "x.parquet").unlink()
    (folder / "proxy" / "x.parquet").symlink_to("../real.parquet")
    linked.symlink_to(folder)
    assert block_state(linked, "proxy", "x") == "whole"


def test_what_is_no_file_is_damaged_and_holds_nobody_up(folder: Path) -> None:
    for file in FILES:
        kept = (folder / file).read_bytes()
        (folder / file).unlink()
        os.mkfifo(folder / file)
        assert state(folder) == f"damaged: {folder / file}: it is no regular file"
        (folder / file).unlink()
        (folder / file).write_bytes(kept)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A whole results folder with a sealed search block, a sealed proxy block and a sealed truth."""
    results = fabricate(
        runs=2, steps=3, architectures=10, algorithms=("random_search", "local_search"), proxies=("params", "synflow")
    )
    out = tmp_path / "stored"
    out.mkdir()
    write_folder(results, out)
    for kind, frame in (("search", results.searches), ("proxy", results.scores)):
        write_block(out, kind, kind, dict(frame.items()), {}, check_block(out, kind, kind))
    for number, frame in results.truth.groupby("study"):
        write_truth(out, f"study-{number}", dict(frame.items()))
    return out


@pytest.mark.parametrize("file", ["search/search.parquet", "proxy/proxy.parquet", "measured/search.json",
                                  "truth/study-1.parquet", "truth/study-1.json"])  # fmt: skip
def test_a_report_names_what_is_damaged_and_what_to_do(file: str, stored: Path) -> None:
    assert len(load(stored).searches) == 12
    path = stored / file
    path.write_bytes(flipped(path.read_bytes()))
    with pytest.raises(BadValue) as caught:
        load(stored)
    assert str(caught.value).startswith(f"{path} is missing or damaged (")
    assert str(caught.value).endswith("; run the experiment again: only what is missing or damaged is run")


def test_who_watches_sees_a_damaged_block_as_unreadable(stored: Path) -> None:
    assert Progress(stored).look(time.time()).unreadable == []
    path = stored / "proxy" / "proxy.parquet"
    path.write_bytes(flipped(path.read_bytes()))
    assert Progress(stored).look(time.time()).unreadable == [f"{path} cannot be read"]


@pytest.mark.parametrize("name", ["../../etc/passwd", ".hidden", "a/b", "", "x\0"])
def test_a_manifest_names_no_file_elsewhere(name: str, stored: Path) -> None:
    manifest = json.loads((stored / "manifest.json").read_text())
    manifest["blocks"][0]["id"] = name
    (stored / "manifest.json").write_text(json.dumps(manifest))
    for read in (load, lambda folder: Progress(folder).look(time.time())):
        with pytest.raises(BadValue, match="a block is called"):
            read(stored)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(leaf for key, part in items for leaf in leaves(part, (*path, key)))]


ODD = ("NaN", "Infinity", "-1", "1" + "0" * 400, "true", "null", '"../x"', "[]", "{}", "[" * 60 + "]" * 60)


def test_odd_values_in_a_manifest_break_no_reader(stored: Path) -> None:
    """Each value in turn is another: the folder is read as before, or refused in words."""
    path = stored / "manifest.json"
    whole, refused = json.loads(path.read_text()), 0
    places = [place for place in leaves(whole) if place and place[0] in ("blocks", "studies", "name", "version")]
    for i, place in enumerate(places):
        for odd in ODD[i % 4 :: 4]:
            changed = json.loads(json.dumps(whole))
            inner = changed
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = "ODD"
            path.write_text(json.dumps(changed).replace('"ODD"', odd))
            try:
                load(stored)
                Progress(stored).look(time.time())
            except BadValue:
                refused += 1
    assert refused > len(places) / 2
