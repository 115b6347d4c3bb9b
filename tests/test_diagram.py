"""Diagrams hold the architecture, all of it and nothing else, and their arcs keep out of each other's way."""

import itertools
import json
import time

import numpy as np
import pytest

from harness.errors import BadValue
from harness.registry import load
from harness.spaces import nats_sss, nb201, nb_macro, transnas_macro, transnas_micro
from harness.spaces._nb101_cell import cell_of, has_edge, labels, pruned
from harness.spaces.mobile import units_of
from reports.diagram import PICTURES, WORDS, Diagram, diagram_of

SPACES = ("mobile", "nb101", "nb201", "nb_macro", "nats_sss", "transnas_macro", "transnas_micro")


def drawn(space: str, index: int) -> Diagram:
    diagram = diagram_of(space, index)
    assert diagram is not None
    return diagram


def some(space: str, count: int = 60) -> list[tuple[int, tuple[int, ...]]]:
    known = load("space", space)()
    chosen = [0, known.size - 1, *np.random.default_rng(1).integers(known.size, size=count).tolist()]
    return [(index, known.all()[index]) for index in chosen]


def test_the_spaces_that_are_drawn_are_known() -> None:
    assert set(PICTURES) == set(SPACES)
    assert diagram_of("no_such_space", 0) is None
    assert diagram_of("darts", 0) is None


@pytest.mark.parametrize("space", SPACES)
def test_a_diagram_stands_on_a_line_writes_the_notation_and_is_json(space: str) -> None:
    known = load("space", space)()
    for index, arch in some(space):
        diagram = drawn(space, index)
        assert diagram.text == known.encode(arch)
        assert [(node.x, node.y) for node in diagram.nodes] == [(i, 0) for i in range(len(diagram.nodes))]
        assert all(0 <= edge.source < edge.target < len(diagram.nodes) for edge in diagram.edges)
        assert all((edge.bend == 0) == (edge.target - edge.source == 1) for edge in diagram.edges)
        assert json.loads(json.dumps(diagram))[2] == diagram.text
    with pytest.raises(BadValue, match=f"0 to {known.size - 1}"):
        diagram_of(space, known.size)
    with pytest.raises(BadValue, match="-1"):
        diagram_of(space, -1)


@pytest.mark.parametrize(("space", "module"), [("nb201", nb201), ("transnas_micro", transnas_micro)])
def test_cells_with_operations_on_edges(space: str, module: object) -> None:
    for index, arch in some(space):
        diagram = drawn(space, index)
        wanted = {
            ends: module.OPERATIONS[option] for ends, option in zip(module.EDGES, arch, strict=True) if option
        }  # fmt: skip
        assert {(edge.source, edge.target): edge.label for edge in diagram.edges} == {
            ends: WORDS[name] for ends, name in wanted.items()
        }
        assert len(diagram.edges) == len(wanted)
        assert [node.label for node in diagram.nodes] == ["input", "1", "2", "output"]


def test_the_arcs_of_four_nodes_never_meet_and_are_the_same_in_every_cell() -> None:
    full = {(e.source, e.target): e.bend for e in drawn("nb201", nb201.Nb201().index((1,) * 6)).edges}
    assert np.sign(full[0, 2]) == -np.sign(full[1, 3]) != 0
    assert abs(full[0, 3]) > abs(full[0, 2])
    for index, _ in some("nb201"):
        assert all(full[edge.source, edge.target] == edge.bend for edge in drawn("nb201", index).edges)


def test_a_cell_of_nb101_is_its_pruned_graph() -> None:
    for index, arch in some("nb101", 300):
        diagram, cell = drawn("nb101", index), pruned(cell_of(arch))
        assert cell is not None
        names = ["3x3 conv", "1x1 conv", "max pool"]
        assert [node.label for node in diagram.nodes] == ["input", *(names[one] for one in labels(cell)), "output"]
        every = range(cell.vertices)
        edges = {(edge.source, edge.target) for edge in diagram.edges}
        assert edges == {(x, y) for x in every for y in every if has_edge(cell, x, y)}
        assert len(diagram.edges) == len(edges)
        assert not any(edge.label for edge in diagram.edges)


def test_chains_name_their_layers() -> None:
    for index, arch in some("nb_macro"):
        assert [n.label for n in drawn("nb_macro", index).nodes] == [
            {"Identity": "identity"}.get(nb_macro.BLOCKS[o], nb_macro.BLOCKS[o].replace("_", " ")) for o in arch
        ]
    for index, arch in some("nats_sss"):
        widths = [f"{width} channels" for width in nats_sss.channels(arch)]
        assert [n.label for n in drawn("nats_sss", index).nodes] == widths
    words = {1: "same shape", 2: "wider", 3: "smaller", 4: "wider, smaller"}
    for index, arch in some("transnas_macro"):
        there = [words[option] for option in arch if option != transnas_macro.ABSENT]
        assert [n.label for n in drawn("transnas_macro", index).nodes] == there
    for index, arch in some("mobile"):
        blocks = [f"k{kernel}e{expansion}" for unit in units_of(arch) for kernel, expansion in unit]
        assert [n.label for n in drawn("mobile", index).nodes] == blocks
    for space in ("mobile", "nb_macro", "nats_sss", "transnas_macro"):
        for index, _ in some(space, 5):
            diagram = drawn(space, index)
            ends = [(edge.source, edge.target) for edge in diagram.edges]
            assert ends == [(i, i + 1) for i in range(len(diagram.nodes) - 1)]


def heights(source: int, target: int, bend: float, x: np.ndarray) -> np.ndarray:
    """Of the parabola with its apex at `bend` in the middle."""
    share = (x - source) / (target - source)
    return 4 * bend * share * (1 - share)


def test_arcs_on_one_side_meet_only_where_each_begins_within_the_other() -> None:
    seen = 0
    for index, _ in some("nb101", 300):
        bent = [edge for edge in drawn("nb101", index).edges if edge.bend]
        for a, b in itertools.combinations(bent, 2):
            low, high = max(a.source, b.source), min(a.target, b.target)
            (p, q), (r, s) = sorted([(a.source, a.target), (b.source, b.target)])
            if a.bend * b.bend < 0 or low >= high or p < r < q < s:
                continue
            x = np.linspace(low, high, 41)[1:-1]
            apart = abs(heights(*a[:2], a.bend, x)) - abs(heights(*b[:2], b.bend, x))
            assert (apart > 0).all() or (apart < 0).all()
            seen += 1
    assert seen > 100


def crossings(bent: list[tuple[int, int]], sides: tuple[int, ...]) -> int:
    pairs = itertools.combinations(sorted(zip(bent, sides, strict=True)), 2)
    return sum(s == t and a < c < b < d for ((a, b), s), ((c, d), t) in pairs)


def test_no_two_arcs_cross_where_none_need_to() -> None:
    needed = 0
    for index, _ in some("nb101", 200):
        edges = [edge for edge in drawn("nb101", index).edges if edge.bend]
        bent = [(edge.source, edge.target) for edge in edges]
        least = min(crossings(bent, sides) for sides in itertools.product((1, -1), repeat=len(bent)))
        found = crossings(bent, tuple(1 if edge.bend > 0 else -1 for edge in edges))
        assert found <= least + 1
        assert (found == 0) == (least == 0)
        needed += least == 0 and crossings(bent, (1,) * len(bent)) > 0
    assert needed > 20


@pytest.mark.parametrize("space", SPACES)
def test_two_thousand_take_less_than_a_second_of_processor_time(space: str) -> None:
    size = load("space", space)().size
    diagram_of(space, 0)
    start = time.process_time()
    for index in np.random.default_rng(0).integers(size, size=2000).tolist():
        diagram_of(space, index)
    assert time.process_time() - start < 1
