"""The gate in a test suite of somebody else's, run by pytest inside pytest."""

import subprocess
import sys
from importlib.metadata import entry_points
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from harness.errors import BadValue
from harness.gate.baseline import read_baseline
from harness.gate.suite import keep, table_of

pytest_plugins = ["pytester"]

SUITE = """
import numpy as np
import pytest

rng = np.random.default_rng(0)
truth = rng.normal(size=120)
scores = truth + rng.normal(size=120)

@pytest.mark.nasgauge(baseline="kept/my.parquet")
def test_my_proxy(nasgauge):
    nasgauge.check("my_proxy", {change}, truth)
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> "Suite":
    return Suite(pytester)


class Suite:
    """Runs a test file under strict markers, with warnings as errors."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.folder, self._pytester = pytester.path, pytester
        installed = any(point.name == "nasgauge" for point in entry_points(group="pytest11"))
        self._options = ["--strict-markers", "-Werror", "-pno:cacheprovider"]
        self._options += [] if installed else ["-pharness.pytest_plugin"]
        pytester.makeini("[pytest]")

    def run(self, text: str, *options: str) -> pytest.RunResult:
        self._pytester.makepyfile(text)
        return self._pytester.runpytest_inprocess(*self._options, *options)


def test_a_proxy_is_kept_once_and_compared_from_then_on(suite: Suite) -> None:
    good = SUITE.format(change="scores")
    first = suite.run(good)
    first.assert_outcomes(failed=1)
    first.stdout.fnmatch_lines(["*there is no baseline *kept/my.parquet: run pytest with --nasgauge-update once*"])
    assert not (suite.folder / "kept").exists()
    suite.run(good, "--nasgauge-update").assert_outcomes(passed=1)
    suite.run(good, "--nasgauge-update").assert_outcomes(passed=1)
    assert [path.name for path in (suite.folder / "kept").iterdir()] == ["my.parquet"]
    suite.run(good).assert_outcomes(passed=1)
    suite.run(SUITE.format(change="scores + 1e-9 * rng.normal(size=120)")).assert_outcomes(passed=1)
    flipped = suite.run(SUITE.format(change="-scores"))
    flipped.assert_outcomes(failed=1)
    flipped.stdout.fnmatch_lines(["*my_proxy*worse, sign flipped*", "*failed: 1 of 1 proxies;*--nasgauge-update"])
    flipped.stdout.no_fnmatch_line("*Traceback*")
    other = suite.run(good.replace('"my_proxy"', '"another"'))
    other.stdout.fnmatch_lines(["*my.parquet holds no scores of another: run pytest with --nasgauge-update once*"])
    shifted = suite.run(good.replace("truth)\n", "truth + 1)\n"))
    shifted.assert_outcomes(failed=1)
    shifted.stdout.fnmatch_lines(["*has another truth for 120 of 120 *write the new baseline with --nasgauge-update*"])


def test_the_nearest_marker_and_then_the_argument_say_which_file(suite: Suite) -> None:
    text = """
    import numpy as np
    import pytest

    pytestmark = pytest.mark.nasgauge(baseline="module.parquet", level=0.5)
    values = np.arange(20.0)

    def test_module(nasgauge):
        nasgauge.check("a", values, values)

    @pytest.mark.nasgauge("near.parquet")
    def test_near(nasgauge):
        nasgauge.check("a", values, values)
        nasgauge.check("a", {3: values, 5: -values}, values, archs=[f"cell{i}" for i in values], baseline="own.parquet")
        assert nasgauge._defaults["level"] == 0.5
    """
    suite.run(text, "--nasgauge-update").assert_outcomes(passed=2)
    assert {path.name for path in suite.folder.glob("*.parquet")} == {"module.parquet", "near.parquet", "own.parquet"}
    own = read_baseline(suite.folder / "own.parquet").scores
    assert sorted(set(own["seed"])) == [3, 5]
    assert own["arch"][0] == "cell0.0"
    suite.run(text).assert_outcomes(passed=2)
    nameless = suite.run(text.replace("pytestmark", "unused").replace("@pytest.mark.nasgauge", "#"))
    nameless.stdout.fnmatch_lines(['*no baseline is named: give baseline="FILE", here or in @pytest.mark.nasgauge*'])
    unknown = suite.run(text.replace("level=0.5", "levl=0.5"))
    unknown.assert_outcomes(errors=2)


def test_the_level_of_the_marker_counts(suite: Suite) -> None:
    suite.run(SUITE.format(change="scores"), "--nasgauge-update").assert_outcomes(passed=1)
    noisy = SUITE.format(change="scores + 0.6 * rng.normal(size=120)")
    suite.run(noisy.replace('my.parquet"', 'my.parquet", level=0.000001')).assert_outcomes(passed=1)
    suite.run(noisy.replace('my.parquet"', 'my.parquet", level=0.5')).assert_outcomes(failed=1)


def write_one(arguments: tuple[Path, int]) -> None:
    file, number = arguments
    values = np.arange(20.0) + number
    keep(file, table_of(f"proxy{number}", values, np.arange(20.0), None))


def test_tests_that_run_at_once_do_not_lose_each_others_scores(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "all.parquet"
    with get_context("fork").Pool(4) as pool:
        pool.map(write_one, [(file, number) for number in range(24)], chunksize=1)
    scores = read_baseline(file).scores
    assert set(scores["proxy"]) == {f"proxy{number}" for number in range(24)}
    assert len(scores) == 24 * 20
    assert [path.name for path in file.parent.iterdir()] == ["all.parquet"]


@pytest.mark.parametrize(
    ("scores", "truth", "archs", "message"),
    [
        (np.ones(12), np.ones(11), None, r"numbers of rows differ \(truth: 11, archs: 11, scores of seed 0: 12\)"),
        (np.ones(12), np.ones(12), ["a"], "numbers of rows differ"),
        (np.ones(12), np.ones(12), ["a", "b"] * 6, "archs names 'a' twice"),
        (np.ones((3, 12)), np.ones(12), None, r"scores has shape \(3, 12\): give one value per row"),
        ({}, np.ones(12), None, "scores is an empty mapping"),
        (["x"] * 12, np.ones(12), None, "scores holds values of type"),
        (np.ones(12), np.array([np.inf] * 12), None, "truth holds an infinite value"),
    ],
)
def test_arguments_that_cannot_be_used(scores: object, truth: np.ndarray, archs: list[str], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        table_of("p", scores, truth, archs)


def test_an_architecture_without_a_truth_is_left_out() -> None:
    truth = np.arange(12.0)
    truth[2] = np.nan
    kept = table_of("p", {1: np.ones(12), 2: np.zeros(12)}, truth, None).scores
    assert len(kept) == 22
    assert "2" not in set(kept["arch"])
    assert kept["truth"].notna().all()
    assert kept[kept["seed"] == 2]["score"].eq(0).all()


def test_the_plugin_loads_nothing_heavy() -> None:
    code = "import sys, harness.pytest_plugin; print([m for m in ('numpy', 'pandas', 'pyarrow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-Werror", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
