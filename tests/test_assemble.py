import shutil
from pathlib import Path

import numpy as np
import pytest

from harness.core import Fidelity, Query
from harness.errors import BadValue, Unmeasured
from harness.live.network import CellNetwork
from harness.spaces.nb201 import Nb201
from tabular import mint
from tabular.assemble import assemble, costs_of
from tabular.store import open_table, verify

WANTED = mint.classes()[:6]


def shard(path: Path, indices: list[int]) -> None:
    """A shard whose values say where they belong: class index, fidelity and seed."""
    fidelities, seeds = np.arange(len(mint.FIDELITIES)), np.arange(len(mint.SEEDS))
    values = np.array(indices)[:, None, None] / 10 + fidelities[:, None] / 100 + seeds / 1000
    columns = {name: values.astype(np.float32) for name in mint.METRICS}
    seconds = {"train_seconds": np.tile(np.float32([0.25, 1.0]), (len(indices), 1))}
    seconds |= {"valid_seconds": np.full(len(indices), 0.5, np.float32)}
    np.savez(path.parent / "training" / path.name, index=np.array(indices), **columns)
    np.savez(path.parent / "timing" / path.name, index=np.array(indices), **seconds)


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    folder = tmp_path / "shards"
    for stage in ("training", "timing"):
        (folder / stage).mkdir(parents=True)
    shard(folder / "0001.npz", WANTED[4:])
    shard(folder / "0000.npz", WANTED[:4])
    return folder


def test_every_value_finds_its_place(shards, tmp_path):
    assemble(shards, tmp_path / "digits201", wanted=WANTED)
    verify(tmp_path / "digits201")
    table, archs = open_table(tmp_path / "digits201"), Nb201().all()
    assert table.dataset == "digits"
    assert table.fidelities == mint.FIDELITIES
    assert table.seeds == mint.SEEDS
    for index in WANTED:
        answer = table.evaluate(Query(archs[index], mint.FIDELITIES[7]), 2)
        assert answer.metrics["test_accuracy"] == pytest.approx(index / 10 + 0.072, rel=1e-6)
        assert answer.metrics["params"] == costs_of(archs[index])[0]
    mean = table.evaluate(Query(archs[WANTED[1]], mint.FIDELITIES[0]), None)
    assert mean.metrics["valid_accuracy"] == pytest.approx(WANTED[1] / 10 + 0.001, rel=1e-6)


def test_seconds_are_epochs_times_their_time_and_one_validation(shards, tmp_path):
    assemble(shards, tmp_path / "t", wanted=WANTED)
    table, arch = open_table(tmp_path / "t"), Nb201().all()[WANTED[0]]
    for fidelity in mint.FIDELITIES:
        expected = fidelity.epochs * fidelity.data + 0.5
        assert table.evaluate(Query(arch, fidelity), 1).seconds == pytest.approx(expected)


def test_cells_of_one_class_give_one_answer_and_others_none(shards, tmp_path):
    assemble(shards, tmp_path / "t", wanted=WANTED)
    table, space = open_table(tmp_path / "t"), Nb201()
    values = table.table("test_accuracy", Fidelity(12, 12), 0)
    canonical = np.array([space.index(space.canonical(arch)) for arch in space.all()])
    known = np.isin(canonical, WANTED)
    assert known.sum() > len(WANTED)
    np.testing.assert_array_equal(values[known], values[canonical[known]])
    assert np.isnan(values[~known]).all()
    with pytest.raises(Unmeasured):
        table.evaluate(Query(space.all()[int(np.argmin(known))], Fidelity(12, 12)), 0)


def test_missing_shards_are_counted(shards, tmp_path):
    (shards / "training" / "0001.npz").unlink()
    with pytest.raises(BadValue, match="2 of 6 classes are not minted"):
        assemble(shards, tmp_path / "t", wanted=WANTED)
    with pytest.raises(BadValue, match="6 of 6"):
        assemble(tmp_path / "nowhere", tmp_path / "t", wanted=WANTED)
    assert not (tmp_path / "t").exists()


def test_a_damaged_shard_is_named(shards, tmp_path):
    path = shards / "timing" / "0000.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BadValue, match=r"0000\.npz is damaged"):
        assemble(shards, tmp_path / "t", wanted=WANTED)


@pytest.mark.parametrize(
    "change",
    [
        {"train_seconds": None},
        {"index": None},
        {"index": np.float64([1, 2, 3, 4])},
        {"index": np.array(3)},
        {"valid_seconds": np.array(["a"] * 4)},
        {"valid_seconds": np.zeros(4)},
        {"valid_seconds": np.zeros(5, np.float32)},
    ],
)
def test_a_shard_of_another_minting_is_named(change, shards, tmp_path):
    path = shards / "timing" / "0000.npz"
    arrays = dict(np.load(path)) | change
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(BadValue, match="another minting"):
        assemble(shards, tmp_path / "t", wanted=WANTED)


def test_an_unfinished_shard_is_not_read(shards, tmp_path):
    shutil.copy(shards / "training" / "0000.npz", shards / "training" / "0000.partial")
    assemble(shards, tmp_path / "t", wanted=WANTED)
    assert not np.isnan(open_table(tmp_path / "t").table("test_accuracy", Fidelity(12, 12))[WANTED]).any()


@pytest.mark.parametrize("index", [0, 1, 500])
def test_multiply_adds_are_those_of_the_convolutions_that_run(index):
    import torch

    arch = Nb201().all()[index]
    network, counted = CellNetwork(arch, (1, 10)).eval(), 0

    def count(layer, _, output):
        nonlocal counted
        counted += output.shape[2] * output.shape[3] * layer.weight.numel() + (0 if layer.bias is None else 10)

    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(count)
    network(torch.zeros(1, 1, 8, 8))
    assert costs_of(arch) == (sum(p.numel() for p in network.parameters()), counted / 1e6)
