"""Files that ask for more than they are worth are refused before memory is given to them."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import BadValue
from harness.gate.baseline import KEY, TYPES, read_baseline
from harness.json_file import read_json
from harness.parquet_file import SMALL, read_frame, read_table
from harness.results import Shards
from harness.shard_check import Owner

COLUMNS: dict[str, Any] = {
    "study": 1, "arch": np.arange(6), "seed": [0, 1] * 3, "value": [1.5, np.nan, -0.0, np.inf, 1e-300, 3.0],
    "reason": ["", "é", None, "x", "x", "out of memory"], "unique": [True, False] * 3,
}  # fmt: skip


def written(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path, compression="zstd")
    return path


def test_what_is_read_is_what_pandas_reads(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    for frame in (pd.DataFrame(COLUMNS), pd.DataFrame(COLUMNS).head(0)):
        frame.to_parquet(path, index=False)
        pd.testing.assert_frame_equal(read_frame(path), pd.read_parquet(path), check_exact=True)
        pd.testing.assert_frame_equal(read_frame(path, ["reason", "seed"]), pd.read_parquet(path)[["reason", "seed"]])


def test_strings_may_change_from_one_part_to_the_next(tmp_path: Path) -> None:
    names = [f"name {i // 3}" for i in range(100)]
    pq.write_table(pa.table({"proxy": names}), tmp_path / "x.parquet", row_group_size=7)
    assert read_frame(tmp_path / "x.parquet")["proxy"].tolist() == names


def test_a_small_file_of_many_values_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "x.parquet", a=pa.repeat(1.0, SMALL + 1))
    assert path.stat().st_size < 50_000
    with pytest.raises(ValueError, match=f"it has {SMALL + 1} values, and {SMALL} are the most"):
        read_table(path)


def test_a_small_file_of_long_strings_is_refused(tmp_path: Path) -> None:
    """Two gigabytes when they are written out, and not even a tenth of that may be asked for."""
    path = written(
        tmp_path / "x.parquet", proxy=pa.DictionaryArray.from_arrays(np.zeros(2000, np.int32), ["x" * 2**20])
    )
    assert path.stat().st_size < 10_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match="its strings have 2097152000 bytes when they are written out"):
        read_table(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.parametrize("values", [
    [[1], [2]], [{"a": 1}, {"a": 2}], [b"x", b"y"], pa.array([1, 2], pa.timestamp("s")), pa.array([1, 2], pa.date32()),
    pa.array([b"ab", b"cd"], pa.binary(2)), pa.array([1, 2], pa.decimal128(5)), pa.array([1, 2], pa.time32("s")),
], ids=str)  # fmt: skip
def test_anything_but_numbers_and_text_is_refused(values: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"neither numbers nor text|numbers and text are all that is read"):
        read_table(written(tmp_path / "x.parquet", seed=values))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match="two of its columns have one name"):
        read_table(tmp_path / "x.parquet")


def test_what_pandas_was_told_of_a_file_is_not_believed(tmp_path: Path) -> None:
    """Metadata could make an index of a column, or a column of an index."""
    pd.DataFrame(COLUMNS).set_index("seed").to_parquet(tmp_path / "x.parquet")
    assert set(read_frame(tmp_path / "x.parquet").columns) == set(COLUMNS)


@pytest.mark.parametrize(("column", "value", "why"), [
    ("value", "text", "its column 'value' holds no numbers"), ("arch", None, "its column 'arch' holds no numbers"),
    ("reason", 1.0, "its column 'reason' holds numbers"), ("loss2", "x", "its column 'loss2' holds no numbers"),
])  # fmt: skip
def test_a_shard_with_text_for_numbers_is_refused(column: str, value: Any, why: str, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    owner = Owner("truth", {"study": frozenset({1})})
    pd.DataFrame(COLUMNS).to_parquet(path, index=False)
    assert len(next(iter(Shards((path,), {path: owner})))) == 6
    pd.DataFrame(COLUMNS | {column: value}).to_parquet(path, index=False)
    with pytest.raises(BadValue, match=rf"x\.parquet is missing or damaged \({why}\)"):
        next(iter(Shards((path,), {path: owner})))


@pytest.mark.parametrize("about", ["[" * 10**5, "3", '{"format": ' + "1" * 5000 + "}", '{"format": [1]}', "\ud800"])
def test_a_baseline_whose_words_are_odd_is_refused(about: str, tmp_path: Path) -> None:
    table = pa.table({name: ["x"] if kind == "str" else [1.0] for name, kind in TYPES.items()})
    table = table.replace_schema_metadata({KEY: about.encode(errors="surrogatepass")})
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(BadValue, match=r"x\.parquet (is damaged or no baseline|has format)"):
        read_baseline(tmp_path / "x.parquet")


def test_a_baseline_with_text_for_numbers_is_refused(tmp_path: Path) -> None:
    about = json.dumps({"format": 1}).encode()
    table = pa.table({name: ["1"] for name in TYPES}).replace_schema_metadata({KEY: about})
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(BadValue, match="a column holds text for numbers"):
        read_baseline(tmp_path / "x.parquet")


@pytest.mark.parametrize(("content", "why"), [
    ("[" * 10**5, "nested too deeply"), ('{"a":' * 10**5, "nested too deeply"), ("1" * 5000, "digits"),
    ('"' + "x" * 10**6 + '"', "are the most that are read"),
])  # fmt: skip
def test_json_that_asks_for_too_much_is_refused(content: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(ValueError, match=why):
        read_json(tmp_path / "x.json", 900_000)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x")
    for read in (lambda path: read_json(path, 100), read_table):
        with pytest.raises(ValueError, match="it is no regular file"):
            read(tmp_path / "x")
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "y")


SPOIL = """
import sys
from pathlib import Path
from harness.parquet_file import read_table
path = Path(sys.argv[1])
whole = path.read_bytes()
footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
read = 0
for place in range(footer, len(whole) - 8):
    for bit in (1, 16):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        try:
            read += read_table(path).num_rows >= 0
        except Exception as error:
            assert type(error).__name__ != "MemoryError"
print(read)
"""


def test_no_bit_of_a_footer_ends_the_process(tmp_path: Path) -> None:
    """Arrow aborts where the statistics of a column are damaged and somebody asks for them."""
    frame = pd.DataFrame({"seed": [0, 1], "reason": ["x", None]})
    frame.to_parquet(tmp_path / "x.parquet", index=False)
    command = [sys.executable, "-c", SPOIL, str(tmp_path / "x.parquet")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 100
