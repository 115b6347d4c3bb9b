"""Few-shot NAS: sub-supernets inherit the one-shot weights, and each trains and scores its own part of the space."""

import itertools

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from harness.live.reproducible import reproducible
from proxies.weight_sharing._split import SplitNetwork
from proxies.weight_sharing.few_shot import FewShot, _split_edges
from proxies.weight_sharing.single_path import SinglePath

NOTHING = np.empty(0)
QUICK = {"batch": 75, "recalibration": 75}


def made(**options: object) -> FewShot:
    return FewShot(TextureBenchmark(), **{"seed": 0, **QUICK, **options})  # type: ignore[arg-type]


def numbers(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([tensor.double().flatten() for tensor in network.state_dict().values()])


def drawn(count: int, supernet: FewShot) -> list[tuple[int, ...]]:
    rng = np.random.default_rng(0)
    return [supernet.task.space.sample(rng) for _ in range(count)]


def test_without_splits_it_is_the_one_shot_supernet() -> None:
    few, one = made(splits=0, epochs=3), SinglePath(TextureBenchmark(), seed=0, epochs=3, batch=75, recalibration=75)
    archs = drawn(10, few)
    with reproducible():
        assert few.score(archs).tolist() == one.score(archs).tolist()


def test_parts_inherit_what_the_one_shot_phase_has_learned() -> None:
    few, one = made(epochs=2), made(splits=0, epochs=2)
    for supernet in (few, one):
        supernet.train_epoch()
        supernet.epoch += 1
    assert torch.equal(numbers(few.split.whole), numbers(one.split.whole))
    assert not any(torch.equal(numbers(part), numbers(few.split.whole)) for part in few.split.parts)
    few.split.divide()
    assert all(torch.equal(numbers(part), numbers(few.split.whole)) for part in few.split.parts)


def test_a_step_changes_only_the_part_that_holds_the_path() -> None:
    few = made(epochs=2, edge=4)
    few.split.divide()
    before = [numbers(network).clone() for network in (few.split.whole, *few.split.parts)]
    batch = next(few.task.batches(few.task.train, np.random.default_rng(0)))
    images, labels = batch
    few.descend(torch.nn.functional.cross_entropy(few.network(images, few.network.mixture((3, 3, 3, 3, 2, 3))), labels))
    after = [numbers(network) for network in (few.split.whole, *few.split.parts)]
    changed = [not torch.equal(*pair) for pair in zip(before, after, strict=True)]
    assert changed == [False, False, False, True, False, False]


@pytest.mark.parametrize("edges", [(), (2,), (4, 1)])
def test_each_architecture_has_one_part_and_each_part_an_equal_share(edges: tuple[int, ...]) -> None:
    split = SplitNetwork(made().split.whole, edges)
    split.divide()
    parts = list(split.parts)
    assert len(parts) == 5 ** len(edges)
    owners = {}
    for options in itertools.product(range(5), repeat=len(edges)):
        arch = [3, 1, 2, 0, 4, 3]
        for edge, option in zip(edges, options, strict=True):
            arch[edge] = option
        owners[options] = parts.index(split.network_of(split.mixture(tuple(arch))))
    assert sorted(owners.values()) == list(range(len(parts)))


def test_the_split_edge_is_drawn_by_the_seed_unless_it_is_given() -> None:
    assert len({_split_edges(6, 1, None, seed)[0] for seed in range(20)}) == 6
    assert made(seed=1, edge=5).split.edges == (5,)
    first, second = _split_edges(6, 2, 3, 0)
    assert first == 3
    assert second != 3


def test_the_share_says_when_it_divides() -> None:
    for share, whole in ((0.0, 0), (0.25, 2), (1.0, 8)):
        assert made(epochs=8, share=share).one_shot == whole
    few = made(epochs=3, share=1.0)
    few.fit([], NOTHING)
    assert not few.split.divided


def test_cells_that_see_are_told_from_those_that_do_not() -> None:
    supernet = made(epochs=40, batch=25, candidates=30)
    supernet.fit([], NOTHING)
    assert supernet.split.divided
    archs = drawn(60, supernet)
    scores = supernet.score(archs)
    able = np.array([sees(arch) for arch in archs])
    assert np.median(scores[able]) > 75
    assert scores[~able].max() < 60
    assert sees(supernet.derive())


@pytest.mark.parametrize("options", [{"splits": 7}, {"splits": -1}, {"edge": 6}, {"share": 1.5}])
def test_bad_options_are_refused(options: dict[str, float]) -> None:
    (name,) = options
    with pytest.raises(BadValue, match=name):
        made(**options)
