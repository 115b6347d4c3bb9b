import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.core import Fidelity, Metric, Query
from harness.errors import BadValue, UnknownName, Unmeasured
from harness.registry import load
from harness.spaces.nb201 import Nb201
from tabular.content import Content, Values
from tabular.importers.hw_nas_bench import DATASETS, METRICS, hw_nas_bench
from tabular.job import Job
from tabular.store import open_table, write_table
from tabular.vocabulary import KNOWN

SPACE = Nb201()
SIZE = SPACE.size
SHORT, LONG = Fidelity(12, 12), Fidelity(200, 200)
NAMES = [metric.name for metric in METRICS]
REAL = ("cifar10", "cifar100")


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "tables"


def columns(seed: int = 0) -> dict:
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(1, 9, SIZE) for name in NAMES}


def write(folder: Path, datasets: dict, *, protocol: int = 4) -> Path:
    path = folder / "HW-NAS-Bench-v1_0.pickle"
    fbnet = {"edgegpu_latency": {"Skip_H32_W32_Cin16_Cout16_stride1": 0.1}}
    path.write_bytes(pickle.dumps({"nasbench201": datasets, "fbnet": fbnet}, protocol=protocol))
    return path


def read(path: Path, **options) -> dict[str, Content]:
    return hw_nas_bench(path, Job(path.parent, 1, lambda done, total: None), **options)


def accuracies(folder: Path, rows: np.ndarray | None = None, space: str = "nb201") -> None:
    """A table whose accuracies are the row's number, and one more with the seed."""
    height = (load("space", space)().size if rows is None else rows.max() + 1) if space == "nb201" else 6561
    values = np.arange(height, dtype=float)[:, None, None] % 100 + np.array([[[0.0, 1.0]]])
    content = Content(
        space,
        (KNOWN["valid_accuracy"], KNOWN["params"]),
        (
            Values("valid_accuracy", (SHORT, LONG), (777, 888), values % 100),
            Values("params", None, None, np.full((height, 1, 1), 5.0)),
        ),
        {"source": "made up"},
        rows=rows,
    )
    write_table(folder, content)


def opened(folder: Path, content: Content):
    write_table(folder / "joined", content, force=True)
    return open_table(folder / "joined")


def test_costs_stand_beside_the_columns_of_every_table_that_there_is(tmp_path, library):
    accuracies(library / "nats_tss-cifar10")
    accuracies(library / "nats_tss-ImageNet16-120")
    datasets = {name: columns(seed) for seed, name in enumerate(DATASETS)}
    contents = read(write(tmp_path, datasets), join="nats_tss")
    assert list(contents) == ["cifar10", "ImageNet16-120"]
    for name, content in contents.items():
        table = opened(tmp_path, content)
        for index in (0, 7812, SIZE - 1):
            answer = table.evaluate(Query(SPACE.all()[index], LONG), 888)
            costs = {metric: datasets[name][metric][index] for metric in NAMES}
            assert answer.metrics == {"valid_accuracy": (index % 100 + 1) % 100, "params": 5.0, **costs}
        assert table.fidelities == (SHORT, LONG)
        assert table.provenance["joined source"] == "made up"
        assert table.provenance["source"].startswith(f"HW-NAS-Bench (Li et al., ICLR 2021), {name}, joined to nats_tss")


def test_what_repeats_itself_on_disk_stays_short(tmp_path, library):
    accuracies(library / "nats_tss-cifar10")
    stored = library / "nats_tss-cifar10" / "valid_accuracy.npy"
    (content,) = read(write(tmp_path, {"cifar10": columns()}), join="nats_tss").values()
    opened(tmp_path, content)
    assert np.load(stored).shape == np.load(tmp_path / "joined" / "valid_accuracy.npy").shape == (SIZE, 1, 2)


def test_metrics_have_units():
    found = {metric.name: tuple(metric[1:]) for metric in METRICS}
    assert len(found) == 10
    assert found["edgegpu_latency"] == found["fpga_latency"] == ("ms", False, "cost")
    assert found["eyeriss_energy"] == ("mJ", False, "cost")
    assert found["eyeriss_arithmetic_intensity"] == ("MAC/byte", True, "cost")


def test_a_table_with_few_rows_keeps_them(tmp_path, library):
    rows = np.full(SIZE, -1, dtype=np.int32)
    rows[[3, 5, 9]] = [1, 0, 1]
    accuracies(library / "nb201-cifar10", rows)
    costs = columns()
    (content,) = read(write(tmp_path, {"cifar10": costs}), join="nb201-cifar10").values()
    table = opened(tmp_path, content)
    for index, accuracy in ((3, 1.0), (5, 0.0), (9, 1.0)):
        answer = table.evaluate(Query(SPACE.all()[index], SHORT), 777)
        assert answer.metrics["valid_accuracy"] == accuracy
        assert answer.metrics["pixel3_latency"] == costs["pixel3_latency"][index]
    with pytest.raises(Unmeasured):
        table.evaluate(Query(SPACE.all()[4], SHORT), 777)


def test_one_table_whose_name_says_nothing(tmp_path, library):
    accuracies(library / "mine")
    path = write(tmp_path, {name: columns(seed) for seed, name in enumerate(DATASETS)})
    with pytest.raises(BadValue, match="'mine' does not say what it was trained on"):
        read(path, join="mine")
    assert list(read(path, join="mine", dataset="cifar100")) == ["cifar100"]


def test_negative_numbers_are_cells_that_a_device_does_not_run(tmp_path, library):
    accuracies(library / "nats_tss-cifar10")
    costs = columns()
    costs["edgetpu_latency"][[0, 8]] = -1
    costs["edgegpu_energy"] = costs["edgegpu_energy"].tolist()
    del costs["fpga_energy"]
    costs["config"] = [{"arch_str": SPACE.encode(arch), "C": 16} for arch in SPACE.all()]
    (content,) = read(write(tmp_path, {"cifar10": costs}, protocol=2), join="nats_tss").values()
    table = opened(tmp_path, content)
    assert np.flatnonzero(np.isnan(table.table("edgetpu_latency", LONG))).tolist() == [0, 8]
    assert "(negative in the file): edgetpu_latency 2;" in table.provenance["checks"]
    assert "costs that the file lacks: fpga_energy" in table.provenance["checks"]
    assert "the 15,625 cells that the file names stand in the official order" in table.provenance["checks"]


def test_cells_in_another_order(tmp_path, library):
    accuracies(library / "nats_tss-cifar10")
    named = [{"arch_str": SPACE.encode(arch)} for arch in SPACE.all()]
    named[1], named[2] = named[2], named[1]
    with pytest.raises(BadValue, match="its cell 1 is"):
        read(write(tmp_path, {"cifar10": {**columns(), "config": named}}), join="nats_tss")
    named[1] = {"arch_str": np.array([1, 2])}
    with pytest.raises(BadValue, match="its cell 1 is"):
        read(write(tmp_path, {"cifar10": {**columns(), "config": named}}), join="nats_tss")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"join": "nats_tss"}, BadValue, "there is no table 'nats_tss', nor nats_tss-cifar10"),
        ({"join": "nats_tss"}, BadValue, r"import NATS-Bench \(nats_tss\) or NAS-Bench-201"),
        ({"join": "digits_live"}, BadValue, "does not say what it was trained on"),
        ({"join": "digits_live", "dataset": "cifar10"}, BadValue, "is no table of the nb201 space"),
        ({"join": "x", "dataset": "cifar"}, UnknownName, "Did you mean 'cifar10'"),
        ({"join": "macro", "dataset": "cifar10"}, BadValue, "is no table of the nb201 space"),
        ({"join": "priced-cifar10"}, BadValue, "has pixel3_latency already"),
        ({"join": "there", "dataset": "cifar10"}, BadValue, "nor there-cifar10"),
        ({"join": "there"}, UnknownName, "no data set of the file is called 'cifar100'"),
    ],
)
def test_tables_that_cannot_be_joined_to(tmp_path, library, options, error, message):
    accuracies(library / "macro", space="nb_macro")
    accuracies(library / "there-cifar100")
    priced = Metric("pixel3_latency", "ms", False, "cost")
    values = Values("pixel3_latency", (SHORT,), None, np.ones((SIZE, 1, 1)))
    write_table(library / "priced-cifar10", Content("nb201", (priced,), (values,), {}))
    with pytest.raises(error, match=message):
        read(write(tmp_path, {"cifar10": columns()}), **options)


def put(name, value):
    return {"cifar10": {**columns(), name: value}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cut short|no pickle|empty"),
        (b"no pickle at all", "no pickle"),
        (pickle.dumps(print), "wants builtins.print"),
        (pickle.dumps([1, 2]), "not the pickle of HW-NAS-Bench"),
        (pickle.dumps({"fbnet": {}}), "not the pickle of HW-NAS-Bench"),
        (pickle.dumps({"nasbench201": {"cifar10": []}}), "not the pickle of HW-NAS-Bench"),
        (pickle.dumps({"nasbench201": {"cifar10": {"x": []}}}), "no column is called edgegpu_latency"),
        (put("fpga_energy", [1.0]), "a list of 15,625 numbers"),
        (put("fpga_energy", 3.0), "a list of 15,625 numbers"),
        (put("fpga_energy", np.ones((SIZE, 2))), r"fpga_energy, cell 0: \[1.0, 1.0\] is no number"),
        (put("fpga_energy", [1.0] * (SIZE - 1) + ["2"]), "cell 15624: '2' is no number"),
        (put("fpga_energy", [np.inf] * SIZE), "cell 0: inf is no number"),
        (put("fpga_energy", [10**400] * SIZE), "cell 0: .* is no number"),
        (put("config", [3]), "its cell 0 is None"),
        (put("config", 3), "names its cells by no list"),
    ],
)
def test_files_that_cannot_be(tmp_path, library, data, message):
    accuracies(library / "nats_tss-cifar10")
    path = write(tmp_path, data) if isinstance(data, dict) else tmp_path / "a.pickle"
    if isinstance(data, bytes):
        path.write_bytes(data)
    with pytest.raises(BadValue, match=message):
        read(path, join="nats_tss")


def test_a_file_that_is_not_there(tmp_path, library):
    accuracies(library / "nats_tss-cifar10")
    with pytest.raises(BadValue, match="cannot be read"):
        read(tmp_path / "nothing.pickle", join="nats_tss")


@pytest.mark.real_data
def test_the_real_values(real_data, tmp_path, library):
    source = pd.read_parquet(real_data / "nb201_hardware.parquet")
    assert source.idx.tolist() == list(range(SIZE))
    for name in REAL:
        accuracies(library / f"nats_tss-{name}")
    datasets = {name: {metric: source[f"{metric}_{name}"].fillna(-1).to_numpy() for metric in NAMES} for name in REAL}
    contents = read(write(tmp_path, datasets), join="nats_tss")
    for name, content in contents.items():
        table = opened(tmp_path, content)
        for metric in NAMES:
            np.testing.assert_array_equal(table.table(metric, LONG), source[f"{metric}_{name}"])
        assert "edgetpu_latency 4,699;" in table.provenance["checks"]
        first, energy = (5.807418537139893, 18.01072) if name == "cifar10" else (5.866079330444336, 18.01072)
        answer = table.evaluate(Query(SPACE.all()[0], LONG), None).metrics
        assert (answer["edgegpu_latency"], answer["fpga_energy"]) == (first, energy)
