"""Augmentation of a whole batch against one image at a time."""

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.datasets.cifar10 import OFFICIAL
from harness.errors import BadValue
from harness.live.augment import Augmentation

LAYOUTS = (torch.contiguous_format, torch.channels_last)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images_of(n: int = 40, channels: int = 3, side: int = 12) -> Tensor:
    return torch.randn((n, channels, side, side), generator=seeded(5))


def one_by_one(images: Tensor, how: Augmentation, generator: torch.Generator) -> Tensor:
    """Flip, pad with black, crop, cut out: image by image, by slices."""
    n, channels, h, w = images.shape
    up, left, flip, y, x = torch.rand((5, n, 1), generator=generator)[:, :, 0].numpy()
    black = torch.tensor(how.black).expand(channels)[:, None, None]
    pad, out = how.crop, []
    for k in range(n):
        image = images[k].flip(2) if flip[k] < how.flip else images[k]
        canvas = black.expand(channels, h + 2 * pad, w + 2 * pad).clone()
        canvas[:, pad : pad + h, pad : pad + w] = image
        top, start = int(np.float32(up[k]) * (2 * pad + 1)), int(np.float32(left[k]) * (2 * pad + 1))
        image = canvas[:, top : top + h, start : start + w].clone()
        y1, x1 = int(np.float32(y[k]) * h) - how.cutout // 2, int(np.float32(x[k]) * w) - how.cutout // 2
        image[:, max(0, y1) : max(0, y1 + how.cutout), max(0, x1) : max(0, x1 + how.cutout)] = 0
        out.append(image)
    return torch.stack(out)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "how",
    [
        Augmentation(),
        Augmentation(flip=1.0, crop=0),
        Augmentation(flip=0.0, crop=3, black=(-2.5,)),
        Augmentation(crop=2, cutout=4, black=(-1.0,)),
        Augmentation(crop=0, cutout=5),
        Augmentation(crop=14, cutout=30),
    ],
)
def test_a_batch_at_once_is_what_image_by_image_gives(
    how: Augmentation, channels: int, layout: torch.memory_format
) -> None:
    images = images_of(channels=channels).contiguous(memory_format=layout)
    before = images.clone()
    made = how(images, seeded(3))
    assert torch.equal(made, one_by_one(images, how, seeded(3)))
    assert torch.equal(images, before)
    assert made.is_contiguous(memory_format=layout)
    assert made.data_ptr() != images.data_ptr()


def test_it_is_the_generator_that_decides() -> None:
    images, how = images_of(), Augmentation(cutout=4)
    state = torch.get_rng_state()
    generator = seeded(1)
    first, second = how(images, generator), how(images, generator)
    assert not torch.equal(first, second)
    assert torch.equal(first, how(images, seeded(1)))
    assert torch.equal(state, torch.get_rng_state())


def test_images_are_not_square_need_not_be() -> None:
    images = torch.randn((9, 3, 6, 10), generator=seeded())
    how = Augmentation(crop=2, cutout=3)
    assert torch.equal(how(images, seeded(2)), one_by_one(images, how, seeded(2)))


def test_every_move_and_both_sides_come_as_often() -> None:
    images = torch.arange(1.0, 10.0).view(1, 1, 3, 3).expand(36_000, 1, 3, 3).contiguous()
    made = Augmentation(flip=0.25, crop=1)(images, seeded(4))
    kinds, counts = made.flatten(1).unique(dim=0, return_counts=True)
    assert len(kinds) == 18
    mirrored = ((kinds > 0) & (kinds.roll(-1, 1) == kinds - 1)).any(1)
    assert (counts[mirrored] - 1000).abs().max() < 5 * 1000**0.5
    assert (counts[~mirrored] - 3000).abs().max() < 5 * 3000**0.5


def test_every_point_is_the_centre_of_a_hole_as_often() -> None:
    made = Augmentation(flip=0, crop=0, cutout=1)(torch.ones(32_000, 1, 4, 8), seeded(6))
    assert (made.sum((1, 2, 3)) == 31).all()
    holes = (made == 0).sum(0)
    assert (holes - 1000).abs().max() < 5 * 1000**0.5


@pytest.mark.parametrize("cutout", [4, 5])
def test_a_hole_has_its_size_where_it_lies_inside(cutout: int) -> None:
    made = Augmentation(flip=0, crop=0, cutout=cutout)(torch.ones(400, 2, 16, 16), seeded(6))
    sizes = (made[:, 0] == 0).sum((1, 2))
    assert sizes.max() == cutout**2
    assert sizes.min() < cutout**2
    assert torch.equal(made[:, 0], made[:, 1])


def test_black_is_what_a_black_point_becomes() -> None:
    scale = OFFICIAL.scale
    np.testing.assert_allclose(scale.black, (-125.3 / 63.0, -123.0 / 62.1, -113.9 / 66.7))
    points = torch.randint(0, 256, (20, 3, 8, 8), generator=seeded())
    mean, std = (torch.tensor(values)[:, None, None] for values in scale)
    standardised = (points / 255 - mean) / std
    ours = Augmentation(black=scale.black)(standardised, seeded(8))
    theirs = (one_by_one(points / 255, Augmentation(), seeded(8)) - mean) / std
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_half_precision_stays() -> None:
    assert Augmentation(cutout=3, black=(1.0, 2.0, 3.0))(images_of().bfloat16(), seeded()).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flip": 1.5}, "flip = 1.5.*0 to 1"),
        ({"flip": float("nan")}, "flip = nan"),
        ({"crop": -1}, "crop = -1"),
        ({"crop": 2.0}, "crop = 2.0"),
        ({"cutout": True}, "cutout = True"),
    ],
)
def test_what_makes_no_sense(options: dict[str, float], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        Augmentation(**options)  # type: ignore[arg-type]


def test_a_black_for_each_channel() -> None:
    with pytest.raises(BadValue, match="2 values for 3 channels"):
        Augmentation(black=(0.0, 1.0))(images_of(), seeded())
