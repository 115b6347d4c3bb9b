"""CIFAR-100: 60,000 colour photographs of a hundred classes, 32x32 (Krizhevsky, technical report, Toronto, 2009)."""

from harness.datasets._forms import Form
from harness.datasets._halves import Halves
from harness.datasets._official import Official, open_official
from harness.datasets._pickled import batches
from harness.datasets._records import records
from harness.live.dataset import Dataset
from harness.live.images import Scale

BINARY = Form(
    where="cifar-100-binary.tar.gz (MD5 03b5dce01913d631647c71ecec9e9cb8) from www.cs.toronto.edu/~kriz/cifar.html",
    folder="cifar-100-binary",
    training=("train.bin",),
    testing=("test.bin",),
    read=records(2),
)
PYTHON = Form(
    where="cifar-100-python.tar.gz (MD5 eb9058c3a382ffc7106e4002c42a8d85) from www.cs.toronto.edu/~kriz/cifar.html",
    folder="cifar-100-python",
    training=("train",),
    testing=("test",),
    read=batches("fine_labels"),
    md5={"train": "16019d7e3df5f24257cddd939b257f8d", "test": "f0ef6b0ae62326f3e7ffdfab6717acfc"},
)
OFFICIAL = Official(
    name="cifar100",
    title="CIFAR-100",
    classes=100,
    shape=(3, 32, 32),
    scale=Scale((129.3 / 255, 124.1 / 255, 112.4 / 255), (68.2 / 255, 65.4 / 255, 70.4 / 255)),
    sizes=(50_000, 10_000),
    forms=(BINARY, PYTHON),
    halves=Halves("test", "cifar100-test-split.txt", ("xvalid", "xtest")),
)
"""The scale is the mean and standard deviation of the training images by channel, as NAS-Bench-201 rounds them."""


def cifar100() -> Dataset:
    """All 50,000 official training images to train, and the test images in halves of 5,000, to validate and to test.

    Classes are the hundred fine ones. Forms, scale and halves are as `cifar10` has them; the list of images is
    cifar100-test-split.txt. Raises `BadValue` when the files are not there, damaged, or not of CIFAR-100.
    """
    return open_official(OFFICIAL)
