"""A part of a data set as the side-by-side networks take it."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from harness.live.dataset import Part
from harness.live.network import CellNetwork


class Batches:
    """A part of the data set on the device, as many times side by side as there are networks."""

    def __init__(self, part: Part, groups: int, device: str) -> None:
        self._images = torch.from_numpy(np.asarray(part.images)).to(device)
        self._labels = torch.from_numpy(part.labels).to(device)
        self._groups = groups

    def take(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Images (batch, groups x colours, h, w) and labels (batch, groups) for rows (batch, groups)."""
        images = self._images[rows].flatten(1, 2)
        return images.contiguous(memory_format=torch.channels_last), self._labels[rows]

    def evaluate(self, network: CellNetwork) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean loss and accuracy in percent of each network."""
        network.eval()
        images = self._images.repeat(1, self._groups, 1, 1).contiguous(memory_format=torch.channels_last)
        labels = self._labels[:, None].expand(-1, self._groups)
        with torch.inference_mode():
            logits = torch.cat([network(chunk) for chunk in torch.split(images, 224)])
            losses = (
                F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view(labels.shape).mean(0)
            )
            correct = (logits.argmax(-1) == labels).sum(0)
        return losses.cpu().numpy(), (correct * (100 / len(labels))).to(torch.float32).cpu().numpy()
