"""What tells two benchmarks of one name apart."""

from harness.core import Benchmark
from harness.files import digest


def fingerprint_of(benchmark: Benchmark) -> str:
    """A table's own fingerprint, or a digest of what the benchmark says of itself."""
    return str(getattr(benchmark, "fingerprint", None) or digest(dict(benchmark.provenance)))
