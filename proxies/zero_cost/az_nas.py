"""Four proxies assembled (AZ-NAS: Lee & Ham, CVPR 2024, equation 12)."""

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark, Proxy
from proxies.zero_cost._ensemble import Ensemble, members_of, ranks

PARTS = "az_expressivity+az_progressivity+az_trainability+az_complexity"


def az_nas(
    benchmark: Benchmark,
    *,
    seed: int,
    dataset: str | None = None,
    batch: int | None = None,
    precision: str | None = None,
) -> Proxy:
    """Sum over the four parts of log(rank / m) of an architecture among the m scored with it: one bad rank costs much.

    Equal scores share the mean of their ranks. `dataset`, `batch` and `precision` are those of the parts.
    """
    options = {"dataset": dataset, "batch": batch, "precision": precision}
    return Ensemble(members_of(benchmark, PARTS, seed, options), summed_logarithms)


def summed_logarithms(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """From scores (proxies, architectures) to one (architectures,)."""
    total: NDArray[np.float64] = np.log(ranks(values) / values.shape[1]).sum(axis=0)
    return total
