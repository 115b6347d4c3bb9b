"""Latencies of many architectures as a table: the truth for whatever claims to know them."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core import Arch
from harness.errors import BadValue
from harness.files import write_atomically, write_json
from harness.latency.clock import FEWEST, Clock, median_of
from harness.latency.measure import Progress, about, sweep_networks
from harness.spaces.nb201 import Nb201

COLUMNS = 1_000
"""Columns of the file of a study: a sweep is one."""

LARGEST = 64 << 20
"""Characters of the largest file that is gone on from: hundreds of sweeps of all classes do not fill it."""


class Wanted(NamedTuple):
    """So many architectures of a data set's network, drawn by the seed."""

    dataset: str
    architectures: int
    seed: int


def measure_study(path: Path, wanted: Wanted, clock: Clock, progress: Progress) -> pd.DataFrame:
    """Measure until the CSV file at `path` has all sweeps; it is written after each, and gone on from.

    One row per architecture: `arch`, `latency_ms` with the interval `low_ms` to `high_ms`, and every sweep. Beside it
    stands how it was measured. `BadValue` when the file there was measured otherwise.
    """
    archs, known = draw(wanted.architectures, wanted.seed), Nb201()
    sweeps = _resumed(path, {**wanted._asdict(), **about(clock)}, len(archs))
    names = [known.encode(arch) for arch in archs]
    while len(sweeps) < clock.sweeps:
        sweeps.append(timed_sweep(wanted.dataset, archs, clock, len(sweeps), progress))
        write_atomically(path, _frame(names, sweeps).to_csv(index=False).encode())
    return _frame(names, sweeps)


def timed_sweep(
    dataset: str, archs: Sequence[Arch], clock: Clock, sweep: int, progress: Progress
) -> NDArray[np.float64]:
    """Milliseconds of each architecture's network in the sweep of this number."""
    taken = []
    for k, milliseconds in enumerate(sweep_networks(dataset, archs, clock)):
        taken.append(milliseconds)
        progress(sweep * len(archs) + k + 1, clock.sweeps * len(archs), f"sweep {sweep + 1}")
    return np.array(taken)


def draw(count: int, seed: int) -> list[Arch]:
    """Different cells, each the representative of its class, drawn uniformly from all classes."""
    space = Nb201()
    classes = [arch for arch in space.all() if space.canonical(arch) == arch]
    if not 2 <= count <= len(classes):
        raise BadValue(f"architectures = {count}: give 2 to {len(classes)}, the classes of nb201")
    return [classes[k] for k in np.random.default_rng(seed).permutation(len(classes))[:count]]


def beside(path: Path) -> Path:
    """The file that says how the one at `path` was measured."""
    return path.with_name(f"{path.name}.json")


def _resumed(path: Path, wanted: Mapping[str, Any], rows: int) -> list[NDArray[np.float64]]:
    """The sweeps that are there already; the file beside is written where nothing is there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(beside(path), dict(wanted))
        return []
    try:
        found = json.loads(_text_of(beside(path)))
        text = _text_of(path)
        wide = any(line.count(",") > COLUMNS for line in text.splitlines())  # the first lines may be empty
        if wide or '"' in text:  # a quoted name may go on over many lines
            raise ValueError(f"{path.name} has more than {COLUMNS:,} columns, or quoted values")
        frame = pd.read_csv(io.StringIO(text), low_memory=False)  # or it warns of cells of two kinds
        same = _without_sweeps(found) == _without_sweeps(wanted) and len(frame) == rows
        sweeps = [frame[name].to_numpy(float) for name in frame.columns if name.startswith("sweep_")]
        if not all((np.isfinite(sweep) & (sweep > 0)).all() for sweep in sweeps):
            raise ValueError(f"{path.name} holds a time that is no positive number")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadValue(
            f"{path} or {beside(path).name} is damaged ({error}): remove both, or name another file"
        ) from error
    if not same:
        raise BadValue(
            f"{path} was measured otherwise, as {beside(path).name} says: name another file with --out, or remove both"
        )
    return sweeps


def _text_of(path: Path) -> str:
    """What the file says; `ValueError` for one that is larger than a study can be."""
    with path.open(encoding="utf-8") as file:
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(f"{path.name} has more than {LARGEST:,} characters")
    return text


def _without_sweeps(about: Mapping[str, Any]) -> dict[str, Any]:
    """More sweeps may be asked for later."""
    clock = {name: value for name, value in about["clock"].items() if name != "sweeps"}
    return {**about, "clock": clock}


def _frame(names: Sequence[str], sweeps: Sequence[NDArray[np.float64]]) -> pd.DataFrame:
    """The table so far; there is no interval before the sweeps are enough for one."""
    values = np.stack(sweeps, axis=1)
    if len(sweeps) >= FEWEST:
        timings = [median_of(row) for row in values.tolist()]
        medians = [(timing.median, timing.low, timing.high) for timing in timings]
    else:
        medians = [(float(np.median(row)), np.nan, np.nan) for row in values]
    frame = pd.DataFrame(medians, columns=["latency_ms", "low_ms", "high_ms"])
    frame.insert(0, "arch", list(names))
    for k, sweep in enumerate(sweeps, 1):
        frame[f"sweep_{k}"] = sweep
    return frame
