from pathlib import Path

import numpy as np
import pytest

from harness.core import Fidelity, Query
from harness.errors import BadValue, UnknownName, Unmeasured
from harness.spaces.nb201 import Nb201
from tabular.content import Content, Values
from tabular.show import curve, describe, describe_arch, measurements, read_arch
from tabular.store import open_table, write_table
from tabular.table import Table, in_words
from tabular.vocabulary import KNOWN

SHORT, LONG = Fidelity(12, 12), Fidelity(200, 200)
ARCHS = Nb201().all()
SIZE = len(ARCHS)


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(10, 90, shape)


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    long = random(SIZE, 1, 3)
    long[3, 0, 2] = long[4, 0] = np.nan
    return {"short": random(SIZE, 1, 1), "long": long, "test": random(SIZE, 1, 1) + 1, "seconds": random(SIZE, 2, 1)}


@pytest.fixture(scope="module")
def table(arrays, tmp_path_factory) -> Table:
    columns = (
        Values("valid_accuracy", (LONG,), (0, 1, 2), arrays["long"]),
        Values("valid_accuracy", (SHORT,), (0,), arrays["short"]),
        Values("test_accuracy", (LONG,), None, arrays["test"]),
        Values("seconds", (SHORT, LONG), None, arrays["seconds"]),
        Values("params", None, None, arrays["short"] * 100),
    )
    metrics = tuple(KNOWN[name] for name in ("valid_accuracy", "test_accuracy", "seconds", "params"))
    folder: Path = tmp_path_factory.mktemp("tables") / "made"
    write_table(folder, Content("nb201", metrics, columns, {"source": "test"}))
    return open_table(folder)


def test_vocabulary(table):
    assert table.fidelities == (SHORT, LONG)
    assert table.seeds == (0, 1, 2)
    assert table.measured_seeds("valid_accuracy", SHORT) == (0,)
    assert table.measured_seeds("test_accuracy", LONG) == ()
    assert [metric.name for metric in table.metrics] == ["valid_accuracy", "test_accuracy", "seconds", "params"]


def test_one_seed(table, arrays):
    answer = table.evaluate(Query(ARCHS[7], LONG), 1)
    assert answer.metrics == {
        "valid_accuracy": arrays["long"][7, 0, 1],
        "seconds": arrays["seconds"][7, 1, 0],
        "params": arrays["short"][7, 0, 0] * 100,
    }
    assert answer.seconds == arrays["seconds"][7, 1, 0]
    assert all(type(value) is float for value in answer.metrics.values())


def test_mean_over_the_measured_seeds(table, arrays):
    answer = table.evaluate(Query(ARCHS[3], LONG), None)
    assert answer.metrics["valid_accuracy"] == pytest.approx(arrays["long"][3, 0, :2].mean())
    assert answer.metrics["test_accuracy"] == arrays["test"][3, 0, 0]


def test_what_is_unmeasured_is_left_out(table):
    answer = table.evaluate(Query(ARCHS[4], LONG), None)
    assert set(answer.metrics) == {"test_accuracy", "seconds", "params"}


@pytest.mark.parametrize(
    ("arch", "fidelity", "seed", "message"),
    [
        (3, LONG, 2, r"with seed 2; there it has valid_accuracy \(seeds 0, 1, 2\), test_accuracy \(mean over seeds\)"),
        (0, SHORT, 1, r"at 12 epochs with seed 1; there it has valid_accuracy \(seeds 0\)"),
        (0, Fidelity(12, 200), None, "at 12 of 200 epochs as a mean over seeds; it has 12 epochs, 200 epochs"),
        (0, Fidelity(200, 200, 0.5), 0, "200 epochs, data 0.5 with seed 0"),
        (0, LONG, 7, "with seed 7"),
    ],
)
def test_unmeasured_says_what_there_is(table, arch, fidelity, seed, message):
    with pytest.raises(Unmeasured, match=message):
        table.evaluate(Query(ARCHS[arch], fidelity), seed)


@pytest.mark.parametrize("arch", [(0,) * 5, (9,) * 6, ARCHS[0] + (0,), "|none~0|"])
def test_architecture_of_another_space(table, arch):
    with pytest.raises(BadValue, match="no architecture of nb201"):
        table.evaluate(Query(arch, LONG), None)


@pytest.mark.parametrize("seed", [None, 0, 1, 2])
@pytest.mark.parametrize("metric", ["valid_accuracy", "seconds", "params"])
def test_bulk_answer_is_that_of_evaluate(table, metric, seed):
    values = table.table(metric, LONG, seed)
    assert values.shape == (SIZE,)
    assert values.dtype == np.float64
    for index in (0, 3, 4, 100, SIZE - 1):
        try:
            one = table.evaluate(Query(ARCHS[index], LONG), seed).metrics.get(metric, np.nan)
        except Unmeasured:
            one = np.nan
            if metric != "valid_accuracy":
                continue
        np.testing.assert_equal(values[index], one)


def test_bulk_answer_is_the_callers_own(table):
    first = table.table("valid_accuracy", LONG)
    first[:] = 0
    assert table.table("valid_accuracy", LONG)[0] != 0


def test_bulk_answer_that_cannot_be(table):
    with pytest.raises(UnknownName, match="Did you mean 'valid_accuracy'"):
        table.table("valid_acuracy", LONG)
    with pytest.raises(Unmeasured, match="there it has"):
        table.table("test_accuracy", LONG, 0)
    with pytest.raises(Unmeasured, match="it has 12 epochs"):
        table.table("valid_accuracy", Fidelity(3, 3))


def test_columns_on_disk_cannot_be_written_through(table):
    with pytest.raises(ValueError, match="read-only"):
        table._columns.values("valid_accuracy", LONG, 0)[0] = 1.0


def test_several_architectures_share_a_row(tmp_path, arrays):
    rows = np.full(SIZE, -1, dtype=np.int32)
    rows[[0, 5]] = 1
    column = Values("valid_accuracy", (SHORT,), (0,), np.array([[[1.0]], [[2.0]]]))
    write_table(tmp_path / "t", Content("nb201", (KNOWN["valid_accuracy"],), (column,), {}, rows=rows))
    table = open_table(tmp_path / "t")
    assert table.evaluate(Query(ARCHS[5], SHORT), 0).metrics == {"valid_accuracy": 2.0}
    assert np.isnan(table.evaluate(Query(ARCHS[5], SHORT), 0).seconds)
    assert np.flatnonzero(table.table("valid_accuracy", SHORT) == 2).tolist() == [0, 5]
    with pytest.raises(Unmeasured, match="no such measurement for"):
        table.evaluate(Query(ARCHS[1], SHORT), 0)


def test_fidelity_in_words():
    assert in_words(Fidelity(3, 12, 0.25)) == "3 of 12 epochs, data 0.25"
    assert in_words(Fidelity(3, 3, 1.0, 0.5, 2.0)) == "3 epochs, resolution 0.5, width 2"


def test_show(table, arrays):
    text = dict(describe(table))
    assert text["space"] == "nb201, 15,625 architectures"
    assert "15,624 values at 200 epochs" in text["valid_accuracy"]
    assert dict(describe_arch(table, ARCHS[0]))["architecture"] == Nb201().encode(ARCHS[0])
    header, valid, test, seconds = measurements(table, ARCHS[3])
    assert header == ("at the end of", "12 epochs", "200 epochs")
    assert (valid[0], test[0], seconds[0]) == ("valid_accuracy (%)", "test_accuracy (%)", "seconds (s)")
    assert test[1] == ""
    first, second = arrays["long"][3, 0, :2]
    assert valid[2] == f"{(first + second) / 2:.2f} ({first:.2f}, {second:.2f})"


def test_show_a_curve(table, arrays):
    header, *rows = curve(table, ARCHS[3], "valid_accuracy")
    first, second = arrays["long"][3, 0, :2]
    assert header[:2] == ("valid_accuracy", "mean")
    assert [row[0] for row in rows] == ["12 epochs", "200 epochs"]
    assert rows[1][1] == f"{(first + second) / 2:.6g}"
    with pytest.raises(UnknownName, match="Did you mean 'valid_accuracy'"):
        curve(table, ARCHS[3], "valid_acuracy")


def test_architecture_by_index_or_text():
    space = Nb201()
    assert read_arch(space, "15624") == read_arch(space, space.encode(ARCHS[15624])) == ARCHS[15624]
    for text in ("15625", "-1", "nonsense"):
        with pytest.raises(BadValue, match="nb201"):
            read_arch(space, text)
