"""Reading NAS-Bench-101 from Parquet: all cells with their mean accuracies, and some with their single trainings."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
from numpy.typing import NDArray

from harness.core import Fidelity
from harness.errors import BadValue
from harness.spaces.nb101 import RULE, Nb101, indices
from tabular.checksum import digest
from tabular.content import Content, Values
from tabular.importers._nb101_rows import Rows, check_hashes, rows_of
from tabular.releases import UNKNOWN
from tabular.vocabulary import KNOWN

ALL, SINGLE = "nb101_full.parquet", "nb101_multifidelity23k.parquet"

_TRAINING = re.compile(r"(test|valid)(\d{1,4})_r(\d)")
_CELL = ("idx", "module_hash", "n_vertices", "adj_bits", "op_code", "params", "test108_mean")


def read_parquet(path: Path) -> Content:
    """Read the file of all cells, or the folder where it lies, perhaps with that of single trainings beside it.

    The first has a row for each class of isomorphic cells: `idx`, `module_hash` (16 bytes), `n_vertices`, `adj_bits`
    (bit x + y(y-1)/2 = edge x -> y), `op_code` (base 3, the first inner vertex the most significant digit), `params`
    and `test108_mean`, the mean over repeats after 108 epochs in percent. The second has `idx` and columns such as
    `valid36_r0`: percent, epochs, repeat. Where both tell the test accuracy, the mean stays the official one.
    """
    file = path / ALL if path.is_dir() else path
    cells = _read(file, _CELL.__contains__)
    index = indices(*(_integers(file, cells, name) for name in ("n_vertices", "adj_bits", "op_code")))
    _refuse(file, index < 0, f"is no cell of nb101: {RULE}")
    rows = rows_of(index)
    _refuse(file, _again(index), "has a cell isomorphic to one of an earlier row")
    checked = check_hashes(file, rows.classes, _hashes(file, cells)[np.argsort(rows.place)])
    columns = [
        Values("test_accuracy", (Fidelity(108, 108),), None, _placed(rows, _percent(file, cells, "test108_mean"))),
        Values("params", None, None, _placed(rows, _integers(file, cells, "params").astype(np.float64))),
    ]
    files = [file]
    single = file.with_name(SINGLE)
    if path.is_dir() and single.exists():
        files.append(single)
        columns += _single_trainings(single, _integers(file, cells, "idx"), rows)
    provenance = {
        "source": "NAS-Bench-101, Ying et al., ICML 2019, in Parquet; test accuracy after 108 epochs is the mean over "
        "repeats, single trainings are seeds 0, 1, 2",
        "file": "; ".join(f"{file.name}, sha256 {digest(file)}" for file in files),
        "release": UNKNOWN,
        "checks": checked,
    }
    metrics = tuple(KNOWN[name] for name in KNOWN if any(column.metric == name for column in columns))
    return Content("nb101", metrics, tuple(columns), provenance, rows=rows.rows)


def _single_trainings(file: Path, known: NDArray[np.int64], rows: Rows) -> list[Values]:
    """The columns of trainings, joined by `idx`."""
    table = _read(file, lambda name: name == "idx" or _TRAINING.fullmatch(name))
    found: dict[str, dict[tuple[int, int], str]] = {"valid": {}, "test": {}}
    for name in table.column_names:
        if match := _TRAINING.fullmatch(name):
            found[match[1]][int(match[2]), int(match[3])] = name
    place = _joined(file, _integers(file, table, "idx"), known, rows)
    columns = []
    for split, names in found.items():
        epochs, seeds = (tuple(sorted({key[k] for key in names})) for k in (0, 1))
        if not names or 0 in epochs:
            raise BadValue(f"{file} lacks columns such as {split}108_r0, of an accuracy after so many epochs")
        values = np.full((len(rows.classes), len(epochs), len(seeds)), np.nan)
        for (epoch, seed), name in names.items():
            values[place, epochs.index(epoch), seeds.index(seed)] = _percent(file, table, name)
        columns.append(Values(f"{split}_accuracy", tuple(Fidelity(n, n) for n in epochs), seeds, values))
    return columns


def _joined(file: Path, idx: NDArray[np.int64], known: NDArray[np.int64], rows: Rows) -> NDArray[np.int32]:
    """The table's row of each of the file's."""
    order = np.argsort(known)
    spot = order[np.minimum(np.searchsorted(known, idx, sorter=order), len(known) - 1)]
    _refuse(file, known[spot] != idx, f"has an idx that no row of {ALL} has")
    _refuse(file, _again(idx), "has the idx of an earlier row")
    joined: NDArray[np.int32] = rows.place[spot]
    return joined


def _read(file: Path, wanted: Callable[[str], object]) -> Any:
    """The columns whose names are wanted; their rows are counted before they are read."""
    try:
        with pyarrow.parquet.ParquetFile(file) as source:
            if not 0 < source.metadata.num_rows <= Nb101().size:
                raise BadValue(f"{file} has {source.metadata.num_rows:,} rows: 1 to {Nb101().size:,} are possible")
            table = source.read(columns=[name for name in source.schema_arrow.names if wanted(name)])
            table.validate(full=True)
            return table
    except BadValue:
        raise
    except FileNotFoundError:
        raise BadValue(f"there is no {file}: name a .tfrecord or .parquet file, or a folder with {ALL}") from None
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise BadValue(f"{file} cannot be read as Parquet: {error}") from error


def _column(file: Path, table: Any, name: str) -> Any:
    if table.column_names.count(name) != 1:
        raise BadValue(f"{file} needs one column {name!r}, it has {', '.join(table.column_names)}")
    column = table[name]
    if column.null_count and name in _CELL:
        raise BadValue(f"{file}: column {name!r} has {column.null_count:,} empty cells: every one is needed")
    return column


def _integers(file: Path, table: Any, name: str) -> NDArray[np.int64]:
    values = _column(file, table, name).to_numpy()
    if values.dtype.kind not in "iu" or (values < 0).any():
        raise BadValue(f"{file}: column {name!r} holds something else than whole numbers from 0")
    integers: NDArray[np.int64] = values.astype(np.int64)
    return integers


def _percent(file: Path, table: Any, name: str) -> NDArray[np.float64]:
    values = _column(file, table, name).to_numpy()
    if values.dtype.kind != "f":
        raise BadValue(f"{file}: column {name!r} holds {values.dtype}, not numbers in percent")
    _refuse(file, (values < 0) | (values > 100), f"has a {name} that is no percentage")
    percent: NDArray[np.float64] = values.astype(np.float64)
    return percent


def _hashes(file: Path, table: Any) -> NDArray[np.uint64]:
    hashes = _column(file, table, "module_hash").to_pylist()
    if not all(isinstance(each, bytes) and len(each) == 16 for each in hashes):
        raise BadValue(f"{file}: column 'module_hash' holds something else than 16 bytes each")
    return np.frombuffer(b"".join(hashes), dtype=np.uint64).reshape(-1, 2)


def _placed(rows: Rows, values: NDArray[np.float64]) -> NDArray[np.float64]:
    placed = np.empty((len(rows.classes), 1, 1))
    placed[rows.place, 0, 0] = values
    return placed


def _again(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each value occurred before."""
    again = np.ones(len(values), dtype=bool)
    again[np.unique(values, return_index=True)[1]] = False
    return again


def _refuse(file: Path, wrong: NDArray[np.bool_], why: str) -> None:
    if wrong.any():
        raise BadValue(f"{file}: row {int(np.argmax(wrong)) + 1} {why}")
