"""Opening time, memory, evaluate and bulk times of tables: `python tests/bench_table.py [FOLDER]`.

Without a folder the shipped digits201 is measured; in both cases a synthetic table of 1 GB is measured too.
"""

import subprocess
import sys
import tempfile
import timeit
from pathlib import Path

import numpy as np

from harness.core import Fidelity, Query
from tabular.benchmarks.digits201 import FOLDER
from tabular.checksum import sample_digest
from tabular.manifest import Column, Manifest, StoredFile
from tabular.store import open_table
from tabular.vocabulary import KNOWN

OPENING = """
import resource, sys, time
from pathlib import Path
import harness.spaces.nb201
from tabular.store import open_table
def memory():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
before, began = memory(), time.perf_counter()
table = open_table(Path(sys.argv[1]))
print(time.perf_counter() - began, memory() - before)
"""


def sparse_table(folder: Path) -> None:
    """A table whose one column takes 1 GB on paper and next to nothing on the disk."""
    fidelities, seeds = tuple(Fidelity(epochs, 200) for epochs in range(1, 201)), tuple(range(43))
    folder.mkdir()
    path = folder / "valid_accuracy.npy"
    np.lib.format.open_memmap(path, mode="w+", dtype=np.float64, shape=(15625, len(fidelities), len(seeds))).flush()
    file = StoredFile(path.name, path.stat().st_size, "not computed", sample_digest(path))
    column = Column("valid_accuracy", fidelities, seeds, file)
    manifest = Manifest("sparse", "nb201", None, (KNOWN["valid_accuracy"],), 15625, (column,), None, {})
    (folder / "manifest.json").write_text(manifest.dump())


def opening(folder: Path) -> None:
    """Print the best time of five first openings, each in a process of its own, and the most memory."""
    command = [sys.executable, "-c", OPENING, str(folder)]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(5)]
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    seconds, memory = min(float(run[0]) for run in runs), max(int(run[1]) for run in runs)
    print(f"{folder.name}, {size:,.1f} MB: open {seconds * 1e3:.2f} ms, {memory / 1e6:.1f} MB more memory")


def answers(folder: Path, seed: int | None) -> None:
    """Print the best times of an evaluation and of a bulk answer."""
    table = open_table(folder)
    full, size = table.fidelities[-1], table.space.size
    queries = [Query(arch, full) for arch in table.space.all()[:1000]]
    first = timeit.timeit(lambda: table.table("valid_accuracy", full, seed), number=1) / size
    bulk = min(timeit.repeat(lambda: table.table("valid_accuracy", full, seed), number=1, repeat=200)) / size
    one = min(timeit.repeat(lambda: [table.evaluate(q, seed) for q in queries], number=1, repeat=200)) / len(queries)
    print(f"  seed {seed}: evaluate {one * 1e6:.2f} us, bulk {bulk * 1e9:.1f} ns a value (at first {first * 1e9:.1f})")


def main() -> None:
    """Measure the named table and the 1 GB one."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    opening(folder)
    answers(folder, None)
    answers(folder, 0)
    with tempfile.TemporaryDirectory() as temporary:
        sparse_table(Path(temporary) / "sparse")
        opening(Path(temporary) / "sparse")


if __name__ == "__main__":
    main()
