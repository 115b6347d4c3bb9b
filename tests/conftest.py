import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = os.environ.get("NASGAUGE_TEST_DATA")
    if not folder:
        pytest.skip("NASGAUGE_TEST_DATA names no folder")
    return Path(folder)
