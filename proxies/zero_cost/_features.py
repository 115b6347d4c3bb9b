"""Watches a network's forward pass for its features and for what enters its batch normalisations."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class Watch(TorchFunctionMode):
    """Within, `variances` are those of each channel that enters a batch normalisation, over batch and positions.

    `features` are what enters the last global pooling: a function that leaves a single value of each map. Where maps
    are never pooled, they are what enters the last linear layer or convolution.
    """

    def __init__(self) -> None:
        super().__init__()
        self.variances: list[Tensor] = []
        self._pooled: Tensor | None = None
        self._entered: Tensor | None = None

    @property
    def features(self) -> Tensor:
        """Shape (n, channels, h, w), or as they enter the last layer."""
        found = self._entered if self._pooled is None else self._pooled
        assert found is not None
        return found

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What torch calls instead of each of its functions."""
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        x = args[0] if args else kwargs.get("input")
        if not isinstance(x, Tensor) or not isinstance(out, Tensor):
            return out
        if func is F.batch_norm:
            self.variances.append(x.var([d for d in range(x.dim()) if d != 1], correction=0))
        elif func in (F.linear, torch.conv2d):
            self._entered = x
        elif x.dim() == 4 and x[0, 0].numel() > 1 and out.shape[:2] == x.shape[:2] and out[0, 0].numel() == 1:
            self._pooled = x
        return out
