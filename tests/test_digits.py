import numpy as np
from sklearn.datasets import load_digits

from harness.datasets.digits import digits
from harness.live.dataset import Part


def rows(part: Part) -> set[bytes]:
    return {image.tobytes() for image in part.images}


def shares(part: Part) -> np.ndarray:
    return np.bincount(part.labels, minlength=10) / len(part.labels)


def test_the_parts_are_disjoint_and_together_everything() -> None:
    parts = [digits().train, digits().valid, digits().test]
    assert [len(part.labels) for part in parts] == [900, 448, 449]
    seen = [rows(part) for part in parts]
    assert len(set.union(*seen)) == sum(map(len, seen)) == len(np.unique(load_digits().data, axis=0)) == 1797


def test_images_keep_their_labels() -> None:
    pixels, labels = load_digits(return_X_y=True)
    known = {tuple(row): label for row, label in zip(pixels.astype(int), labels, strict=True)}
    part = digits().test
    low, high = part.images.min(), part.images.max()
    raw = np.rint((part.images.reshape(-1, 64) - low) / (high - low) * 16).astype(int)
    assert [known[tuple(row)] for row in raw] == part.labels.tolist()


def test_every_class_has_its_share_in_every_part() -> None:
    whole = np.bincount(load_digits().target) / 1797
    for part in (digits().train, digits().valid, digits().test):
        assert np.abs(shares(part) - whole).max() * len(part.labels) <= 1.01


def test_images_are_standardised_by_the_training_part_alone() -> None:
    data = digits()
    assert data.train.images.shape == (900, 1, 8, 8)
    assert data.train.images.dtype == np.float32
    assert abs(data.train.images.mean()) < 1e-5
    assert abs(data.train.images.std() - 1) < 1e-5
    assert abs(data.test.images.mean()) > 1e-4


def test_a_quarter_is_stratified_part_of_the_whole_and_always_the_same() -> None:
    quarter = digits().train.subset(0.25)
    assert len(quarter.labels) == 225
    assert rows(quarter) < rows(digits().train)
    assert np.abs(shares(quarter) - shares(digits().train)).max() * 225 <= 1.01
    again = digits().train.subset(0.25)
    np.testing.assert_array_equal(quarter.images, again.images)
    np.testing.assert_array_equal(quarter.labels, again.labels)
    assert digits().train.subset(1.0) is digits().train
