"""P-DARTS: stages of deeper networks with fewer candidates, and restraint with skip connections."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP
from proxies.weight_sharing._cells import MixedCell
from proxies.weight_sharing._dropout import Dropout, SkipDropoutEdge
from proxies.weight_sharing._stages import Plan
from proxies.weight_sharing.p_darts import PDarts

NOTHING = np.empty(0)


def _cells(network: torch.nn.Module) -> int:
    return sum(isinstance(module, MixedCell) for module in network.modules())


def _set(supernet: PDarts, stage: int, edges: list[list[float]]) -> None:
    with torch.no_grad():
        for parameter, values in zip(supernet.edges[stage].edges, edges, strict=True):
            parameter.copy_(torch.tensor(values))


@pytest.fixture(scope="module")
def trained() -> PDarts:
    supernet = PDarts(TextureBenchmark(), seed=1, epochs=15, batch=25, cells=1)
    assert not sees(supernet.derive())  # chance is not on its side
    supernet.fit([], NOTHING)
    return supernet


def test_a_task_for_3x3_convolutions_gets_one(trained: PDarts) -> None:
    assert sees(trained.derive())
    assert trained.staged.stage_of(trained.staged.mixture(trained.derive())) == 2


def test_candidates_become_fewer_and_are_the_strongest(trained: PDarts) -> None:
    assert trained.staged.candidates.sum(2).tolist() == [[5] * 6, [3] * 6, [2] * 6]
    for stage, (before, after) in enumerate(pairwise(trained.staged.candidates)):
        for share, had, has in zip(trained.shares(stage), before, after, strict=True):
            assert not (has & ~had).any()
            assert share[has].min() >= share[had & ~has].max()


def test_networks_grow_and_begin_anew(trained: PDarts) -> None:
    assert [_cells(network) for network in trained.staged.networks] == [1, 2, 3]
    losses = [row.value for row in trained.history if row.measure == "train_loss"]
    assert losses[5] > losses[4]
    assert losses[10] > losses[9]


def test_the_architecture_waits_in_every_stage(trained: PDarts) -> None:
    learned = [row.epoch for row in trained.history if row.measure == "valid_loss"]
    assert learned == [3, 4, 5, 8, 9, 10, 13, 14, 15]


def test_the_stage_that_trained_the_convolutions_computes() -> None:
    supernet = PDarts(TextureBenchmark(), seed=0)
    supernet.staged.advance(1, [torch.tensor([0.1, 0.3, 0.2, 0.35, 0.05])] * 6, 3)  # skip, conv 1x1, conv 3x3
    supernet.staged.advance(2, [torch.tensor([0.0, 0.4, 0.1, 0.5, 0.0])] * 6, 2)  # skip, conv 3x3

    def stage_of(*arch: int) -> int:
        return supernet.staged.stage_of(supernet.network.mixture(arch))

    assert stage_of(*[CONV3] * 6) == 2
    assert stage_of(*[POOL] * 6) == 2  # what has no weights needs no training
    assert stage_of(CONV1, *[CONV3] * 5) == 1
    assert stage_of(NONE, NONE, CONV1, CONV3, NONE, NONE) == 2  # an edge from nowhere does not matter
    assert supernet.staged.stage_of(supernet.mixture()) == 2


def test_skip_connections_are_capped() -> None:
    supernet = PDarts(TextureBenchmark(), seed=0, skips=2)
    _set(supernet, 0, [[9.0, 1.0 + k / 10, 0.0, 0.5, 0.0] for k in range(6)])
    assert supernet.derive() == (CONV3, CONV3, CONV3, CONV3, SKIP, SKIP)


def test_what_was_dropped_comes_behind() -> None:
    supernet = PDarts(TextureBenchmark(), seed=0, skips=0)
    _set(supernet, 0, [[0.0, 3.0, 2.0, 1.0, 4.0]] * 6)
    supernet.staged.advance(1, supernet.shares(0), 3)
    _set(supernet, 1, [[0.0, 5.0, -5.0, 9.0, -6.0]] * 6)
    assert supernet.derive() == (CONV1,) * 6  # neither the skip nor what was dropped
    supernet.staged.advance(2, [torch.tensor([0.3, 0.5, 0.1, 0.0, 0.0])] * 6, 2)
    _set(supernet, 2, [[0.0] * 5] * 6)
    assert supernet.derive() == (CONV1,) * 6  # none and skip are set aside: what was last strong among the others


def test_only_skip_connections_are_dropped_out() -> None:
    dropout = Dropout()
    edge, x = SkipDropoutEdge(4, dropout), torch.ones(2, 4, 8, 8)
    assert torch.equal(edge(x, {SKIP: 1.0}), x)
    dropout.rate, dropout.generator = 0.75, torch.Generator().manual_seed(0)
    out = edge(x, {SKIP: 1.0})
    assert set(out.unique().tolist()) == {0.0, 4.0}
    assert 0.6 < (out == 0).float().mean() < 0.9
    assert torch.equal(edge(x, {POOL: 1.0}), x)
    assert torch.equal(edge(x, {POOL: 1.0, SKIP: 0.5}).unique(), torch.tensor([1.0, 3.0]))


def test_epochs_are_shared_among_stages() -> None:
    plan = Plan((3, 2), (0.0, 0.4, 0.7), 1)
    spans = [plan.span(epoch, 8) for epoch in range(8)]
    assert spans == [(0, 0, 3)] * 3 + [(1, 3, 5)] * 2 + [(2, 5, 8)] * 3


def test_stages_are_given_in_text() -> None:
    plan = PDarts(TextureBenchmark(), seed=0, kept="4 3 1", dropout="0 0.1 0.2 0.5").plan
    assert (plan.kept, plan.dropout) == ([4, 3, 1], [0.0, 0.1, 0.2, 0.5])


def test_a_loaded_state_computes_by_its_own_stage(trained: PDarts) -> None:
    other = PDarts(TextureBenchmark(), seed=0, cells=1)
    other.staged.load_state_dict(trained.staged.state_dict())
    arch = other.staged.mixture(trained.derive())
    assert other.staged.stage_of(arch) == 2
    assert [set(weights) for weights in other.mixture()] == [set(weights) for weights in trained.mixture()]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kept": "2 3"}, "kept"),
        ({"kept": "0"}, "kept"),
        ({"kept": 3}, "kept"),
        ({"kept": "3, 2"}, "kept"),
        ({"dropout": "0.1"}, "dropout"),
        ({"dropout": "0 0.4 1"}, "dropout"),
        ({"dropout": (0.0, 0.4, 0.7)}, "dropout"),
        ({"growth": -1}, "growth"),
        ({"skips": -1}, "skips"),
        ({"epochs": 2}, "epochs"),
    ],
)
def test_options_that_make_no_sense_are_named(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(BadValue, match=f"{says} = "):
        PDarts(TextureBenchmark(), seed=0, **wrong)  # type: ignore[arg-type]
