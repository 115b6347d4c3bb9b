import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.core import Fidelity
from harness.errors import BadValue, UnknownName
from tabular import store
from tabular.content import Content, Values
from tabular.manifest import FORMAT, Manifest
from tabular.store import open_table, verify, write_table
from tabular.vocabulary import KNOWN

FULL = Fidelity(12, 12)
SIZE = 15625


def content(shift: float = 0.0, **changes: object) -> Content:
    values = np.linspace(10, 90, SIZE * 2).reshape(SIZE, 1, 2) + shift
    columns = (
        Values("valid_accuracy", (FULL,), (0, 1), values),
        Values("test_accuracy", (FULL,), None, values[:, :, :1] + 1),
        Values("params", None, None, values[:, :, :1] * 0 + 7),
    )
    metrics = tuple(KNOWN[column.metric] for column in columns)
    return Content(
        **{"space": "nb201", "metrics": metrics, "columns": columns, "provenance": {"source": "test"}} | changes
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_table(tmp_path / "t", content())
    return tmp_path / "t"


def edit(path: Path, change: Callable[[dict], object]) -> None:
    """Change a manifest and its fingerprint with it, as another program would that writes the format."""
    data = json.loads(path.read_text())
    change(data)
    del data["fingerprint"]
    from tabular.manifest import _fingerprint

    path.write_text(json.dumps({**data, "fingerprint": _fingerprint(data)}))


def test_what_is_written_is_read(folder):
    table = open_table(folder)
    verify(folder)
    assert (table.name, table.space.name, table.dataset) == ("t", "nb201", None)
    assert (table.fidelities, table.seeds) == ((FULL,), (0, 1))
    assert table.provenance == {"source": "test"}
    np.testing.assert_array_equal(table.table("valid_accuracy", FULL, 1), content().columns[0].values[:, 0, 1])
    assert sorted(path.name for path in folder.parent.iterdir()) == ["t"]


def test_fingerprint_stands_for_the_content(folder, tmp_path):
    fingerprint = open_table(folder).fingerprint
    assert fingerprint == json.loads((folder / "manifest.json").read_text())["fingerprint"]
    write_table(tmp_path / "other" / "t", content())
    assert open_table(tmp_path / "other" / "t").fingerprint == fingerprint
    write_table(tmp_path / "changed" / "t", content(shift=1e-9))
    assert open_table(tmp_path / "changed" / "t").fingerprint != fingerprint


def test_the_same_table_stays_and_another_needs_force(folder):
    before = (folder / "manifest.json").stat().st_ino
    write_table(folder, content())
    assert (folder / "manifest.json").stat().st_ino == before
    with pytest.raises(BadValue, match="another table"):
        write_table(folder, content(shift=1.0))
    assert open_table(folder).table("valid_accuracy", FULL, 0)[0] == 10
    write_table(folder, content(shift=1.0), force=True)
    assert open_table(folder).table("valid_accuracy", FULL, 0)[0] == 11
    assert sorted(path.name for path in folder.parent.iterdir()) == ["t"]


def test_writing_the_same_table_repairs_it(folder):
    (folder / "params.npy").unlink()
    write_table(folder, content())
    verify(folder)


def test_a_folder_that_is_no_table_is_never_replaced(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(BadValue, match="is no table"):
        write_table(tmp_path / "mine", content(), force=True)
    assert (tmp_path / "mine" / "thesis.tex").exists()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([Values("params", None, None, np.ones((SIZE, 1, 1)))], "no fidelity"),
        ([Values("valid_accuracy", (FULL,), None, np.full((SIZE, 1, 1), np.inf))], "infinite"),
        ([Values("valid_accuracy", (FULL,), None, np.ones((SIZE, 2, 1)))], "shape"),
        ([Values("valid_accuracy", (FULL,), None, np.ones((SIZE, 1, 1), dtype=int))], "floats"),
        ([Values("valid_accuracy", (FULL,), None, np.ones((SIZE, 1, 1)))] * 2, "twice at one fidelity"),
    ],
)
def test_content_that_is_refused_leaves_nothing(tmp_path, columns, message):
    with pytest.raises(BadValue, match=message):
        write_table(tmp_path / "t", content(columns=tuple(columns)))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_table(folder, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_save", full)
    with pytest.raises(OSError, match="No space"):
        write_table(folder, content(shift=1.0), force=True)
    verify(folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["t"]


def test_truncated(folder):
    path = folder / "valid_accuracy.npy"
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BadValue, match=r"valid_accuracy\.npy is truncated.*import or mint the table again"):
        open_table(folder)


def test_missing_file(folder):
    (folder / "params.npy").unlink()
    with pytest.raises(BadValue, match=r"params\.npy cannot be read"):
        open_table(folder)


@pytest.mark.parametrize("where", [0, 6, 90, 200, 100_000, -1])
def test_one_altered_byte(folder, where):
    path = folder / "valid_accuracy.npy"
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadValue, match=r"valid_accuracy\.npy was altered"):
        open_table(folder)


def test_of_a_large_table_a_sample_is_checked_and_verify_checks_all(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "WHOLE", 0)
    monkeypatch.setattr("tabular.checksum.BLOCK", 64)
    write_table(tmp_path / "t", content())
    path = tmp_path / "t" / "valid_accuracy.npy"
    data = path.read_bytes()

    def alter(where: int) -> None:
        path.write_bytes(data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :])

    for sampled in (0, 63, (len(data) - 64) // 15, len(data) - 1):
        alter(sampled)
        with pytest.raises(BadValue, match="altered"):
            open_table(tmp_path / "t")
    alter(3000)
    open_table(tmp_path / "t")
    with pytest.raises(BadValue, match="altered"):
        verify(tmp_path / "t")


def test_manifest_altered_by_hand(folder):
    path = folder / "manifest.json"
    text = path.read_text().replace('"seeds": [0', '"seeds": [5')
    assert text != path.read_text()
    path.write_text(text)
    with pytest.raises(BadValue, match=r"manifest\.json was altered"):
        open_table(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "\x00\xff", '{"format": 2}', "null"])
def test_manifest_that_is_none(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(BadValue, match="table"):
        open_table(folder)


def test_no_table_at_all(tmp_path, folder):
    for path in (tmp_path, tmp_path / "nowhere", folder / "manifest.json"):
        with pytest.raises(BadValue, match="is no table"):
            open_table(path)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda m: m.update(format=FORMAT + 1), BadValue, "install the version that wrote it"),
        (lambda m: m.update(metricks=m["metrics"]), UnknownName, "Did you mean 'metrics'"),
        (lambda m: m.pop("space"), BadValue, "lacks 'space'"),
        (lambda m: m.update(space="nb202"), UnknownName, "Did you mean 'nb201'"),
        (lambda m: m.update(columns=7), BadValue, "malformed"),
        (lambda m: m.update(height=3), BadValue, "shape"),
        (lambda m: m["columns"][0].update(seeds=[0]), BadValue, "shape"),
        (lambda m: m["columns"][0].update(fidelities=[[12]]), BadValue, "malformed"),
        (lambda m: m["columns"][0].update(metric="accuracy"), UnknownName, "metric of the table"),
        (lambda m: m["columns"][0]["file"].update(name="../../etc/passwd"), BadValue, "no file name"),
        (lambda m: m["columns"][0]["file"].update(mode="w"), UnknownName, "key of a file"),
        (lambda m: m["metrics"][0].update(split="hidden"), UnknownName, "no split"),
    ],
)
def test_manifest_of_another_program(folder, change, error, message):
    edit(folder / "manifest.json", change)
    with pytest.raises(error, match=message):
        open_table(folder)


def test_rows_that_point_outside(tmp_path):
    rows = np.zeros(SIZE, dtype=np.int32)
    rows[5] = SIZE
    with pytest.raises(BadValue, match="outside"):
        write_table(tmp_path / "t", content(rows=rows))


def test_a_table_of_another_size_than_its_space(tmp_path):
    write_table(tmp_path / "t", content(rows=np.zeros(81, dtype=np.int32)))
    with pytest.raises(BadValue, match="holds 81 architectures, nb201 has 15,625"):
        open_table(tmp_path / "t")


def test_pickled_objects_are_never_loaded(folder):
    array = np.array([{"a": 1}], dtype=object)
    np.save(folder / "valid_accuracy.npy", array, allow_pickle=True)
    path = folder / "valid_accuracy.npy"

    def accept(manifest: dict) -> None:
        from tabular.checksum import digest, sample_digest

        manifest["columns"][0]["file"].update(
            bytes=path.stat().st_size, sha256=digest(path), sample=sample_digest(path)
        )

    edit(folder / "manifest.json", accept)
    with pytest.raises(BadValue, match="cannot be read"):
        open_table(folder)


def test_manifest_survives_a_round_trip(folder):
    from tabular.manifest import read_manifest

    manifest = read_manifest(folder)
    assert isinstance(manifest, Manifest)
    assert manifest.dump() == (folder / "manifest.json").read_text()
