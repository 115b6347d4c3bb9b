"""Accuracy on another task as an estimate for this one (Dong & Yang, NAS-Bench-201, ICLR 2020, correlate data sets)."""

from harness.core import Benchmark
from harness.errors import BadValue
from proxies.low_fidelity._reduced import Reduced
from proxies.low_fidelity.reduced import reduced


def transfer(
    benchmark: Benchmark,
    *,
    seed: int,
    source: str | None = None,
    epochs: int | None = None,
    schedule: str = "truncated",
    metric: str = "valid_accuracy",
    trial: int | str | None = None,
) -> Reduced:
    """The metric that the same architecture has in the benchmark called `source`, whose space must be the same.

    It is read after the source's full training, or after `epochs` of it (`truncated`) or of a schedule of that length
    (`own`). `trial` is the source's seed that answers, or "mean" for the mean over them; by default they take turns
    with `seed`. A `BadValue` without a source, for one of another space, or one that is not trained like that.
    """
    if source is None:
        raise BadValue("transfer reads another benchmark: give source = the name of one; see: nasgauge list benchmark")
    return reduced(benchmark, seed=seed, epochs=epochs, schedule=schedule, metric=metric, trial=trial, source=source)
