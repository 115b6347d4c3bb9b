"""Files packed by bzip2, read whole and as a stream."""

import bz2

import hostile

from fuzz.scratch import put
from harness.pickles import open_bz2, read_bz2

LIMIT = 16 << 20


def seeds() -> list[bytes]:
    bad = [content for content, _ in hostile.packed().values() if len(content) < 10_000]
    return [bz2.compress(b"abc" * 1000), bz2.compress(bytes(100_000)), bz2.compress(b"a") + bz2.compress(b"b"), *bad]


def check(data: bytes) -> None:
    read_bz2(put("file.pbz2", data), LIMIT)
    with open_bz2(put("file.pbz2", data)) as stream:
        while stream.read(1 << 16):
            pass
