"""CIFAR-10 from every form that it is published in, and images that are not in memory."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from harness.datasets import _parquet_images, cifar10
from harness.datasets._decode import decode
from harness.datasets._halves import stratified
from harness.errors import BadValue
from harness.live.batches import Batches
from harness.live.dataset import Dataset, Part
from harness.live.images import LazyImages, Scale

SIZES = (500, 100)
SCALE = cifar10.OFFICIAL.scale
PIXELS = np.random.default_rng(5).integers(0, 256, (600, 3, 32, 32), dtype=np.uint8)
LABELS = np.concatenate([np.random.default_rng(k).permutation(np.repeat(np.arange(10), 10)) for k in range(6)])
FILES = (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin")
Change = Callable[[Path], object]


@pytest.fixture(autouse=True)
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A hundred images a file instead of ten thousand, and a folder of data sets of one's own."""
    monkeypatch.setenv("NASGAUGE_DATASETS", str(tmp_path))
    if not request.node.get_closest_marker("real_data"):
        monkeypatch.setattr(cifar10, "OFFICIAL", replace(cifar10.OFFICIAL, sizes=SIZES))


def write_binary(folder: Path, labels: NDArray[np.int64] = LABELS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    records = np.concatenate([labels.astype(np.uint8)[:, None], PIXELS.reshape(600, -1)], axis=1)
    for k, name in enumerate(FILES):
        (folder / name).write_bytes(records[100 * k : 100 * (k + 1)].tobytes())
    return folder


def encoded(pixels: NDArray[np.uint8], kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels.transpose(1, 2, 0)).save(buffer, kind)
    return buffer.getvalue()


PNGS = [encoded(pixels) for pixels in PIXELS]
TRAIN_OF_500 = set(stratified(LABELS[:500], np.arange(500))[0].tolist())


def write_parquet(path: Path, **columns: object) -> Path:
    """One file with `image`, `label` and `is_train`, except for what `columns` says; None leaves one out."""
    whole = {"image": PNGS, "label": LABELS, "is_train": np.arange(600) < 500} | columns
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: values for name, values in whole.items() if values is not None}), path)
    return path


def hub(folder: Path) -> None:
    """A file for each split, images as structs."""
    structs = [{"bytes": png, "path": None} for png in PNGS]
    for split, rows in (("train", slice(500)), ("test", slice(500, 600))):
        table = pa.table({"img": structs[rows], "label": LABELS[rows]})
        pq.write_table(table, folder / f"{split}-00000-of-00001.parquet")


def numbers_of(part: Part) -> list[int]:
    """Which images these are."""
    known = {pixels.tobytes(): k for k, pixels in enumerate(PIXELS)}
    mean, std = (np.array(values)[:, None, None] for values in SCALE)
    raw = np.rint((np.asarray(part.images, np.float64) * std + mean) * 255).astype(np.uint8)
    return [known[pixels.tobytes()] for pixels in raw]


def read(folder: Path, write: Callable[[Path], object]) -> Dataset:
    (folder / "cifar10").mkdir()
    write(folder / "cifar10")
    return cifar10.cifar10()


class TestImages:
    def test_only_what_is_asked_for_is_read(self) -> None:
        asked: list[list[int]] = []

        def spy(rows: NDArray[np.int64]) -> NDArray[np.uint8]:
            asked.append(rows.tolist())
            return PIXELS[rows]

        images = LazyImages(spy, np.arange(100, 200), (3, 32, 32), SCALE)
        assert images.shape == (100, 3, 32, 32)
        assert len(images) == 100
        assert images.dtype == np.float32
        assert asked == []
        assert images[np.array([7, 3])].shape == (2, 3, 32, 32)
        assert asked == [[107, 103]]

    def test_it_is_indexed_like_an_array(self) -> None:
        images = LazyImages(lambda rows: PIXELS[rows], np.arange(20, 30), (3, 32, 32), Scale((0.5,) * 3, (0.25,) * 3))
        array = np.asarray(images)
        np.testing.assert_allclose(array, (PIXELS[20:30] / 255 - 0.5) / 0.25, rtol=1e-5, atol=1e-6)
        assert array.dtype == np.float32
        for key in (3, -1, slice(2, 8, 3), [4, 4, 0], np.arange(10) % 2 == 0, np.array([], int)):
            np.testing.assert_array_equal(images[key], array[key])
        np.testing.assert_array_equal(list(images), array)
        assert np.asarray(images, np.float64).dtype == np.float64
        with pytest.raises(IndexError):
            images[10]
        with pytest.raises(ValueError, match="always a copy"):
            np.array(images, copy=False)

    def test_each_channel_has_its_own_scale(self) -> None:
        images = LazyImages(
            lambda rows: PIXELS[rows], np.arange(2), (3, 32, 32), Scale((0.0, 0.1, 0.2), (1.0, 2.0, 4.0))
        )
        np.testing.assert_allclose(images[0][2], (PIXELS[0][2] / 255 - 0.2) / 4, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(images[1][1], (PIXELS[1][1] / 255 - 0.1) / 2, rtol=1e-5, atol=1e-6)

    def test_live_training_takes_them(self, tmp_path: Path) -> None:
        part = read(tmp_path, write_binary).train
        images, labels = Batches(part, 1, "cpu").take(torch.tensor([[5], [9]]))
        np.testing.assert_array_equal(images.numpy(), part.images[[5, 9]])
        assert labels.flatten().tolist() == part.labels[[5, 9]].tolist()
        half = part.subset(0.5)
        assert len(half.labels) == len(half.images) == 125
        assert set(numbers_of(half)) < set(numbers_of(part))


class TestCifar10:
    def test_parts_are_halves_of_the_training_images_and_the_official_test_images(self, tmp_path: Path) -> None:
        data = read(tmp_path, write_binary)
        assert (data.name, data.classes) == ("cifar10", 10)
        train, valid, test = (numbers_of(part) for part in (data.train, data.valid, data.test))
        assert test == list(range(500, 600))
        assert sorted(train + valid) == list(range(500))
        assert len(train) == len(valid) == 250
        for part, rows in ((data.train, train), (data.valid, valid), (data.test, test)):
            assert part.labels.tolist() == LABELS[rows].tolist()
            assert part.labels.dtype == np.int64
            assert (np.bincount(part.labels) == len(rows) // 10).all()
            assert part.images.shape == (len(rows), 3, 32, 32)

    def test_images_are_standardised_by_channel(self, tmp_path: Path) -> None:
        test = read(tmp_path, write_binary).test
        red, blue = PIXELS[500:, 0] / 255, PIXELS[500:, 2] / 255
        np.testing.assert_allclose(test.images[:][:, 0], (red - 125.3 / 255) / (63.0 / 255), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(test.images[:][:, 2], (blue - 113.9 / 255) / (66.7 / 255), rtol=1e-4, atol=1e-5)

    def test_the_halves_are_the_same_everywhere(self) -> None:
        train, valid = stratified(np.repeat(np.arange(10), 4), np.arange(40))
        assert train.tolist() == [2, 3, 4, 6, 10, 11, 12, 13, 17, 18, 22, 23, 24, 27, 28, 30, 34, 35, 37, 38]
        assert sorted([*train, *valid]) == list(range(40))

    @pytest.mark.parametrize(
        "write",
        [
            lambda folder: write_parquet(folder / "a.parquet"),
            lambda folder: write_parquet(folder / "a.parquet", jpeg=PNGS, image=None, file_no=np.arange(600)),
            lambda folder: write_parquet(folder / "a.parquet", is_train=None, split=["train"] * 500 + ["test"] * 100),
            hub,
        ],
    )
    def test_parquet_holds_the_same_as_the_binary_version(
        self, write: Change, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "binary").mkdir()
        write_binary(tmp_path / "binary" / "cifar10")
        monkeypatch.setenv("NASGAUGE_DATASETS", str(tmp_path / "binary"))
        binary = cifar10.cifar10()
        monkeypatch.setenv("NASGAUGE_DATASETS", str(tmp_path))
        other = read(tmp_path, write)
        for part in ("train", "valid", "test"):
            np.testing.assert_array_equal(np.asarray(getattr(other, part).images), getattr(binary, part).images)
            np.testing.assert_array_equal(getattr(other, part).labels, getattr(binary, part).labels)

    @pytest.mark.parametrize("place", ["cifar10", "cifar10/cifar-10-batches-bin", "cifar-10-batches-bin", "."])
    def test_the_files_are_found(self, place: str, tmp_path: Path) -> None:
        write_binary(tmp_path / place)
        assert len(cifar10.cifar10().test.labels) == 100

    def test_a_read_only_link_is_read_and_nothing_is_written(self, tmp_path: Path) -> None:
        real = write_binary(tmp_path / "elsewhere")
        real.chmod(0o555)
        (tmp_path / "cifar10").symlink_to(real)
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        assert cifar10.cifar10().train.images[:3].shape == (3, 3, 32, 32)
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before

    def test_in_a_folder_with_other_files_it_goes_by_its_name(self, tmp_path: Path) -> None:
        (tmp_path / "cifar100.parquet").write_bytes(b"")
        (tmp_path / "accuracy.parquet").write_bytes(b"")
        with pytest.raises(BadValue, match="CIFAR-10 is not in"):
            cifar10.cifar10()
        write_parquet(tmp_path / "cifar-10_png.parquet")
        assert len(cifar10.cifar10().valid.labels) == 250

    def test_where_it_is_looked_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(
            BadValue, match=r"cifar-10-binary\.tar\.gz.*MD5 c32a1d4a.*kriz/cifar\.html.*NASGAUGE_DATASETS"
        ):
            cifar10.cifar10()
        monkeypatch.delenv("NASGAUGE_DATASETS")
        monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path))
        with pytest.raises(BadValue, match=str(tmp_path / "datasets" / "cifar10")):
            cifar10.cifar10()
        write_binary(tmp_path / "datasets" / "cifar10")
        assert len(cifar10.cifar10().test.labels) == 100

    def test_it_is_opened_again_when_a_file_has_changed(self, tmp_path: Path) -> None:
        first = read(tmp_path, write_binary)
        assert cifar10.cifar10() is first
        write_binary(tmp_path / "cifar10", np.roll(LABELS, 100))
        assert cifar10.cifar10().test.labels.tolist() == LABELS[400:500].tolist()


def cut(name: str, size: int) -> Change:
    def change(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:size])

    return change


def relabelled(to: int) -> Change:
    return lambda folder: write_binary(folder, np.where(np.arange(600) == 3, to, LABELS))


class TestDamage:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda folder: (folder / "data_batch_4.bin").unlink(), r"lacks data_batch_4\.bin: unpack cifar-10-binary"),
            (cut("data_batch_2.bin", 5000), r"data_batch_2\.bin has 5,000 bytes, no whole number of records of 3,073"),
            (cut("test_batch.bin", 0), r"test_batch\.bin is empty"),
            (cut("data_batch_5.bin", 99 * 3073), "holds 499 training images, CIFAR-10 has 500"),
            (cut("test_batch.bin", 50 * 3073), "holds 50 test images, CIFAR-10 has 100"),
            (relabelled(10), "a training image has the label 10, CIFAR-10's are 0 to 9"),
            (relabelled(int(LABELS[3] + 1) % 10), "training images, each of CIFAR-10's has 50"),
        ],
    )
    def test_of_the_binary_version(self, change: Change, message: str, tmp_path: Path) -> None:
        write_binary(tmp_path / "cifar10")
        change(tmp_path / "cifar10")
        with pytest.raises(BadValue, match=message):
            cifar10.cifar10()

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ({"label": None}, "no column of labels.* It has image, is_train"),
            ({"label": LABELS.astype(float)}, "no column of labels"),
            ({"image": None}, "no single column of encoded images; call it image. It has label, is_train"),
            ({"image": None, "front": PNGS, "back": PNGS}, "no single column of encoded images"),
            ({"image": [None, *PNGS[1:]]}, "1 rows of column 'image' are empty"),
            ({"is_train": None}, "does not say which images are for training"),
            ({"is_train": None, "split": ["train"] * 500 + ["valid"] * 100}, "column 'split' holds 'valid'"),
            ({"is_train": np.arange(600)}, "column 'is_train' holds '0'"),
            ({"label": LABELS - 1}, "has the label -1"),
        ],
    )
    def test_of_a_parquet_file(self, columns: dict[str, object], message: str, tmp_path: Path) -> None:
        write_parquet(tmp_path / "cifar10" / "a.parquet", **columns)
        with pytest.raises(BadValue, match=message):
            cifar10.cifar10()

    @pytest.mark.parametrize(
        ("picture", "message"),
        [
            (PNGS[0][:100], "image 2 of the Parquet files cannot be decoded"),
            (b"no image", "image 2 of the Parquet files cannot be decoded"),
            (encoded(np.zeros((3, 16, 32), np.uint8)), "it has 32x16 points instead of 32x32"),
        ],
    )
    def test_of_an_image_is_told_when_it_is_asked_for(self, picture: bytes, message: str, tmp_path: Path) -> None:
        write_parquet(tmp_path / "cifar10" / "a.parquet", image=[*PNGS[:2], picture, *PNGS[3:]])
        data = cifar10.cifar10()
        part = data.train if 2 in TRAIN_OF_500 else data.valid
        with pytest.raises(BadValue, match=message):
            np.asarray(part.images)

    @pytest.mark.parametrize("content", [b"", b"PAR1 but no more"])
    def test_of_what_is_no_parquet(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "cifar10").mkdir()
        (tmp_path / "cifar10" / "a.parquet").write_bytes(content)
        with pytest.raises(BadValue, match=r"a\.parquet cannot be read"):
            cifar10.cifar10()


def test_gray_images_have_three_channels() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.arange(1024, dtype=np.uint8).reshape(32, 32)).save(buffer, "PNG")
    buffer.seek(0)
    image = decode(buffer, (3, 32, 32))
    assert image.shape == (3, 32, 32)
    assert (image == np.arange(1024, dtype=np.uint8).reshape(32, 32)).all()


@pytest.mark.real_data
class TestRealImages:
    @pytest.fixture
    def data(self, real_data: Path, tmp_path: Path) -> Dataset:
        (tmp_path / "cifar10").mkdir()
        (tmp_path / "cifar10" / "images.parquet").symlink_to(real_data / "cifar10_jpeg.parquet")
        return cifar10.cifar10()

    def test_the_whole_data_set(self, data: Dataset) -> None:
        assert [len(part.labels) for part in (data.train, data.valid, data.test)] == [25_000, 25_000, 10_000]
        assert (np.bincount(data.train.labels) == 2500).all()
        sample = data.train.images[::50]
        assert np.abs(sample.mean(axis=(0, 2, 3))).max() < 0.05
        assert np.abs(sample.std(axis=(0, 2, 3)) - 1).max() < 0.05

    def test_a_batch_is_all_that_is_decoded(self, data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
        decoded: list[int] = []
        monkeypatch.setattr(_parquet_images, "decode", lambda *given: decoded.append(1) or decode(*given))
        batch = data.train.images[np.random.default_rng(0).permutation(len(data.train.labels))[:64]]
        assert batch.shape == (64, 3, 32, 32)
        assert len(decoded) == 64
        assert len(np.unique(batch.reshape(64, -1), axis=0)) == 64
