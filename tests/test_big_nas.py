"""BigNAS: the sandwich rule, who teaches whom, and what is regularised."""

import numpy as np
import pytest
import torch
from torch import nn
from toy_texture import TextureBenchmark, sees

from harness.core import Arch
from harness.errors import BadValue
from harness.live.dataset import Dataset, Part
from harness.live.official_network import ResidualBlock
from harness.spaces.mobile import Mobile
from harness.spaces.nb201 import CONV3, SKIP
from proxies.weight_sharing._elastic_block import ElasticBlock
from proxies.weight_sharing._sandwich import dropout_before_last
from proxies.weight_sharing.big_nas import BigNas

NOTHING = np.empty(0)


def made(**options) -> BigNas:
    return BigNas(TextureBenchmark(), seed=0, **{"epochs": 1, "batch": 75, **options})


def test_cells_that_see_are_told_from_those_that_do_not() -> None:
    supernet = made(epochs=20, batch=25, candidates=20)
    supernet.fit([], NOTHING)
    rng = np.random.default_rng(0)
    archs = [supernet.task.space.sample(rng) for _ in range(60)]
    scores = supernet.score(archs)
    able = np.array([sees(arch) for arch in archs])
    assert np.median(scores[able]) > 75
    assert scores[~able].max() < 60
    assert sees(supernet.derive())


def test_every_update_is_of_the_largest_the_smallest_and_random_ones() -> None:
    supernet = made(networks=3)
    found: list[Arch] = []
    steps: list[int] = []
    mixture, step = supernet.network.mixture, supernet.step

    def watched(arch: Arch):
        found.append(arch)
        return mixture(arch)

    def counted() -> None:
        steps.append(len(found))
        step()

    supernet.network.mixture, supernet.step = watched, counted
    supernet.train_epoch()
    assert steps == [5, 10, 15, 20]
    assert found[::5] == [(CONV3,) * 6] * 4
    assert found[1::5] == [(SKIP,) * 6] * 4
    assert len(set(found)) > 10


def test_the_others_never_see_a_label(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    original = nn.functional.cross_entropy

    def watched(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        seen.append(target)
        return original(logits, target)

    monkeypatch.setattr("proxies.weight_sharing._sandwich.F.cross_entropy", watched)
    made().train_epoch()
    assert [target.dtype for target in seen[:4]] == [torch.int64, *[torch.float32] * 3]
    soft = seen[1]
    assert not soft.requires_grad
    assert all(target is soft for target in seen[2:4])
    torch.testing.assert_close(soft.sum(-1), torch.ones(len(soft)))


def test_the_largest_alone_is_regularised() -> None:
    plain, decayed = made(weight_decay=0.0, dropout=0.0), made(weight_decay=0.1, dropout=0.0)
    batch = next(iter(plain.task.batches(plain.task.train, np.random.default_rng(0))))
    gradients = []
    for supernet in (plain, decayed):
        supernet.network.train()
        supernet._largest(batch)
        gradients.append([weights.grad for weights in supernet.network.parameters()])
    for weights, without, with_decay in zip(plain.network.parameters(), *gradients, strict=True):
        torch.testing.assert_close(with_decay - without, 0.1 * weights.detach(), atol=1e-6, rtol=1e-4)
    assert all(group["weight_decay"] == 0 for group in decayed.optimizer.param_groups)


def test_dropout_is_before_the_last_layer_and_only_within_its_block() -> None:
    network = nn.Sequential(nn.Linear(3, 400), nn.Linear(400, 1, bias=False))
    network[1].weight.data.fill_(1.0)
    seen: list[torch.Tensor] = []
    network[1].register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    x = torch.ones(1, 3)
    with dropout_before_last(network, 0.25, torch.Generator().manual_seed(0)):
        network(x)
    network(x)
    dropped, whole = seen
    kept = dropped != 0
    assert 0.65 < kept.double().mean() < 0.85
    torch.testing.assert_close(dropped[kept], whole[kept] / 0.75)
    assert (whole != 0).all()


def test_residuals_begin_as_identities() -> None:
    benchmark = TextureBenchmark()
    benchmark.space = Mobile()
    mobile = BigNas(benchmark, seed=0, epochs=1, batch=75).network
    blocks = [block for block in mobile.modules() if isinstance(block, ElasticBlock)]
    assert {block.adds for block in blocks} == {True, False}
    for block in blocks:
        assert (block.project.norm.weight == 0).all().item() == block.adds


def test_official_blocks_begin_as_shortcuts(monkeypatch: pytest.MonkeyPatch) -> None:
    def large() -> Dataset:
        images = np.random.default_rng(0).normal(size=(4, 3, 16, 16)).astype(np.float32)
        part = Part(images, np.arange(4) % 2)
        return Dataset("large", 2, part, part, part)

    monkeypatch.setattr("toy_texture.texture", large)
    network = made(batch=2, channels=2, cells=1).network
    blocks = [block for block in network.modules() if isinstance(block, ResidualBlock)]
    x = torch.randn(2, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    assert len(blocks) == 2
    torch.testing.assert_close(blocks[0](x), blocks[0].shortcut(x))


def test_mobile_networks_train() -> None:
    benchmark = TextureBenchmark()
    benchmark.space = Mobile()
    supernet = BigNas(benchmark, seed=0, epochs=2, batch=75, candidates=5)
    scores = supernet.score([supernet.elastic.largest, supernet.elastic.smallest])
    assert np.isfinite(scores).all()
    assert supernet.task.space.is_valid(supernet.derive())


@pytest.mark.parametrize(("options", "says"), [
    ({"dropout": 1.0}, "dropout = 1.0"), ({"networks": -1}, "networks = -1"), ({"candidates": 0}, "candidates = 0"),
])  # fmt: skip
def test_bad_options_are_refused(options: dict[str, float], says: str) -> None:
    with pytest.raises(BadValue, match=says):
        made(**options)
