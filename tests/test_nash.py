"""Hill climbing by network morphisms, and the chains of convolutions that it grows."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_problem import Grid, problem
from toy_texture import TextureBenchmark

from harness.algorithms._lineage import Member
from harness.algorithms.nash import Nash
from harness.core import Arch, Fidelity, Metric, Problem
from harness.errors import BadValue
from harness.live.chain_lineage import ChainLineage
from harness.live.chain_network import chain_network, grown
from harness.live.task import Placed, Shape
from harness.spaces.conv_chain import ConvChain, stages
from harness.spaces.nb201 import Nb201

SPACE = ConvChain()
SHAPE = Shape(1, 8, 8, 4)
START = (1, 0, 0, 1, 0, 0)
archs = st.integers(0, SPACE.size - 1).map(lambda k: SPACE.all()[k])


def chains() -> Problem:
    return Problem(SPACE, (Fidelity(12, 12),), (Metric("valid_accuracy", "%", True, "valid"),))


def on_texture() -> TextureBenchmark:
    benchmark = TextureBenchmark()
    benchmark.space = SPACE
    return benchmark


def climber(seed: int = 0, **hyper) -> Nash:
    given = problem(Grid((4, 4, 4)))
    return Nash(given, seed=seed, benchmark=None, lineage="toy_lineage:ToyLineage", **hyper)


def test_a_climb_goes_uphill_to_the_top() -> None:
    assert climber(steps=20, morphisms=1).ask().arch == (3, 3, 3)
    short = [sum(climber(seed, steps=1, neighbors=2, morphisms=1).ask().arch) for seed in range(20)]
    assert np.mean(short) < 7


def test_a_climb_trains_the_first_then_neighbours_and_the_parent_on() -> None:
    nash = climber(steps=3, neighbors=4, morphisms=2, first_epochs=20, neighbor_epochs=17)
    nash.ask()
    trained = nash._lineage.trained
    assert [epochs for epochs, _ in trained] == [20, *[17] * 12]
    for step in range(3):
        *children, last = (member for _, member in trained[1 + 4 * step : 5 + 4 * step])
        assert last.weights == 20 + 17 * step == children[0].weights
        before = trained[1 + 4 * (step - 1) : 1 + 4 * step] if step else trained[:1]
        assert last.arch == max((member.arch for _, member in before), key=sum)


def test_each_question_is_another_climb_and_the_seed_decides() -> None:
    one, same, other = climber(3, steps=1), climber(3, steps=1), climber(4, steps=1)
    asked = [[nash.ask().arch for _ in range(12)] for nash in (one, same, other)]
    assert asked[0] == asked[1] != asked[2]
    assert len(set(asked[0])) > 1


def test_networks_that_diverge_are_left_behind() -> None:
    nash = climber(steps=1, neighbors=8, morphisms=1)
    lineage = nash._lineage
    train = lineage.train

    def diverging(member: Member, epochs: int, lr: float, seed: int) -> tuple[Member, float]:
        trained, accuracy = train(member, epochs, lr, seed)
        return trained, float("nan") if sum(member.arch) > sum(lineage.trained[0][1].arch) else accuracy

    lineage.train = diverging
    assert sum(nash.ask().arch) <= sum(lineage.trained[0][1].arch)


@pytest.mark.parametrize(("hyper", "says"), [
    ({"steps": 0}, "steps = 0"), ({"neighbors": 1}, "neighbors = 1"), ({"lr": 0}, "lr = 0"),
    ({"morphisms": 0}, "morphisms = 0"), ({"neighbor_epochs": 0}, "neighbor_epochs = 0"),
])  # fmt: skip
def test_bad_options_are_refused(hyper: dict[str, float], says: str) -> None:
    with pytest.raises(BadValue, match=says):
        climber(**hyper)


def test_other_spaces_and_nameless_data_are_refused() -> None:
    with pytest.raises(BadValue, match="grows networks of conv_chain, not of nb201"):
        Nash(chains()._replace(space=Nb201()), seed=0, benchmark=TextureBenchmark())
    benchmark = on_texture()
    benchmark.dataset = None
    with pytest.raises(BadValue, match="names no data set"):
        Nash(chains(), seed=0, benchmark=benchmark)


@settings(max_examples=25, deadline=None)
@given(arch=archs, seed=st.integers(0, 1000))
def test_growing_changes_the_architecture_and_hardly_the_function(arch: Arch, seed: int) -> None:
    images = torch.randn(20, 1, 8, 8, generator=torch.Generator().manual_seed(seed))
    rng, arch = np.random.default_rng(seed), SPACE.canonical(arch)
    network = chain_network(arch, SHAPE, seed).eval()
    child, larger = grown(network, arch, images, rng)
    assert SPACE.canonical(larger) == larger
    shapes = [tuple(each.shape) for each in child.state_dict().values()]
    assert shapes == [tuple(each.shape) for each in chain_network(larger, SHAPE, 0).state_dict().values()]
    full = all(stage in ((), (32, 32, 32)) for stage in stages(arch))
    assert (larger == arch) == full
    with torch.no_grad():
        before, after = network(images), child(images)
    assert (before - after).abs().max() < 0.1 * before.abs().max() + 1e-3


def test_children_inherit_what_the_parent_learned() -> None:
    lineage, rng = ChainLineage(SPACE, on_texture()), np.random.default_rng(0)
    parent, accuracy = lineage.train(lineage.begin(rng), 20, 0.05, 0)
    assert accuracy > 60
    child = parent
    for _ in range(5):
        child = lineage.grow(child, rng)
    assert parent.arch == START
    assert sum(child.arch) > sum(START)
    before = {name: values.clone() for name, values in child.weights.state_dict().items()}
    trained, later = lineage.train(child, 1, 0.001, 0)
    _, stranger = lineage.train(Member(child.arch, chain_network(child.arch, SHAPE, 0)), 1, 0.001, 0)
    assert later > accuracy - 10 > stranger
    assert all(torch.equal(values, before[name]) for name, values in child.weights.state_dict().items())
    assert trained.arch == child.arch


def test_test_images_are_never_looked_at() -> None:
    task = ChainLineage(SPACE, on_texture())._task
    assert torch.equal(task.test.images, task.valid.images[:1])


def test_it_climbs_for_real() -> None:
    hyper = {"steps": 2, "neighbors": 3, "neighbor_epochs": 3, "first_epochs": 5}
    first, again = (Nash(chains(), seed=1, benchmark=on_texture(), **hyper).ask() for _ in range(2))
    assert first == again
    assert SPACE.is_valid(first.arch)
    assert first.fidelity == Fidelity(12, 12)


def test_the_space_reads_what_it_writes() -> None:
    assert SPACE.encode((1, 1, 3, 5, 0, 0)) == "8-8-16|32-0-0"
    for arch in ((1, 1, 3, 5, 0, 0), (0, 2, 0, 0, 1, 3), (0,) * 6):
        assert SPACE.decode(SPACE.encode(arch)) == arch
    assert SPACE.canonical((0, 2, 0, 0, 1, 3)) == (2, 0, 0, 1, 3, 0)
    assert len({SPACE.canonical(arch) for arch in SPACE.all()}) == 156**2 == 24336


@pytest.mark.parametrize(("text", "says"), [
    ("8-0-0", "1 stages and not 2"), ("8-0-0|9-0-0", "width '9'"), ("8-0|8-0-0", "names 2 convolutions"),
    ("8--0|8-0-0", "width ''"), ("8-0-0-0|8-0-0", "names 4 convolutions"),
])  # fmt: skip
def test_bad_chains_are_refused(text: str, says: str) -> None:
    with pytest.raises(BadValue, match=says):
        SPACE.decode(text)


def test_new_layers_are_set_by_images_of_all_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order of the training images is: here, they are sorted by class."""
    lineage = ChainLineage(SPACE, on_texture())
    train = lineage._task.train
    order = train.labels.argsort(stable=True)
    monkeypatch.setitem(
        vars(lineage), "_task", replace(lineage._task, train=Placed(train.images[order], train.labels[order]))
    )
    seen = {tuple(image.flatten().tolist()) for image in lineage._probes}
    of_class = [
        sum(tuple(image.flatten().tolist()) in seen for image in train.images[train.labels == k]) for k in range(4)
    ]
    assert sum(of_class) == 256
    assert min(of_class) > 50
