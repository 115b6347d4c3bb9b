"""Writing TFRecord files in the form of NAS-Bench-101, independently of the reader."""

import base64
import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.core import Arch
from harness.spaces.nb101 import Nb101, module_hash

SPACE = Nb101()
EPOCHS = (4, 12, 36, 108)


def crc32c(data: bytes) -> int:
    """Bit by bit, as the definition has it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) % 2**32


def frame(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def varint(value: int) -> bytes:
    return varint_tail(value >> 7, bytes([value & 127 | (128 if value > 127 else 0)]))


def varint_tail(rest: int, done: bytes) -> bytes:
    return done + varint(rest) if rest else done


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<d", value)


def text(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def evaluation(*values: float) -> bytes:
    """Epoch, seconds, and three accuracies."""
    return b"".join(double(number, value) for number, value in enumerate(values, 1))


def message(evaluations: Iterable[bytes], params: int, total: float) -> bytes:
    return b"".join(text(1, each) for each in evaluations) + b"\x10" + varint(params) + double(3, total)


def values(index: int, epochs: int, repeat: int) -> list[list[float]]:
    """The three evaluations of a training, made up: epoch, seconds, accuracies of train, valid and test."""
    quality = index / 500_000 + epochs / 1000 + repeat / 10_000
    return [
        [
            part * epochs,
            part * (epochs * 10.25 + repeat),
            quality / 3 + part / 4,
            quality / 4 + part / 4,
            quality * part,
        ]
        for part in (0.0, 0.5, 1.0)
    ]


def params(index: int) -> int:
    return 227_274 + index


def row(arch: Arch, epochs: int, repeat: int) -> list[Any]:
    index = SPACE.index(arch)
    adjacency, operations = SPACE.encode(arch).split(":")
    evaluations = [evaluation(*each) for each in values(index, epochs, repeat)]
    metrics = base64.encodebytes(message(evaluations, params(index), 100.5 * epochs + repeat)).decode()
    return [module_hash(arch), epochs, adjacency, operations, metrics]


def write(path: Path, rows: Iterable[Any]) -> Path:
    path.write_bytes(b"".join(frame(json.dumps(row).encode()) for row in rows))
    return path
