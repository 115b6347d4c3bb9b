"""Architectures as vectors: what every encoding promises, and what each one means."""

import itertools
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
import torch
from toy_problem import Endless, Grid

from harness import registry
from harness.core import Arch, SearchSpace
from harness.encodings import Encoder, _autoencoder
from harness.encodings._graph import INPUT, OUTPUT, graph_of
from harness.encodings.graph import layout_of, unpack
from harness.encodings.path import words
from harness.encodings.unsupervised import _trained
from harness.encodings.wl import refined
from harness.errors import BadValue, UnknownName
from harness.spaces.nb101 import Nb101
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP, Nb201
from harness.spaces.transnas_micro import TransnasMicro

NAMES = registry.names("encoding")
GRAPHS = ("adjacency", "graph", "path", "unsupervised", "wl")
SPACES: dict[str, SearchSpace] = {"nb101": Nb101(), "nb201": Nb201(), "transnas_micro": TransnasMicro()}
WIDTHS = {
    "one_hot": (57, 30, 24),
    "categorical": (26, 6, 6),
    "adjacency": (36, 30, 24),
    "path": (40, 84, 39),
    "wl": (1024, 1024, 1024),
    "graph": (56, 76, 68),
    "unsupervised": (16, 16, 16),
}
CHAIN: Arch = (CONV3, NONE, POOL, NONE, NONE, SKIP)
"""Input, 3x3 convolution, pooling, skip, output."""


def encode(name: str, space: SearchSpace, *archs: Arch) -> np.ndarray:
    rows: np.ndarray = registry.load("encoding", name)(space, archs)
    return rows


def drawn(space: SearchSpace, n: int = 12) -> list[Arch]:
    rng = np.random.default_rng(0)
    return [space.sample(rng) for _ in range(n)]


def test_the_encodings_are_found() -> None:
    assert set(WIDTHS) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", SPACES)
class TestContract:
    def test_rows_stand_for_themselves(self, name: str, where: str) -> None:
        archs = drawn(SPACES[where])
        rows = encode(name, SPACES[where], *archs)
        assert rows.dtype == np.float64
        assert len(rows) == len(archs)
        assert np.isfinite(rows).all()
        assert len(np.unique(rows, axis=0)) > 1
        for arch, row in zip(archs, rows, strict=True):
            np.testing.assert_array_equal(encode(name, SPACES[where], arch)[0], row)

    def test_nothing_to_encode(self, name: str, where: str) -> None:
        space = SPACES[where]
        assert encode(name, space).shape == (0, encode(name, space, *drawn(space, 1)).shape[1])


@pytest.mark.parametrize("name", WIDTHS)
def test_columns(name: str) -> None:
    widths = [encode(name, space).shape[1] for space in SPACES.values()]
    assert tuple(widths) == WIDTHS[name]


@pytest.mark.parametrize("name", sorted(set(WIDTHS) - set(GRAPHS)))
@pytest.mark.parametrize("space", [Grid(), Endless(), Grid((1,))])
def test_any_space_has_options(name: str, space: SearchSpace) -> None:
    assert len(encode(name, space, *drawn(space))) == 12


@pytest.mark.parametrize("name", GRAPHS)
def test_not_every_space_has_graphs(name: str) -> None:
    with pytest.raises(BadValue, match="of grid are not known as graphs, those of nb101, nb201, transnas_micro are"):
        Encoder(Grid(), name)


def test_one_hot_and_categorical() -> None:
    assert encode("categorical", Grid(), (3, 0, 2)).tolist() == [[3, 0, 2]]
    assert encode("one_hot", Grid(), (3, 0, 2)).tolist() == [[0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0]]


class TestGraph:
    def test_operations_on_edges_become_nodes(self) -> None:
        assert graph_of(Nb201(), CHAIN) == (
            (INPUT, CONV3 - 1, POOL - 1, SKIP - 1, OUTPUT),
            ((0, 1), (1, 2), (2, 3), (3, 4)),
        )

    def test_two_branches(self) -> None:
        graph = graph_of(TransnasMicro(), (3, 0, 0, 1, 2, 0))
        assert graph.labels == (INPUT, 2, 0, 1, OUTPUT)
        assert set(graph.edges) == {(0, 1), (0, 2), (1, 3), (2, 4), (3, 4)}

    def test_what_leads_nowhere_is_left_out(self) -> None:
        assert graph_of(Nb201(), (CONV3, NONE, NONE, NONE, NONE, CONV1)) == ((INPUT, OUTPUT), ())

    def test_nb101_is_pruned(self) -> None:
        space = Nb101()
        cell = space.decode("0110000100010000:input,maxpool3x3,conv3x3-bn-relu,output")
        assert graph_of(space, cell).labels == (INPUT, 2, 0, OUTPUT)
        assert set(graph_of(space, cell).edges) == {(0, 1), (0, 2), (1, 3), (2, 3)}
        with pytest.raises(BadValue, match="is no cell of nb101"):
            graph_of(space, (0,) * 26)


class TestPath:
    def test_a_chain_is_one_path(self) -> None:
        row = encode("path", Nb201(), CHAIN)[0]
        assert np.flatnonzero(row).tolist() == [4 + 16 + (CONV3 - 1) * 16 + (POOL - 1) * 4 + (SKIP - 1)]

    def test_all_paths_of_a_full_cell(self) -> None:
        arch = (SKIP, CONV1, CONV3, POOL, SKIP, CONV1)
        op = dict(zip(((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)), arch, strict=True))
        routes = [(0, 3), (0, 1, 3), (0, 2, 3), (0, 1, 2, 3)]
        expected = {tuple(op[edge] - 1 for edge in itertools.pairwise(route)) for route in routes}
        assert set(words(graph_of(Nb201(), arch))) == expected
        assert encode("path", Nb201(), arch).sum() == 4

    def test_a_path_taken_twice_counts_once(self) -> None:
        assert encode("path", Nb201(), (SKIP, SKIP, NONE, NONE, CONV3, CONV3)).sum() == 1

    def test_disconnected(self) -> None:
        assert encode("path", Nb201(), (NONE,) * 6).sum() == 0

    def test_long_paths_of_nb101_are_truncated(self) -> None:
        space = Nb101()
        five = "0100000001000000010000000100000001000000010000000"
        line = space.decode(f"{five}:input,{','.join(['maxpool3x3'] * 5)},output")
        assert encode("path", space, line).sum() == 0
        short = space.decode("0100001000010000:input,conv1x1-bn-relu,maxpool3x3,output")
        assert np.flatnonzero(encode("path", space, short)[0]).tolist() == [1 + 3 + 1 * 3 + 2]

    def test_every_word_has_a_column_of_its_own(self) -> None:
        rows = encode(
            "path", Nb201(), *[(a, NONE, b, NONE, NONE, c) for a, b, c in itertools.product(range(1, 5), repeat=3)]
        )
        assert (rows.sum(0)[20:] == 1).all()
        assert (rows.sum(1) == 1).all()


class TestAdjacency:
    def test_edges_and_their_operations(self) -> None:
        row = encode("adjacency", Nb201(), CHAIN)[0]
        assert row[:6].tolist() == [1, 0, 1, 0, 0, 1]
        held = row[6:].reshape(6, 4)
        assert held.sum(1).tolist() == [1, 0, 1, 0, 0, 1]
        assert held[[0, 2, 5]].argmax(1).tolist() == [CONV3 - 1, POOL - 1, SKIP - 1]

    def test_vertices_and_their_operations(self) -> None:
        arch = (*(1, 0) * 10, 1, 2, 1, 0, 1, 2)
        row = encode("adjacency", Nb101(), arch)[0]
        assert row[:21].tolist() == list(arch[:21])
        assert row[21:].reshape(5, 3).argmax(1).tolist() == [2, 1, 0, 1, 2]
        assert row[21:].sum() == 5


class TestWl:
    def test_labels_are_refined_by_what_leads_to_them(self) -> None:
        labels = Counter(refined(graph_of(Nb201(), CHAIN), 2))
        first, second = ["-1()", "2(-1)", "3(2)", "0(3)", "-2(0)"], ["-1()()", "2(-1)(-1())", "3(2)(2(-1))"]
        assert labels == Counter(["-1", "2", "3", "0", "-2", *first, *second, "0(3)(3(2))", "-2(0)(0(3))"])

    def test_counts(self) -> None:
        rows = encode("wl", Nb201(), CHAIN, (NONE,) * 6, (CONV3, CONV3, NONE, NONE, CONV3, CONV3))
        assert rows.sum(1).tolist() == [10, 4, 12]
        assert rows[2].max() >= 4

    @pytest.mark.parametrize("where", SPACES)
    def test_hashing_keeps_the_kernel(self, where: str) -> None:
        space = SPACES[where]
        archs = drawn(space, 30)
        counts = [Counter(refined(graph_of(space, arch), 1)) for arch in archs]
        exact = np.array([[sum(a[label] * b[label] for label in a) for b in counts] for a in counts])
        rows = encode("wl", space, *archs)
        assert (rows @ rows.T == exact).mean() > 0.9


class TestGraphRows:
    def test_places_and_edges(self) -> None:
        layout = layout_of(Nb201())
        assert layout == (8, 6)
        graphs = unpack(encode("graph", Nb201(), CHAIN), layout)
        named = [4, CONV3 - 1, POOL - 1, SKIP - 1, None, None, None, 5]
        assert [row.argmax() if row.any() else None for row in graphs.labels[0]] == named
        assert graphs.labels.sum() == 5
        assert list(zip(*np.nonzero(graphs.adjacency[0]), strict=True)) == [(0, 1), (1, 2), (2, 3), (3, 7)]

    @pytest.mark.parametrize("where", SPACES)
    def test_rows_are_read_back(self, where: str) -> None:
        space = SPACES[where]
        archs, layout = drawn(space, 30), layout_of(space)
        rows = encode("graph", space, *archs)
        assert rows.shape == (30, layout.columns)
        graphs = unpack(rows, layout)
        for arch, adjacency, labels in zip(archs, *graphs, strict=True):
            there = np.flatnonzero(labels.sum(1))
            names = [{layout.labels - 2: INPUT, layout.labels - 1: OUTPUT}.get(n, n) for n in labels[there].argmax(1)]
            source, target = np.nonzero(adjacency[np.ix_(there, there)])
            assert tuple(names) == graph_of(space, arch).labels
            assert set(zip(source, target, strict=True)) == set(graph_of(space, arch).edges)
            assert adjacency.sum() == len(source)

    def test_the_largest_graphs_have_room(self) -> None:
        for space in (Nb201(), TransnasMicro()):
            full = encode("graph", space, (2,) * 6)
            assert unpack(full, layout_of(space)).labels.sum() == 8
        assert layout_of(Nb101()) == (7, 5)


class TestUnsupervised:
    def test_no_loss_is_needed_to_tell_operations_apart(self) -> None:
        space = Nb201()
        archs = drawn(space, 300)
        rows = encode("unsupervised", space, *archs)
        graphs = unpack(encode("graph", space, *archs), layout_of(space))
        shares = graphs.labels.sum(1) / graphs.labels.sum((1, 2))[:, None]
        columns = np.concatenate([rows, np.ones((300, 1))], axis=1)
        fitted = columns @ np.linalg.lstsq(columns[:200], shares[:200], rcond=None)[0]
        residual = ((fitted - shares)[200:] ** 2).mean(0) / shares[200:].var(0)
        assert residual.max() < 0.2
        assert (rows.std(0) > 0.01).all()

    def test_labels_and_edges_come_back(self) -> None:
        space = Nb201()
        graphs = unpack(encode("graph", space, *drawn(space, 200)), layout_of(space))
        weights = _trained("nb201")
        mean, _ = _autoencoder.encode(weights, torch.tensor(graphs.adjacency), torch.tensor(graphs.labels))
        there = graphs.labels.any(-1)
        labels = (mean @ weights["label"] + weights["bias_label"]).argmax(-1).numpy()
        assert (labels == graphs.labels.argmax(-1))[there].mean() > 0.9
        pairs = np.triu(there[:, :, None] & there[:, None, :], 1)
        edges = graphs.adjacency[pairs].astype(bool)
        known = ((mean @ mean.mT).numpy() > 0)[pairs] == edges
        assert known.mean() > 0.75 > max(edges.mean(), 1 - edges.mean())
        assert not mean[torch.tensor(~there)].any()

    def test_convolution_by_hand(self) -> None:
        weights = {f"{part}{layer}": torch.eye(2) for part in ("inner", "outer") for layer in range(2)}
        weights |= {f"bias_{part}{layer}": torch.zeros(2) for part in ("inner", "outer") for layer in range(2)}
        weights |= {"epsilon0": torch.ones(1), "epsilon1": -torch.ones(1), "mean": torch.eye(2)}
        weights["deviation"] = -torch.eye(2)
        line = torch.tensor([[0.0, 1, 0], [0, 0, 1], [0, 0, 0]])
        mean, deviation = _autoencoder.encode(weights, line, torch.tensor([[1.0, 0], [0, 1], [1, 0]]))
        # twice itself and its neighbours: (2, 1), (2, 2), (2, 1); then the neighbours alone
        assert mean.tolist() == [[2, 2], [4, 2], [2, 2]]
        assert deviation.tolist() == (-mean).tolist()

    def test_it_is_trained_once_and_alike_everywhere(self) -> None:
        space = Nb201()
        here = encode("unsupervised", space, CHAIN)
        assert _trained.cache_info().currsize >= 1
        assert _trained("nb201") is _trained("nb201")
        code = (
            "import sys; from harness.encodings.unsupervised import unsupervised;"
            "from harness.spaces.nb201 import Nb201; assert 'torch' not in sys.modules;"
            f"print(unsupervised(Nb201(), [{CHAIN}]).tobytes().hex())"
        )
        there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert there.stdout.strip() == here.tobytes().hex()

    def test_nothing_global_changes(self) -> None:
        before = torch.get_rng_state().tolist(), torch.get_num_threads()
        _trained.__wrapped__("transnas_micro")
        assert (torch.get_rng_state().tolist(), torch.get_num_threads()) == before


class TestEncoder:
    TWINS = ((NONE, SKIP, NONE, CONV3, CONV1, CONV1), (CONV1, CONV3, POOL, SKIP, NONE, NONE))

    @pytest.mark.parametrize("name", NAMES)
    def test_isomorphic_cells_are_alike(self, name: str) -> None:
        space, encoder = Nb201(), Encoder(Nb201(), name)
        canonical = [space.canonical(arch) for arch in self.TWINS]
        assert not set(self.TWINS) & set(canonical)
        np.testing.assert_array_equal(encoder.rows(self.TWINS), encode(name, space, *canonical))

    def test_distinct_rows_do_not_depend_on_the_order(self) -> None:
        encoder, archs = Encoder(Nb201(), "path"), [*drawn(Nb201()), *self.TWINS]
        rows, places = encoder.distinct([*archs, *archs])
        backwards, other = encoder.distinct(archs[::-1])
        np.testing.assert_array_equal(rows, backwards)
        np.testing.assert_array_equal(rows[places[: len(archs)]], encoder.rows(archs))
        np.testing.assert_array_equal(other[::-1], places[: len(archs)])

    def test_nothing(self) -> None:
        encoder = Encoder(Grid(), "one_hot")
        assert encoder.rows([]).shape == encoder.distinct([])[0].shape == (0, 12)

    def test_each_is_computed_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        encoder, computed = Encoder(Grid(), "one_hot"), []
        encode_all = encoder._encode

        def counting(space: SearchSpace, archs: list[Arch]) -> np.ndarray:
            computed.extend(archs)
            rows: np.ndarray = encode_all(space, archs)
            return rows

        monkeypatch.setattr(encoder, "_encode", counting)
        encoder.rows([(0, 0, 0), (1, 1, 1), (0, 0, 0)])
        encoder.rows([(1, 1, 1), (2, 2, 2)])
        assert computed == [(0, 0, 0), (1, 1, 1), (2, 2, 2)]

    def test_unknown(self) -> None:
        with pytest.raises(UnknownName, match="Did you mean 'path'"):
            Encoder(Nb201(), "pth")
