from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.core import Fidelity, Query
from harness.errors import BadValue, NasgaugeError, UnknownName, Unmeasured
from harness.registry import load, names
from harness.spaces.nb201 import Nb201
from tabular.content import Content
from tabular.importers.table import table
from tabular.job import Job
from tabular.library import import_tables, imported
from tabular.table import Table

SPACE = Nb201()
SHORT, LONG = Fidelity(12, 12), Fidelity(200, 200)
COLUMNS = (
    "v12=valid_accuracy@12:0",
    "v200_0=valid_accuracy@200:0",
    "v200_1=valid_accuracy@200:1",
    "t=test_accuracy@200",
)
REAL = (
    "val12_cifar10=valid_accuracy@12:0",
    "test12_cifar10=test_accuracy@12:0",
    "test200_mean_cifar10=test_accuracy@200",
    "val200_cifar10_s0=valid_accuracy@200:0",
    "val200_cifar10_s1=valid_accuracy@200:1",
    "val200_cifar10_s2=valid_accuracy@200:2",
    "train_time200_s_cifar10/200=seconds_per_epoch",
)


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "tables"


@pytest.fixture
def frame() -> pd.DataFrame:
    archs = [SPACE.encode(arch) for arch in SPACE.all()[:20]]
    base = np.arange(20) / 7 + 50
    numbers = {"v12": base, "v200_0": base + 1, "v200_1": base + 2, "t": base + 3, "time": base * 10}
    return pd.DataFrame({"arch": archs, "idx": range(20), **numbers})


def read_table(path: Path, **options: Any) -> Content:
    (content,) = table(path, Job(path.parent, 1, lambda done, total: None), **options).values()
    return content


def import_table(kind: str, path: Path, name: str, **options: Any) -> Table:
    (made,) = import_tables(kind, path, name, **options)
    return made


def write(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("by", [{"arch": "arch"}, {"index": "idx"}])
def test_import(frame, tmp_path, suffix, by):
    path = write(frame.sample(frac=1, random_state=0), tmp_path / f"mine{suffix}")
    table = import_table("table", path, "mine", space="nb201", columns=[*COLUMNS, "time=seconds@200"], **by)
    answer = table.evaluate(Query(SPACE.all()[6], LONG), 1)
    assert answer.metrics == {"valid_accuracy": frame.v200_1[6], "seconds": frame.time[6]}
    mean = table.evaluate(Query(SPACE.all()[6], LONG), None)
    assert mean.metrics["valid_accuracy"] == pytest.approx(frame.v200_0[6] + 0.5)
    assert mean.metrics["test_accuracy"] == frame.t[6]
    assert np.isnan(table.evaluate(Query(SPACE.all()[6], SHORT), 0).seconds)
    with pytest.raises(Unmeasured):
        table.evaluate(Query(SPACE.all()[20], LONG), None)
    assert table.provenance["source"] == path.name
    assert table.provenance["checks"].startswith("20 of 15,625 architectures")


def test_index_of_the_frame_can_name_the_architectures(frame, tmp_path):
    path = write(frame.set_index("idx"), tmp_path / "t.parquet")
    content = read_table(path, space="nb201", index="idx", columns=COLUMNS)
    assert content.columns[0].values[19] == frame.v12[19]


def test_seconds_per_epoch_fill_what_has_no_seconds(frame, tmp_path):
    path = write(frame, tmp_path / "t.csv")
    columns = [*COLUMNS, "time/200=seconds_per_epoch", "v12=seconds@12"]
    table = import_table("table", path, "t", space="nb201", arch="arch", columns=columns)
    assert table.evaluate(Query(SPACE.all()[2], LONG), 0).seconds == pytest.approx(frame.time[2])
    assert table.evaluate(Query(SPACE.all()[2], SHORT), 0).seconds == frame.v12[2]


def test_fractions_become_percent_and_own_metrics_are_declared(frame, tmp_path):
    frame["f"], frame["kendall"] = frame.v12 / 100, np.linspace(-1, 1, 20)
    path = write(frame, tmp_path / "t.csv")
    content = read_table(
        path,
        space="nb201",
        arch="arch",
        columns=["f*100=valid_accuracy@3/12:4", "kendall=agreement@3/12", "time=energy"],
        metrics=["agreement:tau:max:valid"],
    )
    accuracy, agreement, energy = content.columns
    np.testing.assert_allclose(accuracy.values[:20, 0, 0], frame.v12)
    assert (accuracy.fidelities, accuracy.seeds) == ((Fidelity(3, 12),), (4,))
    assert agreement.values[0] == -1
    assert (energy.fidelities, energy.seeds) == (None, None)


def test_costs_by_formula(frame, tmp_path):
    path = write(frame, tmp_path / "t.csv")
    table = import_table("table", path, "t", space="nb201", arch="arch", columns=COLUMNS, classes=10)
    answer = table.evaluate(Query(SPACE.all()[1], SHORT), 0)
    assert answer.metrics["params"] == 802426
    assert answer.metrics["flops"] == pytest.approx(113.95137)
    with pytest.raises(BadValue, match="leave one of them out"):
        read_table(path, space="nb201", arch="arch", columns=[*COLUMNS, "time=params"], classes=10)


def test_library(frame, tmp_path, library):
    assert imported() == {}
    path = write(frame, tmp_path / "t.csv")
    import_table("table", path, "mine-1.0", space="nb201", arch="arch", columns=COLUMNS)
    (library / ".half.partial").mkdir()
    (library / "not_a_table").mkdir()
    assert list(imported()) == ["mine-1.0"]
    assert "mine-1.0" in names("benchmark")
    assert load("benchmark", "mine-1.0")().name == "mine-1.0"
    import_table("table", path, "mine-1.0", space="nb201", arch="arch", columns=COLUMNS)
    with pytest.raises(BadValue, match="another table"):
        import_table("table", path, "mine-1.0", space="nb201", arch="arch", columns=COLUMNS[:2])
    import_table("table", path, "mine-1.0", space="nb201", arch="arch", columns=COLUMNS[:2], force=True)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", ".hidden", "a b", "digits201"])
def test_names_that_cannot_be(frame, tmp_path, name):
    path = write(frame, tmp_path / "t.csv")
    with pytest.raises(BadValue, match=r"called|itself"):
        import_table("table", path, name, space="nb201", arch="arch", columns=COLUMNS)
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be(frame, tmp_path, monkeypatch):
    path = write(frame, tmp_path / "t.csv")
    monkeypatch.setenv("NASGAUGE_DATA", str(path))
    assert imported() == {}
    with pytest.raises(BadValue, match="NASGAUGE_DATA"):
        import_table("table", path, "mine", space="nb201", arch="arch", columns=COLUMNS)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("empty.csv", b"", "no valid csv"),
        ("header.csv", b"arch,v12\n", "has no rows"),
        ("binary.csv", b"\xff\xfe\x00\x01", "no valid csv"),
        ("ragged.csv", b"arch,v12\na,1,2,3\nb,1\n", "no valid csv"),
        ("wide.csv", b"arch,v12\na,1,2\nb,1,2\n", "more fields than its header"),
        ("bad.parquet", b"PAR1 nonsense", "no valid parquet"),
        ("empty.parquet", b"", "no valid parquet"),
        ("table.xlsx", b"x", "neither .csv nor .parquet"),
    ],
)
def test_files_that_are_none(tmp_path, file, content, message):
    (tmp_path / file).write_bytes(content)
    with pytest.raises(BadValue, match=message):
        read_table(tmp_path / file, space="nb201", arch="arch", columns=COLUMNS)


def test_absent_file(tmp_path):
    with pytest.raises(BadValue, match=r"nowhere\.csv cannot be read: No such file"):
        read_table(tmp_path / "nowhere.csv", space="nb201", arch="arch", columns=COLUMNS)


def put(row: int, column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame[column] = frame[column].astype(object)
        frame.loc[row, column] = value
        return frame

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(4, "arch", "01201210"), "row 5, column 'arch': '01201210' is no cell of nb201"),
        (put(4, "arch", None), "row 5, column 'arch'"),
        (put(4, "arch", SPACE.encode(SPACE.all()[1])), "rows 2 and 5 hold the same architecture"),
        (put(4, "v12", "high"), "row 5, column 'v12': 'high' is no number"),
        (put(4, "v12", np.inf), "row 5, column 'v12': .* is infinite"),
        (put(4, "v12", 100.5), "row 5, column 'v12': .* is no percentage"),
        (put(4, "v12", -1.0), "row 5, column 'v12': .* is no percentage"),
        (put(4, "time", -1.0), "row 5, column 'time': .* is negative"),
        (lambda frame: frame.assign(v12=np.nan), "column 'v12' holds no number"),
        (lambda frame: frame.assign(v12=frame.v12 / 100), r"write v12\*100=valid_accuracy"),
        (lambda frame: frame.drop(columns="v12"), "no column of the file is called 'v12'"),
        (lambda frame: frame.drop(columns="arch").assign(arc="x"), "Did you mean 'arc'"),
    ],
)
def test_values_that_cannot_be(frame, tmp_path, change, message):
    path = write(change(frame), tmp_path / "t.csv")
    with pytest.raises(NasgaugeError, match=message):
        import_table("table", path, "t", space="nb201", arch="arch", columns=[*COLUMNS, "time=seconds@200"])
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("value", [-1, 15625, 1.5, "x", np.nan])
def test_indices_that_cannot_be(frame, tmp_path, value):
    path = write(put(3, "idx", value)(frame), tmp_path / "t.csv")
    with pytest.raises(BadValue, match=r"row 4, column 'idx': .* is no index of nb201, 0 to 15624"):
        read_table(path, space="nb201", index="idx", columns=COLUMNS)


def test_nothing_measured_stays_nothing(frame, tmp_path):
    frame.loc[2, "v12"] = np.nan
    content = read_table(write(frame, tmp_path / "t.csv"), space="nb201", arch="arch", columns=COLUMNS)
    values = next(c.values for c in content.columns if c.fidelities == (SHORT,))
    assert np.flatnonzero(np.isnan(values)).tolist() == [2]
    assert "missing values: valid_accuracy at 12 epochs seed 0 1" in content.provenance["checks"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"columns": ["v12"]}, BadValue, "'v12' maps no column"),
        ({"columns": ["v12=valid_accuracy@"]}, BadValue, "maps no column"),
        ({"columns": ["v12=valid_accuracy"]}, BadValue, "write valid_accuracy@EPOCHS"),
        ({"columns": ["time=seconds"]}, BadValue, "seconds_per_epoch"),
        ({"columns": ["time=seconds_per_epoch@12"]}, BadValue, "leave out @12"),
        ({"columns": ["v12=valid_acuracy@12"]}, UnknownName, "Did you mean 'valid_accuracy'"),
        ({"columns": ["v13=valid_accuracy@12"]}, UnknownName, "Did you mean 'v12'"),
        ({"columns": ["v12/0=valid_accuracy@12"]}, BadValue, "by zero"),
        ({"columns": ["v12=valid_accuracy@13/12"]}, BadValue, "give 1 to 12"),
        ({"columns": ["v12=valid_accuracy@0"]}, BadValue, "give 1 to 0"),
        ({"columns": ["v12=valid_accuracy@12", "t=valid_accuracy@12"]}, BadValue, "both go to"),
        ({"columns": ["time=params"]}, BadValue, "no column is given with its epochs"),
        ({"columns": [*COLUMNS, "time=params", "time=params@12"]}, BadValue, "again for some"),
        ({"arch": None}, BadValue, "say which column"),
        ({"index": "idx"}, BadValue, "say which column"),
        ({"space": "nb202"}, UnknownName, "Did you mean 'nb201'"),
        ({"dataset": "digit"}, UnknownName, "Did you mean 'digits'"),
        ({"classes": 11}, BadValue, "11 classes"),
        ({"metrics": ["f1"]}, BadValue, "NAME:UNIT:max"),
        ({"metrics": ["f1:%:up:valid"]}, BadValue, "NAME:UNIT:max"),
        ({"metrics": ["f1:%:max:hidden"]}, UnknownName, "no split"),
        ({"metrics": ["valid_accuracy:%:min:valid"]}, BadValue, "another name"),
    ],
)
def test_options_that_cannot_be(frame, tmp_path, options, error, message):
    path = write(frame, tmp_path / "t.csv")
    with pytest.raises(error, match=message):
        import_table("table", path, "t", **{"space": "nb201", "arch": "arch", "columns": COLUMNS} | options)
    assert not (tmp_path / "data" / "tables" / "t").exists()


def test_digits201_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr("tabular.benchmarks.digits201.FOLDER", tmp_path)
    with pytest.raises(BadValue, match="nasgauge mint"):
        load("benchmark", "digits201")()


@pytest.mark.real_data
def test_the_real_table(real_data):
    path = real_data / "nb201_accuracy.parquet"
    table = import_table("table", path, "nb201-cifar10", space="nb201", index="idx", columns=REAL, classes=10)
    source = pd.read_parquet(path)
    np.testing.assert_array_equal(table.table("valid_accuracy", SHORT, 0), source.val12_cifar10)
    np.testing.assert_array_equal(table.table("valid_accuracy", LONG, 2), source.val200_cifar10_s2)
    np.testing.assert_array_equal(table.table("test_accuracy", LONG), source.test200_mean_cifar10)
    np.testing.assert_allclose(table.table("seconds", SHORT), source.train_time200_s_cifar10 * 12 / 200)
    seeds = source[[f"val200_cifar10_s{k}" for k in range(3)]]
    np.testing.assert_allclose(table.table("valid_accuracy", LONG), seeds.mean(axis=1), rtol=1e-12)
    for index in (0, 7812, 15624):
        answer = table.evaluate(Query(SPACE.all()[index], SHORT), 0)
        assert answer.metrics["test_accuracy"] == source.test12_cifar10[index]


@pytest.mark.real_data
def test_correlations_of_the_real_table(real_data):
    from scipy.stats import kendalltau, spearmanr

    table = import_table(
        "table", real_data / "nb201_accuracy.parquet", "c10", space="nb201", index="idx", columns=REAL, classes=10
    )
    truth = table.table("test_accuracy", LONG)
    for metric, tau, rho in (
        ("valid_accuracy", 0.5943, 0.7718),
        ("test_accuracy", 0.7000, 0.8705),
        ("params", 0.5778, 0.7527),
    ):
        values = table.table(metric, SHORT)
        assert round(kendalltau(values, truth).statistic, 4) == tau
        assert round(spearmanr(values, truth).statistic, 4) == rho
