"""The blocks that a network is made of: its cells, its residual blocks, and the layers between them."""

from torch import nn

from proxies.zero_cost._layers import WEIGHTED


def blocks_of(network: nn.Module) -> list[nn.Module]:
    """The modules whose outputs are the features of the network, from stem to last cell, in the order of the network.

    What holds a single module is looked into, and so is a `Sequential` of blocks. A block is a module made of others,
    or a layer with weights; a `Sequential` of plain layers is one block where one of them has weights. The classifier,
    a layer with weights that comes last, is none.
    """
    children = list(network.children())
    if len(children) == 1:
        return blocks_of(children[0])
    found = [block for child in children for block in _within(child)]
    return found[:-1] if found and isinstance(found[-1], WEIGHTED) else found


def _within(module: nn.Module) -> list[nn.Module]:
    children = list(module.children())
    if isinstance(module, nn.Sequential):
        if any(list(child.children()) for child in children):
            return [block for child in children for block in _within(child)]
        return [module] if any(isinstance(child, WEIGHTED) for child in children) else []
    return [module] if children or isinstance(module, WEIGHTED) else []
