import bz2
import itertools
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import registry
from harness.costs import nats_sss
from harness.errors import BadValue
from harness.spaces.nats_sss import CELL, NatsSss
from harness.spaces.nb201 import Nb201

SPACE = NatsSss()
ARCHS = st.tuples(*[st.integers(0, 7)] * 5)
CLASSES = {"cifar10-valid": 10, "cifar10": 10, "cifar100": 100, "ImageNet16-120": 120}

MEASURED = {
    ("8:8:8:8:8", 10): (11714, 4.481114),
    ("8:8:8:8:8", 100): (12524, 4.481924),
    ("8:8:8:8:8", 120): (12704, 1.121336),
    ("8:8:8:16:32", 10): (49202, 6.84065),
    ("8:8:8:16:32", 100): (52172, 6.84362),
    ("8:8:8:16:32", 120): (52832, 1.71404),
}
"""Parameters and millions of FLOPs that the official files record, by size and number of classes."""


@pytest.fixture(scope="module")
def folder(real_data: Path) -> Path:
    return real_data / "nats_sample" / "NATS-sss-v1_0-50262-simple"


def official(path: Path) -> Any:
    with bz2.open(path) as stream:
        return pickle.load(stream)


def test_count_first_middle_last() -> None:
    archs = SPACE.all()
    assert len(archs) == len(set(archs)) == SPACE.size == 32768
    chosen = [SPACE.encode(archs[i]) for i in (0, 11, 16384, 32767)]
    assert chosen == ["8:8:8:8:8", "8:8:8:16:32", "40:8:8:8:8", "64:64:64:64:64"]


def test_the_registry_finds_it() -> None:
    assert registry.load("space", "nats_sss") is NatsSss


@given(ARCHS)
def test_text_and_index_round_trip(arch: tuple[int, ...]) -> None:
    assert SPACE.decode(f" {SPACE.encode(arch)}\n") == arch
    assert SPACE.all()[SPACE.index(arch)] == arch
    assert SPACE.canonical(arch) == arch


@given(ARCHS)
def test_mutation_gives_a_neighbor(arch: tuple[int, ...]) -> None:
    assert SPACE.mutate(arch, np.random.default_rng(0)) in SPACE.neighbors(arch)
    assert len(set(SPACE.neighbors(arch))) == 35


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names 1 layers and not 5"),
        ("8:8:8:8", "'8:8:8:8' is no size of nats_sss: it names 4 layers and not 5"),
        ("8:8:8:8:8:8", "names 6 layers"),
        ("8:8:12:8:8", "'12' is no number of channels .* 8, 16, 24, 32, 40, 48, 56, 64"),
        ("8:8:8:8:72", "'72' is no number"),
        ("0:8:8:8:8", "'0' is no number"),
        ("08:8:8:8:8", "'08' is no number"),
        ("8:8:8:8:", "'' is no number"),
        ("8:8: 8:8:8", "' 8' is no number"),
        ("٨:8:8:8:8", "is no number"),
        ("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", "names 1 layers"),
    ],
)
def test_text_of_another_space(text: str, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        SPACE.decode(text)


@pytest.mark.parametrize("arch", [(0,) * 4, (8, 0, 0, 0, 0), (0, 0, 0, 0, -1), [0] * 5, "8:8:8:8:8"])
def test_index_of_what_is_not_of_the_space(arch: Any) -> None:
    with pytest.raises(BadValue, match="no architecture of nats_sss"):
        SPACE.index(arch)


@pytest.mark.parametrize(("size", "classes"), MEASURED)
def test_costs_are_those_measured(size: str, classes: int) -> None:
    arch = SPACE.decode(size)
    assert (nats_sss.parameters(arch, classes), nats_sss.flops(arch, classes)) == MEASURED[size, classes]


def test_costs_of_all_within_a_second() -> None:
    archs = SPACE.all()
    began = time.process_time()
    parameters = [nats_sss.parameters(arch, 10) for arch in archs]
    flops = [nats_sss.flops(arch, 10) for arch in archs]
    assert time.process_time() - began < 1
    assert (min(parameters), max(parameters)) == (parameters[0], parameters[-1])
    assert (min(flops), max(flops)) == (flops[0], flops[-1])
    by_hand = [_by_hand(*widths) for widths in itertools.product(range(8, 65, 8), repeat=5)]
    assert list(zip(parameters, [round(f * 1e6) for f in flops], strict=True)) == by_hand


def _by_hand(c1: int, c2: int, c3: int, c4: int, c5: int) -> tuple[int, int]:
    """Parameters and FLOPs for 10 classes, multiplied out; batch norms and the linear layer come last."""
    full = 27 * c1 + 45 * c1 * c1
    half = 10 * c1 * c2 + 9 * c2 * c2 + (18 + (c2 != c3)) * c2 * c3 + 27 * c3 * c3
    quarter = 10 * c3 * c4 + 9 * c4 * c4 + (18 + (c4 != c5)) * c4 * c5 + 27 * c5 * c5
    norms = 12 * c1 + 4 * c2 + (12 if c2 != c3 else 10) * c3 + 4 * c4 + (14 if c4 != c5 else 12) * c5
    linear = 10 * c5 + 10
    return full + half + quarter + norms + linear, 1024 * full + 256 * half + 64 * quarter + linear


def test_costs_without_an_official_data_set() -> None:
    with pytest.raises(BadValue, match="7 classes: give 10, 100, 120"):
        nats_sss.flops((0,) * 5, 7)
    for size in (0, -4, 30):
        with pytest.raises(BadValue, match="multiple of 4"):
            nats_sss.flops((0,) * 5, 10, image_size=size)
    linear = 9 * 7 / 1e6
    small, large = (nats_sss.flops((0,) * 5, 7, image_size=size) for size in (16, 32))
    assert large - linear == pytest.approx(4 * (small - linear))


@pytest.mark.real_data
def test_order_is_the_official_one(folder: Path) -> None:
    archs = official(folder / "meta.pickle.pbz2")["meta_archs"]
    assert [SPACE.encode(arch) for arch in SPACE.all()] == archs
    assert [SPACE.decode(text) for text in archs] == SPACE.all()


@pytest.mark.real_data
@pytest.mark.parametrize("index", [0, 11])
def test_every_trial_has_our_costs_and_cell(folder: Path, index: int) -> None:
    arch, trials = SPACE.all()[index], 0
    for schedule in official(folder / f"{index:06d}.pickle.pbz2").values():
        assert schedule["arch_str"] == SPACE.encode(arch)
        for (dataset, _), trial in schedule["all_results"].items():
            assert trial["params"] == nats_sss.parameters(arch, CLASSES[dataset]) / 1e6
            assert trial["flop"] == nats_sss.flops(arch, CLASSES[dataset])
            assert trial["arch_config"]["genotype"] == Nb201().encode(CELL)
            trials += 1
    assert trials == 4 * (1 + 3 + 1)
