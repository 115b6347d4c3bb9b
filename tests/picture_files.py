"""Small stand-ins for published data sets, in the forms that they are published in."""

import io
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import python2
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


def pixels_of(n: int, side: int = 32, seed: int = 5) -> Pixels:
    """Images of noise, which all differ, (n, 3, side, side)."""
    return np.random.default_rng(seed).integers(0, 256, (n, 3, side, side), dtype=np.uint8)


def labels_of(n: int, classes: int, seed: int = 0) -> Labels:
    """Each class once in every `classes` images, in some order."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(classes) for _ in range(-(-n // classes))])[:n]


def write_records(path: Path, pixels: Pixels, *labels: Labels) -> None:
    """A file of CIFAR's binary versions."""
    columns = [column.astype(np.uint8)[:, None] for column in labels]
    path.write_bytes(np.concatenate([*columns, pixels.reshape(len(pixels), -1)], axis=1).tobytes())


def write_batch(path: Path, pixels: Pixels, labels: Labels, name: str = "labels", protocol: int | None = None) -> None:
    """A pickled batch, as Python 2 wrote it, or in a protocol of Python 3."""
    rows = pixels.reshape(len(pixels), -1)
    if protocol is None:
        old: dict[bytes, Any] = {b"data": rows, name.encode(): labels.tolist(), b"batch_label": b"training batch"}
        path.write_bytes(python2.dumps(old))
    else:
        path.write_bytes(pickle.dumps({"data": rows, name: labels.tolist(), "mean": rows.mean(0)}, protocol))


def encoded(pixels: Pixels, kind: str = "PNG") -> bytes:
    """An image file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels.transpose(1, 2, 0)).save(buffer, kind)
    return buffer.getvalue()


def write_folders(root: Path, pixels: Pixels, labels: Labels, names: Sequence[str]) -> None:
    """A PNG file for each image, in the folder of its class, numbered in order."""
    for name in names:
        (root / name).mkdir(parents=True)
    for k, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        (root / names[label] / f"{k:05}.png").write_bytes(encoded(image))
