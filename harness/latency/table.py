"""Latencies of operations, looked up and summed (Wu et al., FBNet, CVPR 2019, section 3.2, equation 3)."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch
from harness.errors import BadValue
from harness.files import regular, write_json
from harness.latency.layout import Layout, Stage
from harness.spaces.nb201 import NONE, OPERATIONS, live_edges

FORMAT = 1

LARGEST = 16 << 20
"""Bytes of the largest file that is read; a table has a few thousand."""

MOST = 1 << 20
"""The largest of the numbers that say what a network looks like, such as channels."""

SLOWEST = 1e12
"""Milliseconds: nothing that was measured took as long."""


class Timing(NamedTuple):
    """Milliseconds of one call: the median over `sweeps`, and where it lies with a confidence of at least 95 %."""

    median: float
    low: float
    high: float
    sweeps: int


class StageTimes(NamedTuple):
    """What a cell of the stage takes: `cell` with a mere skip, each operation by name, adding two tensors."""

    stage: Stage
    cell: Timing
    add: Timing
    operations: Mapping[str, Timing]


class LatencyTable(NamedTuple):
    """The time of every part of a network, of `dataset`'s images.

    `fixed` is what every architecture has: stem, head, what stands between cells. `about` says how it was measured:
    clock, machine, versions. `fingerprint` is the file's SHA-256, empty for a table that is in no file.
    """

    dataset: str
    layout: Layout
    fixed: Mapping[str, Timing]
    stages: tuple[StageTimes, ...]
    about: Mapping[str, Any]
    fingerprint: str = ""

    @property
    def rest(self) -> float:
        """Milliseconds of all that does not depend on the architecture."""
        cells = sum(times.stage.cells * times.cell.median for times in self.stages)
        return cells + sum(timing.median for timing in self.fixed.values())

    def operations(self) -> NDArray[np.float64]:
        """Milliseconds that each operation on an edge of the cell takes in all cells together, shape (options,)."""
        every = np.stack([times.stage.cells * _medians(times) for times in self.stages])
        return np.asarray(every.sum(0), dtype=np.float64)

    def latency(self, arch: Arch) -> float:
        """Milliseconds of the network with this cell: the sum over all that matters to its output, sums included."""
        edges = live_edges(arch)
        taken = float(self.operations()[[edge.operation for edge in edges]].sum())
        sums = len(edges) - len({edge.target for edge in edges})
        return self.rest + taken + sums * sum(times.stage.cells * times.add.median for times in self.stages)


def write_table(table: LatencyTable, path: Path) -> None:
    """Write it as JSON; a crash leaves the former file."""
    stages = [
        {
            **times.stage._asdict(),
            "cell": times.cell._asdict(),
            "add": times.add._asdict(),
            "operations": {name: timing._asdict() for name, timing in times.operations.items()},
        }
        for times in table.stages
    ]
    content = {
        "format": FORMAT,
        "unit": "ms",
        "space": "nb201",
        "dataset": table.dataset,
        "shape": list(table.layout.shape),
        "about": dict(table.about),
        "fixed": {name: timing._asdict() for name, timing in table.fixed.items()},
        "stages": stages,
    }
    write_json(path, content)


def read_table(path: Path) -> LatencyTable:
    """Read what `write_table` wrote; `BadValue` for anything else."""
    try:
        with open(path, "rb", opener=regular) as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise BadValue(f"{str(path)!r} cannot be read ({error.strerror}): {ADVICE}") from error
    try:
        if len(content) > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} bytes")
        table = _from_json(json.loads(content), hashlib.sha256(content).hexdigest())
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadValue(f"{path} is no table of latencies ({type(error).__name__}: {error}): {ADVICE}") from error
    return table


ADVICE = "make one with nasgauge latency measure"


def _from_json(content: Any, fingerprint: str) -> LatencyTable:
    if content["format"] != FORMAT or content["space"] != "nb201" or content["unit"] != "ms":
        raise ValueError(f"format {FORMAT} of the space nb201 in ms was expected")
    colours, pixels, classes = map(_count, content["shape"])
    if not isinstance(content["about"], dict):
        raise TypeError("about is no object")
    stages = tuple(_stage(stage) for stage in content["stages"])
    if not stages:
        raise ValueError("it has no stages")
    layout = Layout((colours, pixels, classes), tuple(times.stage for times in stages))
    fixed = {name: _timing(timing) for name, timing in content["fixed"].items()}
    return LatencyTable(str(content["dataset"]), layout, fixed, stages, content["about"], fingerprint)


def _stage(content: Any) -> StageTimes:
    stage = Stage(*(_count(content[name]) for name in Stage._fields))
    operations = {name: _timing(content["operations"][name]) for name in OPERATIONS[NONE + 1 :]}
    return StageTimes(stage, _timing(content["cell"]), _timing(content["add"]), operations)


def _count(content: Any) -> int:
    number = int(content)
    if not 1 <= number <= MOST:
        raise ValueError(f"{number} is no number from 1 to {MOST:,}")
    return number


def _timing(content: Any) -> Timing:
    median, low, high = (float(content[name]) for name in ("median", "low", "high"))
    timing = Timing(median, low, high, int(content["sweeps"]))
    if not 0 <= timing.low <= timing.median <= timing.high <= SLOWEST:
        raise ValueError(f"{timing} is no latency")
    return timing


def _medians(times: StageTimes) -> NDArray[np.float64]:
    """Milliseconds by operation, 0 for none."""
    return np.array([0.0, *(times.operations[name].median for name in OPERATIONS[NONE + 1 :])])
