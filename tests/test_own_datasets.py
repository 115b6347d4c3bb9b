"""A user's own folders of images and files of arrays as data sets."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from picture_files import encoded, labels_of, pixels_of, write_folders
from PIL import Image

from harness import npz_file, registry
from harness.datasets import _scale
from harness.errors import BadValue, UnknownName
from harness.live.dataset import Dataset

NAMES = ["cat", "dog", "newt"]
PIXELS = pixels_of(90, 12)
LABELS = labels_of(90, 3)


def load(name: str) -> Dataset:
    data: Dataset = registry.load("dataset", name)()
    return data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folders(tmp_path / "photos" / "train", PIXELS[:60], LABELS[:60], NAMES)
    write_folders(tmp_path / "photos" / "test", PIXELS[60:], LABELS[60:], NAMES)
    return tmp_path / "photos"


def arrays(**changes: Any) -> dict[str, Any]:
    """The arrays of a sound file, but for these; None leaves one out."""
    sound = {
        "train_images": PIXELS[:60],
        "train_labels": LABELS[:60],
        "test_images": PIXELS[60:],
        "test_labels": LABELS[60:],
    }
    return {name: value for name, value in (sound | changes).items() if value is not None}


def pictures(n: int = 30, shape: tuple[int, ...] = (3, 12, 12), kind: str = "u1") -> NDArray[Any]:
    return np.random.default_rng(8).integers(0, 256, (n, *shape)).astype(kind)


class TestFolder:
    def test_training_images_are_halved(self, folder: Path) -> None:
        data = load(f"{folder}/")
        assert (data.name, data.classes) == (f"{folder}/", 3)
        assert [part.images.shape for part in (data.train, data.valid, data.test)] == [(30, 3, 12, 12)] * 3
        assert all((np.bincount(part.labels) == 10).all() for part in (data.train, data.valid, data.test))
        assert "halves of train" in data.description

    def test_each_image_has_its_label_and_the_scale_of_those_to_train(self, folder: Path) -> None:
        data = load(str(folder))
        training = np.asarray(data.train.images, np.float64)
        np.testing.assert_allclose(training.mean((0, 2, 3)), 0, atol=1e-5)
        np.testing.assert_allclose(training.std((0, 2, 3)), 1, atol=1e-5)
        known = {image.tobytes(): label for image, label in zip(PIXELS, LABELS.tolist(), strict=True)}
        mean, std = (np.array(values)[:, None, None] for values in data.scale or ())
        for part in (data.train, data.valid, data.test):
            raw = np.rint((np.asarray(part.images) * std + mean) * 255).astype(np.uint8)
            assert [known[image.tobytes()] for image in raw] == part.labels.tolist()

    def test_validation_images_as_given(self, folder: Path) -> None:
        extra = pixels_of(6, 12, seed=9)
        write_folders(folder / "valid", extra, LABELS[:6], NAMES)
        data = load(str(folder))
        assert [len(part.labels) for part in (data.train, data.valid, data.test)] == [60, 6, 30]
        assert "valid as given" in data.description

    def test_a_path_from_here(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(folder.parent)
        assert len(load("./photos").test.labels) == 30
        monkeypatch.setenv("HOME", str(folder.parent))
        assert len(load("~/photos").test.labels) == 30

    def test_it_is_read_again_when_it_changes(self, folder: Path) -> None:
        first = load(str(folder))
        assert load(str(folder)) is first
        (folder / "test" / "cat" / "new.png").write_bytes(encoded(PIXELS[0]))
        assert len(load(str(folder)).test.labels) == 31

    def test_a_stated_size(self, folder: Path) -> None:
        (folder / "dataset.toml").write_text("size = 6\n")
        big = np.kron(PIXELS[0][:, :6, :6], np.ones((4, 4), np.uint8))
        spot = folder / "test" / "cat" / "000.png"
        spot.write_bytes(encoded(big))
        data = load(str(folder))
        assert data.test.images.shape == (31, 3, 6, 6)
        mean, std = (np.array(values)[:, None, None] for values in data.scale or ())
        first = np.rint((data.test.images[0] * std + mean) * 255).astype(np.uint8)
        np.testing.assert_array_equal(first, PIXELS[0][:, :6, :6])

    @pytest.mark.parametrize(
        "text", ["size = 0", "size = 2.5", 'size = "6"', "size = 6\nwidth = 3", "", "size = 99999"]
    )
    def test_no_such_size(self, text: str, folder: Path) -> None:
        (folder / "dataset.toml").write_text(text)
        with pytest.raises(BadValue, match=r"dataset\.toml says size = .*size = 2 to 1,024"):
            load(str(folder))

    def test_an_image_of_another_size(self, folder: Path) -> None:
        odd = folder / "test" / "dog" / "odd.jpg"
        Image.new("RGB", (13, 12)).save(odd)
        with pytest.raises(BadValue, match=r"odd\.jpg cannot be used \(it has 13x12 points instead of 12x12\)"):
            np.asarray(load(str(folder)).test.images)

    def test_the_first_image_is_none(self, folder: Path) -> None:
        (folder / "train" / "cat" / "000.png").write_bytes(b"no image")
        with pytest.raises(BadValue, match=r"000\.png cannot be used"):
            load(str(folder))

    def test_very_large_images_want_a_size(self, folder: Path) -> None:
        Image.new("L", (2000, 8)).save(folder / "train" / "cat" / "000.png")
        with pytest.raises(BadValue, match=r"2,000x8 points, more than 1,024 a side: .* size = 32"):
            load(str(folder))

    def test_a_class_of_one_image_cannot_be_halved(self, folder: Path) -> None:
        for path in sorted((folder / "train" / "newt").iterdir())[1:]:
            path.unlink()
        with pytest.raises(BadValue, match="no image of newt is left to train; put at least two"):
            load(str(folder))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda root: (root / "train").rename(root / "training"), "has no folder train"),
            (lambda root: (root / "test").rename(root / "testing"), "test has no folders"),
            (lambda root: (root / "test" / "cat").rename(root / "test" / "lion"), "differ in the classes cat, lion"),
            (lambda root: (root / "valid").mkdir(), "valid has no folders"),
            (lambda root: [path.unlink() for path in root.glob("test/*/*")], "test has no images"),
            (lambda root: [path.unlink() for path in root.rglob("*.png")], "no image of cat is left to train"),
        ],
    )
    def test_what_a_folder_lacks(self, change: Callable[[Path], object], message: str, folder: Path) -> None:
        change(folder)
        with pytest.raises(BadValue, match=message):
            load(str(folder))

    def test_grey_images_and_pipes(self, folder: Path) -> None:
        Image.fromarray(PIXELS[0][0]).save(folder / "test" / "cat" / "000.png")
        os.mkfifo(folder / "test" / "cat" / "001.png")
        data = load(str(folder))
        assert len(data.test.labels) == 31
        mean, std = (np.array(values)[:, None, None] for values in data.scale or ())
        raw = np.rint((data.test.images[0] * std + mean) * 255)
        assert (raw == PIXELS[0][0]).all()

    def test_many_names_are_listed_in_little_time(self, folder: Path) -> None:
        real = min((folder / "train" / "cat").iterdir())
        for k in range(5000):
            (folder / "test" / "cat" / f"{k}.png").symlink_to(real)
        assert len(load(str(folder)).test.labels) == 5030

    def test_the_scale_of_many_images_is_that_of_some(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[int] = []

        def read(rows: NDArray[np.int64]) -> NDArray[np.uint8]:
            asked.extend(rows.tolist())
            return PIXELS[rows]

        monkeypatch.setattr(_scale, "LOOKED_AT", 20)
        scale = _scale.scale_of(read, np.arange(10, 90))
        assert asked == list(range(10, 90, 4))
        np.testing.assert_allclose(scale.mean, PIXELS[10:90:4].mean((0, 2, 3)) / 255)
        np.testing.assert_allclose(scale.std, PIXELS[10:90:4].std((0, 2, 3)) / 255)


class TestArrays:
    @pytest.fixture(params=[np.savez, np.savez_compressed])
    def write(
        self, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[..., str]:
        monkeypatch.chdir(tmp_path)

        def write(**changes: Any) -> str:
            request.param("mine.npz", **arrays(**changes))
            return "mine.npz"

        return write

    def test_bytes(self, write: Callable[..., str]) -> None:
        data = load(write())
        assert (data.name, data.classes) == ("mine.npz", 3)
        training = np.asarray(data.train.images)
        assert training.dtype == np.float32
        np.testing.assert_allclose(training.mean((0, 2, 3), np.float64), 0, atol=1e-5)
        np.testing.assert_allclose(training.std((0, 2, 3), np.float64), 1, atol=1e-5)
        mean, std = (np.array(values)[:, None, None] for values in data.scale or ())
        np.testing.assert_allclose(data.test.images[3], (PIXELS[63] / 255 - mean) / std, rtol=1e-4, atol=1e-5)
        assert data.test.labels.tolist() == LABELS[60:].tolist()
        assert [len(part.labels) for part in (data.train, data.valid, data.test)] == [30, 30, 30]

    def test_numbers_of_one_channel_and_a_part_to_validate(self, write: Callable[..., str]) -> None:
        images = np.random.default_rng(0).normal(3, 2, (90, 1, 5, 7)).astype(np.float32)
        given = {
            "train_images": images[:60],
            "test_images": images[60:80],
            "test_labels": LABELS[60:80].astype(np.uint8),
        }
        data = load(write(**given, valid_images=images[80:], valid_labels=LABELS[80:].astype(np.int16)))
        wanted = (images - images[:60].mean()) / images[:60].std()
        for part, rows in ((data.train, slice(60)), (data.valid, slice(80, 90)), (data.test, slice(60, 80))):
            np.testing.assert_allclose(part.images, wanted[rows], rtol=1e-4, atol=1e-5)
            assert part.labels.tolist() == LABELS[rows].tolist()
            assert part.labels.dtype == np.int64

    def test_it_is_read_again_when_it_changes(self, write: Callable[..., str]) -> None:
        first = load(write())
        assert load("mine.npz") is first
        assert len(load(write(test_images=PIXELS[70:], test_labels=LABELS[70:])).test.labels) == 20

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"test_labels": None}, "has no test_labels; it needs train_images, train_labels"),
            ({"valid_image": PIXELS}, "has an array valid_image"),
            ({"valid_images": PIXELS}, "valid_labels is not there"),
            ({"valid_labels": LABELS}, "valid_images is not there; give uint8"),
            (
                {"train_images": PIXELS[:60].astype(float)},
                "train_images is float64 of shape .60, 3, 12, 12.; give uint8",
            ),
            ({"train_images": PIXELS[:60, 0]}, r"train_images is uint8 of shape \(60, 12, 12\)"),
            ({"train_images": PIXELS[:0], "train_labels": LABELS[:0]}, "train_images is uint8 of shape .0"),
            (
                {"train_images": PIXELS[:60].transpose(0, 2, 3, 1)},
                r"shape \(60, 12, 12, 3\) has the channels last; give .*transpose\(0, 3, 1, 2\)",
            ),
            ({"train_labels": LABELS[:59]}, "train_labels is int64 of shape .59,.; give whole numbers of shape .60,"),
            ({"train_labels": LABELS[:60].astype(float)}, "train_labels is float64"),
            ({"train_labels": LABELS[:60] - 1}, "train_labels holds -1 to 1; number the classes from 0"),
            ({"test_labels": LABELS[60:] + (1 << 40)}, "test_labels holds 1099511627776"),
            ({"test_labels": LABELS[60:] + 1}, "test has images of class 3, and there are none to train"),
            ({"train_labels": LABELS[:60] * 2, "test_labels": LABELS[60:] * 2}, "no image is left to train of class 1"),
            (
                {"test_images": pictures(shape=(3, 12, 13))},
                r"test_images are uint8 of shape \(3, 12, 13\), those to train",
            ),
            ({"test_images": pictures(kind="f4")}, "test_images are float32"),
            ({"train_images": np.full((60, 3, 4, 4), 7, np.uint8)}, "test_images are uint8"),
            ({"train_images": np.full((60, 1, 4, 4), np.inf, np.float32)}, "holds a number that is not finite"),
        ],
    )
    def test_what_is_wrong(self, changes: dict[str, Any], message: str, write: Callable[..., str]) -> None:
        with pytest.raises(BadValue, match=message):
            load(write(**changes))

    @pytest.mark.parametrize("kind", ["u1", "f4"])
    def test_images_that_are_all_alike(self, kind: str, write: Callable[..., str]) -> None:
        with pytest.raises(BadValue, match=r"channel 0 of the training images is .* everywhere"):
            load(write(train_images=np.full((60, 3, 12, 12), 7, kind), test_images=pictures(kind=kind)))

    def test_objects_are_not_unpickled(self, write: Callable[..., str], tmp_path: Path) -> None:
        class Evil:
            def __reduce__(self) -> Any:
                return os.system, ("touch canary",)

        with pytest.raises(BadValue, match="no array of numbers"):
            load(write(train_labels=np.array([Evil()] * 60, object)))
        assert not (tmp_path / "canary").exists()


def member(shape: tuple[int, ...], content: bytes = b"", kind: str = "|u1") -> bytes:
    """An .npy file that claims this shape."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


def archive(packing: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    buffer = io.BytesIO()
    sound = {}
    for name, array in arrays().items():
        file = io.BytesIO()
        np.save(file, array)
        sound[name] = file.getvalue()
    with zipfile.ZipFile(buffer, "w", packing) as zipped:
        for name, content in (sound | members).items():
            zipped.writestr(f"{name}.npy", content)
    return buffer.getvalue()


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "cannot be read"),
            (b"hello, world", "cannot be read"),
            (archive()[:-100], "cannot be read"),
            (archive()[:4000] + bytes(50) + archive()[4050:], "cannot be read"),
            (archive(train_images=member((1 << 40, 3, 8, 8))), "no array of numbers that its bytes fill"),
            (archive(train_images=member((-4, 3, 8, 8), bytes(768))), "no array of numbers that its bytes fill"),
            (archive(train_images=member((4,), bytes(32), "|O")), "no array of numbers"),
            (archive(train_images=b"\x93NUMPY\x09\x00"), "cannot be read"),
            (archive(train_images=b"\x93NUMPY\x02\x00\xff\xff\xff\xff"), "cannot be read"),
            (archive(train_images=member((2,), bytes(4), "__import__('os').getpid()")), "cannot be read"),
            (archive(train_images=b"\x93NUMPY\x01\x00\x16\x00{b'descr': 1, 'x': 2} \n"), "cannot be read"),
            (archive(train_images=b"\x93NUMPY\x01\x00\x16\x00{'descr': 1 'x' 2 = 3} \n"), "cannot be read"),
            (archive(train_images=b"\x93NUMPY\x01\x00\x20\x20" + bytes(8224)), "expected 8224 bytes got 990"),
            (archive(zipfile.ZIP_LZMA), "packed in a way that numpy does not use"),
        ],
    )
    def test_are_refused(self, content: bytes, message: str, tmp_path: Path) -> None:
        (tmp_path / "a.npz").write_bytes(content)
        with pytest.raises(BadValue, match=message):
            load(f"{tmp_path}/a.npz")

    def test_a_bomb(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(npz_file, "LARGE", 1 << 20)
        content = archive(zipfile.ZIP_DEFLATED, train_images=member((1 << 12, 3, 32, 32), bytes(12 << 20)))
        (tmp_path / "a.npz").write_bytes(content)
        with pytest.raises(BadValue, match=r"train_images\.npy would unpack to 12,58.* bytes: it is a zip bomb"):
            load(f"{tmp_path}/a.npz")


class TestNames:
    @pytest.mark.parametrize("name", ["./nowhere", "nowhere/", "nowhere.npz", "/dev/null", "/dev/null/x.npz"])
    def test_a_path_to_nothing(self, name: str) -> None:
        with pytest.raises(BadValue, match=r"neither a folder of images nor a \.npz file; give the path of one"):
            load(name)

    def test_only_data_sets_have_paths(self) -> None:
        with pytest.raises(UnknownName):
            registry.load("space", "./nb201")

    def test_names_and_own_code_are_found_as_ever(self) -> None:
        assert registry.load("dataset", "harness.datasets.digits:digits") is registry.load("dataset", "digits")
        with pytest.raises(UnknownName, match="Did you mean 'cifar100'"):
            registry.load("dataset", "cifar1000")
