import base64
import hashlib
import json
import math
import shutil
import struct
from pathlib import Path

import nb101_files as files
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Fidelity, Query
from harness.errors import BadValue, Unmeasured
from harness.registry import load
from tabular.content import Content
from tabular.importers import _nb101_records, _tfrecord
from tabular.importers.nb101 import nb101
from tabular.job import Job
from tabular.store import open_table, write_table

SPACE = files.SPACE
INDICES = tuple(range(0, SPACE.size, 4236))
ROWS = [files.row(SPACE.all()[index], epochs, r) for r in range(3) for epochs in (4, 108) for index in INDICES][:-1]
"""One training is missing: the third for 108 epochs of the last cell."""

FIDELITIES = (Fidelity(2, 4), Fidelity(4, 4), Fidelity(54, 108), Fidelity(108, 108))
METRICS = {"seconds": 1, "train_accuracy": 2, "valid_accuracy": 3, "test_accuracy": 4}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return files.write(tmp_path_factory.mktemp("source") / "trainings.tfrecord", ROWS)


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def read(scratch):
    def read(path: Path, workers: int = 1) -> Content:
        return nb101(path, Job(scratch, workers, lambda done, total: None))[""]

    return read


@pytest.fixture
def small_spans(monkeypatch):
    monkeypatch.setattr(_tfrecord, "BLOCK", 50_000)


def expected(metric: str) -> np.ndarray:
    factor = 1 if metric == "seconds" else 100
    made = [
        [[files.values(i, e, r)[part][METRICS[metric]] * factor for r in range(3)] for e in (4, 108) for part in (1, 2)]
        for i in INDICES
    ]
    made[-1][2][2] = made[-1][3][2] = math.nan
    return np.array(made)


def check_all(content: Content) -> None:
    columns = {column.metric: column for column in content.columns}
    for metric in METRICS:
        assert (columns[metric].fidelities, columns[metric].seeds) == (FIDELITIES, (0, 1, 2))
        np.testing.assert_array_equal(columns[metric].values, expected(metric))
    assert columns["total_seconds"].fidelities == FIDELITIES[1::2]
    assert columns["total_seconds"].values[0].tolist() == [[402, 403, 404], [10854, 10855, 10856]]
    assert columns["params"].values.ravel().tolist() == [files.params(index) for index in INDICES]
    assert columns.keys() == {metric.name for metric in content.metrics}


def test_every_value(source, read):
    content = read(source)
    check_all(content)
    assert len(INDICES) == 101
    assert np.flatnonzero(content.rows >= 0).tolist() == list(INDICES)
    assert content.rows[list(INDICES)].tolist() == list(range(101))
    assert content.provenance["file"] == f"trainings.tfrecord, sha256 {hashlib.sha256(source.read_bytes()).hexdigest()}"
    assert content.provenance["release"].startswith("unknown file")
    assert content.provenance["checks"] == (
        "605 trainings, every checksum of the file compared; 101 of 423,624 classes of cells, one official hash for "
        "each; 2 hashes computed and equal; 1 trainings less than three for each cell and schedule"
    )


def test_the_table_answers(source, read, tmp_path):
    write_table(tmp_path / "t", read(source))
    table = open_table(tmp_path / "t")
    assert (table.fidelities, table.seeds) == (FIDELITIES, (0, 1, 2))
    for index in (INDICES[0], INDICES[50], INDICES[-1]):
        _, seconds, train, valid, test = files.values(index, 108, 1)[1]
        answer = table.evaluate(Query(SPACE.all()[index], Fidelity(54, 108)), 1)
        accuracies = {"train_accuracy": train * 100, "valid_accuracy": valid * 100, "test_accuracy": test * 100}
        assert answer.metrics == {**accuracies, "params": files.params(index), "seconds": seconds}
        assert answer.seconds == seconds
    whole = table.evaluate(Query(SPACE.all()[0], Fidelity(108, 108)), 0)
    assert whole.metrics["total_seconds"] == 10854
    with pytest.raises(Unmeasured):
        table.evaluate(Query(SPACE.all()[1], Fidelity(4, 4)), 0)
    with pytest.raises(Unmeasured):
        table.evaluate(Query(SPACE.all()[INDICES[-1]], Fidelity(108, 108)), 2)


def test_two_processes_and_small_spans_give_the_same(source, read, small_spans):
    check_all(read(source, workers=2))


def test_an_interrupted_import_goes_on(source, scratch, small_spans, monkeypatch):
    calls = []

    def interrupt(done: int, total: int) -> None:
        calls.append((done, total))
        if done > 1.4 * source.stat().st_size:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nb101(source, Job(scratch, 1, interrupt))
    kept = sorted(scratch.iterdir())
    spans = _tfrecord.scan(source, lambda done: None)[1]
    assert 1 < len(kept) < len(spans)
    read = []
    monkeypatch.setattr(
        _nb101_records, "read_records", lambda *given: read.append(given) or _tfrecord.read_records(*given)
    )
    (scratch / "000.partial").write_bytes(b"half")
    check_all(nb101(source, Job(scratch, 1, lambda *done: calls.append(done)))[""])
    assert len(read) == len(spans) - len(kept)
    assert calls[-1] == (2 * source.stat().st_size,) * 2


def test_another_file_takes_nothing_from_the_scratch(source, read, tmp_path):
    read(source)
    other = files.write(tmp_path / "other.tfrecord", ROWS[:3])
    assert next(iter(read(other).columns)).values.shape == (3, 2, 3)


def test_an_official_name_needs_the_official_file(source, read, tmp_path):
    for name in ("nasbench_full.tfrecord", "nasbench_only108.tfrecord"):
        shutil.copy(source, tmp_path / name)
        with pytest.raises(BadValue, match="rename it to import it as an unknown file"):
            read(tmp_path / name)


CONTENT = b"".join(files.frame(json.dumps(row).encode()) for row in ROWS[:8])
FIRST = len(files.frame(json.dumps(ROWS[0]).encode()))


def flip(place: int) -> bytes:
    return CONTENT[:place] + bytes([CONTENT[place] ^ 4]) + CONTENT[place + 1 :]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (CONTENT[:-1], "cut off in record 8"),
        (CONTENT[: FIRST + 5], "cut off in record 2"),
        (CONTENT + b"\0", "cut off in record 9"),
        (flip(FIRST), "length of record 2 is damaged"),
        (flip(FIRST + 7), "length of record 2 is damaged"),
        (flip(FIRST + 9), "length of record 2 is damaged"),
        (flip(FIRST + 40), "record 2 was altered"),
        (flip(2 * FIRST - 1), "record 2 was altered"),
        (CONTENT + files.frame(b""), "length of record 9 is damaged"),
        (CONTENT + files.frame(b"x" * 20_000), "length of record 9 is damaged"),
        (CONTENT + struct.pack("<Q", 1 << 60) * 4, "length of record 9 is damaged"),
        (b"PK\3\4 no TFRecord at all, and long enough", "this is no TFRecord file"),
    ],
)
def test_damaged_files(tmp_path, read, content, message):
    path = tmp_path / "t.tfrecord"
    path.write_bytes(content)
    with pytest.raises(BadValue, match=message):
        read(path)


def with_metrics(content: bytes) -> list:
    return [*ROWS[0][:4], base64.b64encode(content).decode()]


def with_evaluations(*evaluations: bytes, params: int = 5) -> list:
    return with_metrics(files.message(evaluations, params, 9.5))


def with_cell(adjacency: str, operations: str) -> list:
    return [*ROWS[0][:2], adjacency, operations, ROWS[0][4]]


START, HALF, END = (files.evaluation(*values) for values in files.values(0, 4, 0))
THREE = "input,maxpool3x3,output"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "no row of hash, epochs"),
        (ROWS[0][:4], "no row of hash, epochs"),
        ([ROWS[0][0], 4.0, *ROWS[0][2:]], "no row of hash, epochs"),
        ([ROWS[0][0], True, *ROWS[0][2:]], "no row of hash, epochs"),
        ([*ROWS[0][:2], None, *ROWS[0][3:]], "no row of hash, epochs"),
        ([*ROWS[0][:4], "%%%%"], "no row of hash, epochs"),
        ([*ROWS[0][:4], "ä"], "no row of hash, epochs"),
        ([*ROWS[0][:4], ROWS[0][4].rstrip()[:-3]], "no row of hash, epochs"),
        (["xyz", *ROWS[0][1:]], "no row of hash, epochs"),
        ([ROWS[0][0][:30], *ROWS[0][1:]], "not 32 digits"),
        ([ROWS[0][0], 5, *ROWS[0][2:]], "trained for 5 epochs, not 4, 12, 36, 108"),
        ([ROWS[0][0], 108, *ROWS[0][2:]], "evaluated at epoch 2 instead of 54"),
        (with_cell("010001100", THREE), "edge 2 -> 0 leads back"),
        (with_cell("01000100", THREE), "no adjacency matrix"),
        (with_cell("01000100x", THREE), "no adjacency matrix"),
        (with_cell("010001000", "input,maxpool5x5,output"), "'maxpool5x5' is no operation"),
        (with_cell("010000000", THREE), "is no cell of nb101"),
        (with_cell("0111101111001110001000000", "input,maxpool3x3,maxpool3x3,maxpool3x3,output"), "leads back|no cell"),
        (with_evaluations(START, END), "2 evaluations, not three"),
        (with_evaluations(START, HALF, END, END), "4 evaluations, not three"),
        (with_evaluations(START, HALF, END[:-9]), "lacks test_accuracy"),
        (with_evaluations(START, HALF, files.evaluation(4, 9, 0.5, 0.5, 1.5)), "fractions, from 0 to 1"),
        (with_evaluations(START, HALF, files.evaluation(4, 9, 0.5, math.nan, 0.5)), "fractions, from 0 to 1"),
        (with_evaluations(START, HALF, files.evaluation(4, math.inf, 0.5, 0.5, 0.5)), "after inf s"),
        (with_evaluations(START, HALF, files.evaluation(math.inf, 9, 0.5, 0.5, 0.5)), "at epoch inf"),
        (with_evaluations(START, HALF, END, params=0), "trainable_parameters is 0"),
        (with_evaluations(START, HALF, END, params=1 << 40), "trainable_parameters is 1099511627776"),
        (with_metrics(b"".join(files.text(1, each) for each in (START, HALF, END))), "trainable_parameters is None"),
        (with_metrics(b"\x0a\xff\xff\xff\xff\x0f"), "beyond the end of its message"),
        (with_metrics(b"\x0a\xff\xff"), "beyond the end of its message"),
        (with_metrics(b"\xff" * 400), "beyond ten bytes"),
        (with_metrics(b"\x19\1\2\3"), "beyond the end of its message"),
        (with_metrics(b"\x0b\x0c"), "wire type 3"),
        (with_metrics(b"\x08\x01"), "wire type 0 where 2 is due"),
        (with_metrics(files.text(1, files.text(5, END))), "wire type 2 where 1 is due"),
    ],
)
def test_rows_that_cannot_be(tmp_path, read, row, message):
    path = files.write(tmp_path / "t.tfrecord", [*ROWS[:2], row, *ROWS[2:4]])
    with pytest.raises(BadValue, match=rf"t\.tfrecord: record 3: .*({message})"):
        read(path)


@pytest.mark.parametrize("data", [b"no json", b"[" * 16_000, b"\xff\xfe", b"9" * 9_000, b"null"])
def test_what_is_no_json(tmp_path, read, data):
    path = tmp_path / "t.tfrecord"
    path.write_bytes(CONTENT + files.frame(data))
    with pytest.raises(BadValue, match="record 9: it is no row"):
        read(path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*ROWS[:2], ROWS[1], ROWS[1], ROWS[1]], "record 5: the cell was trained three times"),
        ([*ROWS[:2], with_evaluations(START, HALF, END)], "record 3: its params is not that of the same cell"),
        ([*ROWS[:2], [ROWS[1][0], *ROWS[0][1:]]], "record 3: its module_hash is not that of the same cell"),
        ([ROWS[0], [ROWS[0][0], *ROWS[1][1:]]], "two cells that differ have the same official hash"),
        (
            [["0" * 32, *ROWS[0][1:]], ROWS[1]],
            "0{32} is not the hash of the cell that it stands for, 0100:input,output",
        ),
    ],
)
def test_records_that_do_not_go_together(tmp_path, read, rows, message):
    with pytest.raises(BadValue, match=message):
        read(files.write(tmp_path / "t.tfrecord", rows))


def test_protocol_buffers_may_be_written_in_other_ways(tmp_path, read):
    late = b"".join(files.double(k, v) for k, v in reversed(list(enumerate(files.values(0, 4, 0)[1], 1))))
    named = files.double(2, 77.0) + END + files.text(6, b"model.ckpt-1") + files.varint(99 << 3) + b"\xac\x02"
    fixed = files.varint(7 << 3 | 5) + b"1234"
    metrics = files.double(3, 402.0) + fixed + files.message((START, late, named), files.params(0), 402.0)
    changed = read(files.write(tmp_path / "a.tfrecord", [with_metrics(metrics)]))
    plain = read(files.write(tmp_path / "b.tfrecord", ROWS[:1]))
    for ours, theirs in zip(changed.columns, plain.columns, strict=True):
        np.testing.assert_array_equal(ours.values, theirs.values)


@given(st.lists(st.binary(min_size=1, max_size=90), min_size=1, max_size=5))
def test_checksums_of_many_records(records):
    assert _tfrecord.masked_crc32c(records).tolist() == [files.masked(record) for record in records]


def test_the_writer_of_these_tests_knows_crc32c():
    assert files.crc32c(b"123456789") == 0xE3069283
    assert files.crc32c(bytes(32)) == 0x8A9136AA


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.tfrecord", "No such file"),
        ("nowhere.parquet", "there is no"),
        ("x.json", "neither"),
        (".", "there is no"),
    ],
)
def test_paths_that_cannot_be(tmp_path, read, name, message):
    with pytest.raises(BadValue, match=message):
        read(tmp_path / name)


@pytest.fixture(scope="module")
def cells(real_data):
    return pd.read_parquet(real_data / "nb101_full.parquet")


@pytest.mark.real_data
def test_the_real_cells(real_data, cells, read, tmp_path):
    from harness.spaces.nb101 import indices

    write_table(tmp_path / "t", read(real_data))
    table = open_table(tmp_path / "t")
    index = indices(cells.n_vertices, cells.adj_bits, cells.op_code)
    end = Fidelity(108, 108)
    np.testing.assert_array_equal(table.table("test_accuracy", end)[index], cells.test108_mean)
    np.testing.assert_array_equal(table.table("params", end)[index], cells.params)
    single = pd.read_parquet(real_data / "nb101_multifidelity23k.parquet")
    place = index[single.idx]
    for split in ("valid", "test"):
        for epochs in (4, 12, 36, 108):
            for seed in range(3):
                values = table.table(f"{split}_accuracy", Fidelity(epochs, epochs), seed)
                np.testing.assert_array_equal(values[place], single[f"{split}{epochs}_r{seed}"].astype(np.float64))
                assert np.isnan(values).sum() == SPACE.size - 23_142
    assert table.provenance["checks"].startswith("423,624 of 423,624 classes")


@pytest.mark.real_data
def test_the_real_file_alone(real_data, read):
    content = read(real_data / "nb101_full.parquet")
    assert [(c.metric, c.seeds) for c in content.columns] == [("test_accuracy", None), ("params", None)]
    assert content.rows is None


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="params"), "needs one column 'params', it has idx"),
        (lambda f: f.assign(test108_mean=f.test108_mean * 2), "row 1 has a test108_mean that is no percentage"),
        (lambda f: f.assign(n_vertices=8), "row 1 is no cell of nb101"),
        (lambda f: f.assign(adj_bits=f.adj_bits * 0.5), "column 'adj_bits' holds something else than whole numbers"),
        (lambda f: pd.concat([f, f[4:6]]), "row 51 has a cell isomorphic to one of an earlier row"),
        (lambda f: f.assign(module_hash=f.module_hash[::-1].to_numpy()), "not the hash of the cell"),
        (lambda f: f.assign(module_hash="x"), "something else than 16 bytes"),
        (lambda f: f.assign(params=f.params.astype("Int64").mask(f.idx == 3)), "column 'params' has 1 empty cells"),
        (lambda f: f[:0], "has 0 rows"),
    ],
)
def test_parquet_that_cannot_be(cells, read, tmp_path, change, message):
    path = tmp_path / "cells.parquet"
    change(cells[:50]).to_parquet(path)
    with pytest.raises(BadValue, match=message):
        read(path)


@pytest.mark.real_data
def test_some_real_cells_and_trainings(real_data, cells, read, tmp_path):
    single = pd.read_parquet(real_data / "nb101_multifidelity23k.parquet")[:3]
    cells[:50].sample(frac=1, random_state=0).to_parquet(tmp_path / "nb101_full.parquet")
    single[:2].to_parquet(tmp_path / "nb101_multifidelity23k.parquet")
    content = read(tmp_path)
    mean, params, valid, _ = content.columns
    space_index = np.flatnonzero(content.rows >= 0)
    assert (len(space_index), mean.values.shape, params.values.sum()) == (50, (50, 1, 1), cells[:50].params.sum())
    assert np.isnan(valid.values).sum() == 48 * 12
    single.to_parquet(tmp_path / "nb101_multifidelity23k.parquet")
    with pytest.raises(BadValue, match=r"row 3 has an idx that no row of nb101_full\.parquet has"):
        read(tmp_path)


def test_the_importer_goes_by_its_name():
    assert load("importer", "nb101") is nb101
