"""Accuracy after fewer epochs of training (Zhou et al., EcoNAS, CVPR 2020, study it among other reductions)."""

from harness.core import Benchmark, Fidelity
from harness.fidelities import full_fidelity
from proxies.low_fidelity._reduced import Reduced
from proxies.low_fidelity._source import source_of
from proxies.low_fidelity.reduced import reduced


def reduced_epochs(
    benchmark: Benchmark,
    *,
    seed: int,
    epochs: int | None = None,
    schedule: str = "truncated",
    metric: str = "valid_accuracy",
    trial: int | str | None = None,
    source: str | None = None,
) -> Reduced:
    """The metric after `epochs` of the full schedule (`truncated`), or of a schedule of that length (`own`).

    By default as many epochs as the benchmark offers up to a quarter of the full schedule. `trial` is the benchmark's
    seed that answers, or "mean" for the mean over them; by default they take turns with `seed`. `source` names another
    benchmark of the same space to read from or to train with. A `BadValue` lists the fidelities there are.
    """
    if epochs is None:
        epochs = _quarter(source_of(benchmark, source), metric, schedule)
    return reduced(benchmark, seed=seed, epochs=epochs, schedule=schedule, metric=metric, trial=trial, source=source)


def _quarter(benchmark: Benchmark, metric: str, schedule: str) -> int:
    """The most epochs on offer up to a quarter of the full ones; a quarter, rounded down, when there are none."""
    full = full_fidelity(benchmark, metric)

    def offered(epochs: int) -> Fidelity:
        return full._replace(epochs=epochs, schedule=epochs if schedule == "own" else full.schedule)

    quarter = full.epochs // 4
    return next((n for n in range(quarter, 0, -1) if offered(n) in benchmark.fidelities), quarter)
