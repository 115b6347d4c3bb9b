"""How well the sum over a table's operations agrees with the latencies of whole networks."""

from dataclasses import fields
from typing import NamedTuple

import numpy as np

from harness.errors import BadValue
from harness.latency.clock import Clock
from harness.latency.measure import Progress
from harness.latency.study import draw, timed_sweep
from harness.latency.table import ADVICE, LatencyTable
from harness.statistics.rank import kendall, spearman


class Agreement(NamedTuple):
    """Rank correlations of prediction and measurement, the mean relative error, and their mean ratio less one."""

    tau: float
    rho: float
    error: float
    bias: float


def check_table(table: LatencyTable, architectures: int, seed: int, progress: Progress) -> Agreement:
    """Measure random architectures by the table's own clock, and compare them with what the table says."""
    archs, clock = draw(architectures, seed), clock_of(table)
    sweeps = [timed_sweep(table.dataset, archs, clock, sweep, progress) for sweep in range(clock.sweeps)]
    measured = np.median(sweeps, axis=0)
    predicted = np.array([table.latency(arch) for arch in archs])
    error = float(np.mean(np.abs(predicted / measured - 1)))
    return Agreement(
        kendall(predicted, measured), spearman(predicted, measured), error, float(np.mean(predicted / measured - 1))
    )


def clock_of(table: LatencyTable) -> Clock:
    """The clock that the table was measured by."""
    try:
        said = table.about["clock"]
        return Clock(**{field.name: said[field.name] for field in fields(Clock)})
    except (KeyError, TypeError) as error:
        raise BadValue(f"the table does not say how it was measured ({error} is missing): {ADVICE}") from error
