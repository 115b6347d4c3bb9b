"""Zero-cost scores of a network of one's own."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from harness.errors import BadValue
from harness.registry import load
from proxies.zero_cost._adapter import ZeroCostItem
from proxies.zero_cost._layers import untouched
from proxies.zero_cost._look import Look

CLASSIC = ("grad_norm", "snip", "plain", "grasp", "fisher", "l2_norm", "synflow", "jacob_cov", "naswot")


def score_network(
    network: nn.Module, images: Tensor, labels: Tensor, names: Sequence[str] = CLASSIC, seed: int = 0
) -> dict[str, float]:
    """The scores of any network by these zero-cost proxies, whose passes are shared; the network stays as it was.

    `network` maps images (n, colours, h, w), or other inputs of n rows, to logits (n, classes); labels have shape (n,).
    Scores are computed in the precision of the network, NaN where they are undefined. `seed` is for the proxies that
    draw. `UnknownName` for a name that no proxy has, `BadValue` for a proxy that does not look at networks.
    """
    items = [_item(name) for name in names]
    with untouched(network), torch.enable_grad():
        look = Look(lambda: network, images, labels, curved=any(item.curved for item in items), seed=seed)
        return {name: item.of(look) for name, item in zip(names, items, strict=True)}


def _item(name: str) -> ZeroCostItem:
    item = load("proxy", name)
    if not isinstance(item, ZeroCostItem):
        raise BadValue(f"{name} does not look at networks: name zero-cost proxies, such as {', '.join(CLASSIC)}")
    return item
