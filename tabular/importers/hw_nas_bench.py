"""Importing HW-NAS-Bench (Li et al., ICLR 2021), `HW-NAS-Bench-v1_0.pickle`: what NAS-Bench-201 networks cost to run.

The file maps a data set to columns with one number per cell, in the order of NAS-Bench-201: measured on an edge GPU
(Jetson TX2), a Raspberry Pi 4, an Edge TPU and a Pixel 3, estimated for Eyeriss and an FPGA. Latencies are
milliseconds and energies millijoule, as the authors' README says.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core import Metric
from harness.errors import BadValue, unknown
from harness.pickles import NDARRAYS, read
from harness.registry import load, names
from harness.spaces.nb201 import Nb201
from tabular.content import Content, Values
from tabular.importers._origin import origin
from tabular.job import Job
from tabular.table import Table

DATASETS = ("cifar10", "cifar100", "ImageNet16-120")
SPACE = "nasbench201"
"""The part of the file that is read; the other, `fbnet`, prices the layers of another space."""

DEVICES = ("edgegpu", "raspi4", "edgetpu", "pixel3", "eyeriss", "fpga")

LARGEST = 1e12
"""No network takes as many milliseconds or millijoule."""

METRICS = (
    *(Metric(f"{device}_latency", "ms", False, "cost") for device in DEVICES),
    *(Metric(f"{device}_energy", "mJ", False, "cost") for device in ("edgegpu", "eyeriss", "fpga")),
    Metric("eyeriss_arithmetic_intensity", "MAC/byte", True, "cost"),
)
"""Arithmetic intensity is work per byte moved: the higher, the less a network waits for memory. Its unit is assumed."""


def hw_nas_bench(path: Path, job: Job, *, join: str, dataset: str | None = None) -> dict[str, Content]:
    """Join the costs to imported tables of the nb201 space: one new table per data set that there is a table of.

    `join` is what the tables JOIN-cifar10, JOIN-cifar100 and JOIN-ImageNet16-120 begin with, or the name of one table.
    `dataset` says which data set's costs one table gets; without it, the end of the table's name does.

    Raises `BadValue` or `UnknownName` for a file that is not HW-NAS-Bench or holds what cannot be, and when there is no
    table to join to.
    """
    tables = _tables(join, dataset)
    costs = _read(path)
    made = {}
    for name, table in tables.items():
        if name not in costs:
            raise unknown("data set of the file", name, costs)
        made[name] = _joined(path, table, name, costs[name])
    return made


def _tables(join: str, dataset: str | None) -> dict[str, Table]:
    """The tables to join to, by data set."""
    if dataset is not None and dataset not in DATASETS:
        raise unknown("data set of HW-NAS-Bench", dataset, DATASETS)
    there = names("benchmark")
    if join in there:
        ends = [name for name in DATASETS if join.endswith(f"-{name}")]
        if not (dataset or ends):
            raise BadValue(f"{join!r} does not say what it was trained on: give dataset, one of {', '.join(DATASETS)}")
        return {dataset or ends[0]: _table(join)}
    tables = {name: _table(f"{join}-{name}") for name in DATASETS if f"{join}-{name}" in there}
    found = {name: table for name, table in tables.items() if dataset in (None, name)}
    if not found:
        raise BadValue(
            f"there is no table {join!r}, nor {join}-{dataset or DATASETS[0]}, to join the costs to: import NATS-Bench "
            f"(nats_tss) or NAS-Bench-201 (nb201) first. There are: {', '.join(there)}"
        )
    return found


def _table(name: str) -> Table:
    table = load("benchmark", name)()
    if not isinstance(table, Table) or table.space.name != Nb201.name:
        raise BadValue(f"{name!r} is no table of the nb201 space: HW-NAS-Bench has the costs of its cells alone")
    twice = {metric.name for metric in table.metrics} & {metric.name for metric in METRICS}
    if twice:
        raise BadValue(f"{name!r} has {', '.join(sorted(twice))} already: join the costs to the table without them")
    return table


def _read(path: Path) -> dict[str, Any]:
    """The columns of each data set."""
    try:
        with path.open("rb") as stream:
            data = read(stream, NDARRAYS)
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror or error}") from error
    part = data.get(SPACE) if isinstance(data, dict) else None
    if not isinstance(part, dict) or not all(isinstance(columns, dict) for columns in part.values()):
        raise BadValue(f"{path} is not the pickle of HW-NAS-Bench: it has no {SPACE!r} with columns by data set")
    return {str(name): columns for name, columns in part.items()}


def _joined(path: Path, table: Table, dataset: str, columns: Mapping[str, Any]) -> Content:
    """The table with the costs as further columns, and rows only for what the table has."""
    metrics = [metric for metric in METRICS if metric.name in columns]
    if not metrics:
        raise BadValue(f"{path}, {dataset}: no column is called {METRICS[0].name} or like another cost")
    costs = {metric.name: _numbers(f"{path}, {dataset}, {metric.name}", columns[metric.name]) for metric in metrics}
    order = _order(f"{path}, {dataset}", columns.get("config"))
    content = table.content()
    kept = None if content.rows is None else np.flatnonzero(content.rows >= 0)
    return Content(
        content.space,
        (*content.metrics, *metrics),
        _columns(content, costs, kept),
        _provenance(path, table, dataset, costs, order),
        content.dataset,
        None if kept is None else _renumbered(kept, table.space.size),
    )


def _numbers(where: str, column: Any) -> NDArray[np.float64]:
    """The column as numbers, NaN where the device runs no such network, which the file says as a negative number."""
    size = Nb201().size
    cells = column.tolist() if isinstance(column, np.ndarray) else column
    if not isinstance(cells, list) or len(cells) != size:
        raise BadValue(f"{where}: it needs a list of {size:,} numbers, one per cell")
    for index, cell in enumerate(cells):
        number = isinstance(cell, int | float | np.number) and not isinstance(cell, bool)
        if not number or abs(cell) > LARGEST:
            raise BadValue(f"{where}, cell {index}: {cell!r} is no number")
    values = np.array(cells, dtype=np.float64)
    values[values < 0] = np.nan
    return values


def _order(where: str, config: Any) -> str:
    """Compare the cells that the file names with the official order, and say what came of it."""
    if config is None:
        return "the file names no cells, their order is taken for the official one"
    if not isinstance(config, list):
        raise BadValue(f"{where}: config names its cells by no list")
    space = Nb201()
    named = [entry.get("arch_str") if isinstance(entry, dict) else None for entry in config]
    for index, (text, arch) in enumerate(zip(named, space.all(), strict=False)):
        if not isinstance(text, str) or text != space.encode(arch):
            raise BadValue(
                f"{where}: its cell {index} is {text!r:.100}, in the official order it is {space.encode(arch)!r}"
            )
    return f"the {len(named):,} cells that the file names stand in the official order"


def _columns(
    content: Content, costs: Mapping[str, NDArray[np.float64]], kept: NDArray[np.intp] | None
) -> Iterator[Values]:
    """The table's columns, then the costs, each for the cells that are kept, by default all."""
    for column in content.columns:
        rows = slice(None) if kept is None or content.rows is None else content.rows[kept]
        yield Values(column.metric, column.fidelities, column.seeds, column.values[rows])
    for name, values in costs.items():
        yield Values(name, None, None, (values if kept is None else values[kept])[:, None, None])


def _renumbered(kept: NDArray[np.intp], size: int) -> NDArray[np.int32]:
    rows = np.full(size, -1, dtype=np.int32)
    rows[kept] = np.arange(len(kept))
    return rows


def _provenance(
    path: Path, table: Table, dataset: str, costs: Mapping[str, NDArray[np.float64]], order: str
) -> dict[str, str]:
    missing = [f"{name} {empty:,}" for name, values in costs.items() if (empty := int(np.isnan(values).sum()))]
    absent = [metric.name for metric in METRICS if metric.name not in costs]
    return origin(
        "hw_nas_bench",
        path,
        f"HW-NAS-Bench (Li et al., ICLR 2021), {dataset}, joined to {table.name}; its fbnet part is left out",
        checks=f"{Nb201().size:,} cells; {order}; cells that a device does not run (negative in the file): "
        f"{', '.join(missing) or 'none'}; costs that the file lacks: {', '.join(absent) or 'none'}",
        **{f"joined {key}": words for key, words in {**table.provenance, "table": table.fingerprint}.items()},
    )
