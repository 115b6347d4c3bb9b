import hashlib
from pathlib import Path

import pytest

from harness.errors import BadValue, UnknownName
from tabular.releases import RELEASES, UNKNOWN, digests, identify

V1_1 = "NAS-Bench-201-v1_1-096897.pth"
V1_0 = "NAS-Bench-201-v1_0-e61699.pth"
TSS = "NATS-tss-v1_0-3ffb9.pickle.pbz2"
MACRO = "nas-bench-macro_cifar10.json"
MD5 = "55e847143ce1f7c2d89b676f6b096897"
SHA = "3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c"


@pytest.mark.parametrize("content", [b"", b"x", b"0123456789abcdef" * 200_000])
def test_digests(tmp_path, content):
    (tmp_path / "f").write_bytes(content)
    assert digests(tmp_path / "f") == {
        "md5": hashlib.md5(content).hexdigest(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_digests_of_nothing(tmp_path):
    with pytest.raises(BadValue, match="cannot be read: No such file"):
        digests(tmp_path / "nowhere")
    with pytest.raises(BadValue, match="cannot be read: No such file"):
        identify("nb201", tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("kind", "name", "found", "answer"),
    [
        ("nb201", V1_1, {"md5": MD5}, f"{V1_1}, MD5 verified"),
        ("nb201", "copy (1).pth", {"md5": MD5, "sha256": "0"}, f"{V1_1}, MD5 verified"),
        ("nb201", "mine.pth", {"md5": "0" * 26 + "e61699"}, f"{V1_0}, last 6 digits of its MD5 verified"),
        ("nb201", "mine.pth", {"md5": "096897" + "0" * 26}, UNKNOWN),
        ("nb201", "mine.pth", {"md5": "0" * 26 + "096897"}, UNKNOWN),
        ("nb101", "full.tfrecord", {"sha256": SHA}, "nasbench_full.tfrecord, SHA256 verified"),
        ("nats_tss", TSS, {"md5": "0" * 27 + "3ffb9"}, f"{TSS}, last 5 digits of its MD5 verified"),
        ("nb_macro", MACRO, {"md5": "0"}, f"{MACRO} by its name, no checksum is published"),
        ("hw_nas_bench", V1_1, {"md5": MD5}, UNKNOWN),
    ],
)  # fmt: skip
def test_identify(kind, name, found, answer):
    assert identify(kind, Path(name), found) == answer


def test_a_file_that_only_has_the_name(tmp_path):
    (tmp_path / V1_1).write_bytes(b"not the benchmark")
    end = hashlib.md5(b"not the benchmark").hexdigest()[-6:]
    with pytest.raises(BadValue) as caught:
        identify("nb201", tmp_path / V1_1)
    assert str(caught.value) == (
        f"{tmp_path / V1_1} is named like the official release but its MD5 ends in {end}, not in 096897: download it "
        "again from https://github.com/D-X-Y/NAS-Bench-201, or rename it to import it as an unknown file"
    )
    (tmp_path / V1_1).rename(tmp_path / "mine.pth")
    assert identify("nb201", tmp_path / "mine.pth") == UNKNOWN


def test_a_folder_is_known_by_its_name(tmp_path, monkeypatch):
    folder = tmp_path / "NATS-tss-v1_0-3ffb9-simple"
    folder.mkdir()
    named = "NATS-tss-v1_0-3ffb9-simple by its name, no checksum is published"
    assert identify("nats_tss", folder) == named
    monkeypatch.chdir(folder)
    assert identify("nats_tss", Path()) == named
    assert identify("nats_sss", folder) == UNKNOWN
    (tmp_path / V1_1).mkdir()
    assert identify("nb201", tmp_path / V1_1) == UNKNOWN


def test_a_kind_without_releases():
    with pytest.raises(UnknownName, match="Did you mean 'nb201'"):
        identify("nb_201", Path("x"), {})


def test_the_data():
    assert len({release.name for release in RELEASES}) == len(RELEASES)
    for release in RELEASES:
        assert release.page.startswith("https://github.com/")
        assert bool(release.algorithm) == bool(release.checksum)
        if release.algorithm == "md5":  # the authors end the name with the MD5's last digits
            assert release.name.partition(".p")[0].endswith(release.checksum[-5:])
