"""Files that claim more than they hold, or hold what a reader does not expect: refused in words, before memory goes."""

import io
import json
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import picture_files
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from fuzz import catalogue
from fuzz.targets import nb201, transnas
from fuzz.targets._job import job

from harness import sheet_file
from harness.datasets import _decode
from harness.datasets._parquet_images import read_parquet
from harness.errors import BadValue
from harness.latency.study import _resumed
from harness.latency.table import read_table
from harness.live.checkpoint import read_state
from harness.spaces.nb201 import Nb201
from harness.toml_file import read_toml
from proxies.given.column import Column
from tabular import manifest
from tabular.importers._frame import numbers
from tabular.importers._mapping import Mapped
from tabular.importers.nb101 import nb101
from tabular.importers.table import table
from tabular.store import open_table
from tabular.vocabulary import KNOWN

TARGETS = {name: catalogue.target(name) for name in ("arrays", "latency_table", "table_folder", "nb101_parquet")}


def column(path: Path, **options: Any) -> Column:
    return Column(SimpleNamespace(space=Nb201()), seed=0, file=str(path), column="score", **options)  # type: ignore[arg-type]


def stored(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


class TestSheets:
    def test_equal_rows_without_end(self, tmp_path: Path) -> None:
        """Eight million rows in a few kilobytes."""
        path = stored(tmp_path / "s.parquet", {"score": np.ones(1 << 23)})
        assert path.stat().st_size < 1 << 17
        with pytest.raises(BadValue, match="8,388,608 rows, and at most 4,194,304"):
            column(path)
        with pytest.raises(BadValue, match="at most 4,194,304"):
            table(path, job(), space="nb201", index="score", columns=["score=valid_accuracy@1"])

    def test_equal_texts_without_end(self, tmp_path: Path) -> None:
        """Three gigabytes of text in three megabytes."""
        texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(1000, np.int32)), ["x" * 3_000_000])
        path = stored(tmp_path / "s.parquet", {"idx": np.arange(1000), "score": texts}, store_schema=False)
        assert path.stat().st_size < 1 << 23
        with pytest.raises(BadValue, match="texts of column 'score' have more than"):
            column(path)

    def test_a_first_line_without_end(self, tmp_path: Path) -> None:
        path = tmp_path / "s.csv"
        path.write_bytes(b"score" + b"," * (2 << 20))
        with pytest.raises(BadValue, match="first lines has more than 1,048,576 characters"):
            column(path)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"score,idx,score\n1,2,3\n", "two of its columns are called 'score': rename one"),
            (b"\xef\xbb\xbfscore,idx,score\r\n1,2,3\r\n", "two of its columns are called 'score': rename one"),
            (b'"score,idx\n1,2\n', "first line ends between quotes"),
            (b'a"b,"score\nidx"\n1,2\n', "first line ends between quotes"),
            (b"\nscore,idx\n1,2\n", "first line names no columns"),
            (b"\xef\xbb\xbf \nscore,idx\n1,2\n", "first line names no columns"),
            (b"", "first line names no columns"),
            (b"x" * 200_000 + b",score,idx\n1,2,3\n", "first lines cannot be read: field larger"),
            (b"score,idx\n" + b"1," * 9000 + b"1\n1,2\n", "rows have more fields than its header"),
            (b"score,idx\r" + b"1," * 9000 + b"1\r1,2\r", "rows have more fields than its header"),
            (b"score,idx\n" + b"\n" * 2000 + b"1,2\n", "more than 1,000 empty lines"),
        ],
    )
    def test_first_lines_that_are_no_header(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str
    ) -> None:
        monkeypatch.setattr(sheet_file.pd, "read_csv", None)  # which would take seconds
        path = tmp_path / "s.csv"
        path.write_bytes(content)
        with pytest.raises(BadValue, match=message):
            column(path)

    @pytest.mark.parametrize(
        "content",
        [
            b"idx,score\n3,0.5\n",
            b"\xef\xbb\xbfidx,score\r\n3,0.5\r\n",
            b",,idx,score\n0,0,3,0.5\n",
            b'5" nails,idx,"score"\n1,3,0.5\n',
            b'"a ""b"", c",idx,score\n1,3,0.5\n',
            b"idx,score\r3,0.5\r",
            b"idx,score\n\n  \n3,0.5\n\n",
        ],
    )
    def test_first_lines_that_are(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "s.csv"
        path.write_bytes(content)
        assert column(path).score([Nb201().all()[3]]).tolist() == [0.5]

    @pytest.mark.parametrize("name", ["s.csv", "s.parquet"])
    def test_what_never_ends(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).symlink_to("/dev/zero")
        with pytest.raises(BadValue, match=name):
            column(tmp_path / name)

    def test_a_file_that_is_too_large(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sheet_file, "LARGEST", 100)
        path = tmp_path / "s.csv"
        path.write_bytes(b"idx,score\n" + b"1,2\n" * 50)
        with pytest.raises(BadValue, match="no file of at most 100 bytes"):
            column(path)

    @pytest.mark.parametrize("columns", [{"cell": b"\xff\xfe", "score": b"1"}, {"cell": b"ok", "score": b"\xff"}])
    def test_texts_that_are_none(self, tmp_path: Path, columns: dict[str, bytes]) -> None:
        broken = {
            name: pa.Array.from_buffers(
                pa.string(), 1, [None, pa.py_buffer(struct.pack("<ii", 0, len(one))), pa.py_buffer(one)]
            )
            for name, one in columns.items()
        }
        with pytest.raises(BadValue, match="UTF8"):
            column(stored(tmp_path / "s.parquet", broken), arch="cell")

    def test_columns_and_indices_are_read_as_before(self, tmp_path: Path) -> None:
        cells = [Nb201().encode(arch) for arch in Nb201().all()[:3]]
        frame = pd.DataFrame(
            {
                "cell": cells,
                "half": pd.Categorical(["a", None, "b"]),
                "third": pd.Categorical([7, 8, 7]),
                "n": [1, 2, 3],
            }
        )
        for indexed in (frame, frame.set_index("cell"), frame.rename_axis("count"), frame[["n"]].iloc[1:]):
            indexed.to_parquet(tmp_path / "s.parquet")
            expected = indexed.reset_index() if indexed.index.name else indexed.reset_index(drop=True)
            found = sheet_file.read_parquet(tmp_path / "s.parquet")
            for name in expected:
                assert (
                    found[name].astype(object).where(found[name].notna(), None).tolist()
                    == expected[name].astype(object).where(expected[name].notna(), None).tolist()
                )
        first = sheet_file.read_first_row(stored(tmp_path / "s.parquet", {"a": ["x", "y"], "b": [1, 2]}))
        assert first.to_dict("records") == [{"a": "x", "b": 1}]


class TestImages:
    def test_a_file_is_asked_for_what_it_can_have(self) -> None:
        """A PNG whose data claim two gigabytes."""
        png = picture_files.encoded(picture_files.pixels_of(1, 8)[0])
        at = png.index(b"IDAT") - 4

        class Asked(io.BytesIO):
            most = 0

            def read(self, size: int | None = -1, /) -> bytes:
                self.most = max(self.most, size or 0)
                return super().read(size)

        file = Asked(png[:at] + struct.pack(">I", 0x7FFFFFFF) + png[at + 4 :])
        with suppress(ValueError):
            _decode.decode(file, (3, 8, 8))
        assert file.most <= _decode.LONGEST + 1

    def test_an_image_of_too_many_bytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_decode, "LONGEST", 100)
        png = picture_files.encoded(picture_files.pixels_of(1, 8)[0])
        with pytest.raises(ValueError, match="more than 100 bytes"):
            _decode.decode(io.BytesIO(png), (3, 8, 8))

    def test_zeros_packed_as_a_picture(self) -> None:
        """Of 30,000 points a side: its size is read, and it is refused."""
        head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
        chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
        png = b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
        with pytest.raises(ValueError, match=r"900000000|900,000,000"):
            _decode.decode_resized(io.BytesIO(png), (3, 8, 8))

    def test_texts_that_are_none(self, tmp_path: Path) -> None:
        data = bytearray(TARGET_IMAGES.seeds()[1])
        for word in (b"train", b"test"):
            data = data.replace(word, word[:-1] + b"\xff")
        path = tmp_path / "images.parquet"
        path.write_bytes(data)
        with pytest.raises(BadValue, match=r"images\.parquet"):
            read_parquet([path], (3, 8, 8))


TARGET_IMAGES = catalogue.target("parquet_images")


def test_a_header_of_an_array_that_does_not_end(tmp_path: Path) -> None:
    header = b"{'descr': '<i8', 'fortran_order': False, 'shape': (8,)\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64)
    with pytest.raises(BadValue, match="cannot be read"):
        TARGETS["arrays"].check(b"\1" + data)


class TestLatencies:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('"median": 0.5', f'"median": 1{"0" * 400}'),
            ('"sweeps": 11', '"sweeps": Infinity'),
            ('"channels": 16', f'"channels": 1{"0" * 400}'),
            ('"channels": 16', '"channels": -Infinity'),
            ('"high": 0.6', '"high": 1e300'),
            ('"shape": [3, ', '"shape": [1e999, '),
            ('"cpu"', "[" * 100_000 + "]" * 100_000),
            ('"cpu"', "9" * 5000),
        ],
    )
    def test_numbers_that_cannot_be(self, tmp_path: Path, old: str, new: str) -> None:
        path = tmp_path / "t.json"
        text = json.dumps(TARGETS["latency_table"].values()[0])
        assert old in text
        path.write_text(text.replace(old, new))
        with pytest.raises(BadValue, match="no table of latencies"):
            read_table(path)

    def test_a_device(self, tmp_path: Path) -> None:
        (tmp_path / "t.json").symlink_to("/dev/zero")
        with pytest.raises(BadValue, match="it is no regular file"):
            read_table(tmp_path / "t.json")

    @pytest.mark.parametrize(
        ("about", "csv"),
        [
            ('{"clock": 7}', b"arch,sweep_1\na,1\n"),
            ("[" * 100_000, b"arch,sweep_1\na,1\n"),
            ('{"clock": {}}', b"arch,sweep_1\na,3.)0\n"),
            ('{"clock": {}}', b"\xff,sweep_1\na,3\n"),
        ],
    )
    def test_a_study_that_is_damaged(self, tmp_path: Path, about: str, csv: bytes) -> None:
        (tmp_path / "s.csv").write_bytes(csv)
        (tmp_path / "s.csv.json").write_text(about)
        with pytest.raises(BadValue, match="is damaged"):
            _resumed(tmp_path / "s.csv", {"clock": {}}, 1)


class TestTableFolders:
    def spoilt(self, change: Any) -> None:
        value = json.loads(TARGETS["table_folder"].sound()[manifest.FILE])
        change(value)
        TARGETS["table_folder"].check(TARGETS["table_folder"].pack(value))

    def test_sound(self) -> None:
        self.spoilt(lambda value: None)

    @pytest.mark.parametrize(
        "change",
        [
            lambda value: value["columns"][0]["file"].update(bytes=[1]),
            lambda value: value["columns"][0]["file"].update(name="a\0b"),
            lambda value: value["columns"][0]["file"].update(name="x" * 300),
            lambda value: value["columns"][0].update(seeds=[0, "1"]),
            lambda value: value["columns"][0].update(seeds=[0, True]),
            lambda value: value["columns"][0].update(fidelities=[[0, 2]] * 10_000),
            lambda value: value["columns"][0].update(fidelities=[[0, 10**400]]),
            lambda value: value.update(height=8.0),
            lambda value: value.update(fidelities=[[1, 4], [4, float("nan")]]),
            lambda value: value.update(provenance={"source": [1]}),
            lambda value: value["metrics"][0].update(maximize="yes"),
            lambda value: value["rows"].update(sha256=7),
        ],
    )
    def test_values_of_another_kind(self, change: Any) -> None:
        with pytest.raises(BadValue, match="is malformed"):
            self.spoilt(change)

    def test_a_manifest_without_end(self, tmp_path: Path) -> None:
        (tmp_path / manifest.FILE).write_text("[" * 100_000)
        with pytest.raises(BadValue, match="cannot be read"):
            open_table(tmp_path)
        (tmp_path / manifest.FILE).unlink()
        (tmp_path / manifest.FILE).symlink_to("/dev/zero")
        with pytest.raises(BadValue, match="no regular file"):
            open_table(tmp_path)

    def test_a_manifest_that_is_too_large(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(manifest, "LARGEST", 100)
        (tmp_path / manifest.FILE).write_text(" " * 101)
        with pytest.raises(BadValue, match="101 bytes, and 100 are the most that are read"):
            open_table(tmp_path)


class TestImporters:
    def test_columns_whose_names_are_no_text(self, tmp_path: Path) -> None:
        data = TARGETS["nb101_parquet"].seeds()[0].replace(b"test108_mean", b"test108_me\xff\xfe")
        path = tmp_path / "nb101_full.parquet"
        path.write_bytes(data)
        with pytest.raises(BadValue, match="cannot be read as Parquet"):
            nb101(path, job())

    @pytest.mark.parametrize("number", [10**400, 1e308, float("inf"), float("nan")])
    def test_costs_that_cannot_be_are_missing(self, number: float) -> None:
        value = transnas.values()[0]
        info = value["data"]["macro"]["64-2311-basic"]["class_scene"]["model_info"]
        before = dict(info)
        info.update(inference_time=number)
        try:
            transnas.check(transnas.pack(value))
        finally:
            info.update(before)

    def test_a_curve_of_nothing_is_left_out(self) -> None:
        value = nb201.values()[1]
        (trial,) = value["arch2infos"][0]["less"]["all_results"].values()
        before = dict(trial["train_times"])
        trial["train_times"] = dict.fromkeys(before, float("nan"))
        try:
            nb201.check(nb201.pack(value))
        finally:
            trial["train_times"] = before


def test_a_checkpoint_whose_pickle_names_no_tensor_is_damaged(tmp_path: Path) -> None:
    """PyTorch answers it with an assertion."""
    torch.save({"weights": torch.zeros(2)}, tmp_path / "whole.pt")
    with zipfile.ZipFile(tmp_path / "whole.pt") as whole, zipfile.ZipFile(tmp_path / "torn.pt", "w") as torn:
        for entry in whole.infolist():
            data = b"\x80\x02K\x01Q." if entry.filename.endswith("data.pkl") else whole.read(entry)
            torn.writestr(entry, data)
    assert read_state(tmp_path / "torn.pt", "cpu") is None


def test_a_csv_of_many_columns_is_refused_at_once(tmp_path: Path) -> None:
    """Pandas takes seconds to tell columns of one name apart."""
    (tmp_path / "wide.csv").write_text("a," * 100_000 + "\n")
    with pytest.raises(ValueError, match="or 10,000 columns"):
        sheet_file.read_csv(tmp_path / "wide.csv")


def test_the_order_of_rows_is_no_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1, 2, 3]})
    frame.sample(frac=1, random_state=1).to_parquet(tmp_path / "shuffled.parquet")
    assert list(sheet_file.read_parquet(tmp_path / "shuffled.parquet").columns) == ["x"]
    frame.set_index(pd.Index([3, 5, 4], name="cell")).to_parquet(tmp_path / "named.parquet")
    assert set(sheet_file.read_parquet(tmp_path / "named.parquet").columns) == {"x", "cell"}


def test_numbers_that_nothing_holds_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(f"a = [1, {{ b = {'9' * 400} }}]")
    with pytest.raises(BadValue, match=r"is no TOML: a whole number of 400 digits is too large"):
        read_toml(tmp_path / "x.toml")
    (tmp_path / "x.toml").write_text(f"a = {2**63 - 1}")
    assert read_toml(tmp_path / "x.toml")[1] == {"a": 2**63 - 1}


def test_a_scale_that_makes_values_infinite_is_refused() -> None:
    frame = pd.DataFrame({"time": ["1", "1e300"]})
    with pytest.raises(BadValue, match=r"row 2, column 'time': .* is too large for seconds"):
        numbers(frame, Mapped("time", 1e10, 1.0, None), KNOWN["seconds"])  # type: ignore[arg-type]
