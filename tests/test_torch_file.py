"""Objects inside files of torch.save."""

import pickle
import tracemalloc
import zipfile
from pathlib import Path

import hostile
import pytest
import torch

from harness.errors import BadValue
from harness.pickles import read
from tabular.torch_file import open_object

VALUE = {"meta_archs": ["|none~0|"], "arch2infos": {0: {"full": {"all_results": {("cifar10", 777): None}}}}, "x": 1.5}


def load(path: Path) -> object:
    with open_object(path) as stream:
        value: object = read(stream)
    return value


@pytest.mark.parametrize("zipped", [False, True])
def test_files_of_torch(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "NAS-Bench-201-v1_1.pth"
    torch.save(VALUE, path, _use_new_zipfile_serialization=zipped)
    assert zipfile.is_zipfile(path) is zipped
    assert load(path) == VALUE


def test_files_written_by_hand(tmp_path: Path) -> None:
    """The official layouts, without torch; the member may be deflated and be called anything in front."""
    path = tmp_path / "x.pth"
    value = pickle.dumps(VALUE, 2)
    for content in (
        hostile.legacy(value),
        hostile.archive({"archive/data.pkl": value, "archive/version": b"3"}, zipfile.ZIP_DEFLATED),
        hostile.archive({"/../../etc/data.pkl": value}),
    ):
        path.write_bytes(content)
        assert load(path) == VALUE
    assert [found.name for found in tmp_path.iterdir()] == ["x.pth"]


@pytest.mark.parametrize(("content", "words"), hostile.torch_files().values(), ids=hostile.torch_files().keys())
def test_hostile_files_are_refused(content: bytes, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(BadValue, match=words):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert [found.name for found in tmp_path.iterdir()] == ["x.pth"]


def test_a_tensor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    torch.save({"weight": torch.zeros(2)}, path)
    with pytest.raises(BadValue, match=r"wants torch\._utils\._rebuild_tensor_v2"):
        load(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=r"gone\.pth cannot be read: No such file"), open_object(tmp_path / "gone.pth"):
        pass


def test_an_error_of_the_reader_is_not_the_files(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    path.write_bytes(hostile.legacy(pickle.dumps(1, 2)))
    with pytest.raises(OSError, match="disk full"), open_object(path):
        raise OSError("disk full")


def test_any_change_of_an_archive_gives_a_value_or_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    content = hostile.archive({"a/data.pkl": pickle.dumps(VALUE, 2), "a/version": b"3"}, zipfile.ZIP_DEFLATED)
    refused = 0
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ (255, 1)[at % 2]]) + content[at + 1 :])
        try:
            assert load(path) == VALUE
        except BadValue:
            refused += 1
    assert refused > len(content) // 3
