"""Importing a CSV or Parquet file with one row per architecture."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity, SearchSpace
from harness.costs import nb201
from harness.errors import BadValue
from harness.registry import load, names
from tabular.checksum import digest
from tabular.content import Content, Values
from tabular.importers._frame import indices, numbers, read_frame
from tabular.importers._mapping import PER_EPOCH, Mapped, Slot, read_mappings
from tabular.table import in_words
from tabular.vocabulary import KNOWN, read_metric

Cells = dict[Slot, NDArray[np.float64]]
"""The values of every architecture, by where they go."""


def table(
    path: Path,
    *,
    space: str,
    columns: Sequence[str],
    arch: str | None = None,
    index: str | None = None,
    metrics: Sequence[str] = (),
    classes: int | None = None,
    dataset: str | None = None,
) -> Content:
    """Read the file into a table; architectures that it lacks are missing in the table too, and counted in its checks.

    `columns` are mappings `COLUMN[*N|/N]=METRIC[@EPOCHS[/SCHEDULE][:SEED]]`: without a seed the values are means over
    seeds, without epochs they are costs that hold at every fidelity, and `seconds_per_epoch` gives the seconds of every
    fidelity that has none. The architectures stand in the column `arch`, as strings of the space, or `index`, as
    official indices. `metrics` declares further ones as `NAME:UNIT:max|min:SPLIT`. `classes` adds the exact params and
    flops of the official nb201 network for that many classes. `dataset` names the registered data set trained on.

    Raises `BadValue` or `UnknownName`, naming row and column, for whatever cannot be used.
    """
    searched: SearchSpace = load("space", space)()
    if dataset is not None and dataset not in names("dataset"):
        load("dataset", dataset)
    known = {**KNOWN, **{metric.name: metric for metric in map(read_metric, metrics)}}
    frame = read_frame(path)
    rows = indices(frame, searched, arch, index)
    mapped = read_mappings(columns, frame.columns, known)
    cells: Cells = {}
    for slot, source in mapped.items():
        metric = known["seconds" if slot.metric == PER_EPOCH else slot.metric]
        cells[slot] = np.full(searched.size, np.nan)
        cells[slot][rows] = numbers(frame, source, metric)
    _fill_seconds(cells)
    if classes is not None:
        _add_costs(cells, searched, classes)
    used = tuple(metric for name, metric in known.items() if any(slot.metric == name for slot in cells))
    return Content(space, used, _grouped(cells), _provenance(path, mapped, cells, len(rows)), dataset)


def _fill_seconds(cells: Cells) -> None:
    """Turn seconds per epoch into seconds at each fidelity that has none of its own."""
    per_epoch = cells.pop(Slot(PER_EPOCH, None, None), None)
    if per_epoch is not None:
        timed = {slot.fidelity for slot in cells if slot.metric == "seconds"}
        for fidelity in _fidelities(cells):
            if fidelity not in timed:
                cells[Slot("seconds", fidelity, None)] = per_epoch * fidelity.epochs


def _add_costs(cells: Cells, space: SearchSpace, classes: int) -> None:
    if space.name != "nb201":
        raise BadValue(
            f"classes={classes}: only the official network of nb201 is known by formula, not one of {space.name}"
        )
    for name, cost in (("params", nb201.parameters), ("flops", nb201.flops)):
        slot = Slot(name, None, None)
        if slot in cells:
            raise BadValue(f"{name} is given by a column and by classes={classes}: leave one of them out")
        cells[slot] = np.array([cost(arch, classes) for arch in space.all()], dtype=np.float64)


def _grouped(cells: Cells) -> tuple[Values, ...]:
    """One column per metric and set of seeds, so that no column is mostly empty."""
    seeds: dict[tuple[str, Fidelity | None], list[int]] = {}
    for metric, fidelity, seed in cells:
        if seed is not None:
            seeds.setdefault((metric, fidelity), []).append(seed)
    groups: dict[tuple[str, tuple[int, ...] | None, bool], list[Fidelity | None]] = {}
    for metric, fidelity, seed in cells:
        trained = None if seed is None else tuple(sorted(seeds[metric, fidelity]))
        group = groups.setdefault((metric, trained, fidelity is None), [])
        if fidelity not in group:
            group.append(fidelity)
    return tuple(_column(cells, metric, trained, group) for (metric, trained, _), group in groups.items())


def _column(cells: Cells, metric: str, seeds: tuple[int, ...] | None, fidelities: list[Fidelity | None]) -> Values:
    planes = [
        np.stack([cells[Slot(metric, fidelity, seed)] for seed in ((None,) if seeds is None else seeds)], axis=-1)
        for fidelity in fidelities
    ]
    named = tuple(fidelity for fidelity in fidelities if fidelity is not None)
    return Values(metric, named or None, seeds, np.stack(planes, axis=1))


def _provenance(path: Path, mapped: Mapping[Slot, Mapped], cells: Cells, rows: int) -> dict[str, str]:
    size = len(next(iter(cells.values())))
    missing = [
        f"{slot.metric}{'' if slot.fidelity is None else ' at ' + in_words(slot.fidelity)}"
        f"{'' if slot.seed is None else f' seed {slot.seed}'} {empty:,}"
        for slot, values in cells.items()
        if (empty := int(np.isnan(values).sum()))
    ]
    read = [f"{_scaled(source)} = {slot.metric}{_place(slot)}" for slot, source in mapped.items()]
    return {
        "source": path.name,
        "sha256": digest(path),
        "read": "; ".join(read),
        "checks": f"{rows:,} of {size:,} architectures, each once; numbers finite and in range; "
        f"missing values: {', '.join(missing) or 'none'}",
    }


def _scaled(source: Mapped) -> str:
    times = f" x {source.times:g}" if source.times != 1 else ""
    return source.column + times + (f" / {source.over:g}" if source.over != 1 else "")


def _place(slot: Slot) -> str:
    where = "" if slot.fidelity is None else f"@{slot.fidelity.epochs}/{slot.fidelity.schedule}"
    return where + ("" if slot.seed is None else f":{slot.seed}")


def _fidelities(cells: Iterable[Slot]) -> list[Fidelity]:
    return list(dict.fromkeys(slot.fidelity for slot in cells if slot.fidelity is not None))
