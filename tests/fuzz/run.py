"""Fuzzes the readers: `python tests/fuzz/run.py [--seconds S] [--engine mutate|atheris] [TARGET...]`.

Each target runs in a process of its own, which is started again when an input kills it. The seconds are split over the
targets. Exit code 1 when something was found; the same seed and number of inputs try the same inputs with `mutate`.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).parents[1])]

from fuzz.catalogue import names  # noqa: E402

HANGS = 60
"""Seconds after which an input that does not end is a finding."""

START = 300
"""Seconds that the imports of a target, and its sound inputs, may take."""


class Run(NamedTuple):
    """How a target is run: the seconds for it, and at most so many inputs."""

    engine: str
    seconds: float
    seed: int
    inputs: int
    folder: Path


def main() -> int:
    given = _arguments()
    given.findings.mkdir(parents=True, exist_ok=True)
    targets = given.target or names()
    run = Run(given.engine, given.seconds / len(targets), given.seed, given.inputs, given.findings)
    began, everything = time.time(), list[Path]()
    for name in targets:
        tried, seconds = fuzz(name, run)
        new = sorted(path for path in given.findings.glob(f"{name}-*.txt") if path.stat().st_mtime > began)
        everything += new
        print(f"{name:20} {tried:9,} inputs {tried / max(seconds, 1e-9):9,.0f}/s {len(new):3} findings", flush=True)
        for path in new:
            print(f"    {path.stem}: {path.read_text('utf-8').partition(chr(10))[0]}", flush=True)
    return int(bool(everything))


def fuzz(name: str, run: Run) -> tuple[int, float]:
    """Inputs tried, and the seconds that took, of a target."""
    end, tried, seed = time.monotonic() + run.seconds, 0, run.seed
    start = time.monotonic()
    while (left := end - time.monotonic()) > 0 and tried < run.inputs:
        words = [run.engine, name, str(left), str(seed), str(run.inputs - tried), str(run.folder)]
        done, said = _watched(name, words, run.folder)
        if done:
            return tried + int(said.split()[-1]), time.monotonic() - start
        seed += 1_000_003
        tried += 1
    return tried, time.monotonic() - start


def _watched(name: str, words: list[str], folder: Path) -> tuple[bool, str]:
    """Whether the process came to its end, and what it said; else its last input becomes a finding."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    command = [sys.executable, str(Path(__file__).with_name("child.py")), *words]
    log, current = folder / f"{name}.log", folder / f"{name}.current"
    current.unlink(missing_ok=True)
    with (
        log.open("wb") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=environment) as one,
    ):
        began, hangs = time.time(), False
        while True:
            try:
                said = one.communicate(timeout=1)[0].decode()
                break
            except subprocess.TimeoutExpired:
                touched = current.stat().st_mtime if current.exists() else began + START - HANGS
                hangs = time.time() - touched > HANGS
                if hangs:
                    one.kill()
    if one.returncode == 0 and said.split():
        current.unlink(missing_ok=True)
        log.unlink()
        return True, said
    if not current.exists():
        sys.exit(f"{name} does not start:\n{log.read_text('utf-8', 'replace')[-3000:]}")
    path = folder / f"{name}-{'hang' if hangs else 'crash'}{abs(one.returncode)}-{int(began)}"
    path.with_suffix(".bin").write_bytes(current.read_bytes())
    path.with_suffix(".txt").write_text(
        f"the process ended with {one.returncode}\n\n{log.read_text('utf-8', 'replace')[-6000:]}", "utf-8"
    )
    return False, ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("target", nargs="*", help=f"of {', '.join(names())}; all by default", metavar="TARGET")
    parser.add_argument("--seconds", type=float, default=60.0, help="in total, split over the targets")
    parser.add_argument("--engine", choices=("mutate", "atheris"), default="mutate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--inputs", type=int, default=10**12, help="at most, of each target")
    parser.add_argument("--findings", type=Path, default=Path("findings"), help="the folder that they are kept in")
    given = parser.parse_args()
    for name in given.target:
        if name not in names():
            parser.error(f"no target is called {name!r}; there are {', '.join(names())}")
    return given


if __name__ == "__main__":
    sys.exit(main())
