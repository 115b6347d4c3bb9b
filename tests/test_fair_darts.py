"""FairDARTS: operations that do not compete, driven to 0 or 1."""

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from harness.spaces.darts import Darts
from harness.spaces.nb201 import NONE
from proxies.weight_sharing.fair_darts import FairDarts, zero_one_loss

NOTHING = np.empty(0)


def _with(edges: list[list[float]], **options: float) -> FairDarts:
    """One whose architecture parameters are these."""
    supernet = FairDarts(TextureBenchmark(), seed=0, **options)  # type: ignore[arg-type]
    with torch.no_grad():
        for parameter, values in zip(supernet.edges.edges, edges, strict=True):
            parameter.copy_(torch.tensor(values))
    return supernet


def test_the_zero_one_loss_is_least_at_decisions() -> None:
    undecided, decided = torch.tensor([0.9, 0.5, 0.5, 0.5, 0.5]), torch.tensor([0.9, 1.0, 0.0, 0.0, 1.0])
    assert zero_one_loss([undecided]).item() == 0  # and `none` is not looked at
    assert zero_one_loss([decided]).item() == -0.25
    assert zero_one_loss([undecided, decided]).item() == pytest.approx(-0.125)


def test_shares_do_not_compete() -> None:
    supernet = _with([[0.0, 9.0, 9.0, 9.0, -9.0]] * 6)
    (weights, *_) = supernet.mixture()
    assert [round(float(torch.as_tensor(weights[k]).detach()), 2) for k in range(5)] == [0.5, 1, 1, 1, 0]


def test_what_stays_below_the_threshold_is_left_out() -> None:
    rows = [[9.0, 0.1, 0.2, 0.3, 0.0], [9.0, 0.1, 3.0, 0.3, 0.0]] * 3
    assert _with(rows).derive() == (3, 2) * 3
    assert _with(rows, threshold=0.85).derive() == (NONE, 2) * 3


def test_a_threshold_is_for_the_space_that_may_leave_edges_out() -> None:
    benchmark = TextureBenchmark()
    benchmark.space = Darts()
    FairDarts(benchmark, seed=0)
    with pytest.raises(BadValue, match=r"threshold = 0.5 .* darts does not"):
        FairDarts(benchmark, seed=0, threshold=0.5)


def test_a_task_for_3x3_convolutions_gets_one() -> None:
    supernet = FairDarts(TextureBenchmark(), seed=3, epochs=8, batch=25, cells=1)
    assert not sees(supernet.derive())  # chance is not on its side
    supernet.fit([], NOTHING)
    assert sees(supernet.derive())
    entropies = [row.value for row in supernet.history if row.measure == "entropy"]
    assert entropies[-1] < entropies[0] < np.log(2)


def test_the_zero_one_loss_decides() -> None:
    ends = []
    for weight in (0.0, 100.0):
        supernet = FairDarts(TextureBenchmark(), seed=0, epochs=3, batch=25, cells=1, zero_one=weight)
        supernet.fit([], NOTHING)
        ends.append([row.value for row in supernet.history if row.measure == "entropy"][-1])
    assert ends[1] < ends[0]


@pytest.mark.parametrize("wrong", [{"zero_one": -1.0}, {"threshold": 1.0}])
def test_options_that_make_no_sense_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(BadValue, match=next(iter(wrong))):
        FairDarts(TextureBenchmark(), seed=0, **wrong)  # type: ignore[arg-type]
