"""The globals that pickles of benchmarks name, each with a constructor of our own in its place."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue
from harness.pickles._global import Global
from harness.pickles._keys import check_keys
from harness.pickles._words import as_text

NUMBERS = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})


def _dict(pairs: Any = ()) -> dict[Any, Any]:
    """An `OrderedDict` as a dict, which keeps the order too."""
    if type(pairs) not in (list, tuple) or any(type(pair) not in (list, tuple) or len(pair) != 2 for pair in pairs):
        raise BadValue("a dict is made of pairs")
    check_keys([key for key, _ in pairs])
    return dict(pairs)


def _dtype(code: Any, align: Any = False, copy: Any = True) -> np.dtype[Any]:
    """A dtype of numbers, little-endian; nothing comes of the other arguments, which numpy always writes."""
    code = as_text(code)
    if type(code) is not str or code not in NUMBERS:
        raise BadValue(f"a dtype is one of {', '.join(sorted(NUMBERS))}")
    return np.dtype(f"<{code}")


def _scalar(kind: Any, data: Any) -> Any:
    if not isinstance(kind, np.dtype) or type(data) is not bytes or len(data) != kind.itemsize:
        raise BadValue("a number is made of a dtype and just its bytes")
    return np.frombuffer(data, kind)[0]


def _encode(text: Any, encoding: Any) -> bytes:
    """Bytes, as protocol 2 writes them."""
    if type(text) is not str or type(encoding) is not str or encoding not in ("latin1", "latin-1"):
        raise BadValue("text is encoded as latin1 only")
    return text.encode("latin1")


def _bytes() -> bytes:
    return b""


def _set(items: Any = ()) -> set[Any]:
    if type(items) not in (list, tuple):
        raise BadValue("a set is made of a list")
    check_keys(items)
    return set(items)


def _frozenset(items: Any = ()) -> frozenset[Any]:
    return frozenset(_set(items))


def _array(kind: Any, shape: Any, code: Any) -> NDArray[Any]:
    """An array that is still empty; its state follows."""
    if type(kind) is not Global or kind.make is not _ndarray:
        raise BadValue("an array is a numpy.ndarray")
    return np.empty(0, np.uint8)


def _ndarray() -> None:
    raise BadValue("an array is made by _reconstruct")


def _named(name: str, make: Callable[..., Any], *modules: str) -> dict[str, Callable[..., Any]]:
    return {f"{module}.{name}": make for module in modules}


NUMPY: Mapping[str, Callable[..., Any]] = MappingProxyType(
    _named("OrderedDict", _dict, "collections")
    | _named("scalar", _scalar, "numpy.core.multiarray", "numpy._core.multiarray")
    | _named("dtype", _dtype, "numpy")
    | _named("encode", _encode, "_codecs")
    | _named("set", _set, "builtins", "__builtin__")
    | _named("frozenset", _frozenset, "builtins", "__builtin__")
    | _named("bytes", _bytes, "builtins", "__builtin__")
)
"""What the files of NATS-Bench and NAS-Bench-201 need; sets and bytes are globals in protocol 2 and 3."""

NDARRAYS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    dict(NUMPY)
    | _named("_reconstruct", _array, "numpy.core.multiarray", "numpy._core.multiarray")
    | _named("ndarray", _ndarray, "numpy")
)
"""`NUMPY`, and arrays of numbers."""
