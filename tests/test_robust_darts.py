"""Robust DARTS: the eigenvalue that it watches, and when it stops."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from proxies.weight_sharing import robust_darts
from proxies.weight_sharing._alphas import mixed
from proxies.weight_sharing._curvature import largest_eigenvalue
from proxies.weight_sharing._supernet import cross_entropy
from proxies.weight_sharing.robust_darts import RobustDarts, grows

NOTHING = np.empty(0)


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("spectrum", [[3.0, 1.0, -8.0], [-1.0, -2.0, -5.0], [4.0, 4.0, 4.0], [0.0, 0.0, 0.0]])
def test_the_largest_eigenvalue_of_a_quadratic_form(spectrum: list[float]) -> None:
    basis, _ = torch.linalg.qr(torch.randn(3, 3, generator=_generator(), dtype=torch.float64))
    form = basis @ torch.diag(torch.tensor(spectrum, dtype=torch.float64)) @ basis.T
    x, y = torch.ones(1, dtype=torch.float64).requires_grad_(), torch.ones(2, dtype=torch.float64).requires_grad_()
    point = torch.cat([x, y])
    value = largest_eigenvalue(point @ form @ point / 2, [x, y], _generator(), 3)
    assert value == pytest.approx(max(spectrum), abs=1e-9)


def test_fewer_steps_never_say_too_much() -> None:
    x = torch.ones(20, dtype=torch.float64, requires_grad=True)
    values = [
        largest_eigenvalue((torch.arange(20) * x**2).sum() / 2, [x], _generator(), steps) for steps in (1, 3, 6, 20)
    ]
    assert values == sorted(values)
    assert values[0] < 18
    assert values[-1] == pytest.approx(19)


def test_a_loss_that_is_not_finite_has_no_eigenvalue() -> None:
    x = torch.ones(2, requires_grad=True)
    assert np.isnan(largest_eigenvalue((x * torch.inf * 0).square().sum(), [x], _generator(), 2))


def test_the_eigenvalue_of_a_network_is_that_of_its_whole_hessian() -> None:
    supernet = RobustDarts(TextureBenchmark(), seed=0, batch=75, cells=1)
    supernet.network.double()
    images, labels = supernet.task.valid
    batch = (images[:40].double(), labels[:40])
    flat = torch.cat([edge.detach().double() for edge in supernet.edges.edges])

    def loss(parameters: Tensor) -> Tensor:
        shares = [torch.softmax(edge, 0) for edge in parameters.split(5)]  # type: ignore[no-untyped-call]
        return cross_entropy(supernet.network, batch, mixed(shares))

    exact = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, flat))[-1]  # type: ignore[no-untyped-call]
    point = flat.clone().requires_grad_()
    found = largest_eigenvalue(loss(point), [point], _generator(), 20)
    assert found == pytest.approx(float(exact), rel=1e-5)
    assert exact > 0


def test_growth_is_seen_half_a_window_late() -> None:
    flat, steep = [1.0] * 6, [1.0] * 3 + [1.5] * 3
    assert not grows(flat, 3, 0.75)
    assert grows(steep, 3, 0.75)  # 1 / 1.5 is less than 3/4
    assert not grows(steep, 3, 0.6)
    assert not grows(steep[1:], 3, 0.75)  # not yet two windows
    assert not grows(steep[::-1], 3, 0.75)


@pytest.mark.parametrize(
    ("values", "ratio", "stops"),
    [
        ([1.0, 9.0], 0.0, False),
        ([-1.0, 9.0], 0.0, False),  # a ratio of 0 never stops
        ([-1.0, 9.0], 0.5, True),
        ([-4.0, -3.0], 0.75, False),  # -4 is below 3/4 of -3, but nothing curves upwards
        ([-4.0, 0.0], 0.75, False),
        ([1.0, np.nan], 0.75, False),
        ([np.nan, 9.0], 0.75, False),
    ],
)
def test_growth_where_eigenvalues_are_unusual(values: list[float], ratio: float, stops: bool) -> None:
    assert grows(values, 1, ratio) is stops


def test_an_eigenvalue_that_is_nan_is_left_out_of_its_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([1.0, np.nan, 1.0])
    monkeypatch.setattr(robust_darts, "largest_eigenvalue", lambda *_: next(found))
    supernet = RobustDarts(TextureBenchmark(), seed=0, epochs=3, batch=75, cells=1, window=1)
    supernet.fit([], NOTHING)
    assert [row.epoch for row in supernet.history if row.measure == "eigenvalue"] == [1, 3]
    assert np.isfinite(supernet.score([(3, 3, 3, 3, 3, 3)])).all()


def test_the_warm_up_is_a_fifth_of_the_epochs() -> None:
    assert [RobustDarts(TextureBenchmark(), seed=0, epochs=n).warmup for n in (50, 9, 3)] == [10, 1, 0]


def test_where_it_stops_it_derives_what_was_before(tmp_path: Path) -> None:
    """A ratio near 1 stops at the first growth; the checkpoint knows that training is over."""
    options = {"epochs": 30, "batch": 75, "cells": 1, "window": 1, "ratio": 0.999, "warmup": 2, "alpha_lr": 0.3}
    supernet, again = (
        RobustDarts(TextureBenchmark(), seed=0, checkpoints=str(tmp_path), **options)  # type: ignore[arg-type]
        for _ in range(2)
    )
    supernet.fit([], NOTHING)
    assert supernet.epoch < 30
    values = [row.value for row in supernet.history if row.measure == "eigenvalue"]
    assert values[-2] < values[-1]
    assert all(a >= 0.999 * b for a, b in pairwise(values[2:-1]))
    assert supernet.derive() == supernet.record.archs[-2]
    again.fit([], NOTHING)
    assert (again.epoch, again.derive(), again.record.eigenvalues) == (supernet.epoch, supernet.derive(), values)


def test_a_task_for_3x3_convolutions_gets_one() -> None:
    supernet = RobustDarts(TextureBenchmark(), seed=3, epochs=10, batch=25, cells=1, ratio=0.0)
    assert not sees(supernet.derive())  # chance is not on its side
    supernet.fit([], NOTHING)
    assert supernet.epoch == 10
    assert sees(supernet.derive())


@pytest.mark.parametrize("wrong", [{"window": 4}, {"ratio": 1.0}, {"warmup": -1}, {"warmup": 50}])
def test_options_that_make_no_sense_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(BadValue, match=f"{next(iter(wrong))} = "):
        RobustDarts(TextureBenchmark(), seed=0, **wrong)  # type: ignore[arg-type]
