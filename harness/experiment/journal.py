"""The journal of a live run: each finished evaluation is a line of JSON, flushed at once; a restart replays it."""

import json
import math
import os
from pathlib import Path

from harness.core import Benchmark, Evaluation, Query
from harness.errors import Unmeasured


class Journaled(Benchmark):
    """Answers from the journal what was answered before, and writes down every new answer.

    A line that a kill cut short is dropped: its evaluation is asked again. An answer of NaN is not written down: it is
    a defect of the benchmark, and is asked for again once that is mended.
    """

    def __init__(self, benchmark: Benchmark, path: Path) -> None:
        self._benchmark = benchmark
        self.name, self.space, self.metrics = benchmark.name, benchmark.space, benchmark.metrics
        self.fidelities, self.seeds, self.provenance = benchmark.fidelities, benchmark.seeds, benchmark.provenance
        self.dataset = benchmark.dataset
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._known = path, _replay(path)

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        """Answer from the journal, else from the benchmark."""
        key = _key(query, seed)
        if key not in self._known:
            self._known[key] = answer = self._ask(query, seed)
            if isinstance(answer, str) or not any(map(math.isnan, answer[0].values())):
                self._append(json.dumps([key, answer]))
        known = self._known[key]
        if isinstance(known, str):
            raise Unmeasured(known)
        return Evaluation(known[0], known[1])

    def _append(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _ask(self, query: Query, seed: int | None) -> tuple[dict[str, float], float] | str:
        try:
            evaluation = self._benchmark.evaluate(query, seed)
        except Unmeasured as error:
            return str(error)
        return dict(evaluation.metrics), evaluation.seconds


def _key(query: Query, seed: int | None) -> str:
    return json.dumps([query.arch, query.fidelity, seed])


def _replay(path: Path) -> dict[str, tuple[dict[str, float], float] | str]:
    known: dict[str, tuple[dict[str, float], float] | str] = {}
    if not path.exists():
        return known
    whole = 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            key, value = json.loads(line)
            known[key] = value
            whole += len(line)
    os.truncate(path, whole)
    return known
