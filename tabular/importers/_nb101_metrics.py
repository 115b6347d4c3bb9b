"""Reading the `ModelMetrics` of NAS-Bench-101 from the protocol buffer that holds them.

ModelMetrics: repeated EvaluationData = 1, int32 trainable_parameters = 2, double total_time = 3. EvaluationData: double
current_epoch = 1, training_time = 2, train_accuracy = 3, validation_accuracy = 4, test_accuracy = 5, string
checkpoint_path = 6. Other fields are skipped.
"""

import math
import struct
from collections.abc import Iterator
from typing import NamedTuple

from harness.errors import BadValue

_VARINT, _EIGHT_BYTES, _TEXT, _FOUR_BYTES = 0, 1, 2, 5
_FIXED = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_DOUBLE = struct.Struct("<d")

_EVALUATIONS, _PARAMETERS, _TOTAL_TIME = 1, 2, 3
_NAMES = ("current_epoch", "training_time", "train_accuracy", "validation_accuracy", "test_accuracy")

_USUAL = struct.Struct("<BdBdBdBdBd")
_USUAL_TAGS = bytes(number << 3 | _EIGHT_BYTES for number in range(1, 6))
"""An evaluation is nearly always its five doubles in order, which one call unpacks."""


class Evaluation(NamedTuple):
    """One evaluation during a training: seconds of training so far, and accuracies as fractions."""

    epoch: float
    seconds: float
    train: float
    valid: float
    test: float


class Metrics(NamedTuple):
    """What the file holds of one training; the evaluations are those before it, halfway and at its end."""

    evaluations: tuple[Evaluation, Evaluation, Evaluation]
    params: int
    total_seconds: float


def read_metrics(data: bytes) -> Metrics:
    """Read the message; a `BadValue` says what is malformed, missing or out of range."""
    evaluations, params, total = [], None, None
    for number, wire, value in _fields(data):
        if number == _EVALUATIONS:
            evaluations.append(_evaluation(_expect(value, wire, _TEXT)))
        elif number == _PARAMETERS:
            params = _varint(_expect(value, wire, _VARINT), 0)[0]
        elif number == _TOTAL_TIME:
            total = _DOUBLE.unpack(_expect(value, wire, _EIGHT_BYTES))[0]
    if len(evaluations) != 3:
        raise BadValue(f"it holds {len(evaluations)} evaluations, not three: before training, halfway, and at its end")
    if params is None or not 0 < params < 1 << 31:
        raise BadValue(f"trainable_parameters is {params}")
    if total is None or not 0 <= total < math.inf:
        raise BadValue(f"total_time is {total}")
    return Metrics((evaluations[0], evaluations[1], evaluations[2]), params, total)


def _evaluation(data: bytes) -> Evaluation:
    if len(data) == _USUAL.size and data[::9] == _USUAL_TAGS:
        _, epoch, _, seconds, _, train, _, valid, _, test = _USUAL.unpack(data)
    else:
        epoch, seconds, train, valid, test = _unusual(data)
    if not (0 <= seconds < math.inf and 0 <= epoch < math.inf):
        raise BadValue(f"an evaluation at epoch {epoch:g} after {seconds:g} s")
    if not (0 <= train <= 1 and 0 <= valid <= 1 and 0 <= test <= 1):
        raise BadValue(f"accuracies of {train:g}, {valid:g} and {test:g}: they are fractions, from 0 to 1")
    return Evaluation(epoch, seconds, train, valid, test)


def _unusual(data: bytes) -> list[float]:
    """The five doubles in any order, the last of each counting, among other fields."""
    found: dict[int, float] = {}
    for number, wire, value in _fields(data):
        if 1 <= number <= len(_NAMES):
            found[number] = _DOUBLE.unpack(_expect(value, wire, _EIGHT_BYTES))[0]
    for number, name in enumerate(_NAMES, 1):
        if number not in found:
            raise BadValue(f"an evaluation lacks {name}")
    return [found[number] for number in range(1, len(_NAMES) + 1)]


def _fields(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, wire type and bytes of each field."""
    place = 0
    while place < len(data):
        tag, begin = _varint(data, place)
        wire = tag & 7
        if wire == _VARINT:
            place = _varint(data, begin)[1]
        elif wire == _TEXT:
            length, begin = _varint(data, begin)
            place = begin + length
        elif wire in _FIXED:
            place = begin + _FIXED[wire]
        else:
            raise BadValue(f"a field of wire type {wire}, which no such message has")
        if place > len(data):
            raise BadValue("a field goes on beyond the end of its message")
        yield tag >> 3, wire, data[begin:place]


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """The number at this place, seven bits a byte, and the place after it."""
    if place < len(data) and data[place] < 128:
        return data[place], place + 1
    value = 0
    for k, byte in enumerate(data[place : place + 10]):
        value |= (byte & 127) << 7 * k
        if byte < 128:
            return value, place + k + 1
    raise BadValue("a number goes on beyond the end of its message, or beyond ten bytes")


def _expect(value: bytes, wire: int, wanted: int) -> bytes:
    if wire != wanted:
        raise BadValue(f"a field has wire type {wire} where {wanted} is due")
    return value
