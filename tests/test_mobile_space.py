"""Elastic networks: what is beyond a unit's depth does not matter, and each network is there once."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import registry
from harness.core import Arch
from harness.errors import BadValue
from harness.spaces.mobile import Block, Mobile, units_of

SPACE = Mobile()
ARCHS = st.tuples(*[st.integers(0, n - 1) for n in SPACE.choices])


def test_the_registry_finds_it() -> None:
    assert registry.load("space", "mobile") is Mobile


def test_every_network_is_there_once() -> None:
    half = list(itertools.product(*map(range, SPACE.choices[:7])))
    units = sorted({SPACE.canonical(unit + half[0])[:7] for unit in half})
    assert len(units) == 6 + 36 + 216
    every = [one + other for one, other in itertools.product(units, units)]
    assert SPACE.size == len(SPACE.all()) == len(every) == 66_564
    assert list(SPACE.all()) == every
    some = range(0, len(every), 97)
    assert [SPACE.index(every[i]) for i in some] == list(some)
    assert all(SPACE.canonical(every[i]) == every[i] for i in some)


@given(ARCHS)
def test_text_and_index_stand_for_what_matters(arch: Arch) -> None:
    canonical = SPACE.canonical(arch)
    assert SPACE.decode(f" {SPACE.encode(arch)}\n") == canonical == SPACE.all()[SPACE.index(arch)]
    assert SPACE.index(arch) == SPACE.index(canonical)
    assert units_of(arch) == units_of(canonical)


def test_only_what_is_beyond_the_depth_is_set_to_the_first_option() -> None:
    arch = (1, 1, 2, 1, 1, 1, 2, 0, 1, 1, 1, 2, 1, 2)
    assert SPACE.canonical(arch) == (1, 1, 2, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0)
    assert SPACE.encode(arch) == "d2:k5e4-k5e3|d1:k5e3"
    assert units_of(arch) == ((Block(5, 4), Block(5, 3)), (Block(5, 3),))
    assert arch not in SPACE.all()
    assert SPACE.canonical(arch) in SPACE.all()


def test_draws_are_uniform_over_depths() -> None:
    rng = np.random.default_rng(0)
    depths = [arch[0] for arch in (SPACE.sample(rng) for _ in range(900))]
    assert min(np.bincount(depths, minlength=3)) > 250


@pytest.mark.parametrize("arch", [(0,) * 13, (3, *(0,) * 13), (0, 0, 0, 9, *(0,) * 10)])
def test_what_is_no_architecture_has_no_index(arch: Arch) -> None:
    with pytest.raises(BadValue, match="is no architecture of mobile: it takes 14 decisions"):
        SPACE.index(arch)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("d1:k3e2", "has 1 units and not the 2 of mobile: write it as d2:k3e4-k5e2|d1:k3e3"),
        ("d1:k3e2|2:k3e2", "'2:k3e2' is no unit of mobile"),
        ("d1:k3e2|d4:k3e2-k3e2-k3e2-k3e2", "depth 4 in 'd4:k3e2-k3e2-k3e2-k3e2': mobile has 1, 2, 3"),
        ("d2:k3e2|d1:k3e2", "'d2:k3e2' has 1 blocks, and not 2 as its depth says"),
        ("d1:k7e2|d1:k3e2", "kernel 7 in 'd1:k7e2': mobile has 3, 5"),
        ("d1:k3e6|d1:k3e2", "expansion 6 in 'd1:k3e6': mobile has 2, 3, 4"),
        ("d1:k3|d1:k3e2", "'k3' in 'd1:k3' is no block of mobile: write it as k3e4"),
        ("d1:k03e2|d1:k3e2", "kernel 03 in"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(BadValue, match=re.escape(message)):
        SPACE.decode(text)
