import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Fidelity, Query
from harness.errors import BadValue
from harness.registry import load
from harness.spaces.nb_macro import NbMacro
from tabular.importers.nb_macro import nb_macro
from tabular.job import Job
from tabular.store import open_table, write_table

SPACE = NbMacro()
ARCHS = st.tuples(*[st.integers(0, 2)] * 8)
FULL = Fidelity(50, 50)
SEEDS = ["test_acc_s0", "test_acc_s1", "test_acc_s2"]
ENTRY = {"test_acc": [90.0, 91.0, 92.0], "mean_acc": 91.0, "std": 0.8, "params": 400000, "flops": 7500000}


def write(folder: Path, entries) -> Path:
    path = folder / "nas-bench-macro_cifar10.json"
    path.write_text(entries if isinstance(entries, str) else json.dumps(entries))
    return path


def read(path: Path):
    content = nb_macro(path, Job(path.parent, 1, lambda done, total: None))[""]
    write_table(path.parent / "nb_macro", content)
    return open_table(path.parent / "nb_macro")


@pytest.fixture(scope="module")
def official(real_data):
    return pd.read_parquet(real_data / "nasbench_macro.parquet")


def test_the_space():
    archs = SPACE.all()
    assert load("space", "nb_macro") is NbMacro
    assert len(archs) == SPACE.size == 6561
    assert [SPACE.encode(archs[i]) for i in (0, 1, 3280, 6560)] == ["00000000", "00000001", "11111111", "22222222"]
    assert len({SPACE.canonical(arch) for arch in archs}) == 3969


@given(ARCHS)
def test_text_and_canonical(arch):
    representative = SPACE.canonical(arch)
    assert SPACE.decode(SPACE.encode(arch)) == arch
    assert SPACE.canonical(representative) == representative
    for first, last in ((0, 2), (2, 5), (5, 8)):
        assert representative[first] == arch[first]
        kept = [block for block in arch[first + 1 : last] if block]
        assert [block for block in representative[first + 1 : last] if block] == kept


def test_only_identities_within_a_stage_move():
    assert SPACE.canonical(SPACE.decode("10001102")) == SPACE.decode("10010120")
    assert SPACE.canonical(SPACE.decode("01200012")) == SPACE.decode("01200012")


@pytest.mark.parametrize("text", ["", "0000000", "000000000", "00000003", "|none~0|"])
def test_text_of_another_space(text):
    with pytest.raises(BadValue, match="no network of nb_macro: write eight digits"):
        SPACE.decode(text)


def test_import(tmp_path):
    other = ENTRY | {"test_acc": [10, 20.5, 30], "mean_acc": 60.5 / 3}
    table = read(write(tmp_path, {"22222222": other, "00000000": ENTRY}))
    first, last = SPACE.all()[0], SPACE.all()[-1]
    answer = table.evaluate(Query(first, FULL), 1)
    assert answer.metrics == {"test_accuracy": 91.0, "params": 400000, "flops": 7.5}
    assert table.evaluate(Query(last, FULL), 1).metrics["test_accuracy"] == 20.5
    assert np.isnan(table.table("test_accuracy", FULL, 0)).sum() == 6559
    assert table.provenance["checks"].startswith("2 of 6,561 networks, each once, of 2 different functions")
    assert [metric.split for metric in table.metrics] == ["test", "cost", "cost"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("", "not the JSON file"),
        ("[]", "one key per network"),
        ("{}", "one key per network"),
        ("[" * 100_000, "not the JSON file"),
        ('{"00000000": 1, "00000000": 2}', "occurs twice"),
        ({"00000003": ENTRY}, "'00000003' is no network of nb_macro"),
        ({"00000000": 3}, "test_acc is None"),
        ({"00000000": ENTRY | {"test_acc": [90, 91]}}, "three percentages"),
        ({"00000000": ENTRY | {"test_acc": [90, 91, "92"]}}, "three percentages"),
        ({"00000000": ENTRY | {"test_acc": [90, 91, 192]}}, "three percentages"),
        ({"00000000": ENTRY | {"test_acc": [90, 91, float("nan")]}}, "three percentages"),
        ({"00000000": ENTRY | {"mean_acc": 91.01}}, "mean_acc is 91.01 and not the mean of"),
        ({"00000000": ENTRY | {"mean_acc": None}}, "mean_acc is None"),
        ({"00000000": ENTRY | {"params": -1}}, "params is -1 and no count"),
        ({"00000000": ENTRY | {"flops": True}}, "flops is True and no count"),
        ({"00000000": ENTRY | {"flops": 10**400}}, "no count"),
    ],
)
def test_files_that_cannot_be(tmp_path, entries, message):
    with pytest.raises(BadValue, match=message):
        read(write(tmp_path, entries))


def test_a_file_that_is_not_there_or_too_large(tmp_path, monkeypatch):
    with pytest.raises(BadValue, match="cannot be read"):
        read(tmp_path / "nothing.json")
    monkeypatch.setattr("tabular.importers.nb_macro.LARGEST", 10)
    with pytest.raises(BadValue, match="bytes"):
        read(write(tmp_path, {"00000000": ENTRY}))


@pytest.mark.real_data
def test_the_real_values(official, tmp_path):
    rows = official.to_dict("records")
    entries = {
        row["arch"]: {"test_acc": [row[seed] for seed in SEEDS]}
        | {key: row[key] for key in ("mean_acc", "std", "params", "flops")}
        for row in reversed(rows)
    }
    table = read(write(tmp_path, entries))
    for seed, name in enumerate(SEEDS):
        np.testing.assert_array_equal(table.table("test_accuracy", FULL, seed), official[name])
    np.testing.assert_array_equal(table.table("params", FULL), official.params)
    np.testing.assert_array_equal(table.table("flops", FULL), official.flops / 1e6)
    np.testing.assert_allclose(table.table("test_accuracy", FULL), official.mean_acc, rtol=0, atol=1e-5)
    for index in (0, 3280, 6560):
        arch = SPACE.decode(official.arch[index])
        assert table.evaluate(Query(arch, FULL), 2).metrics["test_accuracy"] == official.test_acc_s2[index]
    assert table.provenance["checks"].startswith("6,561 of 6,561 networks, each once, of 3,969 different functions")


@pytest.mark.real_data
def test_equal_functions_were_trained_once(official):
    results = official.set_index("arch")
    representatives = [SPACE.encode(SPACE.canonical(SPACE.decode(text))) for text in official.arch]
    pd.testing.assert_frame_equal(
        results.loc[representatives].reset_index(drop=True), results.reset_index(drop=True), check_exact=True
    )
    assert len(official.drop_duplicates([*SEEDS, "params", "flops"])) == 3969
