"""CIFAR-10: 60,000 colour photographs of ten classes, 32x32 (Krizhevsky, technical report, Toronto, 2009)."""

from harness.datasets._forms import Form
from harness.datasets._halves import Halves
from harness.datasets._official import Official, open_official
from harness.datasets._pickled import batches
from harness.datasets._records import records
from harness.live.dataset import Dataset
from harness.live.images import Scale

BINARY = Form(
    where="cifar-10-binary.tar.gz (MD5 c32a1d4ab5d03f1284b67883e8d87530) from www.cs.toronto.edu/~kriz/cifar.html",
    folder="cifar-10-batches-bin",
    training=tuple(f"data_batch_{k}.bin" for k in range(1, 6)),
    testing=("test_batch.bin",),
    read=records(1),
)
PYTHON = Form(
    where="cifar-10-python.tar.gz (MD5 c58f30108f718f92721af3b95e74349a) from www.cs.toronto.edu/~kriz/cifar.html",
    folder="cifar-10-batches-py",
    training=tuple(f"data_batch_{k}" for k in range(1, 6)),
    testing=("test_batch",),
    read=batches("labels"),
    md5={
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
    },
)
OFFICIAL = Official(
    name="cifar10",
    title="CIFAR-10",
    classes=10,
    shape=(3, 32, 32),
    scale=Scale((125.3 / 255, 123.0 / 255, 113.9 / 255), (63.0 / 255, 62.1 / 255, 66.7 / 255)),
    sizes=(50_000, 10_000),
    forms=(BINARY, PYTHON),
    halves=Halves("training", "cifar-split.txt", ("train", "valid")),
)
"""The scale is the mean and standard deviation of the training images by channel, as NAS-Bench-201 rounds them."""


def cifar10() -> Dataset:
    """The official training images in two halves of 25,000, to train and to validate, and the official test images.

    Read from an official version, folders of images or Parquet files: see docs/datasets.md. Images are (n, 3, 32, 32)
    in float32, standardised by channel, and read when they are asked for. The halves are those of NAS-Bench-201 where
    its list of images, cifar-split.txt, lies beside the files; else they hold every class equally often and are the
    same at every call. Raises `BadValue` when the files are not there, damaged, or not of CIFAR-10.
    """
    return open_official(OFFICIAL)
