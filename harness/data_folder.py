"""Where imported tables and data sets are kept."""

import os
from pathlib import Path


def data_folder() -> Path:
    """Where nasgauge keeps data: the folder that NASGAUGE_DATA names, or the user's data folder of the system."""
    import platformdirs

    return Path(os.environ.get("NASGAUGE_DATA") or platformdirs.user_data_dir("nasgauge", appauthor=False))


def datasets_folder() -> Path:
    """The folder that NASGAUGE_DATASETS names, or `datasets` in the data folder that the imported tables are in."""
    return Path(os.environ.get("NASGAUGE_DATASETS") or data_folder() / "datasets")
