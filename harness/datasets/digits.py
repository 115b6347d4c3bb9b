"""Handwritten digits, 8x8 grey values: the UCI optical recognition test set that comes with scikit-learn."""

from functools import cache

import numpy as np

from harness.live.dataset import Dataset, Part
from harness.live.images import Scale


@cache
def digits() -> Dataset:
    """1,797 digits of ten classes, split by class into 900 to train, 448 to validate and 449 to test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)
    train, rest = train_test_split(np.arange(len(labels)), train_size=900, stratify=labels, random_state=0)
    valid, test = train_test_split(rest, train_size=448, stratify=labels[rest], random_state=0)
    images = (pixels / 16).reshape(-1, 1, 8, 8)
    mean, std = images[train].mean(), images[train].std()
    images = ((images - mean) / std).astype(np.float32)
    parts = (Part(images[i], labels[i].astype(np.int64)) for i in (train, valid, test))
    scale = Scale((float(mean),), (float(std),))
    return Dataset("digits", 10, *parts, scale=scale, description="the digits of scikit-learn, split by class")
