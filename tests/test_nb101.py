import hashlib
import itertools
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadValue
from harness.registry import load
from harness.spaces._nb101_classes import classes
from harness.spaces.nb101 import Cell, Nb101, indices, module_hash, read_cell

SPACE = Nb101()
ARCHS = st.tuples(*[st.integers(0, 1)] * 21, *[st.integers(0, 2)] * 5).filter(SPACE.admits)
CANONICAL = st.integers(0, SPACE.size - 1).map(SPACE.all().__getitem__)

MIDDLE = (
    "0100000001000100010100000110000001000000010000000:"
    "input,conv1x1-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,conv1x1-bn-relu,conv3x3-bn-relu,output"
)
LAST = (
    "0100000001000000010010000101000001100000010000000:"
    "input,maxpool3x3,maxpool3x3,maxpool3x3,maxpool3x3,maxpool3x3,output"
)
CHECKSUM = "b424989bb7438050"
COUNTS = {2: 1, 3: 6, 4: 84, 5: 2_441, 6: 62_010, 7: 359_082}
"""Classes by vertices, as in the official files."""


@pytest.fixture(scope="module")
def official(real_data):
    return pd.read_parquet(real_data / "nb101_full.parquet")


def edge(x: int, y: int) -> int:
    return x + y * (y - 1) // 2


def arch_with(edges: list[tuple[int, int]], operations: tuple[int, ...] = (0,) * 5) -> tuple[int, ...]:
    bits = [0] * 21
    for x, y in edges:
        bits[edge(x, y)] = 1
    return (*bits, *operations)


def renamed(arch: tuple[int, ...], order: tuple[int, ...]) -> tuple[int, ...] | None:
    """Inner vertex k at place order[k-1]; None where an edge would lead back."""
    place = (0, *order, 6)
    edges = [(place[x], place[y]) for y in range(7) for x in range(y) if arch[edge(x, y)]]
    operations = [0] * 5
    for k in range(1, 6):
        operations[place[k] - 1] = arch[20 + k]
    return arch_with(edges, tuple(operations)) if all(x < y for x, y in edges) else None


def test_count_first_middle_last_and_checksum():
    archs = SPACE.all()
    assert load("space", "nb101")().size == len(archs) == len(classes().codes) == 423_624
    assert archs[0] == arch_with([(0, 6)])
    assert SPACE.encode(archs[0]) == "0100:input,output"
    assert SPACE.encode(archs[211_812]) == MIDDLE
    assert SPACE.encode(archs[-1]) == LAST
    assert hashlib.sha256(classes().codes.astype("<i4").tobytes()).hexdigest()[:16] == CHECKSUM


def test_classes_by_vertices():
    assert {vertices: len(np.unique(numbers)) for vertices, numbers in classes().numbers.items()} == COUNTS
    assert len(np.unique(classes().codes)) == SPACE.size == sum(COUNTS.values())


def unused(arch: tuple[int, ...]) -> int:
    return sum(not any(arch[edge(min(x, y), max(x, y))] for x in range(7) if x != y) for y in range(7))


def test_the_space_below_five_vertices_by_hashes():
    """An independent count: the hashes of all cells with up to four vertices, each of one class."""
    found: dict[str, set[int]] = {}
    for bits in itertools.product((0, 1), repeat=6):
        for operations in itertools.product(range(3), repeat=2):
            arch = padded_from_four(bits, operations)
            if SPACE.admits(arch):
                found.setdefault(module_hash(arch), set()).add(SPACE.index(arch))
    assert sorted(index for same in found.values() for index in same) == list(range(len(found)))
    assert len(found) == COUNTS[2] + COUNTS[3] + COUNTS[4]


def padded_from_four(bits, operations):
    edges = [(x, 6 if y == 3 else y) for y in range(1, 4) for x in range(y) if bits[edge(x, y)]]
    return arch_with(edges, (*operations, 0, 0, 0))


@given(CANONICAL)
def test_canonical_text_and_index_round_trip(arch):
    assert SPACE.canonical(arch) == arch
    assert SPACE.decode(SPACE.encode(arch)) == arch
    assert SPACE.all()[SPACE.index(arch)] == arch


@given(ARCHS, st.permutations(range(1, 6)))
def test_isomorphic_cells_are_one(arch, order):
    canonical = SPACE.canonical(arch)
    assert SPACE.index(canonical) == SPACE.index(arch)
    assert module_hash(canonical) == module_hash(arch)
    assert SPACE.canonical(SPACE.decode(SPACE.encode(arch))) == canonical
    other = renamed(arch, tuple(order))
    if other is not None:
        assert SPACE.index(other) == SPACE.index(arch)


@given(CANONICAL, CANONICAL)
def test_cells_of_two_classes_have_two_hashes(a, b):
    assert (module_hash(a) == module_hash(b)) == (a == b)


@given(CANONICAL)
def test_canonical_is_the_least_of_all_renamings(arch):
    inner = 5 - unused(arch)
    others = [renamed(arch, (*order, *range(inner + 1, 6))) for order in itertools.permutations(range(1, inner + 1))]
    assert min(key(other) for other in others if other is not None) == key(arch)


def key(arch):
    return (arch[20::-1], arch[21:])


def test_pruning_drops_what_lies_on_no_path():
    chain = [(0, 1), (1, 6)]
    bare = arch_with(chain, (1, 0, 0, 0, 0))
    dead = arch_with([*chain, (0, 2), (3, 4), (4, 6), (2, 5)], (1, 2, 1, 2, 1))
    assert SPACE.canonical(dead) == bare
    assert SPACE.encode(dead) == SPACE.encode(bare) == "010001000:input,conv1x1-bn-relu,output"
    assert SPACE.encode(arch_with([(0, 4), (4, 6)], (0, 0, 0, 2, 0))) == "010001000:input,maxpool3x3,output"


def test_the_limit_of_edges_counts_after_pruning():
    nine = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (1, 6), (2, 6), (3, 6)]
    assert SPACE.admits(arch_with(nine))
    assert SPACE.admits(arch_with([*nine, (0, 4), (3, 4), (1, 5)]))
    assert not SPACE.admits(arch_with([*nine, (0, 6)]))
    assert not SPACE.admits(arch_with([(0, 1), (1, 2), (2, 5), (3, 6)]))
    with pytest.raises(BadValue, match="nine edges"):
        SPACE.encode(arch_with([*nine, (0, 6)]))


def test_draws_and_changes_stay_in_the_space():
    rng = np.random.default_rng(0)
    drawn = [SPACE.sample(rng) for _ in range(50)]
    assert all(map(SPACE.is_valid, drawn))
    assert len({SPACE.index(arch) for arch in drawn}) > 40
    near = SPACE.neighbors(drawn[0])
    assert SPACE.mutate(drawn[0], rng) in near
    assert all(sum(a != b for a, b in zip(arch, drawn[0], strict=True)) == 1 for arch in near)


def test_lists_are_made_when_they_are_asked_for():
    archs, index = SPACE.all(), SPACE.catalogue().indices
    assert archs[-3:] == [archs[k] for k in (423_621, 423_622, 423_623)]
    assert list(itertools.islice(archs, 5)) == archs[:5] == list(itertools.islice(index, 5))
    assert [SPACE.index(arch) for arch in archs[1000:1100]] == list(range(1000, 1100))
    assert len(index) == 423_624
    with pytest.raises(IndexError):
        archs[423_624]
    assert len(pickle.dumps((archs, index))) < 500


@pytest.mark.parametrize(
    "arch",
    [
        (0,) * 26,
        (1,) * 26,
        (0,) * 25,
        (0,) * 20 + (1,) + (3,) * 5,
        (2,) + (0,) * 25,
        (-1,) + (1,) * 25,
        [1] * 26,
        "none",
    ],
)
def test_index_of_what_is_not_of_the_space(arch):
    with pytest.raises(BadValue, match="no architecture of nb101"):
        SPACE.index(arch)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "write adjacency matrix and operations"),
        ("|none~0|+|none~0|none~1|", "write adjacency matrix and operations"),
        ("0100:input", "1 operations: a cell has 2 to 7"),
        ("0100:" + ",".join(["input"] * 8), "8 operations: a cell has 2 to 7"),
        ("010:input,output", "no adjacency matrix: 2 operations need 4 digits"),
        ("0200:input,output", "no adjacency matrix"),
        ("0110:input,output", "edge 1 -> 0 leads back"),
        ("1100:input,output", "edge 0 -> 0 leads back"),
        ("0000:input,output", "reached from its input"),
        ("0100:output,input", "begin with 'output'"),
        ("010001000:input,conv3x3,output", "'conv3x3' is no operation of nb101; it has conv3x3-bn-relu"),
        ("0100:input,output:x", "begin with 'input' and end with 'output:x'"),
    ],
)
def test_text_of_another_space(text, message):
    with pytest.raises(BadValue, match=message):
        SPACE.decode(text)


def test_indices_of_many_cells():
    whole = read_cell("010001000", "input,maxpool3x3,output")
    unpruned = read_cell("0110000000010000", "input,conv1x1-bn-relu,maxpool3x3,output")
    assert whole == Cell(3, 0b101, 2)
    wrong = [Cell(1, 0, 0), Cell(8, 1, 0), Cell(2, 2, 0), Cell(3, 5, 3), Cell(3, 5, -1), Cell(3, -1, 0), Cell(3, 1, 0)]
    found = indices(*np.array([whole, unpruned, *wrong]).T)
    assert found.tolist() == [SPACE.index(SPACE.decode("010001000:input,maxpool3x3,output"))] * 2 + [-1] * 7


@pytest.mark.real_data
def test_the_classes_are_the_official_ones(official):
    found = indices(official.n_vertices, official.adj_bits, official.op_code)
    assert len(official) == SPACE.size
    np.testing.assert_array_equal(np.sort(found), np.arange(SPACE.size))


@pytest.mark.real_data
def test_hashes_are_the_official_ones(official):
    sample = official.iloc[::1400]
    found = indices(sample.n_vertices, sample.adj_bits, sample.op_code)
    assert [module_hash(SPACE.all()[int(k)]) for k in found] == [each.hex() for each in sample.module_hash]
    assert len(sample) == 303
