"""The official releases of the benchmarks that can be imported: where they are had, and how a file is known to be one.

Names and sizes are those of the pages. The authors of NAS-Bench-201 and NATS-Bench end a file's name with the last
digits of its MD5; the whole MD5 of NAS-Bench-201 v1.1 is as people who downloaded it recorded it. The SHA256 of
NAS-Bench-101 are on its page.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BadValue, unknown

BLOCK = 1 << 20
SHOWN = 6
"""Digits of a checksum in a message."""

NEEDED = {"hw_nas_bench": " --join nb201"}
"""Options that a kind cannot do without, for what an import of NAS-Bench-201 is called by default."""

UNKNOWN = "unknown file: its checksum is recorded, nothing vouches for it"


@dataclass(frozen=True, slots=True)
class Release:
    """A file or folder as it is published: `size` in words, `checksum` the last digits or all of its `algorithm`."""

    kind: str
    name: str
    page: str
    size: str = ""
    algorithm: str = ""
    checksum: str = ""

    @property
    def command(self) -> str:
        """What imports it, typed where it lies."""
        return f"nasgauge import {self.kind} {self.name}{NEEDED.get(self.kind, '')}"

    @property
    def verified(self) -> str:
        """What a file with this checksum has shown."""
        whole = {"md5": 32, "sha256": 64}[self.algorithm]
        digits = "" if len(self.checksum) == whole else f"last {len(self.checksum)} digits of its "
        return f"{self.name}, {digits}{self.algorithm.upper()} verified"

    def is_of(self, digests: Mapping[str, str]) -> bool:
        """Whether a file with these checksums is this one."""
        return bool(self.checksum) and digests.get(self.algorithm, "").endswith(self.checksum)


_201 = "https://github.com/D-X-Y/NAS-Bench-201"
_NATS = "https://github.com/D-X-Y/NATS-Bench"
_101 = "https://github.com/google-research/nasbench"
_FULL = "3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c"
_ONLY_108 = "4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1"

RELEASES = (
    Release("nats_tss", "NATS-tss-v1_0-3ffb9-simple", _NATS, "1.1 GB as .tar"),
    Release("nats_tss", "NATS-tss-v1_0-3ffb9.pickle.pbz2", _NATS, "", "md5", "3ffb9"),
    Release("nats_sss", "NATS-sss-v1_0-50262-simple", _NATS),
    Release("nats_sss", "NATS-sss-v1_0-50262.pickle.pbz2", _NATS, "", "md5", "50262"),
    Release("nb201", "NAS-Bench-201-v1_1-096897.pth", _201, "5.0 GB", "md5", "55e847143ce1f7c2d89b676f6b096897"),
    Release("nb201", "NAS-Bench-201-v1_0-e61699.pth", _201, "2.2 GB", "md5", "e61699"),
    Release("nb101", "nasbench_full.tfrecord", _101, "1.95 GB", "sha256", _FULL),
    Release("nb101", "nasbench_only108.tfrecord", _101, "499 MB", "sha256", _ONLY_108),
    Release("nb_macro", "nas-bench-macro_cifar10.json", "https://github.com/xiusu/NAS-Bench-Macro"),
    Release("hw_nas_bench", "HW-NAS-Bench-v1_0.pickle", "https://github.com/GATECH-EIC/HW-NAS-Bench"),
    Release("transnas", "transnas-bench_v10141024.pth", "https://github.com/yawen-d/TransNASBench"),
)
"""Of each kind, the first is the one to get."""


def digests(path: Path) -> dict[str, str]:
    """The `md5` and `sha256` of a file, read once; `BadValue` when it cannot be."""
    both = {"md5": hashlib.md5(usedforsecurity=False), "sha256": hashlib.sha256()}
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                for one in both.values():
                    one.update(block)
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror or error}") from error
    return {name: one.hexdigest() for name, one in both.items()}


def identify(kind: str, path: Path, digests: Mapping[str, str] | None = None) -> str:
    """Say which official release of this kind the file or folder is, and how that is known.

    A file is known by its checksums, whatever it is called; `digests` are computed when they are not given. A folder is
    known by its name. `BadValue` when a file is called like a release and is another.
    """
    releases = [release for release in RELEASES if release.kind == kind]
    if not releases:
        raise unknown("kind of releases", kind, {release.kind for release in RELEASES})
    found = _checksums(path) if digests is None else digests
    for release in releases:
        if release.is_of(found):
            return release.verified
    name = path.resolve().name
    named = next((release for release in releases if release.name == name), None)
    if named and not named.checksum:
        return f"{name} by its name, no checksum is published"
    if named and found:
        raise BadValue(_differs(path, named, found))
    return UNKNOWN


def _checksums(path: Path) -> dict[str, str]:
    return {} if path.is_dir() else digests(path)


def _differs(path: Path, release: Release, found: Mapping[str, str]) -> str:
    end, right = found[release.algorithm][-SHOWN:], release.checksum[-SHOWN:]
    return (
        f"{path} is named like the official release but its {release.algorithm.upper()} ends in {end}, not in {right}: "
        f"download it again from {release.page}, or rename it to import it as an unknown file"
    )
