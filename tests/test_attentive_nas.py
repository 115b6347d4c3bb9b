"""AttentiveNAS: architectures at a target of FLOPs, and the best or worst of them."""

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from harness.spaces.mobile import Mobile
from harness.spaces.nb201 import CONV3, SKIP, Nb201, live_edges
from proxies.weight_sharing._elastic import elastic_of
from proxies.weight_sharing._flops_prior import FlopsPrior
from proxies.weight_sharing.attentive_nas import AttentiveNas

NOTHING = np.empty(0)


def made(**options) -> AttentiveNas:
    return AttentiveNas(TextureBenchmark(), seed=0, **{"epochs": 1, "batch": 75, **options})


@pytest.mark.parametrize("attention", ["best_up", "worst_up"])
def test_cells_that_see_are_told_from_those_that_do_not(attention: str) -> None:
    supernet = made(epochs=30, batch=25, attention=attention, candidates=20)
    supernet.fit([], NOTHING)
    rng = np.random.default_rng(0)
    archs = [supernet.task.space.sample(rng) for _ in range(60)]
    scores = supernet.score(archs)
    able = np.array([sees(arch) for arch in archs])
    assert np.median(scores[able]) > 75
    assert scores[~able].max() < 60
    assert sees(supernet.derive())


@pytest.mark.parametrize("space", [Nb201(), Mobile()], ids=lambda space: space.name)
def test_what_is_drawn_has_the_flops_of_its_target(space) -> None:
    elastic, rng = elastic_of(space, "attentive_nas"), np.random.default_rng(0)
    prior = FlopsPrior(elastic, 8, rng, samples=500)
    targets = [prior.target(rng) for _ in range(60)]
    archs = [prior.draw(target, rng) for target in targets]
    assert [prior.place(arch) for arch in archs] == targets
    assert all(space.is_valid(arch) and elastic.alive(arch) for arch in archs)
    assert len(set(archs)) > 40
    flops = [elastic.flops(arch) for arch in archs]
    by_target = [np.ptp([f for f, t in zip(flops, targets, strict=True) if t == target]) for target in set(targets)]
    assert max(by_target) <= np.ptp([elastic.flops(a) for a in (elastic.largest, elastic.smallest)]) / 8


def test_targets_come_as_often_as_random_architectures_have_them() -> None:
    elastic, rng = elastic_of(Nb201(), "attentive_nas"), np.random.default_rng(0)
    prior = FlopsPrior(elastic, 6, rng, samples=3000)
    places = [prior.place(elastic.draw(elastic.whole, rng)) for _ in range(3000)]
    targets = [prior.target(rng) for _ in range(3000)]
    expected, found = (np.bincount(each, minlength=6) / 3000 for each in (places, targets))
    np.testing.assert_allclose(found, expected, atol=0.04)


@pytest.mark.parametrize(("attention", "chosen"), [("best_up", min), ("worst_up", max)])
def test_the_best_or_the_worst_on_the_batch_is_trained(attention: str, chosen) -> None:
    supernet = made(attention=attention, k=6, networks=1)
    supernet.network.train()
    batch = next(iter(supernet.task.batches(supernet.task.train, np.random.default_rng(0))))
    candidates: list = []
    draw = supernet.prior.draw
    supernet.prior.draw = lambda target, rng: candidates.append(draw(target, rng)) or candidates[-1]
    (arch,) = supernet.between(batch)
    losses = {candidate: supernet._loss(batch, candidate) for candidate in candidates}
    assert len(candidates) == 6
    assert len(set(losses.values())) > 2
    assert losses[arch] == chosen(losses.values())
    assert len({supernet.prior.place(candidate) for candidate in candidates}) == 1
    assert all(live_edges(candidate) for candidate in candidates)


def test_looking_at_candidates_trains_nothing() -> None:
    supernet = made()
    batch = next(iter(supernet.task.batches(supernet.task.train, np.random.default_rng(0))))
    before = [weights.clone() for weights in supernet.network.parameters()]
    supernet.between(batch)
    assert all(torch.equal(a, b) for a, b in zip(before, supernet.network.parameters(), strict=True))
    assert all(weights.grad is None for weights in supernet.network.parameters())


def test_the_ends_are_trained_too() -> None:
    supernet = made()
    found = []
    mixture = supernet.network.mixture
    supernet.network.mixture = lambda arch: found.append(arch) or mixture(arch)
    supernet.train_epoch()
    assert {(CONV3,) * 6, (SKIP,) * 6} <= set(found)


@pytest.mark.parametrize(("options", "says"), [
    ({"attention": "upside_down"}, "give one of best_up, worst_up"), ({"k": 0}, "k = 0"), ({"bins": 1}, "bins = 1"),
])  # fmt: skip
def test_bad_options_are_refused(options: dict, says: str) -> None:
    with pytest.raises(BadValue, match=says):
        made(**options)
