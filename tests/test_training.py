import math
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import trained as t

from harness.core import Fidelity
from harness.datasets.digits import digits
from harness.errors import BadValue
from harness.live.dataset import Part
from harness.live.training import Training, train


def test_the_same_seed_trains_to_the_same_bits() -> None:
    one, two = t.trained(), t.trained()
    assert t.fingerprint(one) == t.fingerprint(two)
    assert t.fingerprint(one) != t.fingerprint(t.trained(seeds=(1,)))


def test_and_in_another_process() -> None:
    command = [sys.executable, str(Path(t.__file__))]
    there = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert there == t.fingerprint(t.trained())


def test_no_global_random_state_is_read_or_moved() -> None:
    before = torch.get_rng_state()
    expected = t.fingerprint(t.trained())
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(12345)
        assert t.fingerprint(t.trained()) == expected


def test_what_an_epoch_reports_is_what_the_network_does() -> None:
    training = t.trained()
    last, network = training.history[-1], training.network.eval()
    for name in ("valid", "test"):
        part = getattr(digits(), name)
        with torch.inference_mode():
            logits = network(torch.from_numpy(part.images))[:, 0].double()
        probabilities = torch.softmax(logits, 1).numpy()[np.arange(len(part.labels)), part.labels]
        assert getattr(last, f"{name}_loss")[0] == pytest.approx(-np.log(probabilities).mean(), rel=1e-4)
        right = (logits.argmax(1).numpy() == part.labels).sum()
        assert abs(getattr(last, f"{name}_accuracy")[0] * len(part.labels) / 100 - right) < 0.01
    assert last.train_seconds > 0
    assert last.valid_seconds > 0


@pytest.mark.parametrize("saved_after", [1, 2])
def test_a_resumed_training_ends_in_the_same_bits(tmp_path: Path, saved_after: int) -> None:
    path = tmp_path / "half.pt"
    t.go_on(t.begin(seeds=(0, 1)), saved_after).save(path)
    resumed = t.begin(seeds=(0, 1))
    assert [epoch.epoch for epoch in train(resumed, 3, path)] == list(range(saved_after + 1, 4))
    whole = t.trained(seeds=(0, 1))
    assert any(name.startswith("momentum") for name in t.state(whole))
    assert t.fingerprint(resumed) == t.fingerprint(whole)


def test_seconds_and_epochs_survive_a_resume(tmp_path: Path) -> None:
    half = t.go_on(t.begin(), 2)
    half.save(tmp_path / "half.pt")
    resumed = t.begin()
    resumed.load(tmp_path / "half.pt")
    assert [epoch.train_seconds for epoch in resumed.history] == [epoch.train_seconds for epoch in half.history]
    assert [epoch.epoch for epoch in resumed.history] == [1, 2]


@pytest.mark.parametrize("broken", ["harness.files.os.fsync", "pathlib.Path.replace"])
def test_a_crash_while_saving_leaves_the_former_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "half.pt"
    training = t.go_on(t.begin(), 1)
    training.save(path)
    kept = path.read_bytes()

    def power_cut(*_: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(broken, power_cut)
    with pytest.raises(OSError, match="power cut"):
        t.go_on(training, 2).save(path)
    assert path.read_bytes() == kept
    resumed = t.begin()
    resumed.load(path)
    assert t.fingerprint(t.go_on(resumed, 3)) == t.fingerprint(t.trained())


OTHERS: dict[str, dict[str, Any]] = {
    "seeds": {"seeds": (1,)},
    "more seeds": {"seeds": (0, 1)},
    "recipe": {"lr": 0.05},
    "arch": {"arch": (*t.ARCH[:5], t.CONV1)},
    "a cell of the same weights": {"arch": (*t.ARCH[:4], t.SKIP, t.ARCH[5])},
    "schedule": {"fidelity": Fidelity(3, 12, 0.25)},
    "data": {"fidelity": Fidelity(3, 3, 0.5)},
    "resolution": {"fidelity": t.SHORT._replace(resolution=0.5)},
    "width": {"fidelity": t.SHORT._replace(width=0.5)},
    "depth": {"fidelity": t.SHORT._replace(depth=0.5)},
}


@pytest.mark.parametrize("which", OTHERS)
def test_the_checkpoint_of_another_training_is_refused(tmp_path: Path, which: str) -> None:
    path = tmp_path / "half.pt"
    t.go_on(t.begin(), 1).save(path)
    other = t.begin(**OTHERS[which])
    before = t.state(other)
    with pytest.raises(BadValue, match=r"half\.pt is of another training; remove it or name another folder"):
        other.load(path)
    assert all(torch.equal(before[name], value) for name, value in t.state(other).items())
    assert other.epoch == 0


def test_fewer_epochs_of_the_same_schedule_are_the_same_training(tmp_path: Path) -> None:
    t.go_on(t.begin(Fidelity(1, 3, 0.25)), 1).save(tmp_path / "half.pt")
    resumed = t.begin()
    resumed.load(tmp_path / "half.pt")
    assert resumed.epoch == 1


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", "cut", "zeros", "bit"])
def test_a_damaged_checkpoint_is_logged_and_the_training_starts_again(
    tmp_path: Path, content: bytes | str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "half.pt"
    t.go_on(t.begin(), 1).save(path)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        at = whole.index(archive.read(max(archive.infolist(), key=lambda entry: entry.file_size)))
    bit = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    damaged = {"cut": whole[:3000], "zeros": bytes(len(whole)), "bit": bit}
    path.write_bytes(damaged[content] if isinstance(content, str) else content)
    training = t.begin()
    assert [epoch.epoch for epoch in train(training, 3, path)] == [1, 2, 3]
    assert t.fingerprint(training) == t.fingerprint(t.trained())
    assert re.search(r"checkpoint .*half\.pt is damaged \(.+\): the training starts again", caplog.text)


def first_state(state: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = state["optimizer"]["state"][0]
    return found


LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no network": lambda state: state.pop("network"),
    "no optimizer": lambda state: state.pop("optimizer"),
    "no history": lambda state: state.pop("history"),
    "half a network": lambda state: state["network"].popitem(),
    "another shape": lambda state: state["network"].update({next(iter(state["network"])): torch.zeros(1)}),
    "a network of numbers": lambda state: state.update(network=3),
    "groups": lambda state: state["optimizer"].update(param_groups=[]),
    "a group without momentum": lambda state: state["optimizer"]["param_groups"][0].pop("momentum"),
    "a rate of text": lambda state: state["optimizer"]["param_groups"][0].update(weight_decay="much"),
    "momentum of another shape": lambda state: first_state(state).update(momentum_buffer=torch.zeros(7)),
    "momentum of text": lambda state: first_state(state).update(momentum_buffer="fast"),
    "a long row": lambda state: state["history"][0].append(1.0),
    "other seeds": lambda state: state["history"][0].__setitem__(1, [1.0, 2.0]),
    "another epoch": lambda state: state["history"][0].__setitem__(0, 2),
    "seconds of text": lambda state: state["history"][0].__setitem__(8, "soon"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_checkpoint_that_lies_is_logged_and_the_training_starts_again(
    tmp_path: Path, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "half.pt"
    t.go_on(t.begin(), 1).save(path)
    state = torch.load(path, weights_only=True)
    LIES[lie](state)
    torch.save(state, path)
    training = t.begin()
    training.load(path)
    assert re.search(r"checkpoint .*half\.pt is damaged \(.+\): the training starts again", caplog.text)
    assert training.epoch == 0
    fresh = t.state(t.begin())
    assert t.state(training).keys() == fresh.keys()
    assert all(torch.equal(fresh[name], value) for name, value in t.state(training).items())
    training.run_epoch()


def test_a_training_of_tensors_is_another_one(tmp_path: Path) -> None:
    path = tmp_path / "half.pt"
    t.go_on(t.begin(), 1).save(path)
    state = torch.load(path, weights_only=True)
    state["training"]["seeds"] = torch.zeros(2)
    torch.save(state, path)
    with pytest.raises(BadValue, match="another training"):
        t.begin().load(path)


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_checkpoint_is_a_file_and_no_link(tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    path, other = tmp_path / "half.pt", tmp_path / "other.pt"
    t.go_on(t.begin(), 1).save(other)
    before = other.read_bytes()
    path.symlink_to(other) if kind == "link" else os.mkfifo(path)
    keep_open = os.open(path, os.O_RDWR)  # so that nobody has to wait, whoever opens it
    training = t.begin()
    training.load(path)
    assert training.epoch == 0
    t.go_on(training, 1).save(path)
    os.close(keep_open)
    assert {"pipe": "no regular file", "link": "a link"}[kind] in caplog.text
    assert other.read_bytes() == before
    assert path.is_file()
    assert not path.is_symlink()


def test_seeds_side_by_side_train_as_they_do_alone() -> None:
    """Equal bit by bit where the grouped convolutions round as the single ones do; elsewhere an image may tip over."""
    together = t.results(t.trained(seeds=(0, 1, 2)))
    alone = np.concatenate([t.results(t.trained(seeds=(seed,))) for seed in (0, 1, 2)], axis=2)
    loss, accuracy = slice(0, None, 2), slice(1, None, 2)
    image = 100 / np.array([225, len(digits().valid.labels), len(digits().test.labels)])[:, None]
    np.testing.assert_allclose(together[:, loss], alone[:, loss], rtol=1e-3)
    assert (np.abs(together - alone)[:, accuracy] < 1.01 * image).all()
    assert (np.abs(together[..., [0]] - together[..., 1:])[:, 0] > 0.01).any()


def learning_rates(training: Training, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The learning rate of every step until the schedule ends."""
    rates: list[float] = []
    step = training._optimizer.step

    def spy() -> None:
        rates.extend(group["lr"] for group in training._optimizer.param_groups)
        step()

    monkeypatch.setattr(training._optimizer, "step", spy)
    return rates


def test_the_learning_rate_follows_the_cosine_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    training = t.begin(Fidelity(12, 12, 0.25), arch=t.DEAD)
    rates = learning_rates(training, monkeypatch)
    t.go_on(training, 12)
    oracle = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(oracle, T_max=36)
    expected = []
    for _ in range(36):
        expected.append(schedule.get_last_lr()[0])
        oracle.step()
        schedule.step()
    assert rates == pytest.approx(expected, rel=1e-6)
    assert rates[0] == 0.1
    assert rates[-1] < 0.002 * rates[0]


def test_a_resumed_schedule_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    t.go_on(t.begin(), 2).save(tmp_path / "half.pt")
    resumed = t.begin()
    rates = learning_rates(resumed, monkeypatch)
    list(train(resumed, 3, tmp_path / "half.pt"))
    assert rates == pytest.approx([0.05 * (1 + math.cos(math.pi * step / 9)) for step in (6, 7, 8)])


def test_a_truncated_schedule_is_not_a_short_one() -> None:
    """Same initial weights, same order, same first step; another learning rate from the second step on."""
    truncated, short = t.begin(Fidelity(3, 12, 0.25)), t.begin(Fidelity(3, 3, 0.25))
    assert all(torch.equal(value, t.state(short)[name]) for name, value in t.state(truncated).items())
    assert torch.equal(truncated._order(), short._order())
    one_step = {"batch": 225}
    first, also = (t.go_on(t.begin(Fidelity(1, n, 0.25), **one_step), 1) for n in (12, 3))
    assert t.fingerprint(first) == t.fingerprint(also)
    assert t.fingerprint(t.go_on(first, 2)) != t.fingerprint(t.go_on(also, 2))
    assert t.fingerprint(t.go_on(truncated, 3)) != t.fingerprint(t.go_on(short, 3))
    assert abs(truncated.history[-1].train_loss - short.history[-1].train_loss) > 0.01


def test_one_step_is_nesterov_momentum_with_weight_decay() -> None:
    """Sutskever et al. as torch writes it: d = g + wd w; v = mu v + d; w -= lr (d + mu v)."""
    training = t.begin(Fidelity(2, 2, 0.25), batch=225)
    velocity = {name: torch.zeros_like(weights) for name, weights in training.network.named_parameters()}
    for rate in (0.1, 0.05):
        before = {name: weights.detach().clone() for name, weights in training.network.named_parameters()}
        training.run_epoch()
        for name, weights in training.network.named_parameters():
            assert weights.grad is not None
            step = weights.grad + 5e-4 * before[name]
            velocity[name] = 0.9 * velocity[name] + step
            expected = before[name] - rate * (step + 0.9 * velocity[name])
            torch.testing.assert_close(weights.detach(), expected, rtol=1e-5, atol=1e-7)


def test_every_weight_decays_alike() -> None:
    groups = t.begin()._optimizer.param_groups
    assert [(g["nesterov"], g["momentum"], g["weight_decay"]) for g in groups] == [(True, 0.9, 5e-4)]
    assert len(groups[0]["params"]) == len(list(t.begin().network.parameters()))


def test_every_epoch_sees_every_image_once_in_another_order() -> None:
    training = t.begin(seeds=(0, 1))
    orders = [training._order()]
    training.run_epoch()
    orders.append(training._order())
    columns = [order[:, k].tolist() for order in orders for k in range(2)]
    assert all(sorted(column) == list(range(225)) for column in columns)
    assert len(set(map(tuple, columns))) == 4


def test_a_disconnected_cell_trains_to_chance() -> None:
    training = t.trained(Fidelity(3, 3, 0.25), arch=t.DEAD)
    assert np.isfinite(t.results(training)).all()
    assert training.history[-1].train_loss[0] == pytest.approx(math.log(10), abs=0.05)
    assert 5 < training.history[-1].test_accuracy[0] < 15


def test_it_learns() -> None:
    training = t.trained(Fidelity(12, 12))
    assert training.history[-1].valid_accuracy[0] > 85
    assert training.history[-1].train_loss[0] < 0.3 * training.history[0].train_loss[0]


@pytest.mark.parametrize(
    ("fidelity", "message"),
    [
        (Fidelity(0, 3), "0 epochs of a 3-epoch schedule: give 1 to 3"),
        (Fidelity(4, 3), "4 epochs of a 3-epoch schedule: give 1 to 3"),
        (Fidelity(3, 3, 0.0), "a fraction 0.0 of the data: give more than 0"),
        (Fidelity(3, 3, 1.5), "a fraction 1.5 of the data: .* at most 1"),
        (Fidelity(3, 3, math.nan), "a fraction nan of the data"),
        (Fidelity(3, 3, 0.001), "keeps and leaves at least one of each of the 10 classes; give 0.011 to 0.99"),
        (Fidelity(3, 3, 0.999), "keeps and leaves at least one of each of the 10 classes"),
        (Fidelity(3, 3, 0.05), "45 images are less than one batch of 75"),
        (Fidelity(3, 3, resolution=0.3), "a resolution of 0.3 of 8 pixels: give 0.25, 0.5, 0.75 or 1"),
        (Fidelity(3, 3, resolution=0.375), "a resolution of 0.375 of 8 pixels"),
        (Fidelity(3, 3, resolution=0), "a resolution of 0 of 8 pixels"),
        (Fidelity(3, 3, resolution=2.0), "a resolution of 2.0 of 8 pixels"),
        (Fidelity(3, 3, width=0.3), "a width of 0.3 of 8 channels: give 0.125, 0.25, .*, 0.875, 1$"),
        (Fidelity(3, 3, width=2.0), "a width of 2.0 of 8 channels"),
        (Fidelity(3, 3, width=0.0), "a width of 0.0 of 8 channels"),
        (Fidelity(3, 3, depth=0.25), "a depth of 0.25 of two cells: give 0.5 for one of them, or 1"),
    ],
)
def test_a_fidelity_that_cannot_be_had_is_refused(fidelity: Fidelity, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        t.begin(fidelity)


def shapes(training: Training) -> dict[str, tuple[int, ...]]:
    return {name: tuple(weights.shape) for name, weights in training.network.named_parameters()}


def test_less_width_is_fewer_channels_everywhere() -> None:
    full, half = shapes(t.begin()), shapes(t.begin(t.SHORT._replace(width=0.5)))
    assert half == {name: tuple(n // 2 if n == 8 else n for n in shape) for name, shape in full.items()}
    assert shapes(t.begin(t.SHORT._replace(width=0.25), channels=32)) == full


def test_half_the_depth_is_the_first_cell_alone() -> None:
    full, half = shapes(t.begin()), shapes(t.begin(t.SHORT._replace(depth=0.5)))
    assert half == {name: shape for name, shape in full.items() if name.partition(".")[0] not in ("between", "cell2")}


def test_less_resolution_is_seen_by_every_part() -> None:
    training = t.begin(t.SHORT._replace(resolution=0.75), seeds=(0, 1))
    assert shapes(training) == shapes(t.begin(seeds=(0, 1)))
    for part in (training._train, training._valid, training._test):
        assert part.take(torch.tensor([[0, 1], [2, 3]]))[0].shape == (2, 2, 6, 6)


@pytest.mark.parametrize("fraction", [0.25, 0.5])
def test_a_smaller_image_is_made_of_means(fraction: float) -> None:
    part, side = digits().train, round(1 / fraction)
    blocks = part.images.reshape(-1, 1, 8 // side, side, 8 // side, side).mean((3, 5))
    np.testing.assert_allclose(part.shrunk(fraction).images, blocks, atol=1e-6)
    np.testing.assert_array_equal(part.shrunk(fraction).labels, part.labels)
    assert part.shrunk(fraction).images.dtype == np.float32
    assert part.shrunk(1.0) is part


def test_a_new_pixel_is_the_mean_of_the_area_that_it_covers() -> None:
    """Of 8 pixels 6 are made, each covering 4/3: a whole one and a third, or two of two thirds."""
    by_hand = np.zeros((6, 8))
    for new, (first, weights) in enumerate(
        [(0, (3, 1)), (1, (2, 2)), (2, (1, 3)), (4, (3, 1)), (5, (2, 2)), (6, (1, 3))]
    ):
        by_hand[new, first : first + 2] = np.array(weights) / 4
    image = digits().train.images[0, 0]
    shrunk = Part(image[None, None], np.array([0])).shrunk(0.75)
    np.testing.assert_allclose(shrunk.images[0, 0], by_hand @ image @ by_hand.T, atol=1e-6)
    wide = Part(np.ones((1, 3, 4, 8), np.float32), np.array([0])).shrunk(0.5)
    np.testing.assert_allclose(wide.images, np.ones((1, 3, 2, 4)), rtol=1e-6)


REDUCED = Fidelity(3, 3, 0.25, 0.5, 0.5, 0.5)


def test_reductions_go_together_and_repeat_bit_by_bit(tmp_path: Path) -> None:
    whole = t.trained(REDUCED)
    assert t.fingerprint(whole) == t.fingerprint(t.trained(REDUCED))
    t.go_on(t.begin(REDUCED), 1).save(tmp_path / "half.pt")
    resumed = t.begin(REDUCED)
    resumed.load(tmp_path / "half.pt")
    assert t.fingerprint(t.go_on(resumed, 3)) == t.fingerprint(whole)
    others = [REDUCED._replace(**{name: 1.0}) for name in ("data", "resolution", "width", "depth")]
    assert len({t.fingerprint(t.trained(fidelity)) for fidelity in (REDUCED, *others)}) == 5


def test_a_reduced_network_learns_too() -> None:
    training = t.trained(Fidelity(12, 12, 1.0, 0.5, 0.5, 0.5))
    assert training.history[-1].valid_accuracy[0] > 50


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_trains_about_as_the_cpu_does(tmp_path: Path) -> None:
    gpu, cpu = t.go_on(t.begin(device="cuda"), 1), t.go_on(t.begin(), 1)
    np.testing.assert_allclose(t.results(gpu), t.results(cpu), rtol=0.05, atol=3.0)
    gpu.save(tmp_path / "half.pt")
    resumed = t.begin()
    resumed.load(tmp_path / "half.pt")
    assert t.go_on(resumed, 3).history[-1].valid_accuracy[0] == pytest.approx(
        t.trained().history[-1].valid_accuracy[0], abs=10
    )


def test_the_machine_is_left_as_it_was() -> None:
    threads, denormal = torch.get_num_threads(), np.float32(1e-40)
    t.trained()
    assert torch.get_num_threads() == threads
    assert denormal / np.float32(2) > 0
