"""What a mixture of operations is expected to take on a device."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from harness.errors import BadValue
from harness.latency.counted import counted
from harness.latency.layout import Layout, layout
from harness.latency.table import LatencyTable, read_table
from harness.trust import allowed
from proxies.weight_sharing._task import Task


class ExpectedLatency:
    """The sum of operations' milliseconds, weighted by their probabilities, over a table of `nasgauge latency measure`.

    Without a `file`, operations take as long as counting says (`harness.latency.counted`). Raises `BadValue` for a
    space that has no table, and for a table of another network than the supernet's.
    """

    def __init__(self, task: Task, file: str | None, method: str) -> None:
        if task.space.name != "nb201":
            raise BadValue(
                f"{method} knows no latencies of the space {task.space.name}; choose a benchmark of the space nb201"
            )
        wanted = _layout(task)
        self.table: LatencyTable = (
            counted(wanted, task.dataset.name) if file is None else read_table(allowed(Path(file)))
        )
        if self.table.layout.stages != wanted.stages:
            raise BadValue(
                f"{file} is of a network with the stages {_in_words(self.table.layout)}, the supernet of {method} has "
                f"{_in_words(wanted)}: leave channels and cells as they are, or measure a table for its data set"
            )
        self._operations = torch.tensor(self.table.operations(), device=task.settings.device, dtype=torch.float32)

    @property
    def rest(self) -> float:
        """Milliseconds of what every architecture has."""
        return self.table.rest

    def of(self, probabilities: Sequence[Tensor]) -> Tensor:
        """Milliseconds of the whole network, with the gradient of the edges' probabilities, shape (options,) each."""
        return self.rest + torch.stack([edge @ self._operations for edge in probabilities]).sum()

    def of_options(self, options: Tensor) -> Tensor:
        """Milliseconds of these operations in all cells together, of the shape of the options."""
        return self._operations[options]


def _layout(task: Task) -> Layout:
    """The network that the supernet is made of."""
    _, colours, pixels, _ = task.dataset.train.images.shape
    return layout((colours, pixels, task.dataset.classes), task.settings.channels, task.settings.cells)


def _in_words(found: Layout) -> str:
    return ", ".join(f"{stage.cells} cells of {stage.channels} channels" for stage in found.stages)
