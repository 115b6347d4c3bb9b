"""Benchmarks that a process keeps open from one part of its work to the next.

They are kept by spec and fingerprint: a worker may outlive a run, and the next one may have other data under that name.
"""

import json
from functools import lru_cache

from harness.core import Benchmark
from harness.errors import BadValue
from harness.experiment.build import open_benchmark
from harness.experiment.config import Spec
from harness.fingerprint import fingerprint_of


def opened(spec: Spec, fingerprint: str) -> Benchmark:
    """The benchmark of this spec and fingerprint; `BadValue` where what is there has another fingerprint."""
    return _opened(json.dumps(spec, sort_keys=True), fingerprint)


def stand_in(spec: Spec, fingerprint: str) -> Benchmark:
    """For the benchmark of this fingerprint, on which others train, one of another spec, such as another device."""
    return _stand_in(json.dumps(spec, sort_keys=True), fingerprint)


@lru_cache(maxsize=8)
def _opened(spec: str, fingerprint: str) -> Benchmark:
    benchmark = open_benchmark(json.loads(spec))
    if (found := fingerprint_of(benchmark)) != fingerprint:
        raise BadValue(
            f"benchmark {benchmark.name} is not the one that this run began with: its fingerprint is {found[:16]}, and "
            f"was {fingerprint[:16]}; let all machines read the same data, and run it again"
        )
    return benchmark


@lru_cache(maxsize=2)
def _stand_in(spec: str, fingerprint: str) -> Benchmark:
    return open_benchmark(json.loads(spec))
