"""The majority of three proxies (Abdelfattah et al., ICLR 2021, section 3.2)."""

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark, Proxy
from proxies.zero_cost._ensemble import Ensemble, members_of, ranks

DEFAULT = "synflow+jacob_cov+snip"
ROWS = 256
"""Architectures that are compared with all others at once."""


def vote(
    benchmark: Benchmark,
    *,
    seed: int,
    proxies: str = DEFAULT,
    dataset: str | None = None,
    batch: int | None = None,
    precision: str | None = None,
) -> Proxy:
    """The number of architectures, of those scored at once, that more of the `proxies` find worse than better.

    The paper's vote decides between two architectures; counting its wins (Copeland's method) ranks them. A proxy that
    finds two equal abstains. `proxies` are joined by +; any can be named. `dataset`, `batch` and `precision` are for
    those that take them.
    """
    options = {"dataset": dataset, "batch": batch, "precision": precision}
    return Ensemble(members_of(benchmark, proxies, seed, options), wins)


def wins(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """From scores (proxies, architectures) to the number of others that each beats, (architectures,)."""
    places = (2 * ranks(values)).astype(np.int32)
    scores = np.empty(values.shape[1])
    for start in range(0, len(scores), ROWS):
        rows = slice(start, start + ROWS)
        margin = np.zeros((len(scores[rows]), len(scores)), dtype=np.int16)
        for place in places:
            margin += place[rows, None] > place
            margin -= place[rows, None] < place
        scores[rows] = (margin > 0).sum(axis=1)
    return scores
