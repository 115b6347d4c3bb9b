"""Gaussian complexity of features (Zen-NAS: Lin et al., ICCV 2021, algorithm 1)."""

import math

import torch
from torch import Tensor, nn
from torch.func import functional_call

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._features import Watch
from proxies.zero_cost._layers import WEIGHTED
from proxies.zero_cost._look import Look

ALPHA = 0.01
REPEATS = 4

DEFINITION = Definition(
    "undefined: the logarithm of 0",
    loss="none",
    images=f"Gaussian noise, and weights too: {REPEATS} draws",
)


@zero_cost(DEFINITION)
def zen(look: Look) -> float:
    """Mean over draws of log(mean over images of |f(x) - f(x + a e)|) + sum over batch norms of log(deviation).

    f are the features before the global pooling, |.| is their 2-norm, x and e are Gaussian images and a = 0.01. Weights
    are Gaussian of deviation 1 whatever their layer. The deviation of a batch norm is the root of the mean variance of
    what enters its channels; one that is given constants doesn't count. Shortcuts are kept, as all published code does,
    which takes a sum for the norm, 32 draws, and running variances.
    """
    generator = look.generator
    with torch.no_grad():
        scores = [_draw(look, generator) for _ in range(REPEATS)]
    return sum(scores) / REPEATS if all(map(math.isfinite, scores)) else math.nan


def _draw(look: Look, generator: torch.Generator) -> float:
    state = _gaussian(look.network, generator)
    x, e = (torch.empty_like(look.images).normal_(generator=generator) for _ in range(2))
    seen = [_watch(look.network, state, images) for images in (x, x + ALPHA * e)]
    first, second = (watch.features.flatten(1).double() for watch in seen)
    delta = (first - second).norm(dim=1).mean().item()
    deviations = [variance.mean().sqrt().item() for variance in seen[0].variances]
    return math.log(delta) + sum(math.log(d) for d in deviations if d > 0) if delta > 0 else math.nan


def _watch(network: nn.Module, state: dict[str, Tensor], images: Tensor) -> Watch:
    watch = Watch()
    with watch:
        functional_call(network, state, (images,))
    return watch


def _gaussian(network: nn.Module, generator: torch.Generator) -> dict[str, Tensor]:
    """Gaussian weights for convolutions and linear layers; scales are 1, and offsets 0."""
    state = {}
    for name, module in network.named_modules():
        for own, parameter in module.named_parameters(name, recurse=False):
            if isinstance(module, WEIGHTED) and parameter is module.weight:
                state[own] = torch.empty_like(parameter).normal_(generator=generator)
            else:
                state[own] = torch.zeros_like(parameter) if own.endswith("bias") else torch.ones_like(parameter)
    return state
