import fcntl
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from harness.commands import _console
from harness.commands.list import list_items
from harness.core import Fidelity, Metric
from tabular.cache import Entry, entries, missing
from tabular.content import Content, Values
from tabular.releases import RELEASES
from tabular.store import write_table


@pytest.fixture
def library(synthetic_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own with the table `synthetic`; the folder of its tables."""
    shutil.copytree(synthetic_data, tmp_path / "data")
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "tables"


def write_small(folder: Path, release: str) -> None:
    """A table that knows three architectures."""
    rows = np.full(15625, -1, dtype=np.int32)
    rows[[5, 6, 7]] = range(3)
    values = Values("valid_accuracy", (Fidelity(12, 12),), None, np.full((3, 1, 1), 50.0))
    metric = Metric("valid_accuracy", "%", True, "valid")
    write_table(folder, Content("nb201", (metric,), (values,), {"release": release}, "digits", rows))


def by_name() -> dict[str, Entry]:
    there = entries()
    assert len({entry.name for entry in there}) == len(there)
    return {entry.name: entry for entry in there}


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    list_items("benchmarks")
    return re.sub(r"\s+", " ", re.sub(r"[│┃]", " ", capsys.readouterr().out))


def test_an_empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "nothing"))
    there = {entry.name: entry for entry in entries()}
    assert [name for name in there if not name.endswith("_live")] == ["digits201"]
    digits, live = there["digits201"], there["digits_live"]
    assert digits.what == "nb201, digits, 15,625 of 15,625 architectures, 6 metrics"
    assert float(digits.megabytes) > 1
    assert (live.what, live.megabytes, live.state) == ("no table: it answers by running code", "", "ready")
    assert not (tmp_path / "nothing").exists()
    assert [release.kind for release in missing(list(there.values()))] == list(dict.fromkeys(r.kind for r in RELEASES))
    assert [release.name for release in missing(list(there.values()))][2] == "NAS-Bench-201-v1_1-096897.pth"


def test_imported_tables(library):
    write_small(library / "mine", "unknown file")
    there = by_name()
    assert there["synthetic"] == Entry("synthetic", "nb201, 15,625 of 15,625 architectures, 4 metrics", "1.6")
    assert there["mine"] == Entry(
        "mine", "nb201, digits, 3 of 15,625 architectures, 1 metric", "0.1", "ready", "unknown file"
    )
    on_disk = sum(path.stat().st_size for path in (library / "synthetic").iterdir())
    assert float(there["synthetic"].megabytes) == pytest.approx(on_disk / 1e6, abs=0.05)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "seconds.npy").write_bytes(b""), r"seconds\.npy is truncated"),
        (lambda folder: (folder / "seconds.npy").unlink(), r"seconds\.npy cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("{"), r"manifest\.json cannot be read"),
        (lambda folder: (folder / "manifest.json").unlink(), r"is no table: it has no manifest\.json"),
    ],
)
def test_a_damaged_table_is_listed_as_such(library, damage, reason):
    damage(library / "synthetic")
    entry = by_name()["synthetic"]
    assert re.match(rf"damaged: .*{reason}", entry.state)
    assert entry.what == ""


def test_what_is_there_already_is_not_missing(library):
    release = next(release for release in RELEASES if release.kind == "nb101")
    write_small(library / "mine", f"{release.name}, SHA256 verified")
    write_small(library / "nats_tss-cifar10", "unknown file")
    write_small(library / "nb_macro", "unknown file")
    write_small(library / "nb201x", "unknown file")
    assert [release.kind for release in missing(entries())] == ["nats_sss", "nb201", "hw_nas_bench", "transnas"]
    (library / "nb_macro" / "manifest.json").unlink()
    assert "nb_macro" in [release.kind for release in missing(entries())]


def test_what_an_interrupted_import_leaves(library):
    for name in (".nb201.import/work", ".nb201-cifar10.partial", ".other.old", ".fine"):
        (library / name).mkdir(parents=True)
    (library / ".nb201.import" / "lock").write_bytes(b"")
    (library / ".nb201.import" / "work" / "part.npy").write_bytes(b"x" * 2_000_000)
    (library / "a file").write_bytes(b"x")
    state = "interrupted; the same command goes on"
    left = {name: entry for name, entry in by_name().items() if not entry.what}
    assert left == {
        "nb201": Entry("nb201", "", "2.0", state),
        "nb201-cifar10": Entry("nb201-cifar10", "", "0.0", state),
        "other": Entry("other", "", "0.0", state),
    }
    assert "nb201" in [release.kind for release in missing(entries())]
    with (library / ".nb201.import" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = by_name()
        assert running["nb201"].state == running["nb201-cifar10"].state == "being imported now"
        assert running["other"].state == state
    with (library / ".nb201.import" / "lock").open("w") as lock:
        entries()
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # looking has not kept the lock


def test_list_benchmarks(library, capsys, monkeypatch):
    monkeypatch.setattr(_console.console, "width", 200)
    write_small(library / "nats_tss", "unknown file")
    (library / ".broken.import").mkdir()
    (library / "bad").mkdir()
    text = printed(capsys)
    assert "name what it is MB state" in text
    for part in (
        "digits_live no table: it answers by running code",
        "synthetic nb201, 15,625 of 15,625",
        "interrupted;",
        "damaged:",
        f"imported tables lie in {library.parent}; NASGAUGE_DATA names another folder",
        "nasgauge import nb101 nasbench_full.tfrecord https://github.com/google-research/nasbench 1.95 GB",
        "nasgauge import hw_nas_bench HW-NAS-Bench-v1_0.pickle --join nb201 https",
        "nasgauge import nb_macro nas-bench-macro_cifar10.json https://github.com/xiusu/NAS-Bench-Macro",
    ):
        assert part in text
    assert "import nats_tss" not in text


def test_names_alone(library, capsys):
    list_items("algorithms")
    assert "random_search\n" in capsys.readouterr().out
    list_items(None)
    assert "synthetic" in capsys.readouterr().out


def test_nothing_is_missing(library, capsys):
    for kind in dict.fromkeys(release.kind for release in RELEASES):
        write_small(library / kind, "unknown file")
    assert "what could be imported" not in printed(capsys)


def test_many_tables_are_listed_fast(library):
    before = len(entries())
    for k in range(15):
        shutil.copytree(library / "synthetic", library / f"more{k}")
    start = time.perf_counter()
    assert len(entries()) == before + 15
    assert time.perf_counter() - start < 3
