"""Minting of two cheap classes: one that is connected by a pooling alone, one by a 1x1 convolution."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from harness.core import Fidelity, Query
from harness.live.training import Training
from harness.spaces.nb201 import CONV1, NONE, POOL, Nb201
from tabular import mint
from tabular.assemble import assemble
from tabular.store import open_table

SPACE = Nb201()
ARCHS = [(NONE, NONE, NONE, operation, NONE, NONE) for operation in (CONV1, POOL)]
WANTED = sorted(SPACE.index(SPACE.canonical(arch)) for arch in ARCHS)


@pytest.fixture(scope="module")
def minted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both classes in a shard each, by one worker."""
    folder = tmp_path_factory.mktemp("minted")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mint, "SHARD", 1)
        assert list(mint.mint_shards(folder, 1, wanted=WANTED)) == [(0, 4), (1, 4), (2, 4), (2, 4), (3, 4), (4, 4)]
    return folder


@pytest.fixture
def shards(minted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished shards to damage."""
    monkeypatch.setattr(mint, "SHARD", 1)
    for path in minted.rglob("*.npz"):
        copy = tmp_path / path.relative_to(minted)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return tmp_path


@pytest.fixture
def epochs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Training]]:
    """The trainings whose epochs are run in this process, one entry an epoch."""
    run: list[Training] = []
    run_epoch = Training.run_epoch

    def counted(training: Training) -> object:
        run.append(training)
        return run_epoch(training)

    monkeypatch.setattr(Training, "run_epoch", counted)
    return run


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_classes_are_the_canonical_cells() -> None:
    classes = mint.classes()
    assert len(classes) == 6466
    assert classes == sorted(classes)
    assert {SPACE.index(SPACE.canonical(arch)) for arch in SPACE.all()} == set(classes)


def test_a_shard_holds_every_epoch_of_every_schedule_and_seed(minted: Path) -> None:
    assert list(content(minted)) == [f"{stage}/000{k}.npz" for stage in ("timing", "training") for k in (0, 1)]
    for k, index in enumerate(WANTED):
        trained, timed = (dict(np.load(minted / stage / f"000{k}.npz")) for stage in ("training", "timing"))
        assert trained["index"].tolist() == timed["index"].tolist() == [index]
        for name in mint.METRICS:
            assert trained[name].shape == (1, 30, 3)
            assert np.isfinite(trained[name]).all()
        assert timed["train_seconds"].shape == (1, 2)
        assert 0 < timed["train_seconds"][0, 0] < timed["train_seconds"][0, 1]
        assert timed["valid_seconds"] > 0


def test_finished_shards_are_not_made_again(shards: Path, epochs: list[Training]) -> None:
    before = content(shards)
    assert list(mint.mint_shards(shards, 1, wanted=WANTED)) == [(2, 4), (4, 4)]
    assert not epochs
    assert content(shards) == before


def test_another_process_makes_the_same_shard_again(shards: Path, epochs: list[Training]) -> None:
    """A shard is lost, and half of it is left under another name: a worker makes it and leaves the others alone."""
    before = content(shards)
    lost = shards / "training" / "0001.npz"
    lost.with_suffix(".partial").write_bytes(lost.read_bytes()[:100])
    lost.unlink()
    assert list(mint.mint_shards(shards, 2, wanted=WANTED)) == [(1, 4), (2, 4), (4, 4)]
    assert not epochs
    assert content(shards) == before


def test_an_interrupted_minting_keeps_what_is_done(shards: Path, epochs: list[Training]) -> None:
    before = content(shards)
    for k in (0, 1):
        (shards / "timing" / f"000{k}.npz").unlink()
    for done, _ in mint.mint_shards(shards, 1, wanted=WANTED):
        if done == 3:
            break
    assert content(shards).keys() == before.keys() - {"timing/0001.npz"}
    count = len(epochs)
    assert list(mint.mint_shards(shards, 1, wanted=WANTED)) == [(2, 4), (3, 4), (4, 4)]
    assert len(epochs) == 2 * count
    assert content(shards).keys() == before.keys()


def test_a_crash_while_writing_leaves_no_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epochs: list[Training]
) -> None:
    def power_cut(_: int) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(mint.os, "fsync", power_cut)
    monkeypatch.setattr(mint, "measure", mint.clock)
    with pytest.raises(OSError, match="power cut"):
        list(mint.mint_shards(tmp_path, 1, wanted=WANTED[:1]))
    assert epochs
    assert not list(tmp_path.rglob("*.npz"))


def test_the_table_says_what_was_trained(minted: Path, tmp_path: Path) -> None:
    assemble(minted, tmp_path / "two", wanted=WANTED)
    table = open_table(tmp_path / "two")
    trained = dict(np.load(minted / "training" / "0001.npz"))
    timed = dict(np.load(minted / "timing" / "0001.npz"))
    for k, fidelity in enumerate(mint.FIDELITIES):
        answer = table.evaluate(Query(SPACE.all()[WANTED[1]], fidelity), 2)
        for name in ("train_loss", "valid_accuracy", "test_accuracy"):
            assert answer.metrics[name] == trained[name][0, k, 2]
        seconds = fidelity.epochs * timed["train_seconds"][0, mint.FRACTIONS.index(fidelity.data)]
        assert answer.seconds == pytest.approx(seconds + timed["valid_seconds"][0], rel=1e-6)
    assert table.fidelities[-1] == Fidelity(12, 12)
