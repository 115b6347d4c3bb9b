"""What was seen of supernets while they trained, as columns of a shard."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core import Proxy, SearchSpace, Supernet


def history_columns(
    labels: Mapping[str, Any], proxies: Mapping[str, Proxy], space: SearchSpace, truth: NDArray[np.float64]
) -> dict[str, Any]:
    """A row for each thing watched, the truth of its architecture beside it; empty where nothing was watched.

    `arch` is the official index, -1 for what is of the whole supernet; `truth` has shape (size of the space,).
    """
    rows = [(label, row) for label, proxy in proxies.items() if isinstance(proxy, Supernet) for row in proxy.history]
    if not rows:
        return {}
    archs = np.array([-1 if row.arch is None else space.index(row.arch) for _, row in rows])
    return {
        **labels,
        "proxy": [label for label, _ in rows],
        "epoch": [row.epoch for _, row in rows],
        "measure": [row.measure for _, row in rows],
        "arch": archs,
        "value": [row.value for _, row in rows],
        "truth": np.where(archs < 0, np.nan, truth[archs]),
    }
