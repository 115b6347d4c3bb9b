"""Nine zero-cost proxies in one pass beside separate passes with a rebuilt network.

`python tests/bench_zero_cost.py`. Separate passes are what straightforward and published implementations do: each proxy
builds the network again, in PyTorch's default layout, runs it forward and backward for itself, and takes second
derivatives from PyTorch.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness import registry
from harness.core import Arch
from harness.live.official_network import nb201_network
from harness.spaces.nb201 import Nb201
from proxies.zero_cost._layers import WEIGHTED, without_batch_norm
from proxies.zero_cost._look import Look

NAMES = ("grasp", "grad_norm", "snip", "plain", "fisher", "l2_norm", "synflow", "jacob_cov", "naswot")
ITEMS = {name: registry.load("proxy", name) for name in NAMES}
BATCH, SIDE, CLASSES = 64, 32, 10


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cells", type=int, default=10)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.normal(size=(BATCH, 3, SIDE, SIDE)).astype(np.float32))
    labels = torch.from_numpy(rng.integers(CLASSES, size=BATCH))
    space = Nb201()
    cells = [space.all()[i] for i in rng.choice(space.size, options.cells, replace=False)]
    print(f"official network, {BATCH} images, float32, {options.threads} threads; {len(cells)} random cells, in turns")
    ours, theirs, apart = np.zeros(len(cells)), *np.zeros((2, len(cells), len(NAMES)))
    together(cells[0], images, labels)  # the first pass of a process also loads kernels
    for i, cell in enumerate(cells):
        began = time.perf_counter()
        scores = together(cell, images, labels)
        ours[i] = time.perf_counter() - began
        for j, name in enumerate(NAMES):
            began = time.perf_counter()
            score = SEPARATE[name](nb201_network(cell, CLASSES).train(), images, labels)
            theirs[i, j] = time.perf_counter() - began
            apart[i, j] = abs(score - scores[name]) / max(abs(score), 1e-12)
    for name, seconds, differences in zip(NAMES, theirs.T, apart.T, strict=True):
        median = np.nanmedian(differences)
        print(f"  {name:10s} alone, rebuilt   {seconds.mean():6.3f} s; differs by {median:.0e} of itself (median)")
    separate = theirs.sum(1)
    print(f"  all nine, separate passes {separate.mean():6.3f} s an architecture")
    print(f"  all nine, one pass        {ours.mean():6.3f} s an architecture, median {np.median(ours):.3f}")
    median = np.median(ours / separate)
    print(f"  ratio of the sums {ours.sum() / separate.sum():.3f}, median of the cells' ratios {median:.3f}")


def together(cell: Arch, images: Tensor, labels: Tensor) -> dict[str, float]:
    def build() -> nn.Module:
        network: nn.Module = nb201_network(cell, CLASSES)
        return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    look = Look(build, images.contiguous(memory_format=torch.channels_last), labels, curved=True)
    return {name: item.of(look) for name, item in ITEMS.items()}


def weights_of(network: nn.Module) -> list[Tensor]:
    return [module.weight for module in network.modules() if isinstance(module, WEIGHTED)]


def gradients(network: nn.Module, images: Tensor, labels: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    weights = weights_of(network)
    F.cross_entropy(network(images), labels).backward()
    return weights, [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]


def grad_norm(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    return sum(g.norm().item() for g in gradients(network, images, labels)[1])


def snip(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    return sum((w * g).abs().sum().item() for w, g in zip(*gradients(network, images, labels), strict=True))


def plain(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    return sum((w * g).sum().item() for w, g in zip(*gradients(network, images, labels), strict=True))


def l2_norm(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    return sum(w.norm().item() for w in weights_of(network))


def grasp(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """As published: the gradient once for its values, and once more with a graph."""
    weights, fixed = gradients(network, images, labels)
    loss = F.cross_entropy(network(images), labels)
    graphed = torch.autograd.grad(loss, weights, create_graph=True, materialize_grads=True)
    product = sum((g * f).sum() for g, f in zip(graphed, fixed, strict=True))
    curved = torch.autograd.grad(product, weights, materialize_grads=True)  # type: ignore[arg-type]
    return -sum((w * h).sum().item() for w, h in zip(weights, curved, strict=True))


def fisher(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    outputs: list[Tensor] = []
    layers = [module for module in network.modules() if isinstance(module, WEIGHTED)]
    sizes: list[int] = []
    for layer in layers:

        def note(module: nn.Module, _: object, output: Tensor) -> None:
            outputs.append(output)
            sizes.append(module.get_parameter("weight")[0].numel())

        layer.register_forward_hook(note)
    loss = F.cross_entropy(network(images), labels)
    for output in outputs:
        output.retain_grad()
    loss.backward()
    total = 0.0
    for z, size in zip(outputs, sizes, strict=True):
        if z.grad is None:
            continue
        product = (z * z.grad).sum((2, 3)) if z.dim() == 4 else z * z.grad
        total += (product**2).mean(0).sum().item() / 2 * size
    return total


def synflow(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    network.double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()
    weights = weights_of(network)
    with without_batch_norm(network):
        flow = network(torch.ones_like(images[:1], dtype=torch.float64)).sum()
    slopes = torch.autograd.grad(flow, weights, materialize_grads=True)
    return sum((w * g).abs().sum().item() for w, g in zip(weights, slopes, strict=True))


def jacob_cov(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    images = images.clone().requires_grad_()
    network(images).sum().backward()
    if images.grad is None:
        return float("nan")
    correlation = np.corrcoef(images.grad.flatten(1).double().numpy())
    if not np.isfinite(correlation).all():
        return float("nan")
    v = np.linalg.eigvalsh(correlation)
    return float(-(np.log(v + 1e-5) + 1 / (v + 1e-5)).sum())


def naswot(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    kernel = np.zeros((len(images),) * 2)

    def note(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        x = (inputs[0] > 0).float().flatten(1)
        kernel[...] += (x @ x.T + (1 - x) @ (1 - x).T).detach().numpy()

    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_hook(note)
    network(images)
    sign, logdet = np.linalg.slogdet(kernel)
    return float(logdet) if sign > 0 else float("nan")


SEPARATE: dict[str, Callable[[nn.Module, Tensor, Tensor], float]] = {
    "grasp": grasp, "grad_norm": grad_norm, "snip": snip, "plain": plain, "fisher": fisher, "l2_norm": l2_norm,
    "synflow": synflow, "jacob_cov": jacob_cov, "naswot": naswot,
}  # fmt: skip


if __name__ == "__main__":
    main()
