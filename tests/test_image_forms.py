"""Published data sets in every form, split by the lists of NAS-Bench-201 or without, and files that are not sound."""

import hashlib
import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import hostile
import numpy as np
import pytest
from picture_files import encoded, labels_of, pixels_of, write_batch, write_folders, write_records
from PIL import Image

from harness import registry
from harness.datasets import _halves, _pickled, cifar10, cifar100, imagenet16_120
from harness.datasets._halves import stratified
from harness.errors import BadValue
from harness.live.dataset import Dataset, Part

PIXELS = pixels_of(600)
TENS = labels_of(600, 10)
HUNDREDS = labels_of(600, 100)
NAMES10 = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NASGAUGE_DATASETS", str(tmp_path))
    for module, sizes in ((cifar10, (500, 100)), (cifar100, (400, 200))):
        monkeypatch.setattr(module, "OFFICIAL", replace(module.OFFICIAL, sizes=sizes))


def python10(folder: Path, **options: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for k, name in enumerate(cifar10.PYTHON.names):
        rows = slice(100 * k, 100 * (k + 1))
        write_batch(folder / name, PIXELS[rows], TENS[rows], **options)


def binary100(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, rows in (("train.bin", slice(400)), ("test.bin", slice(400, 600))):
        write_records(folder / name, PIXELS[rows], HUNDREDS[rows] // 5, HUNDREDS[rows])


def python100(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, rows in (("train", slice(400)), ("test", slice(400, 600))):
        write_batch(folder / name, PIXELS[rows], HUNDREDS[rows], "fine_labels")


def folders10(folder: Path, names: Sequence[str] = NAMES10) -> None:
    write_folders(folder / "train", PIXELS[:500], TENS[:500], names)
    write_folders(folder / "test", PIXELS[500:], TENS[500:], names)


def numbers_of(part: Part, scale: Any, pixels: Any = PIXELS) -> list[int]:
    """Which images these are."""
    known = {one.tobytes(): k for k, one in enumerate(pixels)}
    mean, std = (np.array(values)[:, None, None] for values in scale)
    raw = np.rint((np.asarray(part.images, np.float64) * std + mean) * 255).astype(np.uint8)
    return [known[one.tobytes()] for one in raw]


def holds(data: Dataset, *parts: Sequence[int], labels: Any, pixels: Any = PIXELS) -> None:
    """The parts are these images, whatever their order within a class folder, with the labels that belong to them."""
    for part, wanted in zip((data.train, data.valid, data.test), parts, strict=True):
        found = numbers_of(part, data.scale, pixels)
        assert sorted(found) == sorted(wanted)
        assert part.labels.tolist() == labels[found].tolist()


class TestCifar10:
    @pytest.mark.parametrize("protocol", [None, 2, 3, 4])
    @pytest.mark.parametrize("place", ["cifar10", "cifar10/cifar-10-batches-py", "cifar-10-batches-py", "."])
    def test_the_python_version(self, place: str, protocol: int | None, tmp_path: Path) -> None:
        python10(tmp_path / place, protocol=protocol)
        data = cifar10.cifar10()
        holds(data, *stratified(TENS, np.arange(500)), range(500, 600), labels=TENS)
        assert data.description.startswith("CIFAR-10 from data_batch_1 to test_batch; train and valid are halves")

    def test_images_stay_in_the_file(self, tmp_path: Path) -> None:
        python10(tmp_path / "cifar10")
        pixels, _ = _pickled.batches("labels")(tmp_path / "cifar10" / "data_batch_2", (3, 32, 32))
        assert isinstance(pixels, np.memmap)
        np.testing.assert_array_equal(pixels, PIXELS[100:200].reshape(100, -1))

    @pytest.mark.parametrize("names", [NAMES10, [str(k) for k in range(10)], [f"{7 * k}" for k in range(10)]])
    def test_folders_of_images(self, names: list[str], tmp_path: Path) -> None:
        folders10(tmp_path / "cifar10", names)
        (tmp_path / "cifar10" / "train" / names[3] / "notes.txt").write_text("no image")
        (tmp_path / "cifar10" / "train" / names[3] / "more.png").mkdir()
        (tmp_path / "cifar10" / "train" / ".cache").mkdir()
        data = cifar10.cifar10()
        found = [numbers_of(part, data.scale) for part in (data.train, data.valid, data.test)]
        assert sorted(found[0] + found[1]) == list(range(500))
        assert sorted(found[2]) == list(range(500, 600))
        for part, rows in zip((data.train, data.valid, data.test), found, strict=True):
            assert part.labels.tolist() == TENS[rows].tolist()

    def test_a_new_image_is_noticed(self, tmp_path: Path) -> None:
        folders10(tmp_path / "cifar10")
        cifar10.cifar10()
        (tmp_path / "cifar10" / "test" / "cat" / "new.png").write_bytes(encoded(PIXELS[0]))
        with pytest.raises(BadValue, match="holds 101 test images"):
            cifar10.cifar10()


class TestCifar100:
    @pytest.mark.parametrize("write", [binary100, python100])
    @pytest.mark.parametrize("form", [cifar100.BINARY.folder, cifar100.PYTHON.folder])
    def test_test_images_are_halved(self, write: Callable[[Path], None], form: str, tmp_path: Path) -> None:
        write(tmp_path / form)
        data = registry.load("dataset", "cifar100")()
        assert (data.name, data.classes) == ("cifar100", 100)
        halves = stratified(HUNDREDS, np.arange(400, 600))
        holds(data, range(400), *halves, labels=HUNDREDS)
        assert (np.bincount(data.valid.labels) == 1).all()

    def test_its_scale(self, tmp_path: Path) -> None:
        binary100(tmp_path / "cifar100")
        images = cifar100.cifar100().train.images[:]
        np.testing.assert_allclose(images[:, 1], (PIXELS[:400, 1] - 124.1) / 65.4, rtol=1e-4, atol=1e-5)

    def test_parquet_with_fine_labels(self, tmp_path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        (tmp_path / "cifar100").mkdir()
        images = [{"bytes": encoded(one), "path": None} for one in PIXELS]
        for split, rows in (("train", slice(400)), ("test", slice(400, 600))):
            columns = {"img": images[rows], "fine_label": HUNDREDS[rows], "coarse_label": HUNDREDS[rows] // 5}
            pq.write_table(pa.table(columns), tmp_path / "cifar100" / f"{split}.parquet")
        holds(cifar100.cifar100(), range(400), *stratified(HUNDREDS, np.arange(400, 600)), labels=HUNDREDS)

    def test_files_called_train_and_test_in_the_shared_folder_are_not_taken_for_it(self, tmp_path: Path) -> None:
        python100(tmp_path / "cifar-100-python")
        for path in (tmp_path / "cifar-100-python").iterdir():
            path.rename(tmp_path / path.name)
        with pytest.raises(BadValue, match=r"cifar-100-binary\.tar\.gz.*cifar-100-python\.tar\.gz"):
            cifar100.cifar100()


class TestImageNet:
    SMALL = pixels_of(800, 16)
    LABELS = np.concatenate([labels_of(500, 160, 1) + 1, labels_of(300, 150, 2) + 1])

    def write(self, folder: Path, protocol: int = 3) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        ends = np.linspace(0, 500, 11).astype(int)
        for k, name in enumerate(imagenet16_120.BATCHES.training):
            rows = slice(ends[k], ends[k + 1])
            write_batch(folder / name, self.SMALL[rows], self.LABELS[rows], protocol=protocol)
        write_batch(folder / "val_data", self.SMALL[500:], self.LABELS[500:], protocol=protocol)

    @pytest.mark.parametrize("place", ["imagenet16_120", "ImageNet16", "."])
    def test_the_first_120_classes(self, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        kept = self.LABELS <= 120
        sizes = (int(kept[:500].sum()), int(kept[500:].sum()))
        assert sizes[1] == 240
        monkeypatch.setattr(imagenet16_120, "OFFICIAL", replace(imagenet16_120.OFFICIAL, sizes=sizes))
        self.write(tmp_path / place)
        data = registry.load("dataset", "imagenet16_120")()
        assert (data.name, data.classes) == ("imagenet16_120", 120)
        valid, test = stratified(self.LABELS, np.flatnonzero(kept & (np.arange(800) >= 500)))
        train = np.flatnonzero(kept[:500])
        holds(data, train, valid, test, labels=self.LABELS - 1, pixels=self.SMALL)
        assert (np.bincount(data.valid.labels) == 1).all()
        mean, std = np.array([122.68, 116.66, 104.01]), np.array([63.22, 61.26, 65.09])
        np.testing.assert_allclose(
            data.train.images[0],
            (self.SMALL[train[0]] - mean[:, None, None]) / std[:, None, None],
            rtol=1e-4,
            atol=1e-5,
        )

    def test_a_missing_batch_is_named_with_its_checksum(self, tmp_path: Path) -> None:
        self.write(tmp_path / "imagenet16_120")
        (tmp_path / "imagenet16_120" / "train_data_batch_10").unlink()
        with pytest.raises(
            BadValue, match=r"lacks train_data_batch_10 \(MD5 8f03f34ac4b42271a294f91bf480f29b\).*Imagenet16_train\.zip"
        ):
            imagenet16_120.imagenet16_120()


def listing(first: Any, second: Any, keys: tuple[str, str] = ("train", "valid")) -> str:
    """A list as the authors write it."""
    return json.dumps({key: ["int", [str(k) for k in rows]] for key, rows in zip(keys, (first, second), strict=True)})


class TestLists:
    ROWS = np.random.default_rng(3).permutation(500)

    @pytest.fixture(autouse=True)
    def files(self, tmp_path: Path) -> None:
        python10(tmp_path / "cifar10" / "cifar-10-batches-py")

    @pytest.mark.parametrize("place", [".", "cifar10", "cifar10/cifar-10-batches-py"])
    def test_the_halves_are_those_listed(self, place: str, tmp_path: Path) -> None:
        drawn = cifar10.cifar10()
        (tmp_path / place / "cifar-split.txt").write_text(listing(self.ROWS[:240], self.ROWS[240:]))
        data = cifar10.cifar10()
        assert data is not drawn
        holds(data, self.ROWS[:240], self.ROWS[240:], range(500, 600), labels=TENS)
        assert (numbers_of(data.train, data.scale)) == sorted(self.ROWS[:240])
        assert "cifar-split.txt lists" in data.description

    @pytest.mark.parametrize("write", [json.dumps, repr])
    def test_plain_lists_will_do(self, write: Callable[[Any], str], tmp_path: Path) -> None:
        text = write({"train": self.ROWS[:250].tolist(), "valid": self.ROWS[250:].tolist()})
        (tmp_path / "cifar-split.txt").write_text(text)
        holds(cifar10.cifar10(), self.ROWS[:250], self.ROWS[250:], range(500, 600), labels=TENS)

    def test_test_images_of_other_data_sets(self, tmp_path: Path) -> None:
        binary100(tmp_path / "cifar100")
        rows = np.random.default_rng(1).permutation(200)
        (tmp_path / "cifar100-test-split.txt").write_text(listing(rows[:100], rows[100:], ("xvalid", "xtest")))
        holds(cifar100.cifar100(), range(400), 400 + rows[:100], 400 + rows[100:], labels=HUNDREDS)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "no list of image numbers in JSON"),
            ("__import__('os').system('touch canary')", "no list of image numbers in JSON"),
            ("[" * 100_000, "no list of image numbers in JSON"),
            ("[1, 2]", 'no list under "train"'),
            ("{}", 'no list under "train"'),
            (json.dumps({"train": list(range(250))}), 'no list under "valid"'),
            (listing(range(250), range(251, 500)), "image 250 is listed 0 times"),
            (listing(range(251), range(250, 500)), "image 250 is listed 2 times"),
            (listing(range(500), []), "train has 500 and valid 0 of 500 images"),
            (
                listing(range(1, 251), range(251, 501)),
                "valid holds '500', which is no image number: they go from 0 to 499",
            ),
            (listing(range(-1, 250), range(250, 500)), "train holds '-1'"),
            (listing(["9" * 5000], range(500)), "train holds '999"),
            (json.dumps({"train": [0.5], "valid": []}), r"train holds 0\.5"),
            (json.dumps({"train": [True], "valid": []}), "train holds True"),
            (json.dumps({"train": [[[]]], "valid": []}), r"train holds \[\[\]\]"),
            ('{"train": [' + "9" * 5000 + "]}", "no list of image numbers in JSON"),
            ("é", "no list of image numbers"),
        ],
    )
    def test_what_is_no_list(self, text: str, message: str, tmp_path: Path) -> None:
        (tmp_path / "cifar-split.txt").write_text(text)
        with pytest.raises(BadValue, match=message):
            cifar10.cifar10()
        assert not Path("canary").exists()

    def test_what_is_too_long(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_halves, "LIMIT", 1000)
        (tmp_path / "cifar-split.txt").write_text(listing(self.ROWS[:250], self.ROWS[250:]))
        with pytest.raises(BadValue, match="more than 1,000 bytes"):
            cifar10.cifar10()


class TestDamage:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            *hostile.globals_().values(),
            (b"", "is empty"),
            (b"hello, world\n", "no pickle of protocol"),
            (pickle.dumps({"data": b"x", "labels": [1]}, 2), "data are no bytes of shape"),
            (pickle.dumps([1], 2), "no batch of images: it has no 'data'"),
            (pickle.dumps({"data": np.zeros((2, 3072))}, 2), "has no 'labels'"),
            (pickle.dumps({"data": np.zeros((2, 3072)), "labels": [1, 2]}, 2), "data are no bytes of shape"),
            (pickle.dumps({"data": np.zeros((2, 768), np.uint8), "labels": [1, 2]}, 2), "shape .images, 3,072."),
            (pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1]}, 2), "not as many as the 2 images"),
            (pickle.dumps({"data": np.zeros((0, 3072), np.uint8), "labels": []}, 2), "not as many as the 0 images"),
            (pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": ["1"]}, 2), "not all whole numbers"),
            (pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": [2.0]}, 2), "not all whole numbers"),
            (pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": [1 << 70]}, 2), "not all whole numbers"),
            (pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": np.ones(1)}, 2), "not all whole numbers"),
            (pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": [-1]}, 2), "holds 401 training images"),
            (b"\x80\x02}(X\x04\0\0\0dataT\xff\xff\xff\x7f", "one value of 2,147,483,647 bytes"),
        ],
    )
    def test_of_a_pickled_batch(
        self, content: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        python10(tmp_path / "cifar10")
        (tmp_path / "cifar10" / "data_batch_3").write_bytes(content)
        with pytest.raises(BadValue, match=message) as error:
            cifar10.cifar10()
        assert f"data_batch_3 has the MD5 {hashlib.md5(content).hexdigest()}, the published one 54ebc095" in str(
            error.value
        )
        assert not (tmp_path / hostile.CANARY).exists()

    def test_a_batch_cut_short(self, tmp_path: Path) -> None:
        python10(tmp_path / "cifar10")
        path = tmp_path / "cifar10" / "test_batch"
        path.write_bytes(path.read_bytes()[:-5000])
        with pytest.raises(BadValue, match="test_batch is cut short"):
            cifar10.cifar10()

    def test_a_missing_file_is_named_with_its_checksum(self, tmp_path: Path) -> None:
        python10(tmp_path / "cifar10")
        (tmp_path / "cifar10" / "data_batch_5").unlink()
        with pytest.raises(
            BadValue,
            match=r"lacks data_batch_5 \(MD5 482c414d41f54cd18b22e5b47cb7c3cb\): unpack cifar-10-python\.tar\.gz",
        ):
            cifar10.cifar10()

    @pytest.mark.parametrize(
        ("module", "words"),
        [
            (cifar10, ["c58f30108f718f92721af3b95e74349a", "c32a1d4ab5d03f1284b67883e8d87530", "kriz/cifar.html"]),
            (cifar100, ["eb9058c3a382ffc7106e4002c42a8d85", "03b5dce01913d631647c71ecec9e9cb8", "kriz/cifar.html"]),
            (imagenet16_120, ["Imagenet16_val.zip", "image-net.org", "NASGAUGE_DATASETS"]),
        ],
    )
    def test_where_it_is_had(self, module: ModuleType, words: list[str]) -> None:
        with pytest.raises(BadValue) as error:
            getattr(module, module.OFFICIAL.name)()
        assert all(word in str(error.value) for word in words)

    def test_an_image_file_that_is_none(self, tmp_path: Path) -> None:
        folders10(tmp_path / "cifar10")
        spoilt = min((tmp_path / "cifar10" / "test" / "cat").iterdir())
        for content, message in (
            (b"GIF89a", "cannot be used"),
            (encoded(PIXELS[0])[:200], "cannot be used"),
            (encoded(pixels_of(1, 16)[0]), "16x16 points instead of 32x32"),
            (bomb(), "points instead of 32x32|exceeds limit"),
        ):
            spoilt.write_bytes(content)
            with pytest.raises(BadValue, match=message) as error:
                np.asarray(cifar10.cifar10().test.images)
            assert str(spoilt) in str(error.value)

    @pytest.mark.parametrize(
        ("names", "message"),
        [(NAMES10[:9], "differ in the classes truck"), ([*NAMES10[:9], "lorry"], "differ in the classes lorry, truck")],
    )
    def test_classes_of_train_and_test_differ(self, names: list[str], message: str, tmp_path: Path) -> None:
        write_folders(tmp_path / "cifar10" / "train", PIXELS[:1], TENS[:1], NAMES10)
        for name in names:
            (tmp_path / "cifar10" / "test" / name).mkdir(parents=True)
        with pytest.raises(BadValue, match=message):
            cifar10.cifar10()

    def test_no_folder_of_test_images(self, tmp_path: Path) -> None:
        write_folders(tmp_path / "cifar10" / "train", PIXELS[:1], TENS[:1], NAMES10)
        with pytest.raises(BadValue, match="test has no folders; put the images of each class into a folder"):
            cifar10.cifar10()


def bomb() -> bytes:
    """The beginning of a PNG of four thousand million points."""
    import io

    buffer = io.BytesIO()
    Image.new("1", (8, 8)).save(buffer, "PNG")
    import struct
    import zlib

    content = bytearray(buffer.getvalue())
    content[16:24] = struct.pack(">II", 65_000, 65_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)
