import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import Fidelity, Query
from harness.errors import BadValue, Unmeasured
from harness.registry import load
from harness.spaces.transnas_macro import TransnasMacro
from harness.spaces.transnas_micro import CONV1, CONV3, EDGES, NONE, SKIP, TransnasMicro
from tabular.importers.transnas import transnas
from tabular.job import Job
from tabular.store import open_table, write_table

MICRO, MACRO = TransnasMicro(), TransnasMacro()
CELLS = st.tuples(*[st.integers(0, 3)] * 6)
TASKS = {
    "class_scene": (4, [f"{s}_{m}" for s in ("train", "valid", "test") for m in ("top1", "top5", "loss")]),
    "class_object": (3, [f"{s}_{m}" for s in ("train", "valid", "test") for m in ("top1", "top5", "loss")]),
    "room_layout": (3, [f"{s}_{m}" for s in ("train", "valid", "test") for m in ("loss", "neg_loss")]),
    "jigsaw": (2, [f"{s}_{m}" for s in ("train", "valid", "test") for m in ("top1", "top5", "loss")]),
    "segmentsemantic": (3, [f"{s}_{m}" for s in ("train", "valid", "test") for m in ("loss", "acc", "mIoU")]),
    "normal": (3, ["train_g_loss", "train_d_loss", "valid_l1_loss", "valid_ssim", "test_l1_loss", "test_ssim"]),
    "autoencoder": (3, ["train_g_loss", "train_d_loss", "val_l1_loss", "val_ssim", "test_l1_loss", "test_ssim"]),
}
TEXTS = {
    "micro": ["64-41414-3_33_333", "64-41414-0_00_000", "64-41414-1_02_333"],
    "macro": ["64-2311-basic", "64-444311-basic", "64-1234-basic"],
}


def results(rng: np.random.Generator, task: str) -> dict:
    epochs, names = TASKS[task]
    metrics = {name: rng.uniform(0, 100, epochs).tolist() for name in names}
    metrics["time_elapsed"] = np.cumsum(rng.uniform(50, 60, epochs)).tolist()
    info = {
        "inference_time": np.float64(rng.uniform(0.001, 0.1)),
        "encoder_params": int(rng.integers(20_000, 10**6)),
        "model_params": int(rng.integers(10**6, 10**8)),
        "model_FLOPs": float(rng.integers(10**8, 10**11)),
        "encoder_FLOPs": float(rng.integers(10**8, 10**10)),
    }
    return {"metrics": metrics, "total_epochs": epochs, "model_info": info}


@pytest.fixture
def database() -> dict:
    rng = np.random.default_rng(0)
    data = {
        part: {text: {task: results(rng, task) for task in TASKS} for text in texts} for part, texts in TEXTS.items()
    }
    return {
        "metrics_dict": {task: [*names, "time_elapsed"] for task, (_, names) in TASKS.items()},
        "info_names": ["inference_time", "encoder_params", "model_params", "model_FLOPs", "encoder_FLOPs"],
        "task_list": list(TASKS),
        "data": data,
    }


def read(folder: Path, database: object, *, new: bool = True) -> dict:
    path = folder / "transnas-bench_v10141024.pth"
    torch.save(database, path, _use_new_zipfile_serialization=new)
    return transnas(path, Job(folder, 1, lambda done, total: None))


def opened(folder: Path, content) -> object:
    write_table(folder / "table", content, force=True)
    return open_table(folder / "table")


def test_the_micro_space():
    archs = MICRO.all()
    assert load("space", "transnas_micro") is TransnasMicro
    assert len(archs) == MICRO.size == 4096
    assert [MICRO.encode(archs[i]) for i in (0, 1, 2047, 4095)] == [
        "64-41414-0_00_000",
        "64-41414-0_00_001",
        "64-41414-1_33_333",
        "64-41414-3_33_333",
    ]
    assert MICRO.decode("64-41414-1_02_333") == (SKIP, NONE, CONV1, CONV3, CONV3, CONV3)
    assert len({MICRO.canonical(arch) for arch in archs}) == 1484


def test_the_macro_space():
    archs = MACRO.all()
    assert load("space", "transnas_macro") is TransnasMacro
    assert len(archs) == MACRO.size == len(set(archs)) == 3256
    assert [MACRO.encode(archs[i]) for i in (0, 1628, 3255)] == [
        "64-111114-basic",
        "64-241413-basic",
        "64-444311-basic",
    ]
    assert MACRO.decode("64-1234-basic") == (1, 2, 3, 4, 0, 0)
    assert all(MACRO.decode(MACRO.encode(arch)) == arch == MACRO.canonical(arch) for arch in archs)
    assert all(MACRO.neighbors(arch) for arch in archs)


def test_search_moves_stay_in_the_macro_space():
    rng = np.random.default_rng(0)
    for _ in range(50):
        arch = MACRO.sample(rng)
        assert MACRO.is_valid(arch)
        assert MACRO.mutate(arch, rng) in MACRO.neighbors(arch)


@pytest.mark.parametrize("arch", [(1, 2, 3, 0, 0, 0), (1, 0, 2, 3, 1, 0), (1, 1, 2, 2, 0, 0), (4, 4, 4, 4, 0, 0)])
def test_what_is_no_macro_network(arch):
    assert not MACRO.is_valid(arch)
    with pytest.raises(BadValue, match="no architecture of transnas_macro"):
        MACRO.index(arch)


@pytest.mark.parametrize(
    ("space", "text", "message"),
    [
        (MICRO, "", "no cell of transnas_micro: write it as 64-41414-a_bc_def"),
        (MICRO, "64-41414-1_02_334", "no cell"),
        (MICRO, "64-41411-1_02_333", "no cell"),
        (MICRO, "64-1234-basic", "no cell"),
        (MACRO, "64-123-basic", "four to six digits"),
        (MACRO, "64-1235-basic", "four to six digits"),
        (MACRO, "64-41414-1_02_333", "four to six digits"),
        (MACRO, "64-1111-basic", "one to four of its modules are 3 or 4"),
        (MACRO, "64-333331-basic", "one to four of its modules"),
        (MACRO, "64-22223-basic", "one to three are 2 or 4"),
    ],
)
def test_text_of_another_space(space, text, message):
    with pytest.raises(BadValue, match=message):
        space.decode(text)


def outputs(arch, weights, inputs):
    """What a cell of made-up blocks gives, shape (sets, inputs); a row of `weights` is a set, a weight per edge."""
    nodes = [np.broadcast_to(inputs, (len(weights), len(inputs)))]
    for node in (1, 2, 3):
        total = np.zeros_like(nodes[0])
        for edge, (source, target) in enumerate(EDGES):
            if target == node and arch[edge] == SKIP and source:
                total = total + nodes[source]
            elif target == node and arch[edge] != NONE:
                weight = weights[:, edge, None]
                total = total + weight * np.sin(nodes[source] * (arch[edge] + weight)) + weight**2
        nodes.append(total)
    return nodes[3]


def same_function(one, other):
    """Whether weights can be handed out to the blocks of `other` so that it does what `one` does."""
    weights = np.array([[0.31, 0.47, 0.73, 0.92, 1.13, 1.37]])
    inputs = np.array([-0.83, 0.29, 1.71])
    wanted = outputs(one, weights, inputs)
    found = outputs(other, np.array(list(itertools.permutations(weights[0]))), inputs)
    return bool(np.isclose(found, wanted, rtol=1e-9, atol=1e-9).all(axis=1).any())


@given(CELLS)
@settings(max_examples=40, deadline=None)
def test_canonical_computes_the_same_function(arch):
    representative = MICRO.canonical(arch)
    assert MICRO.canonical(representative) == representative
    assert MICRO.index(representative) <= MICRO.index(arch)
    assert same_function(arch, representative)
    assert all(
        same_function(arch, other) == (MICRO.canonical(other) == representative) for other in MICRO.neighbors(arch)
    )


def test_cells_whose_function_differs_by_sharing():
    twice = (CONV3, NONE, SKIP, NONE, SKIP, SKIP)
    alike = (CONV3, CONV3, NONE, NONE, SKIP, SKIP)
    assert MICRO.canonical(twice) != MICRO.canonical(alike)
    assert not same_function(twice, alike)


@pytest.mark.parametrize("new", [True, False])
def test_every_value_of_the_file(tmp_path, database, new):
    contents = read(tmp_path, database, new=new)
    assert list(contents) == [f"{part}-{task}" for part in TEXTS for task in TASKS]
    for (part, texts), task in itertools.product(TEXTS.items(), TASKS):
        epochs, names = TASKS[task]
        table = opened(tmp_path, contents[f"{part}-{task}"])
        assert table.space.name == f"transnas_{part}"
        assert table.fidelities == tuple(Fidelity(epoch, epochs) for epoch in range(1, epochs + 1))
        for text, epoch in itertools.product(texts, range(epochs)):
            source = database["data"][part][text][task]
            answer = table.evaluate(Query(table.space.decode(text), table.fidelities[epoch]), 666)
            info = source["model_info"]
            expected = {
                name.replace("top1", "accuracy").replace("val_", "valid_"): source["metrics"][name][epoch]
                for name in names
            } | {
                "seconds": source["metrics"]["time_elapsed"][epoch],
                "params": info["model_params"],
                "flops": info["model_FLOPs"] / 1e6,
                "latency": info["inference_time"] * 1000,
                "encoder_params": info["encoder_params"],
                "encoder_flops": info["encoder_FLOPs"] / 1e6,
            }
            assert answer.metrics == expected
            assert answer.seconds == expected["seconds"]


def test_metrics_know_their_split_unit_and_direction(tmp_path, database):
    contents = read(tmp_path, database)
    found = {(name.partition("-")[2], m.name): tuple(m[1:]) for name in contents for m in contents[name].metrics}
    assert found["class_scene", "valid_accuracy"] == ("%", True, "valid")
    assert found["jigsaw", "test_top5"] == ("%", True, "test")
    assert found["class_object", "train_loss"] == ("nats", False, "train")
    assert found["room_layout", "valid_loss"] == ("squared error", False, "valid")
    assert found["room_layout", "test_neg_loss"] == ("squared error", True, "test")
    assert found["segmentsemantic", "valid_mIoU"] == ("%", True, "valid")
    assert found["autoencoder", "valid_ssim"] == ("1", True, "valid")
    assert found["normal", "train_g_loss"] == ("1", False, "train")
    assert found["normal", "seconds"] == ("s", False, "cost")


def test_networks_that_are_missing(tmp_path, database):
    del database["data"]["macro"]["64-1234-basic"]["jigsaw"]
    contents = read(tmp_path, database)
    table = opened(tmp_path, contents["macro-jigsaw"])
    assert table.provenance["checks"].startswith("2 of 3,256 networks, each once")
    with pytest.raises(Unmeasured):
        table.evaluate(Query(MACRO.decode("64-1234-basic"), Fidelity(1, 2)), 666)
    assert np.isnan(table.table("valid_accuracy", Fidelity(2, 2))).sum() == 3254
    assert contents["macro-normal"].provenance["checks"].startswith("3 of 3,256")


def test_values_that_were_not_measured(tmp_path, database):
    one, two, _ = (database["data"]["micro"][text]["class_scene"] for text in TEXTS["micro"])
    one["metrics"]["valid_loss"][1] = float("inf")
    one["metrics"]["valid_top1"][3] = float("nan")
    two["metrics"]["valid_top1"].pop()
    two["model_info"]["inference_time"] = ""
    content = read(tmp_path, database)["micro-class_scene"]
    table = opened(tmp_path, content)
    for text, names in (
        ("64-41414-3_33_333", {"valid_accuracy"}),
        ("64-41414-0_00_000", {"valid_accuracy", "latency"}),
    ):
        answer = table.evaluate(Query(MICRO.decode(text), Fidelity(4, 4)), 666)
        assert {m.name for m in table.metrics} - answer.metrics.keys() == names
    assert "1 infinite values count as not measured" in content.provenance["checks"]
    assert content.provenance["checks"].endswith("missing values: valid_accuracy 2, valid_loss 1, latency 1")


def test_another_number_of_epochs_is_another_schedule(tmp_path, database):
    one = database["data"]["micro"]["64-41414-3_33_333"]["jigsaw"]
    one["total_epochs"] = 1
    one["metrics"] = {name: values[:1] for name, values in one["metrics"].items()}
    table = opened(tmp_path, read(tmp_path, database)["micro-jigsaw"])
    assert "1 trained for fewer than 2 epochs were left out" in table.provenance["checks"]
    with pytest.raises(Unmeasured):
        table.evaluate(Query(MICRO.decode("64-41414-3_33_333"), Fidelity(1, 2)), 666)


def times(tmp_path, database, lists):
    for text, values in zip(TEXTS["micro"], lists, strict=True):
        database["data"]["micro"][text]["room_layout"]["metrics"]["time_elapsed"] = values
    content = read(tmp_path, database)["micro-room_layout"]
    table = opened(tmp_path, content)
    rows = [[table.table("seconds", f)[MICRO.index(MICRO.decode(t))] for f in table.fidelities] for t in TEXTS["micro"]]
    return rows, content.provenance["checks"]


def test_clock_times_and_a_clock_that_was_set_back(tmp_path, database):
    clocks = [
        ["00:01:02", "00:02:03", "01:00:00"],
        ["00:00:10", "00:00:10", "00:00:11"],
        ["00:02:00", "00:01:00", "1:00:00"],
    ]
    rows, checks = times(tmp_path, database, clocks)
    np.testing.assert_array_equal(rows, [[62, 123, 3600], [10, 10, 11], [np.nan] * 3])
    assert "for 1 networks it goes back" in checks


def test_times_of_single_epochs_are_summed(tmp_path, database):
    rows, checks = times(tmp_path, database, [[5.0, 4.0, 6.0], [7.0, 7.5, 7.0], [1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(rows, [[5, 9, 15], [7, 14.5, 21.5], [1, 3, 6]])
    assert "time_elapsed is per epoch and was summed" in checks


def test_flops_in_millions(tmp_path, database):
    for text in TEXTS["micro"]:
        database["data"]["micro"][text]["normal"]["model_info"]["model_FLOPs"] = 812.5
    content = read(tmp_path, database)["micro-normal"]
    assert next(c.values for c in content.columns if c.metric == "flops").max() == 812.5
    assert "model_FLOPs is millions" in content.provenance["checks"]


def entry(**change):
    def apply(database):
        database["data"]["micro"]["64-41414-3_33_333"]["jigsaw"].update(change)

    return apply


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("data"), "not TransNAS-Bench-101"),
        (lambda d: d.update(data={}), "not TransNAS-Bench-101"),
        (lambda d: d["data"].update(nano={}), "not TransNAS-Bench-101"),
        (lambda d: d["data"].update(micro={}), "no networks of the micro space"),
        (lambda d: d["data"]["micro"].update({"64-41414-9_00_000": {}}), "no cell of transnas_micro"),
        (lambda d: d["data"]["macro"].update({"64-1111-basic": {}}), "no network of transnas_macro"),
        (lambda d: d["data"]["micro"].update({" 64-41414-3_33_333": {}}), "occurs twice"),
        (lambda d: d["data"]["micro"].update({"64-41414-3_33_333": 3}), "results by task"),
        (entry(metrics={}), "it needs 'metrics'"),
        (entry(metrics=3), "it needs 'metrics'"),
        (entry(model_info=None), "it needs 'metrics' and 'model_info'"),
        (entry(total_epochs=0), "total_epochs is 0"),
        (entry(total_epochs="2"), "total_epochs is '2'"),
        (entry(metrics={"valid_top1": [1.0, 2.0, 3.0]}), "'valid_top1' needs a list of at most 2 numbers"),
        (entry(metrics={"valid_top1": [1.0, "2"]}), "'valid_top1' needs a list"),
        (entry(metrics={"valid_top1": [1.0, 10**400]}), "hostile|needs a list"),
        (entry(metrics={"valid_top1": [1.0], math.nan: [1.0]}), "'metrics' has nan where the name of a metric"),
        (entry(metrics={"valid_top1": [1.0, 101.0]}), "valid_top1: 101.0 is no percentage"),
        (entry(metrics={"time_elapsed": [-1.0, 2.0]}), "a time is negative"),
    ],
)
def test_files_that_cannot_be(tmp_path, database, change, message):
    change(database)
    with pytest.raises(BadValue, match=message):
        read(tmp_path, database)


def test_progress_ends_with_the_file(tmp_path, database, monkeypatch):
    monkeypatch.setattr("tabular.importers._transnas_curves.STEP", 1)
    path = tmp_path / "a.pth"
    torch.save(database, path)
    seen = []
    transnas(path, Job(tmp_path, 1, lambda done, total: seen.append((done, total))))
    size = path.stat().st_size
    assert len(seen) == 2 * 3 * 7 + 1
    assert seen == sorted(seen)
    assert seen[-1] == (size, size)


def test_more_numbers_than_there_can_be(tmp_path, database, monkeypatch):
    monkeypatch.setattr("tabular.importers._transnas_curves.MOST", 100)
    with pytest.raises(BadValue, match="more than 100 numbers"):
        read(tmp_path, database)


def test_a_file_that_torch_did_not_write(tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes(b"not a torch file")
    with pytest.raises(BadValue, match=r"a\.pth"):
        transnas(path, Job(tmp_path, 1, lambda done, total: None))
