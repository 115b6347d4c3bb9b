"""Where data sets lie, and what is read from there before it is split into parts."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.live.images import Read


class Source(NamedTuple):
    """Labelled images as stored: `labels` and `testing`, which images are for testing only, have shape (images,)."""

    read: Read
    labels: NDArray[np.int64]
    testing: NDArray[np.bool_]


def datasets_folder() -> Path:
    """The folder that NASGAUGE_DATASETS names, or `datasets` in the data folder that the imported tables are in."""
    named = os.environ.get("NASGAUGE_DATASETS")
    if named:
        return Path(named)
    import platformdirs

    data = os.environ.get("NASGAUGE_DATA") or platformdirs.user_data_dir("nasgauge", appauthor=False)
    return Path(data) / "datasets"
