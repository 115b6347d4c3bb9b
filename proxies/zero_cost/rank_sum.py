"""The sum of ranks, as TE-NAS adds its two (Chen et al., ICLR 2021, section 3.2)."""

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark, Proxy
from proxies.zero_cost._ensemble import Ensemble, members_of, ranks

DEFAULT = "synflow+jacob_cov+snip"


def rank_sum(
    benchmark: Benchmark,
    *,
    seed: int,
    proxies: str = DEFAULT,
    dataset: str | None = None,
    batch: int | None = None,
    precision: str | None = None,
) -> Proxy:
    """The sum over the `proxies`, joined by +, of the rank of an architecture among those scored with it.

    The worst has rank 1, and ties share the mean of theirs. Any proxy can be named. `dataset`, `batch` and `precision`
    are for those that take them.
    """
    options = {"dataset": dataset, "batch": batch, "precision": precision}
    return Ensemble(members_of(benchmark, proxies, seed, options), summed_ranks)


def summed_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """From scores (proxies, architectures) to one (architectures,)."""
    total: NDArray[np.float64] = ranks(values).sum(axis=0)
    return total
