"""Importing a CSV or Parquet file with one row per architecture."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity, SearchSpace
from harness.costs import nats_sss, nb201
from harness.errors import BadValue
from harness.registry import load, names
from tabular.checksum import digest
from tabular.content import Content, Values
from tabular.importers._frame import indices, numbers, read_frame
from tabular.importers._mapping import PER_EPOCH, Mapped, Slot, place, read_request, resolve
from tabular.importers._toml import Options, merge
from tabular.job import Job
from tabular.table import in_words
from tabular.vocabulary import KNOWN, read_metric

Cells = dict[Slot, NDArray[np.float64]]
"""The values of every architecture of the file in official order, by where they go."""

FORMULAS = {"nb201": nb201, "nats_sss": nats_sss}
"""Exact costs of official networks, by space."""


def table(
    path: Path,
    job: Job,
    *,
    space: str | None = None,
    columns: Sequence[str] = (),
    arch: str | None = None,
    index: str | None = None,
    metrics: Sequence[str] = (),
    classes: int | None = None,
    dataset: str | None = None,
    mapping: Path | None = None,
) -> dict[str, Content]:
    """Read the file into a table; architectures that it lacks are missing in the table too, and counted in its checks.

    `columns` are mappings `COLUMN[*N|/N]=METRIC[@EPOCHS[/SCHEDULE][xDATA][:SEED]]`: without a seed the values are means
    over seeds, without epochs they are costs that hold at every fidelity. `seconds_per_epoch` gives the seconds of
    every fidelity on all the data that has none. The architectures stand in the column `arch`, as strings of the space,
    or `index`, as official indices. `metrics` declares further ones as `NAME:UNIT:max|min:SPLIT`. `classes` adds the
    exact params and flops of the official network for that many classes. `dataset` names the registered data set
    trained on. `mapping` is a TOML file that says any of these instead, each in one place only. The file is read in one
    go, so `job` has nothing to do.

    Raises `BadValue` or `UnknownName`, naming row and column or file and key, for whatever cannot be used.
    """
    requests = tuple(map(read_request, columns))
    given = Options(space, requests, arch, index, tuple(map(read_metric, metrics)), classes, dataset)
    return {"": _content(path, given if mapping is None else merge(given, mapping))}


def _content(path: Path, options: Options) -> Content:
    space = _space(options)
    known = {**KNOWN, **{metric.name: metric for metric in options.metrics}}
    frame = read_frame(path)
    found = indices(frame, space, options.arch, options.index)
    order = np.argsort(found)  # the same table, however the file's rows are ordered
    mapped = resolve(options.columns, frame.columns, known)
    cells: Cells = {}
    for slot, source in mapped.items():
        metric = known["seconds" if slot.metric == PER_EPOCH else slot.metric]
        cells[slot] = numbers(frame, source, metric)[order]
    _fill_seconds(cells)
    if options.classes is not None:
        _add_costs(cells, space, found[order], options.classes)
    used = tuple(metric for name, metric in known.items() if any(slot.metric == name for slot in cells))
    provenance = _provenance(path, mapped, cells, space)
    rows = _rows(space, found[order])
    return Content(str(options.space), used, _grouped(cells), provenance, options.dataset, rows)


def _rows(space: SearchSpace, found: NDArray[np.int64]) -> NDArray[np.int32] | None:
    """The row of each architecture, -1 for those that the file lacks; None when it has all."""
    if len(found) == space.size:
        return None
    rows = np.full(space.size, -1, dtype=np.int32)
    rows[found] = np.arange(len(found))
    return rows


def _space(options: Options) -> SearchSpace:
    """The space that is named, once the data set is known to be registered too."""
    if options.space is None:
        raise BadValue(f"say which space the architectures are of: space, one of {', '.join(names('space'))}")
    space: SearchSpace = load("space", options.space)()
    if options.dataset is not None and options.dataset not in names("dataset"):
        load("dataset", options.dataset)
    return space


def _fill_seconds(cells: Cells) -> None:
    """Turn seconds per epoch into seconds at each fidelity that has none of its own.

    An epoch on a part of the data is shorter by nobody knows how much: its seconds stay unknown.
    """
    per_epoch = cells.pop(Slot(PER_EPOCH, None, None), None)
    if per_epoch is not None:
        timed = {slot.fidelity for slot in cells if slot.metric == "seconds"}
        for fidelity in _fidelities(cells):
            if fidelity not in timed and fidelity.data == 1:
                cells[Slot("seconds", fidelity, None)] = per_epoch * fidelity.epochs


def _add_costs(cells: Cells, space: SearchSpace, found: NDArray[np.int64], classes: int) -> None:
    if space.name not in FORMULAS:
        raise BadValue(
            f"classes={classes}: formulas are known of the networks of {' and '.join(FORMULAS)}, not of {space.name}"
        )
    official = FORMULAS[space.name]
    for name, cost in (("params", official.parameters), ("flops", official.flops)):
        slot = Slot(name, None, None)
        if slot in cells:
            raise BadValue(f"{name} is given by a column and by classes={classes}: leave one of them out")
        cells[slot] = np.array([cost(space.all()[i], classes) for i in found], dtype=np.float64)


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


def _provenance(path: Path, mapped: Mapping[Slot, Mapped], cells: Cells, space: SearchSpace) -> dict[str, str]:
    height = len(next(iter(cells.values())))
    missing = [
        f"{slot.metric}{'' if slot.fidelity is None else ' at ' + in_words(slot.fidelity)}"
        f"{'' if slot.seed is None else f' seed {slot.seed}'} {empty:,}"
        for slot, values in cells.items()
        if (empty := int(np.isnan(values).sum()))
    ]
    read = [f"{_scaled(source)} = {slot.metric}{place(slot)}" for slot, source in mapped.items()]
    return {
        "source": path.name,
        "sha256": digest(path),
        "read": "; ".join(read),
        "checks": f"{height:,} of {space.size:,} architectures, each once; numbers finite and in range; "
        f"missing values: {', '.join(missing) or 'none'}",
    }


def _scaled(source: Mapped) -> str:
    times = f" x {source.times:g}" if source.times != 1 else ""
    return source.column + times + (f" / {source.over:g}" if source.over != 1 else "")


def _fidelities(cells: Iterable[Slot]) -> list[Fidelity]:
    return list(dict.fromkeys(slot.fidelity for slot in cells if slot.fidelity is not None))
