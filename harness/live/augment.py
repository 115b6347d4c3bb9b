"""Images that differ a little each time: mirrored, moved, with a square left out; all of a batch at once.

Mirroring and random crops are those that NAS-Bench-201 trains with (Dong & Yang, ICLR 2020, section 2.3); Cutout is
that of DeVries & Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", arXiv 1708.04552,
2017, section 3.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.errors import BadValue


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Mirrors an image with the probability `flip`, moves it by up to `crop` points each way, and cuts a square out.

    What comes in from beyond the border has the value `black`, one for each channel, or one for all: that of a black
    point of standardised images. The square of `cutout` points a side (0: none) becomes 0, the mean; its centre is any
    point of the image, so that part of it may lie outside.
    """

    flip: float = 0.5
    crop: int = 4
    cutout: int = 0
    black: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        if not 0 <= self.flip <= 1:
            raise BadValue(f"flip = {self.flip!r} of an augmentation: give a probability, 0 to 1")
        for name in ("crop", "cutout"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise BadValue(f"{name} = {value!r} of an augmentation: give a number of points, 0 or more")

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """New images like `images`, (n, channels, h, w), on their device and in their memory format.

        The generator alone decides, whatever device the images are on.
        """
        n, channels, h, w = images.shape
        if len(self.black) not in (1, channels):
            raise BadValue(f"black has {len(self.black)} values for {channels} channels; give one for each, or one")
        drawn = torch.rand((5, n, 1), generator=generator, device=generator.device, dtype=torch.float32).to(
            images.device
        )
        rows = _whole(drawn[0], 2 * self.crop + 1) + torch.arange(h, device=images.device)
        columns = _whole(drawn[1], 2 * self.crop + 1) + torch.arange(w, device=images.device)
        columns = torch.where(drawn[2] < self.flip, w + 2 * self.crop - 1 - columns, columns)
        moved = _gathered(self._padded(images), rows, columns)
        if self.cutout:
            hole = self._covered(drawn[3], h)[:, :, None] & self._covered(drawn[4], w)[:, None, :]
            moved *= ~hole[:, None]
        return moved

    def _padded(self, images: Tensor) -> Tensor:
        """The images with a border, in their memory format."""
        if not self.crop:
            return images
        n, channels, h, w = images.shape
        layout = torch.channels_last if _channels_last(images) else torch.contiguous_format
        shape = (n, channels, h + 2 * self.crop, w + 2 * self.crop)
        padded = torch.empty(shape, dtype=images.dtype, device=images.device, memory_format=layout)
        padded[:] = torch.tensor(self.black, dtype=images.dtype, device=images.device)[:, None, None]
        padded[:, :, self.crop : self.crop + h, self.crop : self.crop + w] = images
        return padded

    def _covered(self, drawn: Tensor, side: int) -> Tensor:
        """Which rows or columns the square covers, (n, side)."""
        first = _whole(drawn, side) - self.cutout // 2
        at = torch.arange(side, device=drawn.device)
        return (at >= first) & (at < first + self.cutout)


def _whole(drawn: Tensor, count: int) -> Tensor:
    """Whole numbers below `count`, all as likely, of numbers from 0 to 1."""
    return (drawn * count).long()


def _channels_last(images: Tensor) -> bool:
    return images.is_contiguous(memory_format=torch.channels_last) and not images.is_contiguous()


def _gathered(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The points of each image in these rows and columns, (n, h) and (n, w)."""
    n, channels, height, width = images.shape
    shape = (n, rows.shape[1], columns.shape[1])
    points = (rows * width)[:, :, None] + columns[:, None, :]
    if _channels_last(images):
        numbers = points + torch.arange(n, device=images.device)[:, None, None] * (height * width)
        flat = images.permute(0, 2, 3, 1).reshape(-1, channels)
        return flat.index_select(0, numbers.flatten()).view(*shape, channels).permute(0, 3, 1, 2)
    each = points.flatten(1)[:, None, :].expand(-1, channels, -1)
    return images.flatten(2).gather(2, each).view(n, channels, *shape[1:])
