"""The running averages of batch norms, which know the training images alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


class Norms:
    """The batch norms of a network, found once."""

    def __init__(self, network: nn.Module) -> None:
        self._norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]

    @contextmanager
    def still(self) -> Iterator[None]:
        """While the block runs, training takes the batch's statistics as ever, and the running averages stay."""
        self._track(False)
        try:
            yield
        finally:
            self._track(True)

    def _track(self, tracked: bool) -> None:
        for norm in self._norms:
            norm.track_running_stats = tracked
