"""Files of torch.save: what is found in them without torch."""

import pickle
import zipfile

import hostile

from fuzz.scratch import put
from harness.pickles import read
from tabular.torch_file import open_object

VALUE = pickle.dumps({"a": [1, 2.5], "b": "x" * 50}, 2)


def seeds() -> list[bytes]:
    zipped = {"a/data.pkl": VALUE, "a/version": b"3\n"}
    bad = [content for content, _ in hostile.torch_files().values() if len(content) < 20_000]
    return [hostile.legacy(VALUE), hostile.archive(zipped), hostile.archive(zipped, zipfile.ZIP_DEFLATED), *bad]


def check(data: bytes) -> None:
    with open_object(put("file.pth", data)) as stream:
        read(stream, {}, limit=64 << 20)
