"""Pickles as Python 2's cPickle wrote them in protocol 2: strings are bytes under opcodes of their own."""

import struct
from typing import Any

import numpy as np


def dumps(value: Any) -> bytes:
    """The pickle of dicts, lists, strings (`bytes`), small numbers and arrays of bytes."""
    return b"\x80\x02" + _written(value) + b"."


def _written(value: Any) -> bytes:
    if isinstance(value, dict):
        return b"}(" + b"".join(_written(key) + _written(item) for key, item in value.items()) + b"u"
    if isinstance(value, list):
        return b"](" + b"".join(map(_written, value)) + b"e"
    if isinstance(value, bytes):
        return b"U" + bytes([len(value)]) + value if len(value) < 256 else b"T" + struct.pack("<i", len(value)) + value
    if isinstance(value, np.ndarray):
        return _array(value)
    return b"J" + struct.pack("<i", value)


def _array(value: "np.ndarray[Any, Any]") -> bytes:
    assert value.dtype == np.uint8
    kind = b"cnumpy\ndtype\n" + _written(b"u1") + b"K\x00K\x01\x87R(K\x03" + _written(b"|") + b"NNN"
    kind += b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    shape = b"(" + b"".join(map(_written, value.shape)) + b"t"
    made = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + _written(b"b") + b"\x87R"
    return made + b"(K\x01" + shape + kind + b"\x89" + _written(value.tobytes()) + b"tb"
