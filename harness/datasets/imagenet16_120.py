"""ImageNet16-120: 157,700 colour photographs of 120 classes, 16x16.

The images are ImageNet's, made smaller (Chrabaszcz, Loshchilov & Hutter, arXiv 1707.08819, 2017); the classes are the
first 120 of the thousand, those of NAS-Bench-201 (Dong & Yang, ICLR 2020, section 2.2).
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.datasets._forms import Form
from harness.datasets._halves import Halves
from harness.datasets._official import Official, open_official
from harness.datasets._pickled import batches
from harness.datasets._source import Shape
from harness.live.dataset import Dataset
from harness.live.images import Scale

CLASSES = 120


def first_classes(path: Path, shape: Shape) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The images of a batch whose labels are 1 to 120, labelled 0 to 119."""
    images, labels = batches("labels")(path, shape)
    rows = np.flatnonzero((labels >= 1) & (labels <= CLASSES))
    return images[rows], labels[rows] - 1


BATCHES = Form(
    where="the batches of ImageNet in 16x16 (Imagenet16_train.zip, Imagenet16_val.zip) from image-net.org, "
    "where one has to log in; only the MD5s of the files in them are known",
    folder="ImageNet16",
    training=tuple(f"train_data_batch_{k}" for k in range(1, 11)),
    testing=("val_data",),
    read=first_classes,
    md5={
        "train_data_batch_1": "27846dcaa50de8e21a7d1a35f30f0e91",
        "train_data_batch_2": "c7254a054e0e795c69120a5727050e3f",
        "train_data_batch_3": "4333d3df2e5ffb114b05d2ffc19b1e87",
        "train_data_batch_4": "1620cdf193304f4a92677b695d70d10f",
        "train_data_batch_5": "348b3c2fdbb3940c4e9e834affd3b18d",
        "train_data_batch_6": "6e765307c242a1b3d7d5ef9139b48945",
        "train_data_batch_7": "564926d8cbf8fc4818ba23d2faac7564",
        "train_data_batch_8": "f4755871f718ccb653440b9dd0ebac66",
        "train_data_batch_9": "bb6dd660c38c58552125b1a92f86b5d4",
        "train_data_batch_10": "8f03f34ac4b42271a294f91bf480f29b",
        "val_data": "3410e3017fdaefba8d5073aaa65e4bd6",
    },
)
OFFICIAL = Official(
    name="imagenet16_120",
    title="ImageNet16-120",
    classes=CLASSES,
    shape=(3, 16, 16),
    scale=Scale((122.68 / 255, 116.66 / 255, 104.01 / 255), (63.22 / 255, 61.26 / 255, 65.09 / 255)),
    sizes=(151_700, 6_000),
    forms=(BATCHES,),
    halves=Halves("test", "imagenet-16-120-test-split.txt", ("xvalid", "xtest")),
)
"""The scale is the mean and standard deviation of the training images by channel, as NAS-Bench-201 rounds them."""


def imagenet16_120() -> Dataset:
    """151,700 images to train, and the 6,000 of ImageNet's validation part in two halves, to validate and to test.

    Images are (n, 3, 16, 16) in float32, standardised by channel. The halves are those of NAS-Bench-201 where its list,
    imagenet-16-120-test-split.txt, lies beside the batches; else they hold every class equally often and are the same
    at every call. Raises `BadValue` when the batches are not there, damaged, or not those of ImageNet in 16x16.
    """
    return open_official(OFFICIAL)
