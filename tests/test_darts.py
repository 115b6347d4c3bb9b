"""DARTS: its gradients of both orders, and a task that it must solve with a 3x3 convolution."""

import numpy as np
import pytest
import torch
from torch import Tensor
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from proxies.weight_sharing._unrolled import Loss, Point, mixed_product, unrolled, velocity
from proxies.weight_sharing.darts import Darts

NOTHING = np.empty(0)


def _parameter(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


class Curved:
    """Two smooth losses of three parameters and four weights, far from quadratic."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.a = torch.randn(4, 3, generator=generator, dtype=torch.float64)
        self.alphas, self.weights = _parameter(0.3, -0.2, 0.5), _parameter(0.1, -0.4, 0.2, 0.7)

    def train(self, alphas: Tensor, weights: Tensor) -> Tensor:
        return torch.sin(weights * (self.a @ torch.softmax(alphas, 0))).sum() + weights.square().square().sum()

    def valid(self, alphas: Tensor, weights: Tensor) -> Tensor:
        return torch.cos(weights @ self.a + alphas).sum()

    def losses(self) -> tuple[Loss, Loss]:
        return lambda: self.train(self.alphas, self.weights), lambda: self.valid(self.alphas, self.weights)

    def exact(self, rate: float) -> Tensor:
        """The gradient of the validation loss through the step, by automatic differentiation."""
        slope = torch.autograd.grad(self.losses()[0](), self.weights, create_graph=True)[0]
        return torch.autograd.grad(self.valid(self.alphas, self.weights - rate * slope), self.alphas)[0]


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.3])
def test_the_gradient_through_a_step_is_that_of_automatic_differentiation(rate: float) -> None:
    curved = Curved()
    _, (gradient,) = unrolled(*curved.losses(), Point([curved.alphas], [curved.weights]), list, rate)
    torch.testing.assert_close(gradient, curved.exact(rate), rtol=1e-3, atol=1e-6)
    assert (curved.exact(0.3) - curved.exact(0.0)).abs().max() > 0.01  # the orders differ by more than the tolerance


def test_the_weights_are_back_to_the_bit() -> None:
    curved = Curved()
    before = curved.weights.detach().clone()
    loss, _ = unrolled(*curved.losses(), Point([curved.alphas], [curved.weights]), list, 0.3)
    assert torch.equal(curved.weights, before)
    assert loss != curved.losses()[1]().item()  # it is that of after the step


def test_no_direction_has_no_second_derivative() -> None:
    curved = Curved()
    point = Point([curved.alphas], [curved.weights])
    assert not mixed_product(curved.losses()[0], point, [torch.zeros(4, dtype=torch.float64)])[0].any()


@pytest.mark.parametrize(("rate", "end"), [(0.0, (2.0, 2.0)), (0.5, (1.0, 1.0))])
def test_the_example_of_the_paper(rate: float, end: tuple[float, float]) -> None:
    """L_valid = a w - 2 a + 1, L_train = w^2 - 2 a w + a^2 from (2, -2): the bilevel solution is (1, 1) (figure 2).

    Where the weight is at its best, w = a, the gradient is a - 2 + 2 rate a: zero at 1 for a rate of 1/2, at 2 for 0.
    """
    a, w = _parameter(2.0), _parameter(-2.0)

    def train() -> Tensor:
        return (w * w - 2 * a * w + a * a).sum()

    def valid() -> Tensor:
        return (a * w - 2 * a + 1).sum()

    for _ in range(300):
        _, (slope,) = unrolled(train, valid, Point([a], [w]), list, rate)
        with torch.no_grad():
            a -= 0.1 * slope
            w -= 0.1 * 2 * (w - a)
    assert (a.item(), w.item()) == pytest.approx(end, abs=1e-4)


def test_the_step_looked_ahead_is_that_of_the_optimizer() -> None:
    weights = _parameter(1.0, -2.0)
    optimizer = torch.optim.SGD([weights], lr=0.1, momentum=0.9, weight_decay=0.01)
    direction = velocity(optimizer)
    for gradient in (torch.tensor([0.5, 0.25]), torch.tensor([-1.0, 2.0])):  # without velocity, and with
        before = weights.detach().clone()
        (ahead,) = direction([gradient.double()])
        weights.grad = gradient.double()
        optimizer.step()
        torch.testing.assert_close(weights.detach(), before - 0.1 * ahead)


@pytest.mark.parametrize("order", [1, 2])
def test_a_task_for_3x3_convolutions_gets_one(order: int) -> None:
    supernet = Darts(TextureBenchmark(), seed=3, order=order, epochs=5, batch=25, cells=1)
    assert not sees(supernet.derive())  # chance is not on its side
    supernet.fit([], NOTHING)
    assert sees(supernet.derive())
    seen = {row.measure: row.value for row in supernet.history}
    assert set(seen) == {"train_loss", "valid_loss", "skip_share", "entropy"}
    first = {row.measure: row.value for row in supernet.history if row.epoch == 1}
    assert seen["train_loss"] < 0.5 * first["train_loss"]
    assert seen["entropy"] < first["entropy"] < np.log(5)
    assert 0 < seen["skip_share"] < 1


def test_the_orders_learn_differently() -> None:
    one, two = (Darts(TextureBenchmark(), seed=0, order=order, epochs=1, batch=75, cells=1) for order in (1, 2))
    begin = [edge.detach().clone() for edge in one.edges.edges]
    for supernet in (one, two):
        supernet.fit([], NOTHING)
    assert not torch.equal(one.edges.edges[0], two.edges.edges[0])
    assert not torch.equal(one.edges.edges[0], begin[0])


def test_the_architecture_waits_for_the_warm_up() -> None:
    supernet = Darts(TextureBenchmark(), seed=0, epochs=2, warmup=1, batch=75, cells=1)
    begin = [edge.detach().clone() for edge in supernet.edges.edges]
    seen = supernet.train_epoch()
    assert all(torch.equal(a, b) for a, b in zip(supernet.edges.edges, begin, strict=True))
    assert set(seen) == {"train_loss", "skip_share", "entropy"}
    supernet.epoch += 1
    assert "valid_loss" in supernet.train_epoch()
    assert not torch.equal(supernet.edges.edges[0], begin[0])


@pytest.mark.parametrize(
    "wrong", [{"order": 3}, {"warmup": 50}, {"warmup": -1}, {"alpha_lr": 0.0}, {"alpha_decay": -1.0}]
)
def test_options_that_make_no_sense_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(BadValue, match=next(iter(wrong))):
        Darts(TextureBenchmark(), seed=0, **wrong)  # type: ignore[arg-type]
