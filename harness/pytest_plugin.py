"""The gate inside somebody else's test suite: a fixture, a marker and an option, all called `nasgauge`.

What the check needs is imported when a test first uses it, so that pytest starts as fast as without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MARKER = "nasgauge(baseline, level=0.05): the file and the level that nasgauge.check uses in this test"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes baselines."""
    parser.getgroup("nasgauge").addoption(
        "--nasgauge-update", action="store_true", help="keep the scores that nasgauge.check is given as the baseline"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, so that `--strict-markers` knows it."""
    config.addinivalue_line("markers", MARKER)


class Gate:
    """What a test asks whether its scores are worse than the stored ones."""

    def __init__(self, root: Path, update: bool, defaults: Mapping[str, Any]) -> None:
        self._root, self._update, self._defaults = root, update, defaults

    def check(
        self,
        proxy: str,
        scores: ArrayLike | Mapping[int, ArrayLike],
        truth: ArrayLike,
        *,
        archs: Sequence[object] | None = None,
        baseline: str | Path | None = None,
    ) -> None:
        """Fail the test, with a table, when the scores are significantly worse than those stored under this name.

        `scores` and `truth` have shape (architectures,), higher is better; a score that is not finite is undefined, and
        an architecture whose truth is NaN is left out. Give a mapping of seeds to scores where the proxy draws random
        numbers. `archs` name the architectures (by default their positions), and `baseline` is the file, relative to
        pytest's root folder (by default the marker's). With `--nasgauge-update` the scores are stored and nothing
        fails. `BadValue` for arguments that cannot be used.
        """
        from harness.gate.suite import judge, keep, table_of

        file = self._file(baseline)
        now = table_of(proxy, scores, truth, archs)
        if self._update:
            keep(file, now)
            return
        complaint = judge(file, now, float(self._defaults.get("level", 0.05)))
        if complaint:
            pytest.fail(complaint, pytrace=False)

    def _file(self, baseline: str | Path | None) -> Path:
        given = baseline if baseline is not None else self._defaults.get("baseline")
        if given is None:
            from harness.errors import BadValue

            raise BadValue('no baseline is named: give baseline="FILE", here or in @pytest.mark.nasgauge(...)')
        return self._root / given


@pytest.fixture
def nasgauge(request: pytest.FixtureRequest) -> Gate:
    """The gate; markers of the test go before those of its class and its module."""
    defaults: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("nasgauge"))):
        defaults |= _options(*marker.args, **marker.kwargs)
    return Gate(request.config.rootpath, request.config.getoption("--nasgauge-update"), defaults)


def _options(baseline: str | Path | None = None, level: float | None = None) -> dict[str, Any]:
    """What a marker says; anything else is a `TypeError`."""
    return {key: value for key, value in (("baseline", baseline), ("level", level)) if value is not None}
