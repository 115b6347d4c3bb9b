import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: the threads of two workers would wait for each other

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import tables

from harness.trust import trust


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = os.environ.get("NASGAUGE_TEST_DATA")
    if not folder:
        pytest.skip("NASGAUGE_TEST_DATA names no folder")
    if not Path(folder).is_dir():
        pytest.fail(f"NASGAUGE_TEST_DATA names {folder}, which is no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def synthetic_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds the table `synthetic`."""
    folder = tmp_path_factory.mktemp("data")
    tables.write_synthetic(folder)
    return folder


@pytest.fixture
def data(synthetic_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASGAUGE_DATA", str(synthetic_data))
    return synthetic_data


@pytest.fixture(autouse=True)
def trusting() -> Iterator[None]:
    """What a test trusts, or a command that it calls, is forgotten when it ends."""
    yield
    trust(None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Where the real data are at hand, a real-data test that is skipped has failed."""
    report = yield
    if report.skipped and item.get_closest_marker("real_data") and os.environ.get("NASGAUGE_TEST_DATA"):
        report.outcome = "failed"
        report.longrepr = f"skipped although NASGAUGE_TEST_DATA is set: {report.longrepr}"
    return report
