"""Measuring tables of latencies, and whole networks."""

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any

import torch

from harness.core import Arch
from harness.latency.clock import Call, Clock, median_of
from harness.latency.layout import Layout, layout_of
from harness.latency.networks import Part, cell, images, network, operation, parts, shape_of, single
from harness.latency.table import LatencyTable, StageTimes, Timing
from harness.spaces.nb201 import NONE, OPERATIONS, SKIP

Progress = Callable[[int, int, str], None]
"""Takes what is done, what is wanted, and the name of what is timed."""


def measure_table(dataset: str, clock: Clock, progress: Progress) -> LatencyTable:
    """Time every operation in every place of the data set's network, and all that stands between."""
    layout = layout_of(dataset)
    calls = _calls(layout, clock)
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for sweep in range(clock.sweeps):
        for k, (name, call) in enumerate(calls.items()):
            taken[name].append(clock.sweep(call))
            progress(sweep * len(calls) + k + 1, clock.sweeps * len(calls), name)
    return _table(dataset, layout, {name: median_of(own) for name, own in taken.items()}, clock)


def sweep_networks(dataset: str, archs: Sequence[Arch], clock: Clock) -> Iterator[float]:
    """Milliseconds of the whole networks of these cells in one sweep, one after the other."""
    layout = layout_of(dataset)
    x = images(_shape(layout), clock.batch, clock.device)
    for arch in archs:
        yield clock.sweep(partial(network(layout, arch, clock.device), x))


def about(clock: Clock) -> dict[str, Any]:
    """How, where and with what it was measured."""
    accelerator = torch.cuda.get_device_name(clock.device) if clock.device.startswith("cuda") else None
    machine = {"system": platform.platform(), "processor": _processor(), "cores": os.cpu_count()}
    versions = {name: version(name) for name in ("nasgauge", "torch", "numpy")}
    return {
        "clock": clock.describe(),
        "machine": machine | ({"accelerator": accelerator} if accelerator else {}),
        "versions": {"python": platform.python_version(), **versions},
    }


def _calls(layout: Layout, clock: Clock) -> dict[str, Call]:
    """What is to be timed, by name."""
    found = parts(layout, clock.device)
    for k, stage in enumerate(layout.stages):
        shape = shape_of(stage)
        found.append(Part(f"stage {k + 1} cell", cell(layout, stage, single(SKIP)).to(clock.device), shape))
        found.append(Part(f"stage {k + 1} add", lambda x: x + x, shape))
        for option in range(NONE + 1, len(OPERATIONS)):
            module = operation(layout, stage, option).to(clock.device)
            found.append(Part(f"stage {k + 1} {OPERATIONS[option]}", module, shape))
    return {part.name: _call(part, clock) for part in found}


def _call(part: Part, clock: Clock) -> Call:
    return partial(part.module, images(part.shape, clock.batch, clock.device))


def _table(dataset: str, layout: Layout, timed: dict[str, Timing], clock: Clock) -> LatencyTable:
    stages = []
    for k, stage in enumerate(layout.stages):
        own = {name: timed.pop(f"stage {k + 1} {name}") for name in ("cell", "add", *OPERATIONS[NONE + 1 :])}
        stages.append(StageTimes(stage, own.pop("cell"), own.pop("add"), own))
    return LatencyTable(dataset, layout, timed, tuple(stages), about(clock))


def _shape(layout: Layout) -> tuple[int, int, int]:
    colours, pixels, _ = layout.shape
    return colours, pixels, pixels


def _processor() -> str:
    """The processor's name as the system has it, where it tells."""
    try:
        with open("/proc/cpuinfo") as file:  # noqa: PTH123
            named = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        named = []
    return named[0] if named else platform.processor() or platform.machine()
