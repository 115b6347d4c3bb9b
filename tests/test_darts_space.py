"""DARTS cells: 10^18 architectures that nobody lists, genotypes, and cells that differ in the order of nodes only."""

import itertools
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import registry
from harness.core import Arch
from harness.errors import BadValue
from harness.spaces.darts import SEP3, SKIP, TARGETS, Darts, Edge, arch_of, cells_of

SPACE = Darts()
ARCHS = st.tuples(*[st.integers(0, n - 1) for n in SPACE.choices])

DARTS_V2 = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"
)


def sampled(n: int) -> list[Arch]:
    rng = np.random.default_rng(3)
    return [SPACE.sample(rng) for _ in range(n)]


def test_the_registry_finds_it() -> None:
    assert registry.load("space", "darts") is Darts


def test_count_first_middle_last() -> None:
    archs = SPACE.all()
    assert SPACE.size == len(archs) == (1 * 3 * 6 * 10 * 7**8) ** 2 == 1_076_746_950_455_072_400 < 2**63
    assert archs[0] == (0,) * 22
    assert archs[1] == (*(0,) * 21, 1)
    assert archs[-1] == archs[SPACE.size - 1] == tuple(n - 1 for n in SPACE.choices)
    assert archs[SPACE.size // 2] == (3, 3, 1, 3, 3, 3, 0, 0, 0, 0, 0, *(0,) * 11)
    assert archs[np.int64(7)] == (*(0,) * 20, 1, 0)
    assert archs[-2:] == [archs[SPACE.size - 2], archs[-1]]
    with pytest.raises(IndexError):
        archs[SPACE.size]


def test_the_list_costs_no_memory() -> None:
    tracemalloc.start()
    space = Darts()
    archs = space.all()
    assert space.index(archs[10**18]) == 10**18
    assert archs[10**18] in archs
    assert archs[5][:21] not in archs
    assert [space.index(arch) for arch in itertools.islice(archs, 3)] == [0, 1, 2]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


@given(ARCHS)
def test_text_and_index_round_trip(arch: Arch) -> None:
    assert SPACE.decode(f" {SPACE.encode(arch)}\n") == arch
    assert SPACE.all()[SPACE.index(arch)] == arch
    assert arch_of(*cells_of(arch)) == arch


def test_the_order_is_that_of_the_options() -> None:
    archs = sampled(50)
    assert sorted(archs) == sorted(archs, key=SPACE.index)


@pytest.mark.parametrize(
    "arch", [(), (0,) * 21, (0,) * 23, (7, *(0,) * 21), (*(0,) * 21, -1), (0.5, *(0,) * 21), "0" * 22, 3]
)
def test_what_is_no_architecture_has_no_index(arch: Arch) -> None:
    with pytest.raises(BadValue, match="is no architecture of darts: it takes 22 decisions"):
        SPACE.index(arch)


def test_the_published_genotype_is_read_as_it_stands() -> None:
    arch = SPACE.decode(DARTS_V2)
    normal, reduce = cells_of(arch)
    assert normal[:2] == (Edge(0, 2, SEP3), Edge(1, 2, SEP3))
    assert normal[4:6] == (Edge(0, 4, SKIP), Edge(1, 4, SEP3))  # the lower input first
    assert [edge.source for edge in reduce] == [0, 1, 1, 2, 0, 2, 1, 2]
    assert SPACE.encode(arch) != DARTS_V2
    assert SPACE.decode(SPACE.encode(arch)) == arch


def test_other_ways_to_write_a_genotype() -> None:
    arch = SPACE.decode(DARTS_V2)
    for text in (
        DARTS_V2.replace("[2, 3, 4, 5]", "range(2, 6)"),
        DARTS_V2.replace("'", '"'),
        DARTS_V2.replace(" ", ""),
        DARTS_V2.replace("(", "( ").replace(", ", " ,\n  ").replace("=", " = "),
        DARTS_V2.replace(")]", "),]"),
    ):
        assert SPACE.decode(text) == arch


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Genotype(", "genotype(", "is no genotype of darts: write it as Genotype(normal="),
        ("normal=", "other=", "is no genotype of darts"),
        ("reduce_concat=[2, 3, 4, 5])", "reduce_concat=[2, 3, 4, 5]) and more", "is no genotype of darts"),
        ("('sep_conv_3x3', 0)", "('none', 0)", "'none' in normal is no operation of darts; it has max_pool_3x3"),
        ("('sep_conv_3x3', 0), ", "", "normal has 7 operations: a cell of darts has 8"),
        ("('sep_conv_3x3', 0)", "('sep_conv_3x3', 2)", "node 2 in normal has the input 2: give 0 to 1"),
        ("('dil_conv_3x3', 2)", "('dil_conv_3x3', 02)", "node 5 in normal has the input 02: give 0 to 4"),
        ("('sep_conv_3x3', 0)", "('sep_conv_3x3', 1)", "node 2 in normal has the input 1 twice"),
        ("('sep_conv_3x3', 0)", "('sep_conv_3x3\", 0)", "in normal is no operation with its input"),
        ("('sep_conv_3x3', 0)", "(print('x'), 0)", "in normal is no operation with its input"),
        ("normal_concat=[2, 3, 4, 5]", "normal_concat=[3, 4, 5]", r"normal_concat=\[3, 4, 5\]: the output of a cell"),
        ("reduce_concat=[2, 3, 4, 5]", "reduce_concat=range(2, 5)", r"reduce_concat=range\(2, 5\): the output"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, message: str) -> None:
    assert old in DARTS_V2
    pattern = message if "\\" in message else re.escape(message)
    with pytest.raises(BadValue, match=pattern):
        SPACE.decode(DARTS_V2.replace(old, new, 1))


def renamed(cell: tuple[Edge, ...], order: tuple[int, ...]) -> list[Edge] | None:
    """The cell with node TARGETS[k] called order[k]; None where an edge would lead back."""
    names = {0: 0, 1: 1, **dict(zip(TARGETS, order, strict=True))}
    edges = [Edge(names[edge.source], names[edge.target], edge.operation) for edge in cell]
    return edges if all(edge.source < edge.target for edge in edges) else None


def test_canonical_is_the_least_of_all_orders_of_the_nodes() -> None:
    many = 0
    for arch in sampled(60):
        normal, reduce = cells_of(arch)
        orders = list(itertools.permutations(TARGETS))
        first = [cell for order in orders if (cell := renamed(normal, order))]
        second = [cell for order in orders if (cell := renamed(reduce, order))]
        same = {arch_of(one, other) for one in first for other in second}
        assert {SPACE.canonical(other) for other in same} == {min(same)}
        many += len(same) > 1
    assert many > 20


def test_nodes_that_are_alike_do_not_confuse_canonical() -> None:
    alike = [Edge(source, target, SKIP) for target in TARGETS for source in (0, 1)]
    chain = [Edge(source, target, SKIP) for target in TARGETS for source in (target - 2, target - 1)]
    assert SPACE.canonical(arch_of(alike, chain)) == arch_of(alike, chain)
    ends = [*alike[:4], Edge(0, 4, SKIP), Edge(3, 4, SEP3), *alike[6:]]  # its third node hangs on one of three
    assert SPACE.canonical(arch_of(ends, chain)) == SPACE.canonical(
        arch_of([*ends[:4], Edge(0, 4, SKIP), Edge(2, 4, SEP3), *ends[6:]], chain)
    )
