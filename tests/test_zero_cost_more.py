"""The newer zero-cost formulas on networks small enough to know the answer, and ensembles of proxies."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor, nn
from torch.nn import functional as F

from harness import registry
from harness.core import Arch, Benchmark, Evaluation, Metric, Proxy, Query
from harness.errors import BadValue, UnknownName
from harness.live.network import CellNetwork
from harness.live.official_network import nb201_network
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP, Nb201
from proxies.zero_cost._blocks import blocks_of
from proxies.zero_cost._build import Logits
from proxies.zero_cost._ensemble import Ensemble
from proxies.zero_cost._look import Look
from proxies.zero_cost.az_nas import summed_logarithms
from proxies.zero_cost.rank_sum import summed_ranks
from proxies.zero_cost.vote import ROWS, wins
from tabular.mint import FIDELITIES

SPACE = Nb201()
DEAD: list[Arch] = [(NONE,) * 6, (CONV3, *(NONE,) * 5)]
SKIPS: Arch = (SKIP,) * 6
IDENTITY: Arch = (NONE, NONE, NONE, SKIP, NONE, NONE)
PATTERNS = ("linear_regions", "swap")
AZ = ("az_complexity", "az_expressivity", "az_progressivity", "az_trainability")
FORMULAS = (*AZ, "epe_nas", "gradsign", "meco", "ntk_condition", *PATTERNS, "zen", "zico")
SCALE_FREE = ("az_expressivity", "epe_nas", *PATTERNS, "meco", "ntk_condition", "zen")


class Digits(Benchmark):
    """Nothing but the name of a data set."""

    name = "none"
    space = SPACE
    metrics: tuple[Metric, ...] = ()
    fidelities = FIDELITIES
    seeds = (0,)
    dataset: str | None = "digits"

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        raise NotImplementedError


class Given(Proxy):
    """Scores by the first edge's operation."""

    def __init__(self, *scores: float, train: int = 0, spent: float = 0.0) -> None:
        self.scores, self.train, self.price, self.fitted = scores, train, spent, 0

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        self.fitted = len(archs)

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        self.spent += self.price * len(archs)
        return np.array([self.scores[arch[0]] for arch in archs])


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def images() -> Tensor:
    return torch.randn((8, 2, 4, 4), generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.fixture
def labels() -> Tensor:
    return torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])


class Plain(nn.Module):
    """Convolutions without batch norm, functional rectifiers, pooling by a function."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.second(F.relu(self.first(x), inplace=True)))
        logits: Tensor = self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))
        return logits


class Mlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Linear(32, 6), nn.Linear(6, 5), nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.second(self.first(x.flatten(1)).relu()).relu())
        return logits


def normed() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3), nn.ReLU(inplace=True),
        nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip


def built(make: Any, seed: int = 1) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network: nn.Module = make().double()
        return network


def score(name: str, network: nn.Module, images: Tensor, labels: Tensor, seed: int = 0) -> float:
    value: float = registry.load("proxy", name).formula(network, images, labels, seed)
    return value


def gradients(network: nn.Module, loss: Tensor, layers: bool = True) -> list[NDArray[np.float64]]:
    """Of the weights of convolutions and linear layers, or of all that is called weight."""
    weights = [
        module.weight
        for module in network.modules()
        if isinstance(getattr(module, "weight", None), Tensor)
        and (not layers or isinstance(module, (nn.Conv2d, nn.Linear)))
    ]
    found = torch.autograd.grad(loss, weights, retain_graph=True, materialize_grads=True)
    return [g.numpy().ravel() for g in found]


class TestAnyNetwork:
    @pytest.mark.parametrize("make", [Plain, normed])
    @pytest.mark.parametrize("name", FORMULAS)
    def test_defined_and_repeated(self, name: str, make: Any, images: Tensor, labels: Tensor) -> None:
        first, again = (score(name, built(make), images, labels, seed=3) for _ in range(2))
        assert math.isfinite(first)
        assert first == again

    @pytest.mark.parametrize("name", [name for name in FORMULAS if name != "meco"])
    def test_perceptron(self, name: str, images: Tensor, labels: Tensor) -> None:
        assert math.isfinite(score(name, built(Mlp), images, labels))

    def test_a_perceptron_has_no_maps_to_correlate(self, images: Tensor, labels: Tensor) -> None:
        assert math.isnan(score("meco", built(Mlp), images, labels))

    @pytest.mark.parametrize("name", FORMULAS)
    def test_the_network_is_left_as_it_was(self, name: str, images: Tensor, labels: Tensor) -> None:
        network = built(normed).eval()
        before = {key: value.clone() for key, value in network.state_dict().items()}
        score(name, network, images, labels)
        after = network.state_dict()
        assert all(torch.equal(value, after[key]) for key, value in before.items())
        assert all(parameter.grad is None for parameter in network.parameters())
        assert not any("forward" in vars(module) or module._forward_hooks for module in network.modules())
        assert not any(module.training for module in network.modules())

    @pytest.mark.parametrize("name", ["az_expressivity", "epe_nas", *PATTERNS, "gradsign", "ntk_condition"])
    def test_order_of_images(self, name: str, images: Tensor, labels: Tensor) -> None:
        there, back = (
            score(name, built(normed), images[order], labels[order]) for order in ([*range(8)], [*range(8)][::-1])
        )
        assert back == pytest.approx(there, rel=1e-9)

    @pytest.mark.parametrize("name", SCALE_FREE)
    def test_the_scale_of_the_logits_does_not_matter(self, name: str, images: Tensor, labels: Tensor) -> None:
        one, other = (nn.Sequential(built(Plain), Scaled(factor)) for factor in (1.0, 1e-3))
        assert score(name, other, images, labels) == pytest.approx(score(name, one, images, labels), rel=1e-6)

    @pytest.mark.parametrize("name", ["meco", "zen", "az_trainability"])
    def test_noise_comes_from_the_seed(self, name: str, images: Tensor, labels: Tensor) -> None:
        scores = {score(name, built(normed), images, labels, seed) for seed in (0, 1, 2)}
        assert len(scores) == 3

    @pytest.mark.parametrize("name", ["meco", "zen", "linear_regions", "swap", "ntk_condition", "az_trainability"])
    def test_labels_do_not_matter(self, name: str, images: Tensor, labels: Tensor) -> None:
        assert score(name, built(normed), images, labels) == score(name, built(normed), images, labels.flip(0))


class Scaled(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


class Squares(nn.Module):
    """Logits whose sum has the gradient 2x; as many as `classes`, of which all but the first are zero."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, x: Tensor) -> Tensor:
        return F.pad((x**2).flatten(1).sum(1, keepdim=True), (0, self.classes - 1))


class TestEpeNas:
    def evidence(self, images: Tensor, labels: Tensor) -> dict[int, tuple[float, int]]:
        found = {}
        for label in set(labels.tolist()):
            rows = images[labels == label].flatten(1).numpy()
            found[label] = (float(np.log(np.abs(np.corrcoef(rows)) + 1e-5).sum()), len(rows))
        return found

    def test_few_classes(self, images: Tensor, labels: Tensor) -> None:
        expected = sum(abs(e) for e, _ in self.evidence(images, labels).values())
        assert score("epe_nas", Squares(100), images, labels) == pytest.approx(expected, rel=1e-9)

    def test_many_classes(self, images: Tensor, labels: Tensor) -> None:
        labels[7] = 50  # a class of one image
        e = [e / n for e, n in self.evidence(images, labels).values() if n > 1]
        expected = sum(abs(a - b) for a in e for b in e) / 3
        assert score("epe_nas", Squares(101), images, labels) == pytest.approx(expected, rel=1e-9)

    def test_no_two_images_of_a_class(self, images: Tensor) -> None:
        assert math.isnan(score("epe_nas", Squares(101), images, torch.arange(8)))
        assert score("epe_nas", Squares(10), images, torch.arange(8)) == pytest.approx(8e-5, rel=1e-3)


class Rectified(nn.Module):
    """relu(x W) for each W, one after another, and the sum of all that comes out."""

    def __init__(self, *weights: Tensor) -> None:
        super().__init__()
        self.all = weights

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([F.relu(x.flatten(1) @ w).sum(1) for w in self.all], 1)


class TestPatterns:
    def test_by_hand(self) -> None:
        x = torch.tensor([[1.0, 1.0], [1.0, 2.0], [-1.0, 1.0], [-1.0, -1.0]])
        network = Rectified(torch.eye(2), torch.tensor([[2.0, -1.0], [0.0, 0.0]]))
        # values by image: x1 ++--, x2 +++-, 2 x1 ++--, -x1 --++: three different columns; rows 1 and 2 are equal
        assert score("swap", network, x, torch.zeros(4, dtype=torch.long)) == 3
        assert score("linear_regions", network, x, torch.zeros(4, dtype=torch.long)) == 3

    @pytest.mark.parametrize("n", [3, 64, 65, 130])
    def test_against_sets(self, n: int) -> None:
        generator = torch.Generator().manual_seed(n)
        x = torch.randn((n, 3), generator=generator)
        weights = [torch.randn((3, width), generator=generator) for width in (2, 3)]
        codes = torch.cat([x @ w > 0 for w in weights], 1).int().tolist()
        network, labels = Rectified(*weights), torch.zeros(n, dtype=torch.long)
        assert score("linear_regions", network, x, labels) == len(set(map(tuple, codes)))
        assert score("swap", network, x, labels) == len(set(zip(*codes, strict=True)))

    def test_no_rectifier(self, images: Tensor, labels: Tensor) -> None:
        network = built(lambda: nn.Linear(4, 3))
        assert score("swap", network, images, labels) == 0
        assert score("linear_regions", network, images, labels) == 1

    def test_a_zero_is_not_positive(self) -> None:
        network, x = Rectified(torch.tensor([[1.0, 0.0]])), torch.tensor([[0.0], [-1.0]])
        assert score("linear_regions", network, x, torch.zeros(2).long()) == 1
        assert score("swap", network, x, torch.zeros(2).long()) == 1


class TestGradients:
    @pytest.mark.parametrize("make", [Plain, normed, Mlp])
    def test_gradsign_is_made_of_images_alone(self, make: Any, images: Tensor, labels: Tensor) -> None:
        network = built(make).train()
        signs = []
        for i in range(len(images)):
            loss = F.cross_entropy(network(images[[i]]), labels[[i]])
            signs.append(np.sign(np.concatenate(gradients(network, loss))))
        assert score("gradsign", network, images, labels) == np.abs(np.sum(signs, 0)).sum()

    def test_gradsign_of_a_layer_used_twice(self, images: Tensor, labels: Tensor) -> None:
        shared = built(lambda: nn.Conv2d(2, 2, 3, padding=1))
        network = nn.Sequential(shared, nn.Tanh(), shared, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        losses = F.cross_entropy(network(images), labels % 2, reduction="none")
        expected = np.abs(sum(np.sign(gradients(shared, loss)[0]) for loss in losses)).sum()
        assert score("gradsign", network, images, labels % 2) == expected

    def test_gradsign_where_an_image_alone_cannot_be_normalised(self, images: Tensor, labels: Tensor) -> None:
        """All images look like the offset: only the head has gradients, those of its softmax times the offset."""
        network = nn.Sequential(nn.Flatten(), nn.Linear(32, 4), nn.BatchNorm1d(4), nn.Linear(4, 3)).double()
        nn.init.constant_(network[2].bias, -0.5)
        signs = torch.where(F.one_hot(labels, 3) == 1, -1, 1).sum(0)  # of softmax less label
        assert score("gradsign", network, images, labels) == 4 * signs.abs().sum()

    @pytest.mark.parametrize("make", [Plain, normed])
    def test_zico(self, make: Any, images: Tensor, labels: Tensor) -> None:
        network = built(make).train()
        halves = [gradients(network, F.cross_entropy(network(images[h]), labels[h])) for h in (slice(4), slice(4, 8))]
        expected = 0.0
        for a, b in zip(*halves, strict=True):
            sizes = np.abs([a, b])
            kept = sizes.std(0) > 0
            expected += math.log((sizes.mean(0)[kept] / sizes.std(0)[kept]).sum())
        assert score("zico", network, images, labels) == pytest.approx(expected, rel=1e-8)

    def test_zico_of_equal_halves(self, images: Tensor, labels: Tensor) -> None:
        twice = torch.cat([images[:4], images[:4]]), torch.cat([labels[:4], labels[:4]])
        assert math.isnan(score("zico", built(Plain), *twice))

    @pytest.mark.parametrize("make", [Plain, normed, Mlp])
    def test_ntk_condition(self, make: Any, images: Tensor, labels: Tensor) -> None:
        network = built(make).train()
        outputs = network(images).sum(1)
        rows = np.array([np.concatenate(gradients(network, out, layers=False)) for out in outputs])
        assert score("ntk_condition", network, images, labels) == pytest.approx(-(np.linalg.cond(rows) ** 2), rel=1e-6)

    def test_ntk_condition_of_a_singular_kernel(self, images: Tensor, labels: Tensor) -> None:
        images[1] = images[0]
        worst = -1 / (8 * np.finfo(float).eps)
        assert score("ntk_condition", built(Plain), images, labels) == pytest.approx(worst, rel=1e-9)

    @pytest.mark.parametrize("name", ["gradsign", "ntk_condition", "zico"])
    def test_undefined_without_gradients(self, name: str, images: Tensor, labels: Tensor) -> None:
        network = nn.Sequential(nn.Flatten(), built(lambda: nn.Linear(32, 3)), Scaled(0.0))
        assert math.isnan(score(name, network, images, labels))


class TestMaps:
    def test_meco(self, images: Tensor, labels: Tensor) -> None:
        network = built(Plain)
        noise = torch.empty(1, 2, 4, 4, dtype=torch.float64).normal_(generator=torch.Generator().manual_seed(5))
        first = network.first(noise)
        second = network.second(first.relu())
        expected = sum(np.linalg.eigvalsh(np.corrcoef(z[0].flatten(1).detach()))[0] for z in (first, second))
        assert expected > 1e-3
        assert score("meco", network, images, labels, seed=5) == pytest.approx(max(expected, 0.0), rel=1e-9)

    def test_meco_of_a_constant_channel(self, images: Tensor, labels: Tensor) -> None:
        network = built(Plain)
        with torch.no_grad():
            network.first.weight[0] = 0
            network.second.weight.zero_()
        assert score("meco", network, images, labels) == 0

    def test_zen_of_a_perceptron(self, images: Tensor, labels: Tensor) -> None:
        network = nn.Sequential(nn.Flatten(), nn.Linear(32, 5), nn.ReLU(), nn.Linear(5, 3)).double()
        generator, expected = torch.Generator().manual_seed(2), []
        for _ in range(4):
            w, _, x, e = (
                torch.empty(shape, dtype=torch.float64).normal_(generator=generator)
                for shape in ((5, 32), (3, 5), (8, 2, 4, 4), (8, 2, 4, 4))
            )
            assert x.shape == e.shape
            first, second = ((images.flatten(1) @ w.T).relu() for images in (x, x + 0.01 * e))
            expected.append(math.log((first - second).norm(dim=1).mean()))
        assert score("zen", network, images, labels, seed=2) == pytest.approx(np.mean(expected), rel=1e-9)

    def test_zen_before_the_pooling_and_with_batch_norm(self, images: Tensor, labels: Tensor) -> None:
        pooled = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)
        network = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3), nn.ReLU(), *pooled).double()
        generator, expected = torch.Generator().manual_seed(4), []
        for _ in range(4):
            w, _, x, e = (
                torch.empty(shape, dtype=torch.float64).normal_(generator=generator)
                for shape in ((3, 2, 1, 1), (2, 3), (8, 2, 4, 4), (8, 2, 4, 4))
            )
            entering = [F.conv2d(images, w) for images in (x, x + 0.01 * e)]
            first, second = (F.batch_norm(z, None, None, training=True).relu().flatten(1) for z in entering)
            variance = entering[0].numpy().var((0, 2, 3)).mean()
            expected.append(math.log((first - second).norm(dim=1).mean()) + math.log(variance) / 2)
        assert score("zen", network, images, labels, seed=4) == pytest.approx(np.mean(expected), rel=1e-9)

    def test_zen_ignores_the_weights_and_undoes_batch_norm(self, images: Tensor, labels: Tensor) -> None:
        """A batch norm divides by the deviation that is added to the score: to first order it changes nothing."""
        network = built(normed)
        before = score("zen", network, images, labels)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.mul_(7)
        assert score("zen", network, images, labels) == before
        linear = nn.Sequential(
            *[built(lambda: nn.Conv2d(2, 1, 1, bias=False)), nn.BatchNorm2d(1), nn.AdaptiveAvgPool2d(1)]
        )
        bare = nn.Sequential(linear[0], linear[2])
        many = torch.zeros(4096, 2, 2, 2, dtype=torch.float64)
        scores = [score("zen", network.double(), many, labels) for network in (linear, bare)]
        assert scores[0] == pytest.approx(scores[1], abs=1e-3)

    def test_expressivity_of_equal_and_of_one_direction(self, labels: Tensor) -> None:
        corners = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]]).double()[:, :, None, None]
        layers = nn.Conv2d(2, 2, 1, bias=False), nn.Conv2d(2, 3, 1, bias=False), nn.Flatten(), nn.Linear(3, 3)
        network = nn.Sequential(*layers).double()
        with torch.no_grad():
            network[0].weight.copy_(torch.eye(2)[:, :, None, None])
            network[1].weight.copy_(torch.tensor([[3.0, 0], [0, 0], [0, 1]])[:, :, None, None])
        second = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))  # variances 9 and 1
        assert score("az_expressivity", network, corners, labels[:4]) == pytest.approx(math.log(2) + second)
        assert score("az_progressivity", network, corners, labels[:4]) == pytest.approx(second - math.log(2))

    def test_progressivity_is_the_smallest_growth(self, images: Tensor, labels: Tensor) -> None:
        network = built(
            lambda: nn.Sequential(*[nn.Conv2d(2, 2, 3, padding=1) for _ in range(4)], nn.Flatten(), nn.Linear(32, 3))
        )
        x, entropies = images, []
        for layer in network[:4]:
            x = layer(x)
            rows = x.detach().movedim(1, 3).reshape(-1, 2).numpy()
            share = np.linalg.eigvalsh(np.cov(rows.T))
            share /= share.sum()
            entropies.append(-(share * np.log(share)).sum())
        assert score("az_progressivity", network, images, labels) == pytest.approx(np.diff(entropies).min(), rel=1e-6)
        assert score("az_expressivity", network, images, labels) == pytest.approx(sum(entropies), rel=1e-6)

    @pytest.mark.parametrize("gain", [0.5, 1.0, 3.0])
    def test_trainability_of_a_gain(self, gain: float, labels: Tensor) -> None:
        images = torch.zeros(labels.numel(), 1, 32, 32, dtype=torch.float64)
        network = nn.Sequential(*[nn.Conv2d(1, 1, 1, bias=False) for _ in range(3)], nn.Flatten(), nn.Linear(1024, 2))
        with torch.no_grad():
            for layer in network[:3]:
                layer.weight.fill_(-gain)
        expected = 2 - gain - 1 / gain
        assert score("az_trainability", network.double(), images, labels % 2) == pytest.approx(expected, rel=1e-9)

    def test_trainability_is_that_of_the_strongest_direction(self, labels: Tensor) -> None:
        images = torch.zeros(labels.numel(), 2, 64, 64, dtype=torch.float64)
        layers = nn.Conv2d(2, 2, 1, bias=False), nn.Conv2d(2, 2, 1, bias=False)
        with torch.no_grad():
            layers[1].weight.copy_(torch.diag(torch.tensor([2.0, 1.5]))[:, :, None, None])
        network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3)).double()
        assert score("az_trainability", network, images, labels) == pytest.approx(2 - 2 - 1 / 2, abs=0.05)

    def test_trainability_where_positions_merge(self, labels: Tensor) -> None:
        """Four positions become channels of one: the Jacobian of their sum is (1, 1, 1, 1), of norm 2."""
        images = torch.zeros(labels.numel(), 1, 64, 64, dtype=torch.float64)
        layers = nn.Conv2d(1, 1, 1, bias=False), nn.Conv2d(1, 1, 2, stride=2, bias=False)
        for layer in layers:
            nn.init.ones_(layer.weight)
        network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 3)).double()
        assert score("az_trainability", network, images, labels) == pytest.approx(2 - 2 - 1 / 2, rel=1e-9)

    def test_az_complexity_is_flops(self, images: Tensor, labels: Tensor) -> None:
        assert score("az_complexity", built(Plain), images, labels) == score("flops", built(Plain), images, labels) > 0

    @pytest.mark.parametrize("name", ["az_expressivity", "az_progressivity", "az_trainability"])
    def test_no_blocks(self, name: str, images: Tensor, labels: Tensor) -> None:
        assert math.isnan(score(name, built(lambda: nn.Sequential(nn.Flatten(), nn.Linear(32, 3))), images, labels))


class TestBlocks:
    def test_of_the_official_network(self) -> None:
        network = nb201_network(SKIPS, 10)
        assert blocks_of(network) == [network.stem, *network.layers]

    def test_of_the_small_network(self) -> None:
        network = CellNetwork(DEAD[0], (1, 10))
        assert blocks_of(Logits(network)) == [network.stem, network.cell1, network.between, network.cell2]

    def test_echoes_are_the_same_beside_second_derivatives(self, images: Tensor, labels: Tensor) -> None:
        plain, curved = (Look(lambda: built(normed), images, labels, curved=curved) for curved in (False, True))
        for one, other in zip(plain.echoes, curved.echoes, strict=True):
            torch.testing.assert_close(one.back, other.back)
            assert torch.equal(one.sent, other.sent)
            assert set(one.sent.unique().tolist()) == {-1.0, 1.0}


@pytest.fixture(scope="module")
def digits() -> Digits:
    return Digits()


def scores_of(name: str, benchmark: Benchmark, archs: Sequence[Arch], **options: Any) -> list[float]:
    proxy: Proxy = registry.load("proxy", name)(benchmark, seed=0, batch=16, **options)
    found: list[float] = proxy.score(archs).tolist()
    return found


class TestDegenerateCells:
    UNDEFINED = (
        "az_expressivity", "az_progressivity", "az_trainability", "epe_nas", "gradsign", "ntk_condition", "zen", "zico",
    )  # fmt: skip

    @pytest.mark.parametrize("name", UNDEFINED)
    def test_undefined_without_a_path(self, name: str, digits: Digits) -> None:
        assert np.isnan(scores_of(name, digits, DEAD)).all()
        assert registry.load("proxy", name).definition.degenerate.startswith("undefined")

    @pytest.mark.parametrize(("name", "value"), [("swap", 1), ("linear_regions", 1)])
    def test_one_pattern_without_a_path(self, name: str, value: float, digits: Digits) -> None:
        assert scores_of(name, digits, DEAD) == [value, value]

    def test_meco_without_a_path_is_that_of_the_stem(self, digits: Digits) -> None:
        dead, same, linear = scores_of("meco", digits, [*DEAD, SKIPS])
        assert 0 <= dead == same <= linear

    @pytest.mark.parametrize("name", FORMULAS)
    def test_defined_for_skips(self, name: str, digits: Digits) -> None:
        assert math.isfinite(scores_of(name, digits, [SKIPS])[0])

    def test_trainability_of_the_identity(self, digits: Digits) -> None:
        assert math.isnan(scores_of("az_trainability", digits, [IDENTITY])[0])

    @pytest.mark.parametrize("name", ["az_nas", "rank_sum", "vote"])
    def test_ensembles(self, name: str, digits: Digits) -> None:
        archs: list[Arch] = [DEAD[0], SKIPS, (CONV1,) * 6, (POOL,) * 6]
        found = scores_of(name, digits, archs)
        assert np.isnan(found).tolist() == [True, False, False, False]
        assert found[1:] == scores_of(name, digits, archs[1:])


VALUES = np.array([[1.0, 2, 2, 5], [10, -3, 7, 8], [0, 1, 2, -1]])


class TestEnsembles:
    def test_summed_ranks(self) -> None:
        assert summed_ranks(VALUES).tolist() == (rankdata(VALUES, axis=1).sum(0)).tolist() == [7, 6.5, 8.5, 8]

    def test_summed_logarithms(self) -> None:
        expected = np.log(rankdata(VALUES, axis=1) / 4).sum(0)
        np.testing.assert_allclose(summed_logarithms(VALUES), expected, rtol=1e-15)

    def test_wins_by_hand(self) -> None:
        # a beats d, which beats c, which beats a: majorities go round in circles; c beats b two to none
        assert wins(VALUES).tolist() == [1, 1, 2, 2]

    def test_wins_against_a_loop(self) -> None:
        values = np.random.default_rng(0).integers(0, 9, (3, 2 * ROWS + 10)).astype(float)
        n = values.shape[1]
        some = [0, 1, ROWS - 1, ROWS, n - 1]
        expected = [
            sum((values[:, i] > values[:, j]).sum() > (values[:, i] < values[:, j]).sum() for j in range(n))
            for i in some
        ]
        assert wins(values)[some].tolist() == expected

    @pytest.mark.parametrize("combine", [summed_ranks, summed_logarithms, wins])
    def test_only_ranks_matter(self, combine: Any) -> None:
        np.testing.assert_array_equal(combine(VALUES), combine(np.exp(VALUES / 3) * 1e9))

    def test_undefined_in_a_member(self) -> None:
        archs: list[Arch] = [(i, *(NONE,) * 5) for i in range(4)]
        members = {"one": Given(1, 2, math.nan, 4, 5), "other": Given(4, 3, 9, 1, 0)}
        assert str(Ensemble(members, summed_ranks).score(archs).tolist()) == "[4.0, 4.0, nan, 4.0]"
        assert Ensemble(members, summed_ranks).score([]).shape == (0,)

    def test_members_learn_and_are_paid(self) -> None:
        archs: list[Arch] = [(i, *(NONE,) * 5) for i in range(4)]
        members = {"one": Given(1, 2, 3, 4, train=7, spent=2.0), "other": Given(1, 2, 3, 4, spent=0.5)}
        ensemble = Ensemble(members, wins)
        assert (ensemble.train, ensemble.chunk, ensemble.together, ensemble.spent) == (7, None, None, 0.0)
        ensemble.fit(archs, np.zeros(4))
        assert ensemble.score(archs).tolist() == [0, 1, 2, 3]
        assert ensemble.spent == 10.0
        assert [member.fitted for member in members.values()] == [4, 0]

    def test_members_are_those_named(self, digits: Digits) -> None:
        archs = [SPACE.sample(np.random.default_rng(seed)) for seed in range(12)]
        names = "params + naswot+log_synflow"
        found = np.array(scores_of("rank_sum", digits, archs, proxies=names))
        values = np.array([scores_of(name.strip(), digits, archs) for name in names.split("+")])
        known = ~np.isnan(values).any(0)
        np.testing.assert_array_equal(found[known], rankdata(values[:, known], axis=1).sum(0))
        assert np.isnan(found[~known]).all()

    def test_az_nas_is_made_of_its_parts(self, digits: Digits) -> None:
        archs: list[Arch] = [SKIPS, (CONV1,) * 6, (CONV3,) * 6, (POOL,) * 6]
        values = np.array([scores_of(name, digits, archs) for name in AZ])
        np.testing.assert_allclose(scores_of("az_nas", digits, archs), np.log(rankdata(values, axis=1) / 4).sum(0))

    def test_what_is_told_of_members(self, digits: Digits) -> None:
        ensemble = registry.load("proxy", "vote")(digits, seed=0)
        assert ensemble.definition["proxies"] == "synflow+jacob_cov+snip"
        assert ensemble.definition["snip: loss"] == "mean cross entropy"
        assert {member.laboratory for member in ensemble.members} == {ensemble.members[0].laboratory}

    @pytest.mark.parametrize(
        ("proxies", "error", "message"),
        [
            ("synflow+synflo", UnknownName, "Did you mean 'synflow'"),
            ("snip+snip", BadValue, "names snip twice"),
            ("", BadValue, "names joined by"),
            (3, BadValue, "names joined by"),
        ],
    )
    def test_mistakes(self, proxies: Any, error: type[Exception], message: str, digits: Digits) -> None:
        with pytest.raises(error, match=message):
            registry.load("proxy", "vote")(digits, seed=0, proxies=proxies)
