"""PC-DARTS: partial channels, and inputs of a node that share a softmax."""

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from harness.spaces.nb201 import EDGES, NONE, POOL, SKIP
from proxies.weight_sharing.pc_darts import PartialEdge, PcDarts

NOTHING = np.empty(0)
IMAGES = torch.arange(2 * 8 * 3 * 3).reshape(2, 8, 3, 3).float()


def test_channels_that_pass_by_are_as_they_were_but_shuffled() -> None:
    out = PartialEdge(8, 4)(IMAGES, {SKIP: 1.0})
    assert torch.equal(out, IMAGES[:, [0, 2, 4, 6, 1, 3, 5, 7]])
    pooled = PartialEdge(8, 4)(IMAGES, {POOL: 1.0})
    assert torch.equal(pooled[:, [1, 2, 3, 5, 6, 7]], out[:, [1, 2, 3, 5, 6, 7]])
    assert not torch.equal(pooled[:, [0, 4]], out[:, [0, 4]])


def test_what_passes_by_has_the_weight_of_all_operations() -> None:
    out = PartialEdge(8, 4)(IMAGES, {NONE: torch.tensor(0.25), SKIP: torch.tensor(0.5)})
    whole = PartialEdge(8, 4)(IMAGES, {SKIP: 1.0})
    factors = torch.tensor([0.5, 0.75, 0.75, 0.75] * 2)[:, None, None]
    torch.testing.assert_close(out, whole * factors)


def test_the_edges_into_a_node_share_one() -> None:
    supernet = PcDarts(TextureBenchmark(), seed=0)
    with torch.no_grad():
        supernet.edges.inputs.copy_(torch.tensor([5.0, 0.0, np.log(3), 1.0, 1.0, 1.0]))
    sums = [share.sum().item() for share in supernet.edges()]
    assert sums == pytest.approx([1, 0.25, 0.75, 1 / 3, 1 / 3, 1 / 3], abs=1e-6)
    assert len(sums) == len(EDGES)


def test_a_task_for_3x3_convolutions_gets_one() -> None:
    supernet = PcDarts(TextureBenchmark(), seed=3, epochs=10, batch=25, cells=1, warmup=2, k=2)
    assert not sees(supernet.derive())  # chance is not on its side
    supernet.fit([], NOTHING)
    assert sees(supernet.derive())
    assert supernet.edges.inputs[1:].abs().min() > 0  # those of edges learn too, but for a single input
    learned = [row.epoch for row in supernet.history if row.measure == "valid_loss"]
    assert learned == list(range(3, 11))


@pytest.mark.parametrize(("epochs", "warmup"), [(50, 15), (3, 0), (9, 2)])
def test_the_warm_up_is_a_share_of_the_epochs(epochs: int, warmup: int) -> None:
    assert PcDarts(TextureBenchmark(), seed=0, epochs=epochs).warmup == warmup


@pytest.mark.parametrize("warmup", [5, 6, -1])
def test_a_warm_up_without_an_end_is_refused(warmup: int) -> None:
    with pytest.raises(BadValue, match=f"warmup = {warmup}.*from 0 to 4"):
        PcDarts(TextureBenchmark(), seed=0, epochs=5, warmup=warmup)


@pytest.mark.parametrize("k", [0, 3])
def test_channels_must_divide(k: int) -> None:
    with pytest.raises(BadValue, match=f"k = {k}"):
        PcDarts(TextureBenchmark(), seed=0, k=k)
