"""What every supernet must do; a new one is tested by being found."""

import re
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, texture

from harness import registry
from harness.core import Arch, Supernet
from harness.errors import BadValue, UnknownName
from harness.experiment.build import build
from harness.live.dataset import Dataset, Part
from harness.live.reproducible import reproducible
from proxies.weight_sharing._settings import Settings
from proxies.weight_sharing._task import Task

FOLDER = Path(registry.__file__).parents[1] / "proxies" / "weight_sharing"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
QUICK: dict[str, Any] = {"epochs": 3, "batch": 75, "recalibration": 75, "watch": 4, "snapshots": 1}
NOTHING = np.empty(0)
ARCHS: Sequence[Arch] = [(3, 1, 2, 4, 3, 3), (1, 0, 0, 3, 0, 1), (3, 3, 3, 3, 3, 3), (2, 1, 4, 0, 2, 1)]
OWN: MappingProxyType[str, dict[str, Any]] = MappingProxyType({})
"""Options that keep a method quick here."""

every_supernet = pytest.mark.parametrize("name", NAMES)


def made(name: str, seed: int = 0, **options: Any) -> Supernet:
    given = {"name": name, **QUICK, **OWN.get(name, {}), **options}
    built: Supernet = build("proxy", given, TextureBenchmark(), seed=seed)
    return built


def scores(supernet: Supernet) -> list[float]:
    with reproducible():
        supernet.fit([], NOTHING)
        return supernet.score(ARCHS).tolist()


def test_finds_the_supernets() -> None:
    assert {"single_path", "darts", "ofa"} <= set(NAMES)


@every_supernet
def test_the_docstring_cites_a_paper_and_where_in_it(name: str) -> None:
    text = (FOLDER / f"{name}.py").read_text()
    head = text.split('"""')[1]
    assert re.search(r"\b(19|20)\d\d\b", head), "the year of a paper"
    assert re.search(r"[Ee]quations?|[Ss]ections?|[Aa]lgorithm", text), "an equation, a section or an algorithm"


@every_supernet
def test_the_same_seed_gives_the_same_scores_and_leaves_global_randomness_alone(name: str) -> None:
    numbers, torchs = np.random.get_state()[1].tolist(), torch.get_rng_state()  # type: ignore[index, union-attr] # noqa: NPY002
    first = scores(made(name))
    assert all(0 <= score <= 100 for score in first)
    assert np.random.get_state()[1].tolist() == numbers  # type: ignore[index, union-attr] # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torchs)
    assert scores(made(name)) == first


@every_supernet
def test_an_interrupted_training_goes_on_as_if_nothing_had_been(name: str, tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    whole, killed, resumed = made(name), *(made(name, checkpoints=str(tmp_path)) for _ in range(2))
    train, epochs = killed.train_epoch, []

    def until_the_third() -> Any:
        if len(epochs) == 2:
            raise KilledError
        epochs.append(None)
        return train()

    killed.train_epoch = until_the_third  # type: ignore[method-assign]
    with pytest.raises(KilledError), reproducible():
        killed.fit([], NOTHING)
    assert scores(resumed) == scores(whole)
    assert [row for row in resumed.history if row.arch is None] == [row for row in whole.history if row.arch is None]


@every_supernet
def test_what_is_watched_says_how_it_went(name: str) -> None:
    supernet = made(name)
    scores(supernet)
    epochs = [row.epoch for row in supernet.history if row.measure == "train_loss"]
    assert epochs[-1] == max(epochs) <= QUICK["epochs"]
    last = [row for row in supernet.history if row.epoch == max(epochs)]
    assert 2 <= len([row for row in last if row.measure == "score"]) <= QUICK["watch"]
    (derived,) = [row.arch for row in last if row.measure == "derived"]
    assert derived is not None
    assert TextureBenchmark().space.is_valid(derived)
    assert all(0 <= row.value <= 1 for row in supernet.history if row.measure == "skip_share")
    assert supernet.seconds > 0


@every_supernet
def test_test_images_are_never_looked_at(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = scores(made(name))
    whole = texture()
    spoilt = Part(np.full_like(np.asarray(whole.test.images), np.nan), whole.test.labels)
    monkeypatch.setattr("toy_texture.texture", lambda: Dataset("texture", 4, whole.train, whole.valid, spoilt))
    assert scores(made(name)) == before


@every_supernet
def test_a_training_that_diverges_gives_no_scores(name: str) -> None:
    supernet = made(name, lr=1e30, clip=1e30)
    with reproducible():
        supernet.fit([], NOTHING)
        assert np.isnan(supernet.score(ARCHS)).all()


@every_supernet
def test_bad_options_are_refused(name: str) -> None:
    for options, says in (
        ({"epochs": 0}, "epochs = 0"),
        ({"batch": 100_000}, "give fewer"),
        ({"lr": -1}, "lr = -1"),
        ({"momentum": 5.0}, "momentum = 5.0"),
        ({"snapshots": 4}, "snapshots = 4 in 3 epochs"),
        ({"channels": 10**8}, "give at most 4096"),
        ({"recalibration": 1}, "one image has no variance"),
        ({"device": "abacus"}, "cannot be used"),
    ):
        with pytest.raises(BadValue, match=says):
            made(name, **options)
    with pytest.raises(UnknownName, match="Did you mean 'epochs'"):
        made(name, epoch=3)


@every_supernet
def test_a_damaged_checkpoint_is_logged_and_the_training_starts_again(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = scores(made(name, checkpoints=str(tmp_path)))
    (path,) = tmp_path.glob("*.pt")
    path.write_bytes(path.read_bytes()[:1000])
    assert scores(made(name, checkpoints=str(tmp_path))) == first
    assert "is damaged (File is not a zip file): the training starts again" in caplog.text


@every_supernet
@pytest.mark.parametrize("lie", ["part", "epoch"])
def test_a_checkpoint_that_lies_is_logged_and_the_training_starts_again(
    name: str, lie: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = scores(made(name, checkpoints=str(tmp_path)))
    (path,) = tmp_path.glob("*.pt")
    saved = torch.load(path, weights_only=True)
    if lie == "part":
        saved["state"].popitem()  # the last part: those before it have taken theirs by then
    else:
        saved["epoch"] = "third"
    torch.save(saved, path)
    assert scores(made(name, checkpoints=str(tmp_path))) == first
    assert re.search(r"\.pt is damaged \(it.*\): the training starts again", caplog.text)


@every_supernet
def test_watching_changes_nothing(name: str) -> None:
    assert scores(made(name, snapshots=0)) == scores(made(name, snapshots=3))


def test_trainings_that_differ_have_checkpoints_of_their_own(tmp_path: Path) -> None:
    folder = {"checkpoints": str(tmp_path)}
    assert scores(made("single_path", lr=0.1, **folder)) == scores(made("single_path", lr=0.1))
    assert scores(made("single_path", lr=0.01, **folder)) == scores(made("single_path", lr=0.01))
    assert scores(made("darts", order=1, **folder)) == scores(made("darts", order=1))
    assert scores(made("darts", order=2, **folder)) == scores(made("darts", order=2))
    assert scores(made("darts", alpha_lr=0.1, **folder)) == scores(made("darts", alpha_lr=0.1))
    assert len(list(tmp_path.glob("*.pt"))) == 5


def test_calibration_images_are_of_every_class() -> None:
    labels = np.repeat(np.arange(4), 75)
    whole = texture()
    order = np.argsort(whole.train.labels, kind="stable")
    by_class = Part(np.asarray(whole.train.images)[order], whole.train.labels[order])
    assert by_class.labels.tolist() == labels.tolist()
    task = Task(
        TextureBenchmark().space, Dataset("texture", 4, by_class, whole.valid, whole.test), Settings(recalibration=40)
    )
    (images,) = task.calibration
    pixels = np.asarray(by_class.images).reshape(300, -1)
    found = {labels[np.abs(pixels - image.numpy().ravel()).sum(1).argmin()] for image in images}
    assert len(images) == 40
    assert found == {0, 1, 2, 3}
