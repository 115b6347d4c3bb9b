"""A folder of images, a file of which is another, and its dataset.toml; the first byte says which."""

from functools import cache
from pathlib import Path

import numpy as np
from picture_files import encoded, pixels_of

from fuzz.scratch import empty, put
from harness.datasets._folder import folder_dataset

NAMES = ("train/a/1.png", "train/a/2.jpg", "test/b/1.png", "dataset.toml")


@cache
def root() -> Path:
    folder = empty("images")
    for part in ("train", "test"):
        for k, name in enumerate("ab"):
            for number in range(2):
                put(f"images/{part}/{name}/{number}.png", encoded(pixels_of(1, 8, k + number)[0]))
    return folder


def seeds() -> list[bytes]:
    png, jpeg = (encoded(pixels_of(1, 8)[0], kind) for kind in ("PNG", "JPEG"))
    return [b"\0" + png, b"\1" + jpeg, b"\2" + png, b"\3size = 16\n"]


def check(data: bytes) -> None:
    path = put(f"images/{NAMES[(data or b'0')[0] % len(NAMES)]}", data[1:]) if root() else Path()
    try:
        dataset = folder_dataset("x", root())
        for part in (dataset.train, dataset.valid, dataset.test):
            np.array(part.images[:])
    finally:
        path.unlink()
