"""The journal of a live run: each finished evaluation is a line, flushed at once; a restart replays it.

A line is eight hexadecimal digits, the CRC-32 of the rest, a space, and JSON: the question and its answer. Earlier
versions wrote the JSON alone.
"""

import json
import logging
import math
import os
import zlib
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any, NamedTuple

from harness.core import Benchmark, Evaluation, Query
from harness.errors import Unmeasured
from harness.files import flush_folder, open_own
from harness.json_file import parsed

LONGEST = 2**20
"""The most bytes of a line that are read."""

Answer = tuple[dict[str, float], float] | str
"""Metrics and seconds, or why there are none."""


class Known(NamedTuple):
    """An answer, and how many were known before it."""

    place: int
    answer: Answer


log = logging.getLogger("nasgauge")


class Journaled(Benchmark):
    """Answers from the journal what was answered before, and writes down every new answer.

    From a line on that is torn or altered everything is dropped, and asked again. An answer of NaN, or
    without all metrics, is not written down: it is a defect of the benchmark, and is asked for again once that is
    mended. One process at a time may have the file: `harness/experiment/work.py` sees to that.
    """

    def __init__(self, benchmark: Benchmark, path: Path) -> None:
        self._benchmark = benchmark
        self.name, self.space, self.metrics = benchmark.name, benchmark.space, benchmark.metrics
        self.fidelities, self.seeds, self.provenance = benchmark.fidelities, benchmark.seeds, benchmark.provenance
        self.dataset = benchmark.dataset
        path.parent.mkdir(parents=True, exist_ok=True)
        self._names = {metric.name for metric in self.metrics}
        self._path, self._known = path, _replay(path, self._names)
        self._places = {key: place for place, key in enumerate(self._known)}

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        """Answer from the journal, else from the benchmark."""
        found = self.known(query, seed)
        if found is None:
            self.enter(query, seed, answer := answer_of(self._benchmark, query, seed))
        else:
            answer = found.answer
        if isinstance(answer, str):
            raise Unmeasured(answer)
        return Evaluation(answer[0], answer[1])

    def known(self, query: Query, seed: int | None) -> Known | None:
        """The answer, if there is one yet."""
        key = _key(query, seed)
        return Known(self._places[key], self._known[key]) if key in self._known else None

    def enter(self, query: Query, seed: int | None, answer: Answer) -> None:
        """Write a new answer down."""
        key = _key(query, seed)
        self._places[key], self._known[key] = len(self._known), answer
        if isinstance(answer, str) or _is_sound(*answer, self._names):
            self._append(json.dumps([key, answer]))

    def _append(self, content: str) -> None:
        new = not self._path.exists()
        with open_own(self._path, "ab") as file:
            file.write(_line(content.encode()))
            file.flush()
            os.fsync(file.fileno())
        if new:
            flush_folder(self._path.parent)


def answer_of(benchmark: Benchmark, query: Query, seed: int | None) -> Answer:
    """What the benchmark answers."""
    try:
        evaluation = benchmark.evaluate(query, seed)
    except Unmeasured as error:
        return str(error)
    return dict(evaluation.metrics), evaluation.seconds


def _key(query: Query, seed: int | None) -> str:
    return json.dumps([query.arch, query.fidelity, seed])


def _line(content: bytes) -> bytes:
    return b"%08x %b\n" % (zlib.crc32(content), content)


def _replay(path: Path, names: Set[str]) -> dict[str, Answer]:
    """What the journal knows of metrics of these names; it is cut where its first bad line begins."""
    known: dict[str, Answer] = {}
    if not os.path.lexists(path):
        return known
    whole = 0
    with open_own(path, "r+b") as file:
        while line := file.readline(LONGEST):
            try:
                key, answer = _read(line, names)
            except ValueError:
                break
            known[key] = answer
            whole += len(line)
        if dropped := file.seek(0, os.SEEK_END) - whole:
            what = "%s: its last %d bytes are damaged and dropped; what they answered is asked again"
            log.warning(what, path, dropped)
            file.truncate(whole)
    return known


def _read(line: bytes, names: Set[str]) -> tuple[str, Answer]:
    """The question and the answer of a line; `ValueError` where it is not what was written."""
    content = line if line.startswith(b"[") else line[9:]
    if not line.endswith(b"\n") or (content is not line and line != _line(content[:-1])):
        raise ValueError("torn or altered")
    match parsed(content):
        case [str(key), str(reason)]:
            return key, reason
        case [str(key), [dict(metrics), seconds]] if _is_sound(metrics, seconds, names):
            return key, (metrics, seconds)
    raise ValueError("no question with its answer")


def _is_sound(metrics: Mapping[str, Any], seconds: Any, names: Set[str]) -> bool:
    """Whether all metrics are there, and everything is a number that can be."""
    return names <= metrics.keys() and all(map(_is_number, [*metrics.values(), seconds])) and seconds >= 0


def _is_number(value: Any) -> bool:
    return math.isfinite(value) if isinstance(value, float) else type(value) is int and abs(value) < 2**63
