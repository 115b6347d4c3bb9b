"""Training any one network: what it learns, how it stops, and that it repeats itself."""

import io
import math
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from toy_texture import texture

from harness.core import Fidelity
from harness.datasets.digits import digits
from harness.errors import BadValue
from harness.live import setup as setup_file
from harness.live.epoch_result import EpochResult, impatience
from harness.live.feed import Draws, batches
from harness.live.recipe import NB201, SgdRecipe
from harness.live.setup import Setup
from harness.live.skeletons import Official
from harness.live.task import Placed, Share, Task, place
from harness.live.trainer import Plan, Trainer, finish
from harness.live.training import Training
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP

ARCH = (CONV3, CONV1, SKIP, POOL, NONE, CONV3)
QUICK = SgdRecipe(batch=64, crop=0.25)
PLAIN = SgdRecipe(batch=64, flip=0, crop=0)
TASK = place(texture(), Share(), Setup())
EXACT = replace(
    TASK,
    **{
        name: Placed(part.images.double(), part.labels)
        for name in ("train", "valid", "test")
        for part in (getattr(TASK, name),)
    },
)


def cells() -> nn.Module:
    return Official(2, 1).build(ARCH, TASK.shape, 0)


def dropping() -> nn.Module:
    """A network that draws by itself while it learns."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 4))


def begin(
    network: nn.Module | None = None, recipe: SgdRecipe = QUICK, task: Task = TASK, seed: int = 0, **setup: Any
) -> Trainer:
    return Trainer(network or cells(), task, Plan(recipe, 3, seed), Setup(**setup))


def trained(epochs: int = 3, **given: Any) -> Trainer:
    trainer = begin(**given)
    for _ in finish(trainer, epochs):
        pass
    return trainer


def results(trainer: Trainer) -> list[tuple[float, ...]]:
    return [epoch[1:7] for epoch in trainer.history]


def same(one: Trainer, other: Trainer) -> bool:
    """Whether the results, the weights and the momentum agree to the last bit."""
    weights, others = one.network.state_dict(), other.network.state_dict()
    momentum, theirs = (
        [state["momentum_buffer"] for state in trainer._optimizer.state.values()] for trainer in (one, other)
    )
    return (
        results(one) == results(other)
        and all(torch.equal(weights[name], others[name]) for name in weights)
        and all(map(torch.equal, momentum, theirs))
    )


@pytest.mark.parametrize("build", [cells, dropping])
def test_the_same_seed_trains_to_the_same_bits(build: Callable[[], nn.Module]) -> None:
    one = trained(network=build())
    assert same(one, trained(network=build()))
    assert not same(one, trained(network=build(), seed=1))


@pytest.mark.parametrize("build", [cells, dropping])
@pytest.mark.parametrize("saved_after", [1, 2])
def test_a_resumed_training_ends_in_the_same_bits(
    build: Callable[[], nn.Module], saved_after: int, tmp_path: Path
) -> None:
    path = tmp_path / "half.pt"
    list(finish(begin(build()), saved_after, path))
    resumed = begin(build())
    assert [epoch.epoch for epoch in finish(resumed, 3, path)] == list(range(saved_after + 1, 4))
    assert same(resumed, trained(network=build()))


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.pt"
    trained(1).save(path)
    capped = place(texture(), Share(images=100), Setup())
    other = Official(2, 1).build((CONV1,) * 6, TASK.shape, 0)
    for change in ({"seed": 1}, {"recipe": PLAIN}, {"task": capped}, {"network": other}, {"amp": "bfloat16"}):
        with pytest.raises(BadValue, match=r"half.pt is of another training; remove it or name another folder"):
            begin(**change).load(path)
    labelled = Trainer(cells(), TASK, Plan(QUICK, 3, 0, "another cell"), Setup())
    with pytest.raises(BadValue, match="another training"):
        labelled.load(path)
    begin(channels_last=False).load(path)


def compressed(whole: bytes) -> bytes:
    """The same parts, but packed: a small file could unpack to any size."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return packed.getvalue()


def overlapping(whole: bytes) -> bytes:
    """Two entries of the directory name the same bytes, so that the parts are larger than the file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("archive/data/0", bytes(10_000))
        target.filelist.append(target.filelist[0])
    return packed.getvalue()


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[:500], lambda whole: b"", lambda whole: b"x" * 100, compressed, overlapping]
)
def test_a_damaged_checkpoint_is_logged_and_the_training_starts_again(
    damage: Callable[[bytes], bytes], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "half.pt"
    trained(1).save(path)
    path.write_bytes(damage(path.read_bytes()))
    again = begin()
    assert [epoch.epoch for epoch in finish(again, 2, path)] == [1, 2]
    assert same(again, trained(2))
    why = {compressed: "its parts are compressed", overlapping: "its parts are larger than the file"}.get(damage, "")
    assert f"half.pt is damaged ({why}" in caplog.text


@pytest.mark.parametrize(
    "lie",
    [
        lambda state: state.pop("network"),
        lambda state: state.pop("scaler"),
        lambda state: state["optimizer"]["param_groups"][0].pop("weight_decay"),
        lambda state: state["history"][0].append(1.0),
        lambda state: state["history"][0].__setitem__(0, 7),
        lambda state: state["history"][0].__setitem__(4, "good"),
        lambda state: state["history"][0].__setitem__(9, 0),
    ],
)
def test_a_checkpoint_that_lies_is_logged_and_the_training_starts_again(
    lie: Callable[[dict[str, Any]], object], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "half.pt"
    trained(1).save(path)
    state = torch.load(path, weights_only=True)
    lie(state)
    torch.save(state, path)
    again = begin()
    assert [epoch.epoch for epoch in finish(again, 2, path)] == [1, 2]
    assert same(again, trained(2))
    assert "half.pt is damaged (" in caplog.text


def test_memory_that_runs_out_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(1).save(tmp_path / "half.pt")

    def full(*_: object, **__: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch, "load", full)
    with pytest.raises(torch.cuda.OutOfMemoryError):
        begin().load(tmp_path / "half.pt")


@pytest.mark.parametrize(
    "recipe",
    [
        PLAIN,
        replace(PLAIN, clip=0.1, smoothing=0.2),
        replace(PLAIN, nesterov=False, momentum=0.5, weight_decay=0.1, lr=0.03),
    ],
)
def test_it_is_the_loop_that_one_would_write(recipe: SgdRecipe) -> None:
    """Torch's own optimizer and cosine, batch by batch, with what is left of the images as the last batch."""
    network = cells().double()
    optimizer = torch.optim.SGD(
        network.parameters(), recipe.lr, recipe.momentum, 0, recipe.weight_decay, recipe.nesterov
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=3 * 5)
    for epoch in range(2):
        order = torch.from_numpy(np.random.default_rng([0, epoch]).permutation(300))
        network.train()
        for rows in torch.split(order, 64):
            loss = F.cross_entropy(
                network(EXACT.train.images[rows]), TASK.train.labels[rows], label_smoothing=recipe.smoothing
            )
            optimizer.zero_grad()
            loss.backward()
            if recipe.clip:
                nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
            optimizer.step()
            schedule.step()
    ours = trained(2, recipe=recipe, network=cells().double(), task=EXACT).network
    for weights, expected in zip(ours.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(weights, expected, rtol=1e-9, atol=1e-12)


def test_what_an_epoch_reports_is_what_the_network_does() -> None:
    trainer = trained(1, recipe=replace(PLAIN, lr=1e-12))
    last, network = trainer.history[-1], trainer.network
    for part, mode in (("valid", False), ("test", False), ("train", True)):
        placed = getattr(TASK, part)
        network.train(mode)
        with torch.no_grad():  # batch norm looks at the batch while it learns: the same batches as then
            order = Draws(0, 0, 300).order if mode else torch.arange(len(placed.labels))
            logits = torch.cat([network(placed.images[rows]) for rows in torch.split(order, 64 if mode else 1000)])
        truth = placed.labels[order]
        assert getattr(last, f"{part}_loss") == pytest.approx(F.cross_entropy(logits, truth).item(), rel=1e-5)
        right = (logits.argmax(1) == truth).double().mean().item()
        assert getattr(last, f"{part}_accuracy") == pytest.approx(100 * right)
    assert last.train_seconds > 0
    assert last.valid_seconds > 0


def test_the_order_of_images_is_that_of_the_digits_training() -> None:
    training = Training(ARCH, digits(), Fidelity(3, 3, 0.25), (7,))
    assert torch.equal(training._order()[:, 0], Draws(7, 0, 225).order)


def test_training_images_are_changed_and_others_are_not() -> None:
    """All images mirrored: that is how the network sees those to train, and those alone."""
    seen: dict[bool, list[Tensor]] = {True: [], False: []}

    class Watching(nn.Linear):
        def forward(self, images: Tensor) -> Tensor:
            seen[self.training].append(images.clone())
            return super().forward(images.flatten(1))

    trained(1, network=Watching(64, 4), recipe=SgdRecipe(batch=64, flip=1, crop=0))
    order = Draws(0, 0, 300).order
    assert torch.equal(torch.cat(seen[True]), TASK.train.images[order].flip(3))
    assert torch.equal(torch.cat(seen[False]), torch.cat([TASK.valid.images, TASK.test.images]))
    assert [len(images) for images in seen[True]] == [64, 64, 64, 64, 44]


def test_moved_and_cut_images_have_the_share_of_their_side() -> None:
    assert NB201.augmentation(32, (0.0,)) == replace(NB201.augmentation(16, (0.0,)), crop=4)
    assert NB201.augmentation(16, (1.0, 2.0, 3.0)).black == (1.0, 2.0, 3.0)
    assert SgdRecipe(cutout=0.5).augmentation(32, (0.0,)).cutout == 16
    assert PLAIN.augmentation(32, (0.0,)) is None


def test_batches_are_the_same_however_many_are_drawn_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(batches(TASK, QUICK, Draws(0, 0, 300)))
    assert [round(batch.progress * 5) for batch in whole] == [0, 1, 2, 3, 4]
    monkeypatch.setattr("harness.live.feed.AHEAD", 1)
    again = list(batches(TASK, replace(QUICK, flip=0, crop=0), Draws(0, 0, 300)))
    assert all(torch.equal(a.labels, b.labels) for a, b in zip(whole, again, strict=True))


def test_it_learns() -> None:
    network = Official(4, 1).build(ARCH, TASK.shape, 0)
    trainer = Trainer(network, TASK, Plan(replace(PLAIN, batch=25), 15, 0), Setup())
    list(finish(trainer, 15))
    assert trainer.history[-1].train_loss < 0.5 * trainer.history[0].train_loss
    assert trainer.history[-1].test_accuracy > 80


@pytest.mark.parametrize("amp", [None, "bfloat16"])
def test_a_training_that_diverges_ends_there(amp: str | None, tmp_path: Path) -> None:
    path, trainer = tmp_path / "half.pt", begin(recipe=replace(PLAIN, lr=1e30), amp=amp)
    seen = list(finish(trainer, 3, path))
    assert len(seen) == 1
    assert trainer.ended.startswith("diverged in epoch 1: the losses of training and validation are ")
    assert not math.isfinite(seen[-1].train_loss + seen[-1].valid_loss)
    assert math.isnan(seen[-1].test_accuracy)
    again = begin(recipe=replace(PLAIN, lr=1e30), amp=amp)
    assert list(finish(again, 3, path)) == []
    assert again.ended == trainer.ended


def test_a_network_that_no_longer_improves_is_trained_no_longer() -> None:
    trainer = begin(recipe=replace(PLAIN, lr=1e-12, patience=2), network=nn.Sequential(nn.Flatten(), nn.Linear(64, 4)))
    assert [epoch.epoch for epoch in finish(trainer, 9)] == [1, 2, 3]
    accuracy = f"{trainer.history[0].valid_accuracy:.2f}"
    assert trainer.ended == f"stopped early: no validation accuracy above the {accuracy} % of epoch 1 in 2 epochs"
    assert [epoch.ended for epoch in trainer.history[:2]] == ["", ""]


@pytest.mark.parametrize(
    ("accuracies", "stops"),
    [([1, 2, 3, 4], False), ([5, 4, 6], False), ([5, 5, 5], True), ([5, 4, 5], True), ([1, 9, 3], False), ([1], False)],
)
def test_patience_counts_from_the_first_best_epoch(accuracies: list[float], stops: bool) -> None:
    history = [EpochResult(k, 1.0, 50.0, 1.0, value, 1.0, 50.0, 0.1, 0.1) for k, value in enumerate(accuracies[:-1], 1)]
    assert bool(impatience(history, accuracies[-1], 2)) == stops
    assert not impatience(history, accuracies[-1], None)


def test_half_precision_is_computed_in_and_learns_about_the_same() -> None:
    kinds: set[torch.dtype] = set()
    network = cells()
    network.layers.register_forward_hook(lambda *given: kinds.add(given[2].dtype))
    half, whole = trained(network=network, amp="bfloat16"), trained()
    assert kinds == {torch.bfloat16}
    assert all(weights.dtype == torch.float32 for weights in half.network.parameters())
    for one, other in zip(half.history, whole.history, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, rel=0.15)
        assert one.train_loss != other.train_loss


def test_losses_are_scaled_in_float16_alone() -> None:
    assert not Setup(amp="bfloat16").scaler().is_enabled()
    assert not Setup().scaler().is_enabled()


def test_a_checkpoint_holds_what_the_scaler_knows(tmp_path: Path) -> None:
    """Scaled by the CPU's own scaler: the steps are those of unscaled losses."""
    scaled = begin()
    scaled._scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)
    list(finish(scaled, 1, tmp_path / "half.pt"))
    assert scaled._scaler.get_scale() == 2048
    resumed = begin()
    resumed._scaler = torch.amp.GradScaler("cpu")
    resumed.load(tmp_path / "half.pt")
    assert resumed._scaler.get_scale() == 2048
    for one, other in zip(scaled.network.parameters(), trained(1).network.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_channels_last_is_another_order_of_the_same_numbers() -> None:
    def layouts(channels_last: bool) -> tuple[Trainer, set[bool]]:
        seen: set[bool] = set()
        network = cells()
        network.layers.register_forward_hook(
            lambda *given: seen.add(given[2].is_contiguous(memory_format=torch.channels_last))
        )
        return trained(1, network=network, channels_last=channels_last), seen

    (last, yes), (first, no) = layouts(True), layouts(False)
    assert (yes, no) == ({True}, {False})
    np.testing.assert_allclose(results(last), results(first), rtol=1e-3)


def test_a_compiled_network_is_the_one_that_computes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[int] = []

    def fake(network: nn.Module) -> Callable[[Tensor], Tensor]:
        return lambda images: (calls.append(len(images)), network(images))[1]

    monkeypatch.setattr(torch, "compile", fake)
    trainer = trained(1, compile=True)
    assert calls == [64, 64, 64, 64, 44, 160, 160]
    trainer.save(tmp_path / "half.pt")
    begin().load(tmp_path / "half.pt")


class Threads(nn.Linear):
    """Notes torch's settings while it computes."""

    def __init__(self) -> None:
        super().__init__(64, 4)
        self.seen: set[int] = set()

    def forward(self, images: Tensor) -> Tensor:
        self.seen.add(torch.get_num_threads())
        return super().forward(images.flatten(1))


def test_torch_is_left_as_it_was() -> None:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(2)
    try:
        network, free = Threads(), Threads()
        trained(1, network=network)
        trained(1, network=free, deterministic=False)
        assert (network.seen, free.seen) == ({1}, {2})
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    torch.set_rng_state(state)
    trained(1, network=dropping())
    assert torch.equal(torch.get_rng_state(), state)
    assert np.float32(1e-40) / np.float32(2) > 0


@pytest.mark.parametrize("deterministic", [True, False])
def test_the_kernels_of_a_gpu_are_set_and_set_back(deterministic: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")

    def flags() -> tuple[bool, bool, bool]:
        cudnn = torch.backends.cudnn
        return torch.are_deterministic_algorithms_enabled(), cudnn.deterministic, cudnn.benchmark

    before = flags()
    with setup_file._gpu_kernels(deterministic):
        assert flags() == (deterministic, deterministic, not deterministic)
    assert flags() == before


@pytest.mark.parametrize(
    ("setup", "message"),
    [
        ({"device": "gpu"}, "device 'gpu' cannot be used"),
        ({"amp": "half"}, "amp = 'half': give bfloat16 or float16"),
        ({"amp": "float16"}, "amp = 'float16' needs a GPU, and the device is 'cpu'; give bfloat16"),
    ],
)
def test_a_setup_that_is_not_to_be_had_is_refused(setup: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        Setup(**setup)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batch": 0}, "batch = 0 of a recipe: give a whole number of at least 1"),
        ({"batch": True}, "batch = True"),
        ({"patience": 1.5}, "patience = 1.5 of a recipe"),
        ({"lr": 0.0}, "lr = 0.0 of a recipe: give more than 0"),
        ({"clip": math.nan}, "clip = nan of a recipe"),
        ({"momentum": 1.0}, "momentum = 1.0 of a recipe: give 0 to less than 1"),
        ({"cutout": -0.5}, "cutout = -0.5 of a recipe"),
        ({"flip": 2}, "flip = 2 of a recipe: give a probability"),
        ({"weight_decay": -1}, "weight_decay = -1 of a recipe: give 0 or more"),
        ({"nesterov": True, "momentum": 0.0}, "nesterov"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        SgdRecipe(**wrong)


def test_a_share_of_the_images() -> None:
    task = place(texture(), Share(images=100, data=0.5, resolution=0.5), Setup())
    assert task.sizes == [50, 100, 100]
    assert task.shape == (1, 4, 4, 4)
    assert sorted(task.train.labels.bincount().tolist()) == [12, 12, 13, 13]
    assert place(texture(), Share(images=10_000), Setup()).sizes == TASK.sizes == [300, 160, 160]
    assert (TASK.name, TASK.classes, TASK.black) == ("texture", 4, (0.0,))
    with pytest.raises(BadValue, match="images = 0: give a whole number of at least 1"):
        Share(images=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("given", [{}, {"amp": "float16"}, {"amp": "bfloat16"}, {"deterministic": False}])
def test_a_gpu_trains_about_as_the_cpu_does(given: dict[str, Any], tmp_path: Path) -> None:
    task = place(texture(), Share(), Setup(device="cuda"))
    one, other = (trained(task=task, device="cuda", **given) for _ in range(2))
    assert given or same(one, other)
    np.testing.assert_allclose(results(one), results(trained()), rtol=0.1, atol=6.0)
    one.save(tmp_path / "half.pt")
    if "amp" not in given:
        begin().load(tmp_path / "half.pt")
