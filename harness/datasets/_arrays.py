"""A user's own arrays as a data set: an .npz file, as `numpy.savez` writes it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.datasets._halves import stratified
from harness.datasets._scale import checked_scale, scale_of
from harness.errors import BadValue
from harness.live.dataset import Dataset, Part
from harness.live.images import LazyImages, Scale
from harness.npz_file import Arrays, npz_names, read_npz

NAMES = tuple(f"{part}_{what}" for part in ("train", "valid", "test") for what in ("images", "labels"))
NEEDED = tuple(name for name in NAMES if not name.startswith("valid"))

Labelled = tuple[NDArray[np.generic], NDArray[np.int64]]


def arrays_dataset(name: str, path: Path) -> Dataset:
    """The arrays train_images and train_labels, test_images and test_labels, and valid_images and valid_labels.

    Images are (n, channels, height, width), uint8 or float32, labels (n,), whole numbers from 0. Each channel is
    standardised by the training part. Without `valid_`, half of each class of the training images validates.
    """
    arrays = _read(path)
    train, test = (_labelled(path, arrays, part) for part in ("train", "test"))
    if "valid_images" in arrays or "valid_labels" in arrays:
        valid, how = _labelled(path, arrays, "valid"), "valid as given"
    else:
        first, second = stratified(train[1], np.arange(len(train[1])))
        train, valid = ((train[0][rows], train[1][rows]) for rows in (first, second))
        how = "train and valid are halves of the training images with as many of each class"
    _check(path, train, valid, test)
    scale = _scale(train[0])
    parts = (Part(_standardised(images, scale), labels) for images, labels in (train, valid, test))
    return Dataset(name, int(train[1].max()) + 1, *parts, scale=scale, description=f"the arrays of {path.name}; {how}")


def _read(path: Path) -> Arrays:
    try:
        found = npz_names(path)
        other, missing = sorted(found - set(NAMES)), sorted(set(NEEDED) - found)
        if other or missing:
            what = f"has no {missing[0]}" if missing else f"has an array {ascii(other[0])[1:60]}"
            raise BadValue(f"{path} {what}; it needs {', '.join(NAMES)}, of which valid may be left out")
        return read_npz(path, NAMES)
    except BadValue:
        raise
    except ValueError as error:
        raise BadValue(f"{path} cannot be read ({error}); write it again with numpy.savez") from error


def _labelled(path: Path, arrays: Arrays, part: str) -> Labelled:
    images, labels = arrays.get(f"{part}_images"), arrays.get(f"{part}_labels")
    if images is None or images.dtype not in (np.uint8, np.float32) or images.ndim != 4 or not images.size:
        found = "not there" if images is None else f"{images.dtype} of shape {images.shape}"
        raise BadValue(f"{path}: {part}_images is {found}; give uint8 or float32 of shape (n, channels, height, width)")
    if images.shape[1] > 4 and images.shape[3] in (1, 3):
        raise BadValue(
            f"{path}: {part}_images of shape {images.shape} has the channels last; give (n, channels, height, width), "
            "with numpy as images.transpose(0, 3, 1, 2)"
        )
    if labels is None or labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        found = "not there" if labels is None else f"{labels.dtype} of shape {labels.shape}"
        raise BadValue(f"{path}: {part}_labels is {found}; give whole numbers of shape ({len(images)},)")
    if images.dtype == np.float32 and not np.isfinite(images).all():
        raise BadValue(f"{path}: {part}_images holds a number that is not finite; replace it")
    if labels.min() < 0 or labels.max() >= len(arrays["train_labels"]):
        raise BadValue(f"{path}: {part}_labels holds {labels.min()} to {labels.max()}; number the classes from 0")
    return images, labels.astype(np.int64)


def _check(path: Path, train: Labelled, valid: Labelled, test: Labelled) -> None:
    """Refuse images of different shapes or types, and a class that has no image to train."""
    for name, (images, labels) in (("valid", valid), ("test", test)):
        if (images.dtype, images.shape[1:]) != (train[0].dtype, train[0].shape[1:]):
            raise BadValue(
                f"{path}: {name}_images are {images.dtype} of shape {images.shape[1:]}, those to train "
                f"{train[0].dtype} of shape {train[0].shape[1:]}; make them alike"
            )
        absent = np.setdiff1d(labels, train[1])
        if len(absent):
            raise BadValue(f"{path}: {name} has images of class {absent[0]}, and there are none to train; add some")
    gaps = np.flatnonzero(np.bincount(train[1]) == 0)
    if len(gaps):
        raise BadValue(f"{path}: no image is left to train of class {gaps[0]}; number the classes without a gap")


def _scale(images: NDArray[np.generic]) -> Scale:
    if images.dtype == np.uint8:
        return scale_of(lambda rows: images[rows].astype(np.uint8, copy=False), np.arange(len(images)))
    axes = (0, 2, 3)
    numbers = images.astype(np.float32, copy=False)
    return checked_scale(numbers.mean(axes, dtype=np.float64), numbers.std(axes, dtype=np.float64))


def _standardised(images: NDArray[np.generic], scale: Scale) -> NDArray[np.float32] | LazyImages:
    """Bytes stay bytes until they are asked for; other numbers are standardised here."""
    if images.dtype == np.uint8:
        channels, height, width = images.shape[1:]
        pixels = images.astype(np.uint8, copy=False)
        return LazyImages(pixels.__getitem__, np.arange(len(images)), (channels, height, width), scale)
    mean, std = (np.array(values, np.float32)[:, None, None] for values in scale)
    standardised: NDArray[np.float32] = (images.astype(np.float32, copy=False) - mean) / std
    return standardised
