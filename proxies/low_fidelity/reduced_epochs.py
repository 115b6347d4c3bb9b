"""Accuracy after fewer epochs of training (Zhou et al., EcoNAS, CVPR 2020, study it among other reductions)."""

from harness.core import Benchmark, Fidelity
from harness.errors import BadValue
from harness.fidelities import full_fidelity
from proxies.low_fidelity._reduced import Reduced, resolve_trial

SCHEDULES = ("truncated", "own")


def reduced_epochs(
    benchmark: Benchmark,
    *,
    seed: int,
    epochs: int | None = None,
    schedule: str = "truncated",
    metric: str = "valid_accuracy",
    trial: int | str | None = None,
) -> Reduced:
    """The metric after `epochs` of the full schedule (`truncated`), or of a schedule of that length (`own`).

    By default as many epochs as the benchmark offers up to a quarter of the full schedule. `trial` is the benchmark's
    seed that answers, or "mean" for the mean over them; by default they take turns with `seed`. A `BadValue` lists the
    fidelities there are.
    """
    if schedule not in SCHEDULES:
        raise BadValue(f"no schedule is called {schedule!r}; give one of {', '.join(SCHEDULES)}")
    if epochs is None:
        epochs = _quarter(benchmark, metric, schedule)
    fidelity = _fidelity(benchmark, metric, epochs, schedule)
    return Reduced(benchmark, fidelity, metric, resolve_trial(benchmark, metric, fidelity, seed, trial))


def _fidelity(benchmark: Benchmark, metric: str, epochs: int, schedule: str) -> Fidelity:
    full = full_fidelity(benchmark, metric)
    return full._replace(epochs=epochs, schedule=full.schedule if schedule == "truncated" else epochs)


def _quarter(benchmark: Benchmark, metric: str, schedule: str) -> int:
    """The most epochs on offer up to a quarter of the full ones; a quarter, rounded down, when there are none."""
    quarter = full_fidelity(benchmark, metric).epochs // 4
    offered = [n for n in range(quarter, 0, -1) if _fidelity(benchmark, metric, n, schedule) in benchmark.fidelities]
    return offered[0] if offered else quarter
