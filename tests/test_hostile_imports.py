"""Hostile files where importers read: refused with their name, and nothing runs, stays or is written elsewhere."""

import bz2
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import hostile
import numpy as np
import pytest
from nats_factory import SSS, TSS, Form, architecture

from harness.core import Fidelity
from harness.errors import BadValue
from harness.spaces.nb201 import Nb201
from tabular.content import Content, Values
from tabular.library import import_tables
from tabular.store import write_table
from tabular.vocabulary import KNOWN

SECONDS = 10
"""Of a loaded machine; each of these takes a fraction of one."""


class Place(NamedTuple):
    """Where hostile content goes: the file, in the source of an importer, and how it is packed there."""

    kind: str
    file: str
    wrap: Callable[[bytes], bytes]
    source: str = ""

    def put(self, folder: Path, content: bytes) -> Path:
        """Write the content; returns what to import."""
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.wrap(content))
        if self.file == META:  # which is not looked at where there is nothing else
            path.with_name("000000.pickle.pbz2").touch()
        return folder / self.source if self.source else path


def as_it_is(content: bytes) -> bytes:
    return content


def zipped(content: bytes) -> bytes:
    return hostile.archive({"archive/data.pkl": content, "archive/version": b"3\n"})


ARCHITECTURE, META = "cells/000000.pickle.pbz2", "cells/meta.pickle.pbz2"
TSS_FILE = Place("nats_tss", ARCHITECTURE, bz2.compress, "cells")
SSS_FILE = Place("nats_sss", ARCHITECTURE, bz2.compress, "cells")
TSS_META = Place("nats_tss", META, bz2.compress, "cells")
SSS_META = Place("nats_sss", META, bz2.compress, "cells")
HARDWARE = Place("hw_nas_bench", "HW-NAS-Bench-v1_0.pickle", as_it_is)
TORCH = [Place(kind, "archive.pth", wrap) for kind in ("nb201", "transnas") for wrap in (hostile.legacy, zipped)]
RAW = [place._replace(wrap=as_it_is) for place in (TSS_FILE, SSS_META, *TORCH[::2])]

PICKLES = [HARDWARE, *TORCH, TSS_FILE, SSS_FILE, TSS_META, SSS_META]
"""Where a pickle is read whatever it holds, and a message says what is wrong with it."""


PACKED = {name: (content, f"{words}|no pickle") for name, (content, words) in hostile.packed().items()}
"""One of them is small enough to be unpacked here."""


class Case(NamedTuple):
    """A hostile file in a place, and words of the message; any will do for a file that is of another form."""

    name: str
    content: bytes
    words: str | None
    place: Place


def in_turn(bad: hostile.Bad, places: list[Place], *, said: bool = True) -> Iterator[Case]:
    """Each of the files in one of the places."""
    for number, (name, (content, words)) in enumerate(bad.items()):
        yield Case(name, content, words if said else None, places[number % len(places)])


def everywhere(*names: str) -> Iterator[Case]:
    """These files in every place."""
    plain = hostile.globals_() | hostile.opcodes() | hostile.structure()
    for name in names:
        content, words = plain[name]
        yield from (Case(name, content, words, place) for place in PICKLES)
        yield from (Case(name, content, None, place) for place in RAW)


CASES = {
    f"{case.name} in {case.place.file} of {case.place.kind}, {case.place.wrap.__name__}": case
    for case in chain(
        everywhere("os.system in protocol 2", "dotted name"),
        in_turn(hostile.globals_() | hostile.arguments(), PICKLES),
        in_turn(hostile.opcodes() | hostile.structure(), PICKLES[::-1]),
        in_turn(hostile.arrays(), [HARDWARE]),
        in_turn(PACKED, RAW[:2]),
        in_turn(hostile.torch_files(), RAW[2:]),
        in_turn(hostile.torch_files(), [HARDWARE, *RAW[:2]], said=False),
    )
}


@pytest.fixture(scope="module", autouse=True)
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a table that hardware costs can be joined to."""
    folder = tmp_path_factory.mktemp("library")
    rows = np.full(Nb201().size, -1, dtype=np.int32)
    rows[0] = 0
    values = Values("valid_accuracy", (Fidelity(12, 12),), (777,), np.full((1, 1, 1), 50.0))
    write_table(folder / "tables" / "h-cifar10", Content("nb201", (KNOWN["valid_accuracy"],), (values,), {}, rows=rows))
    texts = {arch: space.encode(arch) for space in (TSS.space, SSS.space) for arch in space.all()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASGAUGE_DATA", str(folder))
        for form in (TSS, SSS):  # which importers ask for thousands of times each
            patch.setattr(type(form.space), "encode", lambda self, arch: texts[arch])
        yield folder


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, in which a command that ran would leave its mark."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(kind: str, path: Path, out: Path) -> None:
    options = {"join": "h"} if kind == "hw_nas_bench" else {}
    import_tables(kind, path, "n", out=out, **options)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def refused(kind: str, path: Path, words: str | None) -> str:
    """The message with which it is refused, soon, and with no trace."""
    before, start = files(Path.cwd()), time.monotonic()
    with pytest.raises(BadValue, match=words) as caught:
        run(kind, path, Path("out"))
    assert time.monotonic() - start < SECONDS
    assert files(Path.cwd()) == before
    return str(caught.value)


@pytest.mark.parametrize("name", CASES)
def test_hostile_files_are_refused(name: str, work: Path) -> None:
    _, content, words, place = CASES[name]
    path = place.put(work, content)
    assert str(work / place.file) in refused(place.kind, path, words)


def test_every_hostile_file_is_tried(tmp_path: Path) -> None:
    tried = {case.name.replace(" ", "_") for case in CASES.values()}
    written = {path.name.partition(".p")[0] for path in hostile.write(tmp_path)}
    assert len(written) > 100
    assert written <= tried


@pytest.mark.parametrize("place", [HARDWARE, TSS_FILE, TORCH[0]], ids=lambda place: place.kind)
def test_hostile_files_are_hostile(place: Place, work: Path) -> None:
    """The content runs for whoever reads the same bytes with the pickle module."""
    path = place.put(work, pickle.dumps(hostile.Call(__import__("os").system, hostile.COMMAND), 2))
    packed = (path / "000000.pickle.pbz2") if path.is_dir() else path
    content = packed.read_bytes()
    content = bz2.decompress(content) if path.is_dir() else content[content.rindex(b"\x80\x02cposix") :]
    pickle.loads(content)
    assert (work / hostile.CANARY).exists()


# Hidden in files that are sound but for one value.


def cell(form: Form) -> dict[str, Any]:
    """What an architecture's file holds, with one training for each schedule."""
    content: dict[str, Any] = architecture(form, 0, np.random.default_rng(0))
    for results in content.values():
        trial = next(iter(results["all_results"]))
        results.update(all_results={trial: results["all_results"][trial]}, dataset_seed={trial[0]: [trial[1]]})
    return content


def archive_201() -> dict[str, Any]:
    content = cell(TSS)
    return {"arch2infos": {0: {"full": content["200"], "less": content["12"]}}, "evaluated_indexes": [0]}


def tasks() -> dict[str, Any]:
    training = {
        "metrics": {"train_top1": [1.0, 2.0], "valid_top1": [1.0, 2.0], "time_elapsed": [1.0, 2.0]},
        "total_epochs": 2,
        "model_info": {"model_params": 1000, "inference_time": 0.1},
    }
    return {"data": {"micro": {"64-41414-3_33_333": {"class_scene": training}}}, "task_list": ["class_scene"]}


def hardware() -> dict[str, Any]:
    return {"nasbench201": {"cifar10": {"fpga_energy": [1.0] * Nb201().size}}, "fbnet": {"x": {"y": 1.0}}}


SOUND: dict[str, tuple[Place, Callable[[], dict[str, Any]]]] = {
    "nats_tss": (TSS_FILE, lambda: cell(TSS)),
    "nats_sss": (SSS_FILE, lambda: cell(SSS)),
    "nb201": (TORCH[0], archive_201),
    "transnas": (TORCH[3], tasks),
    "hw_nas_bench": (HARDWARE, hardware),
}


def spoilt(value: dict[Any, Any], evil: Any) -> Iterator[None]:
    """While each is yielded, `evil` stands for a part of the value, or among the items of a list, at any depth."""
    for key, there in list(value.items()):
        value[key] = evil
        yield
        value[key] = there
        if isinstance(there, dict):
            yield from spoilt(there, evil)
        elif isinstance(there, list):
            there.append(evil)
            yield
            there.pop()
    value[evil] = 1
    yield
    del value[evil]


@pytest.mark.parametrize("kind", SOUND)
def test_one_hostile_value_in_a_sound_file(kind: str, work: Path) -> None:
    place, make = SOUND[kind]
    value, count = make(), 0
    parts = sum(1 for _ in spoilt(make(), None))
    for number, _ in enumerate(spoilt(value, hostile.Call(eval, f"__import__('os').system('{hostile.COMMAND}')"))):
        if number % (parts // 4) == parts // 5:
            path = place.put(work, pickle.dumps(value, 2))
            assert str(work / place.file) in refused(kind, path, r"wants __builtin__\.eval")
            count += 1
    assert count >= 4
    run(kind, place.put(work, pickle.dumps(value, 2)), work / "out")
    assert list((work / "out" / "tables").glob("n-*"))


# Tricks with paths.


@pytest.fixture
def cells(work: Path) -> Path:
    """A folder of one sound architecture."""
    return TSS_FILE.put(work, pickle.dumps(cell(TSS)))


@pytest.mark.parametrize("name", ["000001.pickle.pbz2", "meta.pickle.pbz2"])
def test_a_link_to_a_file_elsewhere(cells: Path, name: str) -> None:
    """What is there is neither taken for results nor shown."""
    (cells / name).symlink_to("/etc/passwd")
    message = refused("nats_tss", cells, f"{name}.*not packed by bzip2")
    assert "root:" not in message


@pytest.mark.parametrize("kind", ["nats_tss", "nats_sss"])
@pytest.mark.parametrize("name", ["000001.pickle.pbz2", "meta.pickle.pbz2"])
def test_a_folder_called_like_a_file(work: Path, kind: str, name: str) -> None:
    (work / "cells" / name).mkdir(parents=True)
    (work / "cells" / name / "000000.pickle.pbz2").touch()
    (work / "cells" / "000002.pickle.pbz2").touch()
    refused(kind, work / "cells", name)


@pytest.mark.parametrize("kind", ["nb201", "transnas", "hw_nas_bench"])
def test_a_folder_for_a_file(work: Path, kind: str) -> None:
    refused(kind, work, f"{work} cannot be read")


def test_names_that_importers_do_not_read(cells: Path, work: Path) -> None:
    evil = bz2.compress(pickle.dumps(hostile.Call(eval, "1")))
    for name in ("..1", "-1", " 1", "1.0", ".000001", "0x1", "1 ", "\x1b[2J", "1\n", "\udcff", "%2e%2e%2f1", "..\\1"):
        (cells / f"{name}.pickle.pbz2").write_bytes(evil)
    (cells / "000001.pickle.pbz2\n").write_bytes(evil)
    (cells / "000001.pickle.pbz2.old").write_bytes(evil)
    (cells / "000002").mkdir()
    (cells / "000002" / "000003.pickle.pbz2").write_bytes(evil)
    run("nats_tss", cells, work / "out")
    assert len(list((work / "out" / "tables").iterdir())) == 1


GUARDED = """
import resource, signal, sys
from pathlib import Path
from tabular.library import import_tables

class Late(Exception):
    pass

def late(*_):
    raise Late

signal.signal(signal.SIGALRM, late)
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
for path in sys.argv[1:]:
    signal.alarm(5)
    try:
        import_tables("nats_tss", Path(path), "n", out=Path("out"))
        print("imported", path)
    except Exception as error:
        print(type(error).__name__, path, error)
    signal.alarm(0)
"""


def test_what_never_ends_or_is_no_file(work: Path) -> None:
    """A pipe that nobody writes to, a device, and 40 GB that take no room on disk: refused soon, in little memory."""
    made = []
    for name, file in [(name, file) for name in ("pipe", "device", "hole") for file in ("000000", "meta")]:
        path = work / f"{name} {file}" / f"{file}.pickle.pbz2"
        path.parent.mkdir()
        made.append(path.parent)
        if file == "meta":
            (path.parent / "000001.pickle.pbz2").write_bytes(b"")
        if name == "pipe":
            os.mkfifo(path)
        elif name == "device":
            path.symlink_to("/dev/zero")
        else:
            with path.open("wb") as hole:
                hole.truncate(40 << 30)
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, *made], capture_output=True, text=True, timeout=90, check=True
    )
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith("BadValue ")] == []
    assert len(lines) == len(made)
    assert [path for path in made if f"{path}/{path.name.split()[1]}.pickle.pbz2" not in done.stdout] == []
    assert not (work / "out").exists()


@pytest.mark.parametrize("kind", ["nb201", "transnas"])
@pytest.mark.parametrize("top", ["../..", "{work}", "C:\\x", "a/../../.."])
def test_member_names_of_an_archive(work: Path, kind: str, top: str) -> None:
    """They lead nowhere: nothing is unpacked to disk."""
    top = top.format(work=work)
    others = {f"{top}/{hostile.CANARY}": b"x", "..\\..\\x": b"x", "/": b"", "a/../..": b"", "..": b"x"}
    path = work / "a" / "b" / "archive.pth"
    path.parent.mkdir(parents=True)
    for content in (hostile.Call(eval, "1"), SOUND[kind][1]()):
        path.write_bytes(hostile.archive({f"{top}/data.pkl": pickle.dumps(content, 2), **others}))
        if isinstance(content, hostile.Call):
            refused(kind, path, "wants __builtin__.eval")
        else:
            run(kind, path, work / "out")
    assert list((work / "out" / "tables").iterdir())
    assert {found.name for found in work.iterdir()} == {"a", "out"}
    assert files(work / "a") == {"b", "b/archive.pth"}


@pytest.mark.parametrize("task", ["../../../evil", "/evil", "../", "a/b", "x\0y", "x\ny", "x" * 300, "\x1b[2J"])
def test_tables_are_written_where_they_belong(work: Path, task: str) -> None:
    """A task's name, which the file gives, becomes part of the name of a table."""
    content = tasks()
    (network,) = content["data"]["micro"].values()
    network[task] = network.pop("class_scene")
    refused("transnas", TORCH[2].put(work / "a" / "b", pickle.dumps(content, 2)), None)
