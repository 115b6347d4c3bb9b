"""GDAS: one operation of each edge is computed, and its draw has a gradient."""

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from harness.live.reproducible import reproducible
from harness.spaces.nb201 import CONV3
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._gumbel import gumbel_softmax
from proxies.weight_sharing.gdas import Gdas, straight_through

NOTHING = np.empty(0)


def test_it_puts_a_3x3_convolution_where_it_matters() -> None:
    supernet = Gdas(TextureBenchmark(), seed=0, epochs=30, batch=25, alpha_lr=0.05)
    with reproducible():
        supernet.fit([], NOTHING)
    assert sees(supernet.derive())
    chosen = torch.stack(supernet.probabilities())[:, CONV3]
    assert chosen.max() > 0.5


def test_draws_come_as_often_as_they_are_probable_at_any_temperature() -> None:
    alpha, generator = torch.tensor([0.0, 1.0, -1.0]), torch.Generator().manual_seed(0)
    for temperature in (0.1, 10.0):
        drawn = [int(gumbel_softmax([alpha], temperature, generator)[0].argmax()) for _ in range(4000)]
        assert np.bincount(drawn) / 4000 == pytest.approx(alpha.softmax(0).numpy(), abs=0.03)


def test_the_share_of_the_draw_grows_as_it_gets_colder() -> None:
    generator = torch.Generator().manual_seed(0)
    hot, cold = (gumbel_softmax([torch.zeros(5)] * 50, t, generator) for t in (10.0, 0.1))
    assert np.mean([float(shares.max()) for shares in hot]) < 0.3
    assert np.mean([float(shares.max()) for shares in cold]) > 0.9


def test_forward_it_is_one_backward_it_is_the_share() -> None:
    shares = torch.tensor([0.2, 0.5, 0.3], requires_grad=True)
    ((option, weight),) = straight_through(shares).items()
    assert (option, weight.item()) == (1, 1.0)
    (gradient,) = torch.autograd.grad(7 * weight, shares)
    assert gradient.tolist() == [0.0, 7.0, 0.0]


def test_on_average_the_gradient_points_where_the_expected_loss_falls() -> None:
    losses = torch.tensor([1.0, 2.0, 0.1, 1.5])
    alpha, generator = torch.zeros(4, requires_grad=True), torch.Generator().manual_seed(1)
    total = torch.zeros(4)
    for _ in range(3000):
        ((option, weight),) = straight_through(gumbel_softmax([alpha], 1.0, generator)[0]).items()
        total += torch.autograd.grad(losses[option] * weight, alpha)[0]
    exact = torch.autograd.grad((alpha.softmax(0) * losses).sum(), alpha)[0]
    assert (total.sign() == exact.sign()).all()
    assert total.argmin() == losses.argmin()


def test_only_what_is_drawn_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []
    forward = MixedEdge.forward

    def counted(self: MixedEdge, x: torch.Tensor, weights: dict[int, torch.Tensor]) -> torch.Tensor:
        computed.append(len(weights))
        return forward(self, x, weights)

    monkeypatch.setattr(MixedEdge, "forward", counted)
    supernet = Gdas(TextureBenchmark(), seed=0, epochs=1, batch=75, recalibration=75)
    supernet.network.train()
    supernet.train_epoch()
    assert set(computed) == {1}


def test_the_temperature_falls_linearly() -> None:
    supernet = Gdas(TextureBenchmark(), seed=0, epochs=5, batch=150, recalibration=75)
    supernet.fit([], NOTHING)
    fallen = [row.value for row in supernet.history if row.measure == "temperature"]
    assert fallen == pytest.approx(np.linspace(10, 0.1, 5))


@pytest.mark.parametrize("temperatures", [(0.1, 10.0), (1.0, 0.0), (float("inf"), 1.0)])
def test_bad_temperatures_are_refused(temperatures: tuple[float, float]) -> None:
    warmest, coldest = temperatures
    with pytest.raises(BadValue, match="temperatures fall from one to the other"):
        Gdas(TextureBenchmark(), seed=0, warmest=warmest, coldest=coldest)
