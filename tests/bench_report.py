"""How long, and in how much memory, a report takes: 10 algorithms x 3 data sets x 500 runs x 1,000 evaluations.

`python tests/bench_report.py [FOLDER]` makes such a results folder where there is none yet (0.5 GB), and reports it.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from reports_factory import ENVIRONMENT, search_study

from harness.block_files import write_block
from harness.files import write_json

ALGORITHMS = ("random_search", *(f"algorithm_{i}" for i in range(1, 10)))
DATA_SETS = ("first", "second", "third")
PER_SHARD = 25


def make(folder: Path, runs: int, steps: int) -> None:
    """Write results in the form of a finished experiment."""
    for kind in ("search", "proxy", "truth", "measured"):
        (folder / kind).mkdir(parents=True)
    studies, blocks = [], []
    for number, name in enumerate(DATA_SETS):
        studies.append(search_study(number, ALGORITHMS, runs, oracle=True) | {"study": number, "benchmark": name})
        for label in ALGORITHMS:
            for first in range(0, runs, PER_SHARD):
                block = f"{number}-{label}-{first}"
                blocks.append({"id": block, "kind": "search", "study": number, "label": label})
                seeds = np.arange(first, min(first + PER_SHARD, runs))
                rows = [
                    {"study": number, "kind": "search", "label": label, "seed": int(seed), "n": steps,
                     "overhead_seconds": 0.01} for seed in seeds
                ]  # fmt: skip
                write_block(folder, "search", block, columns(number, label, seeds, steps), {}, rows)
    manifest = {"format": 1, "name": "large", "version": "0.1.0", "experiment": {"name": "large"},
                "environment": ENVIRONMENT, "studies": studies, "blocks": blocks}  # fmt: skip
    write_json(folder / "manifest.json", manifest)
    write_json(folder / "environment.json", ENVIRONMENT)


def columns(study: int, label: str, seeds: np.ndarray, steps: int) -> dict[str, object]:
    """What the recorder writes of some runs of an algorithm."""
    rng = np.random.default_rng([study, ALGORITHMS.index(label), int(seeds[0])])
    shape = (len(seeds), steps)
    charged = rng.uniform(0.5, 1.5, shape) * 150 / steps
    quality = rng.lognormal(0, 0.6 + 0.05 * ALGORITHMS.index(label), shape)
    regret = np.minimum.accumulate(6 * quality * (1 + charged.cumsum(axis=1)) ** -0.5, axis=1)
    arch = rng.integers(0, 15625, shape)
    count = len(seeds) * steps
    return {
        "study": study, "benchmark": DATA_SETS[study], "algorithm": label, "seed": np.repeat(seeds, steps),
        "step": np.tile(np.arange(steps), len(seeds)), "arch": arch.ravel(), "epochs": np.full(count, 12),
        "schedule": np.full(count, 12), "data": np.ones(count), "trial": rng.integers(0, 3, count),
        "loss": -95 + rng.normal(0, 1, count), "charged": charged.ravel(), "finished": charged.cumsum(axis=1).ravel(),
        "incumbent": arch.ravel(), "valid": 96 - regret.ravel(), "test": 97.3 - regret.ravel(),
        "regret": regret.ravel(), "reason": np.full(count, "", dtype=object),
    }  # fmt: skip


def measure(folder: Path) -> None:
    """Report the folder and print what that took."""
    began = time.perf_counter()
    from reports.build import report

    page = report([folder], progress=lambda done, total, what: print(f"{time.perf_counter() - began:6.1f} s {what}"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(
        f"{page}: {time.perf_counter() - began:.1f} s, {memory / 1024:.0f} MB, largest child {children / 1024:.0f} MB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--steps", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        target = options.folder or Path(scratch) / "large"
        if not (target / "manifest.json").exists():
            make(target, options.runs, options.steps)
        sys.stdout.flush()
        measure(target)
