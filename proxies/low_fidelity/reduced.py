"""Accuracy after a training that is cheaper in several ways at once (Zhou et al., EcoNAS, CVPR 2020, section 3)."""

from harness.core import Benchmark, Fidelity
from harness.errors import BadValue
from harness.fidelities import full_fidelity
from proxies.low_fidelity._reduced import Reduced
from proxies.low_fidelity._source import resolve_trial, source_of

SCHEDULES = ("truncated", "own")


def reduced(
    benchmark: Benchmark,
    *,
    seed: int,
    epochs: int | None = None,
    schedule: str = "truncated",
    data: float = 1.0,
    resolution: float = 1.0,
    width: float = 1.0,
    depth: float = 1.0,
    metric: str = "valid_accuracy",
    trial: int | str | None = None,
    source: str | None = None,
) -> Reduced:
    """The metric after a training that is reduced in what is given, and full in what is not.

    `epochs` are those of the full schedule (`truncated`), or of a schedule of that length (`own`); the others are
    fractions of the full. `trial` is the benchmark's seed that answers, or "mean" for the mean over them; by default
    they take turns with `seed`. `source` names another benchmark of the same space to read from or to train with, such
    as "digits_live". A `BadValue` lists the fidelities there are when this one is not among them.
    """
    if schedule not in SCHEDULES:
        raise BadValue(f"no schedule is called {schedule!r}; give one of {', '.join(SCHEDULES)}")
    read = source_of(benchmark, source)
    full = full_fidelity(read, metric)
    epochs = full.epochs if epochs is None else epochs
    length = full.schedule if schedule == "truncated" else epochs
    fidelity = Fidelity(epochs, length, data, resolution, width, depth)
    return Reduced(read, fidelity, metric, resolve_trial(read, metric, fidelity, seed, trial))
