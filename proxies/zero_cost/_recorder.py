"""Watches a network's forward pass: what its layers give out, what enters its rectifiers."""

import inspect
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from proxies.zero_cost._blocks import blocks_of
from proxies.zero_cost._layers import WEIGHTED
from proxies.zero_cost._twice import AveragePool, Convolution, Geometry, Normalisation, Tally

_RECTIFIERS = {F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_}
_POOL = ("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
_SIDES = (("kernel_size", None), ("padding", 0), ("stride", None))
_BATCH_NORM = inspect.signature(F.batch_norm)


class Recorder(TorchFunctionMode):
    """Within, rectifiers are noted wherever they are called, as a module or as a function, and never work in place.

    Those of one input are computed once; `modified` says that somebody wrote into such an output, so that what the
    network gave is wrong: then look again without `sharing`.
    Batch normalisations are those of `_twice`, and with a tally so are the convolutions with weights of the network;
    `tallied` are these weights by their id.
    """

    def __init__(self, network: nn.Module, tally: Tally | None, *, sharing: bool = True) -> None:
        super().__init__()
        self._sharing = sharing
        self._shared: dict[int, Tensor] = {}
        self.rectified: list[Tensor] = []
        self.layers: list[nn.Module] = []
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.blocks: list[Tensor] = []
        self.tallied: set[int] = set()
        self._tally = tally
        self._weighted = [module for module in network.modules() if isinstance(module, WEIGHTED)]
        self._weights = {id(module.weight) for module in self._weighted}
        self._blocks = blocks_of(network)

    def __enter__(self) -> "Recorder":
        """Begin to watch."""
        self._handles = [layer.register_forward_hook(self._note) for layer in self._weighted]
        self._handles += [block.register_forward_hook(self._note_block) for block in self._blocks]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        """Leave the network as it was."""
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        for handle in self._handles:
            handle.remove()

    @property
    def modified(self) -> bool:
        """Whether an output of a rectifier was written into."""
        return self._sharing and any(y._version for y in self._shared.values())

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What torch calls instead of each of its functions."""
        kwargs = kwargs or {}
        if func in _RECTIFIERS:
            x = args[0] if args else kwargs["input"]
            self.rectified.append(x)  # which keeps it, so that its id stays its own
            if id(x) not in self._shared or not self._sharing:
                self._shared[id(x)] = torch.relu(x)
            return self._shared[id(x)]
        if self._tally is not None and func is torch.conv2d and self._is_own(args, kwargs):
            self.tallied.add(id(args[1]))
            return _convolve(args, self._tally)
        if func is F.avg_pool2d and (size := _square(args, kwargs)):
            return AveragePool.apply(args[0], size)  # type: ignore[no-untyped-call]
        if func is F.batch_norm:
            given = _BATCH_NORM.bind(*args, **kwargs)
            given.apply_defaults()
            if given.arguments["training"]:
                return _normalise(**given.arguments)
        return func(*args, **kwargs)

    def _is_own(self, args: Any, kwargs: Any) -> bool:
        """Whether a convolution is one of a batch of images with a weight of the network, called as its module does."""
        whole = len(args) == 7 and not kwargs and args[0].dim() == 4 and not isinstance(args[4], str)
        return whole and id(args[1]) in self._weights

    def _note(self, module: nn.Module, inputs: Any, output: Tensor) -> None:
        self.layers.append(module)
        self.inputs.append(inputs[0])
        self.outputs.append(output)

    def _note_block(self, module: nn.Module, inputs: Any, output: Tensor) -> None:
        self.blocks.append(output)


def _square(args: Any, kwargs: Any) -> int:
    """The size of the squares where a pool is one that `AveragePool` computes, else 0."""
    given = dict(zip(_POOL, args, strict=False)) | kwargs
    size, padding, stride = (_side(given.get(name, default)) for name, default in _SIDES)
    others = given.get("ceil_mode", False), given.get("count_include_pad", True), given.get("divisor_override")
    same = stride == 1 and size % 2 == 1 and padding == size // 2 and others == (False, False, None)
    return size if same and given["input"].dim() == 4 else 0


def _side(value: Any) -> int:
    """A side of a square; -1 for what is none."""
    sides = set(value) if isinstance(value, tuple | list) else {value}
    (side,) = sides if len(sides) == 1 else (-1,)
    return -1 if side is None else int(side)


def _convolve(args: Any, tally: Tally) -> Tensor:
    x, w, bias, stride, padding, dilation, groups = args
    y: Tensor = Convolution.apply(x, w, Geometry(list(stride), list(padding), list(dilation), groups), tally)  # type: ignore[no-untyped-call]
    return y if bias is None else y + bias.view(1, -1, 1, 1)


def _normalise(input: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, **_: Any) -> Tensor:  # noqa: A002
    y: Tensor = Normalisation.apply(input, weight, bias, eps)  # type: ignore[no-untyped-call]
    return y
