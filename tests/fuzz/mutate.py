"""Inputs by number: sound ones with a few bytes, or a few values, wrong. The same number gives the same input."""

import random
from collections.abc import Callable
from types import ModuleType

from fuzz.spoil import spoilt

LARGEST = 1 << 20
"""Bytes of the largest input."""

NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 40, 1 << 63)
TOKENS = (
    b"\0", b"\n", b"\r", b",", b'"', b"'", b"\\", b"=", b":", b"|", b"[", b"]", b"{", b"}", b"(", b")", b".", b"-1",
    b"0", b"nan", b"NaN", b"Infinity", b"1e999", b"-1e-999", b"9" * 20, b"9" * 5000, b"null", b"true", b"\xff",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\\ud800", b"\x1b[2J", b"../../", b"/dev/zero",
    b"[" * 2000, b'{"a":' * 2000,
    b"]" * 50, b"(" * 300, b"a" * 70_000,
)  # fmt: skip


class Mutator:
    """Inputs of a target, from the seed on."""

    def __init__(self, target: ModuleType, seed: int) -> None:
        self._name = f"{target.__name__} {seed}"
        self._seeds: list[bytes] = target.seeds()
        self._values = target.values() if hasattr(target, "values") else []
        self._pack: Callable[[object], bytes] = getattr(target, "pack", bytes)

    def __call__(self, number: int) -> bytes:
        """The input of this number; the first ones are the sound ones."""
        if number < len(self._seeds):
            return self._seeds[number]
        rng = random.Random(f"{self._name} {number}")
        if self._values and rng.random() < 0.6:
            try:
                data = self._pack(spoilt(rng.choice(self._values), rng))
            except Exception:  # what cannot be written down
                data = rng.choice(self._seeds)
            if rng.random() < 0.8:
                return data
        else:
            data = rng.choice(self._seeds)
        return mutated(data, rng.choice(self._seeds), rng)


def mutated(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """The bytes with one to eight changes, some of them from another input."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4, 8))):
        data = _CHANGES[rng.randrange(len(_CHANGES))](data, other, rng)[:LARGEST]
    return data


def _flip(data: bytes, other: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) or 1)
    return data[:at] + bytes([(data[at : at + 1] or b"\0")[0] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _byte(data: bytes, other: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) or 1)
    return data[:at] + rng.randbytes(1) + data[at + 1 :]


def _number(data: bytes, other: bytes, rng: random.Random) -> bytes:
    width = rng.choice((1, 2, 4, 8))
    at = rng.randrange(len(data) or 1)
    number = rng.choice(NUMBERS) & (1 << 8 * width) - 1
    return data[:at] + number.to_bytes(width, rng.choice(("little", "big"))) + data[at + width :]


def _digits(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """Another number where digits stand."""
    found = [at for at in range(min(len(data), 4096)) if 48 <= data[at] <= 57]
    if not found:
        return _token(data, other, rng)
    at = rng.choice(found)
    return data[:at] + rng.choice((b"-", b"9", b"0", b"1e", b".", str(rng.choice(NUMBERS)).encode())) + data[at + 1 :]


def _token(data: bytes, other: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(TOKENS) + data[at + rng.choice((0, 0, 1, 4)) :]


def _span(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 4, 8, 16, 64, 256, 4096)))


def _delete(data: bytes, other: bytes, rng: random.Random) -> bytes:
    start, stop = _span(data, rng)
    return data[:start] + data[stop:]


def _repeat(data: bytes, other: bytes, rng: random.Random) -> bytes:
    start, stop = _span(data, rng)
    return data[:stop] + data[start:stop] * rng.choice((1, 2, 10, 1000)) + data[stop:]


def _cut(data: bytes, other: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _splice(data: bytes, other: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _swap(data: bytes, other: bytes, rng: random.Random) -> bytes:
    start, stop = _span(data, rng)
    end = min(len(data), stop + stop - start)
    return data[:start] + data[stop:end] + data[start:stop] + data[end:]


def _borrow(data: bytes, other: bytes, rng: random.Random) -> bytes:
    start, stop = _span(other, rng)
    at = rng.randrange(len(data) + 1)
    return data[:at] + other[start:stop] + data[at + rng.choice((0, stop - start)) :]


_CHANGES = (_flip, _byte, _number, _digits, _token, _delete, _repeat, _cut, _splice, _swap, _borrow)
