"""Latencies by counting, for when none was measured: a stand-in, the same on every machine."""

from harness.latency.layout import Layout, Stage
from harness.latency.table import LatencyTable, StageTimes, Timing

CALL = 5e-3
"""Milliseconds that an operation takes however small it is."""

MULTIPLY_ADD = 1e-6
"""Milliseconds of a multiply-add: a billion of them in a second."""


def counted(layout: Layout, dataset: str) -> LatencyTable:
    """The table of a device on which only multiply-adds and calls take time."""
    stages = tuple(_stage(stage) for stage in layout.stages)
    return LatencyTable(dataset, layout, _fixed(layout), stages, {"measured": False})


def _stage(stage: Stage) -> StageTimes:
    points = stage.channels * stage.pixels**2
    operations = {
        "skip_connect": _timing(0, 0),
        "nor_conv_1x1": _timing(1, points * stage.channels),
        "nor_conv_3x3": _timing(1, points * stage.channels * 9),
        "avg_pool_3x3": _timing(1, points * 9),
    }
    return StageTimes(stage, _timing(0, 0), _timing(0, 0), operations)


def _fixed(layout: Layout) -> dict[str, Timing]:
    """Stem, what stands between cells or stages, head."""
    colours, _, classes = layout.shape
    first, last = layout.stages[0], layout.stages[-1]
    kernel = 4 if layout.small else 9
    found = {
        "stem": _timing(1, colours * kernel * first.channels * first.pixels**2),
        "head": _timing(1, last.channels * classes),
    }
    if layout.small:
        found["between"] = _timing(first.cells - 1, (first.cells - 1) * (first.channels * first.pixels) ** 2)
        return found
    for k, stage in enumerate(layout.stages[1:], 1):
        half = stage.channels // 2
        weights = 9 * half * stage.channels + 9 * stage.channels**2 + half * stage.channels
        found[f"block {k}"] = _timing(4, weights * stage.pixels**2)
    return found


def _timing(calls: int, multiply_adds: int) -> Timing:
    milliseconds = calls * CALL + multiply_adds * MULTIPLY_ADD
    return Timing(milliseconds, milliseconds, milliseconds, 0)
