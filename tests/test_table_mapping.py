from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.core import Fidelity, Metric, Query
from harness.errors import BadValue, NasgaugeError, UnknownName
from harness.registry import load
from harness.spaces.nb201 import Nb201
from tabular.content import Content
from tabular.importers._mapping import FORM, Slot, read_request, resolve
from tabular.importers.table import table
from tabular.job import Job
from tabular.store import open_table, write_table
from tabular.vocabulary import KNOWN

SPACE = Nb201()
FULL, HALF = Fidelity(200, 200), Fidelity(200, 200, data=0.5)

MAPPING = """
space = "nb201"
index = "idx"
classes = 10
dataset = "digits"

[metrics]
macro_f1 = { unit = "%", maximize = true, split = "valid" }

[columns]
v12 = "valid_accuracy@12:0"
"f*100" = "macro_f1@12:0"
half = "test_accuracy@200x0.5"
t = { metric = "test_accuracy", epochs = 200, schedule = 200, data = 1.0, seed = 3, times = 100 }
time = { metric = "seconds_per_epoch", over = 200 }
"""
ONE = 'space = "nb201"\nindex = "idx"\n[columns]\nv12 = "valid_accuracy@12"\n'


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    base = np.arange(20) / 7 + 50
    columns = {"v12": base, "f": base / 100, "half": base + 1, "t": base / 200, "time": base * 3}
    frame = pd.DataFrame({"idx": range(20), **columns})
    frame.to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


def read(path: Path, text: str | bytes = "", **options: Any) -> Content:
    mapping = path.with_name("map.toml")
    mapping.write_bytes(text.encode() if isinstance(text, str) else text)
    contents = table(path, Job(path.parent, 1, lambda done, total: None), **({"mapping": mapping} | options))
    assert list(contents) == [""]
    return contents[""]


def opened(folder: Path, content: Content) -> Any:
    write_table(folder / "mine", content)
    return open_table(folder / "mine")


def test_a_mapping_says_all(csv, tmp_path):
    made = opened(tmp_path, read(csv, MAPPING))
    frame = pd.read_csv(csv)
    assert (made.space.name, made.dataset, made.measured) == ("nb201", "digits", 20)
    assert made.fidelities == (HALF, Fidelity(12, 12), FULL)
    assert Metric("macro_f1", "%", True, "valid") in made.metrics
    for index in (0, 7, 19):
        arch = SPACE.all()[index]
        short = made.evaluate(Query(arch, Fidelity(12, 12)), 0)
        assert short.metrics["valid_accuracy"] == frame.v12[index]
        assert short.metrics["macro_f1"] == frame.f[index] * 100
        assert short.seconds == frame.time[index] / 200 * 12
        assert made.evaluate(Query(arch, HALF), None).metrics["test_accuracy"] == frame.half[index]
        assert made.evaluate(Query(arch, FULL), 3).metrics["test_accuracy"] == frame.t[index] * 100
    assert made.table("params", FULL)[1] == 802426
    assert "half = test_accuracy@200/200x0.5; t x 100 = test_accuracy@200/200:3" in made.provenance["read"]


def test_a_mapping_and_options_say_the_same(csv):
    columns = [
        "v12=valid_accuracy@12:0", "f*100=macro_f1@12:0", "half=test_accuracy@200x0.5",
        "t*100=test_accuracy@200:3", "time/200=seconds_per_epoch",
    ]  # fmt: skip
    options = {"space": "nb201", "index": "idx", "classes": 10, "dataset": "digits", "columns": columns}
    ours = read(csv, mapping=None, metrics=["macro_f1:%:max:valid"], **options)
    theirs = read(csv, MAPPING)
    assert (ours.metrics, ours.provenance, ours.dataset) == (theirs.metrics, theirs.provenance, theirs.dataset)
    for one, other in zip(ours.columns, theirs.columns, strict=True):
        assert (one.metric, one.fidelities, one.seeds) == (other.metric, other.fidelities, other.seeds)
        np.testing.assert_array_equal(one.values, other.values)


def test_options_add_what_the_mapping_leaves_out(csv):
    content = read(csv, '[columns]\nv12 = "valid_accuracy@12"\n', space="nb201", index="idx", classes=10)
    assert [metric.name for metric in content.metrics] == ["valid_accuracy", "params", "flops"]


def test_seconds_per_epoch_say_nothing_of_an_epoch_on_half_the_data(csv, tmp_path):
    made = opened(tmp_path, read(csv, MAPPING))
    arch = SPACE.all()[3]
    assert np.isnan(made.evaluate(Query(arch, HALF), None).seconds)
    assert made.evaluate(Query(arch, FULL), 3).seconds > 0


def test_the_order_of_the_rows_does_not_matter(csv, tmp_path):
    first = opened(tmp_path / "a", read(csv, ONE)).table("valid_accuracy", Fidelity(12, 12))
    pd.read_csv(csv).sample(frac=1, random_state=1).to_csv(csv, index=False)
    np.testing.assert_array_equal(
        opened(tmp_path / "b", read(csv, ONE)).table("valid_accuracy", Fidelity(12, 12)), first
    )


@pytest.mark.parametrize(
    ("text", "fidelity", "seed"),
    [
        ("half=test_accuracy@200x0.5", HALF, None),
        ("half=test_accuracy@12/200x0.25:7", Fidelity(12, 200, data=0.25), 7),
        ("half=test_accuracy@200x1", FULL, None),
        ("half=test_accuracy@3:1", Fidelity(3, 3), 1),
    ],
)
def test_grammar(text, fidelity, seed):
    (slot,) = resolve([read_request(text)], ["half"], KNOWN)
    assert slot == Slot("test_accuracy", fidelity, seed)


def test_a_column_may_be_called_like_a_scaled_one():
    mapped = resolve([read_request("a*2=valid_accuracy@1"), read_request("b/2=test_accuracy@1")], ["a*2", "b"], KNOWN)
    assert [(one.column, one.times, one.over) for one in mapped.values()] == [("a*2", 1, 1), ("b", 1, 2)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("half=test_accuracy@200x", "maps no column"),
        ("half=test_accuracy@200x.5", "maps no column"),
        ("half=test_accuracy@200:3x0.5", "maps no column"),
        (f"half=test_accuracy@{'9' * 5000}", "maps no column"),
        ("half=test_accuracy@200x0", "0 of the training data: give a fraction above 0, at most 1"),
        ("half=test_accuracy@200x1.5", "1.5 of the training data"),
        ("half=test_accuracy@12/0", "give 1 to 0"),
    ],
)
def test_grammar_refuses(text, message):
    with pytest.raises(BadValue, match=message):
        resolve([read_request(text)], ["half"], KNOWN)
    assert "[xDATA]" in FORM


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("= 3", BadValue, "is no TOML"),
        (b"\xff\xfe", BadValue, "is no TOML"),
        (f"classes = {'9' * 5000}", BadValue, "is no TOML"),
        ("x = " + "[" * 100_000, BadValue, "is no TOML"),
        ("#" * (1 << 21), BadValue, "more than 262,144 bytes"),
        ('colums = { a = "b" }', UnknownName, "colums: no key is called 'colums'. Did you mean 'columns'"),
        ("[metrics]\nf1 = { units = '%' }", UnknownName, "metrics.f1.units: .* Did you mean 'unit'"),
        ("[metrics]\nf1 = { unit = '%', split = 'valid' }", BadValue, "metrics.f1: 'maximize' is missing: give true"),
        ("[metrics]\nf1 = { unit = '%', maximize = 1, split = 'valid' }", BadValue, "f1.maximize = 1: give true or"),
        ("[metrics]\nf1 = { unit = '%', maximize = true, split = 'val' }", UnknownName, "f1: .*Did you mean 'valid'"),
        ("[metrics]\nparams = { unit = '%', maximize = true, split = 'valid' }", BadValue, "give yours another name"),
        ("[metrics]\nf1 = '%'", BadValue, "metrics.f1 = '%': give a table"),
        ("metrics = 3", BadValue, "metrics = 3: give a table"),
        ("columns = ['v12=valid_accuracy@12']", BadValue, "columns = .*: give a table"),
        ("space = 3", BadValue, "space = 3: give a text"),
        ("space = 'nb202'", UnknownName, "space: .*Did you mean 'nb201'"),
        ("dataset = 'digit'", UnknownName, "dataset: .*Did you mean 'digits'"),
        ("space = 'os:getcwd'", UnknownName, "no space is called 'os:getcwd'"),
        ("dataset = 'os:getcwd'", UnknownName, "no dataset is called 'os:getcwd'"),
        ("classes = true", BadValue, "classes = True: give a whole number"),
        ("classes = -1", BadValue, "classes = -1: give a whole number from 0"),
        ("[columns]\nv12 = 3", BadValue, "columns.v12: 3: give METRIC@EPOCHS"),
        ("[columns]\nv12 = 'valid_acc@12'", UnknownName, "columns.v12: .*Did you mean 'valid_acc"),
        ("[columns]\nv12 = 'valid_accuracy'", BadValue, "columns.v12: .*says nothing of epochs"),
        ("[columns]\nv12 = 'valid accuracy'", BadValue, "columns.v12: .*maps no column"),
        ("[columns]\nv13 = 'valid_accuracy@12'", UnknownName, "columns.v13: .*Did you mean 'v12'"),
        ("[columns]\nv12 = { epochs = 12 }", BadValue, "columns.v12: 'metric' is missing"),
        ("[columns]\nv12 = { metric = 'x', epoch = 12 }", UnknownName, "columns.v12.epoch: .*Did you mean 'epochs'"),
        ("[columns]\nv12 = { metric = 'valid_accuracy', epochs = 1.5 }", BadValue, "epochs = 1.5: give a whole number"),
        ("[columns]\nv12 = { metric = 'valid_accuracy', epochs = 1, data = nan }", BadValue, "data = nan: give a num"),
        ("[columns]\nv12 = { metric = 'valid_accuracy', epochs = 1, data = 2 }", BadValue, "v12: .*2 of the training"),
        ("[columns]\nv12 = { metric = 'valid_accuracy', epochs = 1, times = inf }", BadValue, "times = inf: give a nu"),
        ("[columns]\nv12 = { metric = 'params', seed = 1 }", BadValue, "and no epochs: give the epochs too"),
        ("[columns]\nv12 = { metric = 'seconds_per_epoch', data = 0.5 }", BadValue, "and no epochs"),
        ("[columns]\nv12 = 'valid_accuracy@12'\nt = 'valid_accuracy@12/12'", BadValue, "'v12' and 't' both go to"),
    ],
)  # fmt: skip
def test_mappings_that_cannot_be(csv, text, error, message):
    if isinstance(text, str) and "columns" not in text:
        text += "\n[columns]\nv12 = 'valid_accuracy@12'\n"
    given = {"space": "nb201", "index": "idx"}
    with pytest.raises(error, match=message) as caught:
        read(csv, text, **{name: value for name, value in given.items() if name not in str(text)})
    if "both go" not in message:
        assert "map.toml" in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [{"space": "nb201"}, {"index": "idx"}, {"columns": ["t*100=valid_accuracy@3"]}],
)
def test_what_is_said_twice(csv, options):
    with pytest.raises(BadValue, match=rf"{next(iter(options))} is given as an option and by .*map\.toml: leave one"):
        read(csv, ONE, **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('index = "idx"\n[columns]\nv12 = "valid_accuracy@12"\n', "say which space the architectures are of.*nb201"),
        ('space = "nb201"\n[columns]\nv12 = "valid_accuracy@12"\n', "say which column names the architectures"),
        ('space = "nb201"\nindex = "idx"\n', "no column is given with its epochs"),
    ],
)
def test_what_nobody_said(csv, text, message):
    with pytest.raises(BadValue, match=message):
        read(csv, text)


def test_a_mapping_that_is_not_there(csv):
    with pytest.raises(NasgaugeError, match=r"cannot read .*nowhere\.toml: No such file"):
        read(csv, mapping=csv.with_name("nowhere.toml"))


@pytest.mark.real_data
def test_reduced_data_of_the_real_table(real_data, tmp_path):
    path = real_data / "nb201_accuracy.parquet"
    columns = ["test200_cifar10_halfdata_mean_nb201v1=test_accuracy@200x0.5", "test200_mean_cifar10=test_accuracy@200"]
    job = Job(tmp_path, 1, lambda done, total: None)
    made = opened(tmp_path, table(path, job, space="nb201", index="idx", columns=columns)[""])
    source = pd.read_parquet(path)
    assert made.fidelities == (HALF, FULL)
    np.testing.assert_array_equal(made.table("test_accuracy", HALF), source.test200_cifar10_halfdata_mean_nb201v1)
    np.testing.assert_array_equal(made.table("test_accuracy", FULL), source.test200_mean_cifar10)


def test_reduced_width_depth_and_resolution_are_read_as_a_proxy(csv: Path) -> None:
    text = (
        'space = "nb201"\nindex = "idx"\n[columns]\nt = { metric = "test_accuracy", epochs = 200, times = 100 }\n'
        'v12 = { metric = "valid_accuracy", epochs = 12, schedule = 200, width = 0.5, depth = 0.2 }\n'
        'half = { metric = "valid_accuracy", epochs = 12, schedule = 200, resolution = 0.5, data = 0.5 }\n'
        'f = { metric = "valid_accuracy", epochs = 200, times = 100 }\n'
    )
    benchmark = opened(csv.parent, read(csv, text))
    wanted = Fidelity(12, 200, width=0.5, depth=0.2), Fidelity(12, 200, 0.5, resolution=0.5)
    assert set(wanted) < set(benchmark.fidelities)
    assert benchmark.fidelities[-1] == FULL
    proxy = load("proxy", "reduced")(benchmark, seed=0, epochs=12, width=0.5, depth=0.2)
    np.testing.assert_allclose(proxy.score(SPACE.all()[:3]), np.arange(3) / 7 + 50)
    proxy = load("proxy", "reduced")(benchmark, seed=0, epochs=12, data=0.5, resolution=0.5)
    np.testing.assert_allclose(proxy.score(SPACE.all()[:3]), np.arange(3) / 7 + 51)


@pytest.mark.parametrize("part", ["width", "depth", "resolution"])
def test_a_fraction_that_is_none(part: str, csv: Path) -> None:
    text = (
        f'space = "nb201"\nindex = "idx"\n[columns]\nt = {{ metric = "test_accuracy", epochs = 200, {part} = 1.5 }}\n'
    )
    with pytest.raises(BadValue, match=rf"1\.5 of the {part}: give a fraction above 0, at most 1"):
        read(csv, text)
    with pytest.raises(BadValue, match="no epochs"):
        read(csv, text.replace("epochs = 200, ", "").replace("1.5", "0.5"))
