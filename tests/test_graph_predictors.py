"""The predictors on graphs and the semi-supervised one: their equations, what they promise, and what they are worth."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau
from toy_problem import Endless, Grid

from harness import registry
from harness.core import Arch, Predictor, SearchSpace
from harness.encodings.graph import graph, layout_of, unpack
from harness.errors import BadValue
from harness.experiment.proxy_block import canonical_mask
from harness.spaces.nats_sss import NatsSss
from harness.spaces.nb101 import Nb101
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP, Nb201
from harness.spaces.transnas_micro import TransnasMicro
from proxies.predictors import gates, gcn, seminas
from proxies.predictors._torch_training import Ensemble, batches, layers_of, through
from tabular.benchmarks.digits201 import digits201

SPACE = Nb201()
GRAPHS = ("gates", "gcn")
EVERY = ("gates", "gcn", "seminas")
QUICK = {"steps": 20, "networks": 2}


class Only(NamedTuple):
    """All that a predictor may use of a benchmark or of a problem."""

    space: SearchSpace


def make(name: str, space: SearchSpace = SPACE, seed: int = 0, **hyper: Any) -> Predictor:
    predictor: Predictor = registry.load("proxy", name)(Only(space), seed=seed, **hyper)
    return predictor


def cells(n: int, seed: int = 0, space: SearchSpace = SPACE) -> list[Arch]:
    rng = np.random.default_rng(seed)
    return [space.canonical(space.sample(rng)) for _ in range(n)]


def losses_of(archs: list[Arch]) -> np.ndarray:
    return np.array([50.0 - 3 * arch.count(CONV3) - 2 * (arch[3] != 0) for arch in archs])


def tensor(*rows: Any) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


CHAIN = tensor([[0.0, 1, 0], [0, 0, 1], [0, 0, 0]])
"""Node 0 leads to node 1, and that to node 2."""


class TestGcn:
    def test_convolution_by_hand(self) -> None:
        nodes = tensor([[[1.0, 0], [0, 1], [2, 4]]])
        along, against = tensor([[1.0], [2.0]]), tensor([[1.0], [-1.0]])
        found = gcn.Edges(CHAIN).convolve(nodes, along, against)
        # V W+ = 1, 2, 10 and V W- = 1, -1, -2; a mean over the node and its predecessor, or its successor, then ReLU
        onward, back = [1, 3 / 2, 12 / 2], [0, 0, 0]
        np.testing.assert_allclose(found[0, 0, :, 0], [(a + b) / 2 for a, b in zip(onward, back, strict=True)])
        reverse = gcn.Edges(CHAIN).convolve(nodes, -along, -against)
        np.testing.assert_allclose(reverse[0, 0, :, 0], [0, 3 / 2 / 2, 2 / 2])

    def test_networks_and_graphs_stay_apart(self) -> None:
        rng = np.random.default_rng(0)
        nodes, weights = torch.from_numpy(rng.normal(size=(2, 3, 3, 4))), torch.from_numpy(rng.normal(size=(2, 4, 5)))
        adjacency = CHAIN * tensor(1.0, 0.0, 1.0)[:, None, None]
        every = gcn.Edges(adjacency).convolve(nodes, weights, weights)
        assert every.shape == (2, 3, 3, 5)
        for network in range(2):
            for row in range(3):
                one = gcn.Edges(adjacency[row][None]).convolve(
                    nodes[network, row][None, None], weights[network][None], weights[network][None]
                )
                np.testing.assert_allclose(every[network, row], one[0, 0])

    def test_places_without_a_node_count_for_nothing(self) -> None:
        weights = Ensemble(make("gcn")._shapes(), 2, 0).weights  # type: ignore[attr-defined]
        small = unpack(graph(SPACE, [(NONE,) * 3 + (CONV3, NONE, NONE)]), layout_of(SPACE))
        adjacency, labels = torch.from_numpy(small.adjacency), torch.from_numpy(small.labels)
        there = [0, 1, 7]
        np.testing.assert_allclose(
            gcn.outputs(weights, adjacency, labels),
            gcn.outputs(weights, adjacency[:, there][:, :, there], labels[:, there]),
        )

    def test_the_direction_of_edges_matters(self) -> None:
        weights = Ensemble(make("gcn")._shapes(), 2, 0).weights  # type: ignore[attr-defined]
        graphs = unpack(graph(SPACE, cells(5)), layout_of(SPACE))
        adjacency, labels = torch.from_numpy(graphs.adjacency), torch.from_numpy(graphs.labels)
        assert not np.allclose(gcn.outputs(weights, adjacency, labels), gcn.outputs(weights, adjacency.mT, labels))


class TestGates:
    WEIGHTS: dict[str, torch.Tensor] = {  # noqa: RUF012
        "input": tensor([[2.0, 1.0]]),
        "gate": tensor([[0.0, 0.0], [np.log(3), 0.0], [0.0, np.log(4)]]),
        "flow": tensor([[1.0, 1.0], [0.0, 2.0]]),
    }
    """Gates 1/2 1/2, 3/4 1/2 and 1/2 4/5; the matrix makes x + 0 and x + 2 y of (x, y)."""
    LABELS = tensor([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])

    def test_flow_by_hand(self) -> None:
        found = gates.flow(self.WEIGHTS, CHAIN, self.LABELS)
        # (2, 1) enters, W_x makes (2, 4) of it and the gate (1, 2); then (1, 5), and (1/2, 4)
        np.testing.assert_allclose(found, [[[0.5, 4.0]]])

    def test_what_arrives_is_summed(self) -> None:
        both = CHAIN + tensor([[0.0, 0, 1], [0, 0, 0], [0, 0, 0]])
        # (2, 1) and (1, 2) arrive: (3, 3), (3, 9), (3/2, 36/5)
        np.testing.assert_allclose(gates.flow(self.WEIGHTS, both, self.LABELS), [[[1.5, 7.2]]])

    def test_nothing_flows_through_nothing(self) -> None:
        assert not gates.flow(self.WEIGHTS, 0 * CHAIN, self.LABELS).any()

    def test_hinge_by_hand(self) -> None:
        losses = tensor(1.0, 2.0, 2.0)
        scores = tensor([0.5, 0.45, 0.1], [0.0, 0.0, 1.0])
        # pairs: first before second and before third; 0.1 - 0.05, 0; 0.1, 1.1
        assert float(gates.hinge(scores, losses)) == pytest.approx((0.05 + 0) / 2 + (0.1 + 1.1) / 2)
        assert float(gates.hinge(scores, tensor(1.0, 1.0, 1.0))) == 0

    def test_lines_never_turn_scores_over(self) -> None:
        losses = np.array([1.0, 0.0, -1.0])
        lines = gates.lines_through(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [5.0, 5.0, 5.0]]), losses)
        np.testing.assert_allclose(lines.slope[:, 0], [-1, 0, 0])
        np.testing.assert_allclose(lines.losses(np.array([[4.0], [9.0], [9.0]]))[:, 0], [-2, 0, 0])

    def test_scores_come_to_the_scale_of_the_losses(self) -> None:
        archs = cells(100)
        losses = 1000 + 100 * losses_of(archs)
        predictor = make("gates", steps=100)
        predictor.fit(archs, losses)
        mean, _ = predictor.predict(archs)
        assert mean.mean() == pytest.approx(losses.mean())
        assert 0.7 < np.polyfit(mean, losses, 1)[0] < 1.3


class TestSeminas:
    def test_error_by_hand(self) -> None:
        predictor: Any = make("seminas", Grid((2, 3)), width=2)
        weights = {name: torch.zeros(2, *shape, dtype=torch.float64) for name, shape in predictor._shapes().items()}
        weights["bias_predictor1"] += 3
        part = seminas.Labelled(tensor([1.0, 0, 0, 1, 0]), tensor([1.0], [3.0]))
        # errors 2 and 0, squared; both decoders say 1/2 and 1/3
        likelihood = (np.log(2) + np.log(3)) / 2
        assert float(predictor._error(weights, part)) == pytest.approx(0.8 * (4 + 0) + 0.2 * 2 * likelihood)

    def test_unlabelled_architectures_are_labelled_by_each_network(self) -> None:
        predictor: Any = make("seminas", unlabelled=50)
        weights = Ensemble(predictor._shapes(), 4, 1).weights
        labelled = predictor._labelled_by(weights)
        assert labelled.rows.shape == (50, 30)
        assert len(np.unique(labelled.rows, axis=0)) > 40
        vectors = seminas.encoded(weights, labelled.rows)
        np.testing.assert_array_equal(labelled.losses, seminas.predicted(weights, vectors))
        assert labelled.losses.shape == (4, 50)
        assert labelled.losses.std(0).min() > 0

    def test_they_are_learned_from(self) -> None:
        archs, unseen = cells(20), cells(20, seed=1)
        predictors = [make("seminas", unlabelled=unlabelled, **QUICK) for unlabelled in (0, 20, 400)]
        for predictor in predictors:
            predictor.fit(archs, losses_of(archs))
        none, few, many = (predictor.predict(unseen)[0] for predictor in predictors)
        assert not np.allclose(none, few)
        assert not np.allclose(few, many)

    @pytest.mark.parametrize("space", [Grid(), Endless(), NatsSss()])
    def test_any_space_will_do(self, space: SearchSpace) -> None:
        archs = cells(40, space=space)
        losses = np.array([float(sum(arch)) for arch in archs])
        predictor = make("seminas", space, steps=80, networks=2, unlabelled=100)
        predictor.fit(archs, losses)
        mean, _ = predictor.predict(archs)
        assert np.corrcoef(mean, losses)[0, 1] > 0.9


class TestEnsemble:
    def test_gradient_steps_by_hand(self) -> None:
        ensemble = Ensemble({"a": (1, 1), "bias": (1, 1)}, 2, 0)
        before = ensemble.weights["a"].clone()
        assert not ensemble.weights["bias"].any()
        ensemble.minimise(lambda weights: (3 * weights["a"] - weights["bias"]).sum(), 1, 0.01)
        np.testing.assert_allclose(before - ensemble.weights["a"], 0.01)
        np.testing.assert_allclose(ensemble.weights["bias"], 0.01)

    def test_steps_are_those_of_torch(self) -> None:
        ensemble = Ensemble({"a": (3, 2)}, 2, 0)
        other = ensemble.weights["a"].clone().requires_grad_()
        target = tensor([1.0, 2.0])
        optimizer = torch.optim.Adam([other], lr=0.05)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 7)
        for _ in range(7):
            optimizer.zero_grad()
            ((other - target) ** 4).sum().backward()
            optimizer.step()
            schedule.step()
        ensemble.minimise(lambda weights: ((weights["a"] - target) ** 4).sum(), 7, 0.05)
        np.testing.assert_allclose(ensemble.weights["a"], other.detach(), rtol=1e-9)

    def test_variance_at_first(self) -> None:
        drawn = Ensemble({"a": (100, 60)}, 3, 0).weights["a"]
        assert drawn.std() == pytest.approx(np.sqrt(2 / 160), rel=0.03)
        assert not np.allclose(drawn[0], drawn[1])

    def test_layers(self) -> None:
        weights = {name: torch.ones(1, *shape, dtype=torch.float64) for name, shape in layers_of("x", 2, 3, 1).items()}
        found = through(weights, "x", tensor([[1.0, 1.0], [-5.0, 1.0]]))
        np.testing.assert_allclose(found[0, :, 0], [3 * 3 + 1, 1])

    def test_batches(self) -> None:
        drawn = batches(10, 4, torch.Generator().manual_seed(0))
        some = [next(drawn).tolist() for _ in range(6)]
        assert [len(places) for places in some] == [4] * 6
        assert all(len({*first, *second}) == 8 for first, second in zip(some[::2], some[1::2], strict=True))
        assert {place for places in some for place in places} == set(range(10))
        few = batches(3, 4, torch.Generator().manual_seed(0))
        assert [sorted(next(few).tolist()) for _ in range(2)] == [[0, 1, 2]] * 2


def fingerprint() -> str:
    """A hash of every bit of what short trainings predict."""
    sha = hashlib.sha256()
    for name in EVERY:
        predictor = make(name, **QUICK)
        predictor.fit(cells(40), losses_of(cells(40)))
        sha.update(np.array(predictor.predict(cells(20, seed=1))).tobytes())
    return sha.hexdigest()


def test_another_process_says_the_same() -> None:
    code = "import test_graph_predictors; print(test_graph_predictors.fingerprint())"
    tests = str(Path(__file__).parent)
    there = subprocess.run([sys.executable, "-c", code], cwd=tests, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == fingerprint()


@pytest.mark.parametrize("name", EVERY)
class TestEvery:
    def test_losses_may_have_any_unit(self, name: str) -> None:
        archs, unseen = cells(40), cells(20, seed=1)
        one, other = make(name, **QUICK), make(name, **QUICK)
        one.fit(archs, losses_of(archs))
        other.fit(archs, 1024 * losses_of(archs) + 4096)
        for single, scaled, offset in zip(one.predict(unseen), other.predict(unseen), (4096, 0), strict=True):
            np.testing.assert_allclose(scaled, 1024 * single + offset, rtol=1e-6)

    def test_the_seed_decides_and_a_second_fit_forgets_the_first(self, name: str) -> None:
        archs, unseen = cells(40), cells(20, seed=1)
        first, again, other = (make(name, seed=seed, **QUICK) for seed in (3, 3, 4))
        again.fit(cells(25, seed=2), np.arange(25.0))
        for predictor in (first, again, other):
            predictor.fit(archs, losses_of(archs))
        np.testing.assert_array_equal(first.predict(unseen), again.predict(unseen))
        assert not np.allclose(first.predict(unseen), other.predict(unseen))

    @pytest.mark.parametrize("losses", [[1.0, 1.0], [1.0, 2.0], [5.0, 5.0, 5.0, np.inf]])
    def test_little_to_learn_from(self, name: str, losses: list[float]) -> None:
        archs = [(CONV3,) * 6, (NONE,) * 6, (SKIP,) * 6, (POOL,) * 6]
        predictor = make(name, **QUICK)
        predictor.fit(archs[: len(losses)], np.array(losses))
        mean, std = predictor.predict([*archs, (CONV1,) * 6])
        assert np.isfinite([mean, std]).all()
        assert (std > 0).all()
        assert mean.min() > -5
        assert mean.max() < 10

    def test_gradients_may_be_off_around(self, name: str) -> None:
        archs, unseen = cells(20), cells(20, seed=1)
        one, other = make(name, **QUICK), make(name, **QUICK)
        one.fit(archs, losses_of(archs))
        with torch.no_grad():
            other.fit(archs, losses_of(archs))
        np.testing.assert_array_equal(one.predict(unseen), other.predict(unseen))

    def test_mean_and_deviation_over_networks(self, name: str) -> None:
        archs, unseen = cells(40), cells(30, seed=1)
        predictor = make(name, steps=20, networks=3)
        predictor.fit(archs, losses_of(archs))
        mean, std = predictor.predict(unseen)
        assert (std > 0).all()
        assert len(set(std.round(6))) > 10
        assert std.mean() < 5 * mean.std()


@pytest.mark.parametrize("name", GRAPHS)
class TestOnGraphs:
    @pytest.mark.parametrize("space", [Nb101(), TransnasMicro()])
    def test_spaces_with_graphs(self, name: str, space: SearchSpace) -> None:
        archs, unseen = cells(60, space=space), cells(40, 1, space)
        edges = graph(space, archs)[:, -layout_of(space).nodes :]
        losses = np.array([float(row.sum()) for row in edges]) + [arch.count(1) for arch in archs]
        predictor = make(name, space, steps=100, networks=2)
        predictor.fit(archs, losses)
        mean, _ = predictor.predict(archs)
        assert np.corrcoef(mean, losses)[0, 1] > 0.75
        assert np.isfinite(predictor.predict(unseen)).all()

    @pytest.mark.parametrize("space", [Grid(), NatsSss()])
    def test_spaces_without(self, name: str, space: SearchSpace) -> None:
        with pytest.raises(BadValue, match=f"of {space.name} are not known as graphs, those of nb101, nb201"):
            make(name, space)

    def test_isomorphic_cells_are_predicted_alike(self, name: str) -> None:
        predictor = make(name, **QUICK)
        predictor.fit(cells(30), losses_of(cells(30)))
        twins: list[Arch] = [(NONE, SKIP, NONE, CONV3, CONV1, CONV1), (CONV1, CONV3, POOL, SKIP, NONE, NONE)]
        representatives = [SPACE.canonical(arch) for arch in twins]
        assert not set(twins) & set(representatives)
        np.testing.assert_array_equal(predictor.predict(twins), predictor.predict(representatives))

    def test_the_order_of_nodes_means_nothing(self, name: str) -> None:
        weights = Ensemble(make(name)._model.shapes, 2, 0).weights  # type: ignore[attr-defined]
        graphs = unpack(graph(SPACE, [(CONV3, CONV1, NONE, NONE, POOL, SKIP)]), layout_of(SPACE))
        adjacency, labels = torch.from_numpy(graphs.adjacency), torch.from_numpy(graphs.labels)
        swapped = [0, 2, 1, 4, 3, 5, 6, 7]  # the two branches: nodes 1 and 3, nodes 2 and 4
        outputs = registry.load("proxy", name).__init__.__globals__["outputs"]
        other = adjacency[:, swapped][:, :, swapped]
        assert not np.array_equal(other, adjacency) or not np.array_equal(labels[:, swapped], labels)
        np.testing.assert_allclose(outputs(weights, other, labels[:, swapped]), outputs(weights, adjacency, labels))


BAD = [
    ("gcn", {"networks": 1}, "networks = 1 .* from 2 up"),
    ("gcn", {"layers": 0}, "layers = 0 .* from 1 up"),
    ("gcn", {"width": 0.5}, "width = 0.5"),
    ("gcn", {"steps": True}, "steps = True"),
    ("gcn", {"train": 1}, "train = 1 .* from 2 up"),
    ("gates", {"networks": "4"}, "networks = '4'"),
    ("gates", {"width": 0}, "width = 0 .* from 1 up"),
    ("gates", {"steps": 0}, "steps = 0 .* from 1 up"),
    ("gates", {"train": 1}, "train = 1 .* from 2 up"),
    ("seminas", {"networks": 1}, "networks = 1 .* from 2 up"),
    ("seminas", {"width": 1}, "width = 1 .* from 2 up"),
    ("seminas", {"steps": -3}, "steps = -3"),
    ("seminas", {"unlabelled": -1}, "unlabelled = -1 .* from 0 up"),
    ("seminas", {"train": 1}, "train = 1 .* from 2 up"),
]


@pytest.mark.parametrize(("name", "hyper", "message"), BAD)
def test_refuses_bad_values(name: str, hyper: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        make(name, **hyper)


@pytest.mark.parametrize(("name", "few", "many"), [("gcn", 0.6, 0.74), ("gates", 0.36, 0.74), ("seminas", 0.4, 0.7)])
def test_what_they_are_worth(name: str, few: float, many: float) -> None:
    """A random forest on one-hot operations reaches 0.71 from 200 cells, in the mean over three draws."""
    benchmark = digits201()
    full = benchmark.fidelities[-1]
    truth, valid = benchmark.table("test_accuracy", full), benchmark.table("valid_accuracy", full, 0)
    order = np.random.default_rng(0).permutation(np.flatnonzero(canonical_mask(SPACE)))
    archs = [SPACE.all()[i] for i in order[:700]]
    taus = []
    for train in (20, 200):
        predictor = make(name)
        predictor.fit(archs[500 : 500 + train], -valid[order[500 : 500 + train]])
        began = time.thread_time()
        taus.append(kendalltau(predictor.score(archs[:500]), truth[order[:500]])[0])
        assert time.thread_time() - began < 2
    assert few < taus[0] < taus[1]
    assert taus[1] > many
