"""nats_bench and nasgauge side by side on the same made-up folder: `python tests/bench_nats.py [FOLDER]`.

The folder is in the official form. It is filled with what it lacks and kept, so that it can be used again; a temporary
one is the default. `--architectures N` is for a quicker look: 15,625 is all. Each measurement runs in a process of its
own.
"""

import argparse
import bz2
import json
import os
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import timeit
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import nats_bench
import numpy as np
from nats_factory import TSS, architecture, meta, write_meta

from harness.core import Fidelity, Query
from harness.pickles import read_bz2
from tabular.library import import_tables, imported
from tabular.store import open_table
from tabular.table import Table

ARCHIVE = "NATS-tss-v1_0-3ffb9-simple"
WORKERS = 2
FORM = TSS._replace(lacking=0.0)
LOADED = (200, 400)
"""Architectures that the official library loads at once, to know what all of them would take: 28 GB are too many."""

WARM = 200
SCHEDULES = {"12": Fidelity(12, 12, 0.5), "200": Fidelity(200, 200, 0.5)}
SEED = 777


class Measured(NamedTuple):
    """What a process found, and what it cost: seconds, seconds of processor, and bytes of memory, children included."""

    found: Any
    wall: float
    cpu: float
    memory: int


# The folder


def complete(folder: Path, count: int) -> Path:
    """Write the files of the first `count` architectures that are not there."""
    archive = folder / ARCHIVE
    archive.mkdir(parents=True, exist_ok=True)
    if not (archive / "meta.pickle.pbz2").exists():
        write_meta(FORM, archive)
    missing = [index for index in range(count) if not _file(archive, index).exists()]
    began = time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        for done, _ in enumerate(pool.map(partial(_write, archive), missing, chunksize=16), 1):
            if done % 500 == 0 or done == len(missing):
                print(f"  written {done:,} of {len(missing):,}, {time.perf_counter() - began:.0f} s", flush=True)
    return archive


def first(archive: Path, count: int, folder: Path) -> Path:
    """A folder of links to the first `count` architectures."""
    chosen = folder / f"first-{count}" / ARCHIVE
    chosen.mkdir(parents=True, exist_ok=True)
    for path in (archive / "meta.pickle.pbz2", *(_file(archive, index) for index in range(count))):
        if not (chosen / path.name).exists():
            (chosen / path.name).hardlink_to(path)
    return chosen


def single_file(archive: Path, count: int) -> Path:
    """The other official form, all in one file, of the first `count` architectures."""
    path = archive.parent / f"single-{count}.pickle.pbz2"
    if not path.exists():
        infos = {index: pickle.loads(read_bz2(_file(archive, index))) for index in range(count)}
        _dump(path, meta(FORM) | {"arch2infos": infos, "evaluated_indexes": set(infos)})
    return path


def _file(archive: Path, index: int) -> Path:
    return archive / f"{index:06d}.pickle.pbz2"


def _write(archive: Path, index: int) -> None:
    _dump(_file(archive, index), architecture(FORM, index, np.random.default_rng(index)))


def _dump(path: Path, value: Any) -> None:
    partial_path = path.with_suffix(".partial")
    with bz2.open(partial_path, "wb", compresslevel=1) as file:
        pickle.dump(value, file, protocol=4)
    partial_path.replace(path)


# What is measured, each in a process of its own


def ours_import(archive: str, data: str) -> float:
    """Import the folder as researchers would, on all cores; the seconds until every file was read."""
    began, read = time.perf_counter(), [0.0]

    def progress(done: int, total: int) -> None:
        read[0] = time.perf_counter() - began

    import_tables("nats_tss", Path(archive), "nats_tss", out=Path(data), workers=WORKERS, force=True, progress=progress)
    return read[0]


def ours_open(data: str, *names: str) -> Any:
    """Seconds and bytes that opening these tables takes."""
    import harness.spaces.nb201

    assert harness.spaces.nb201
    folders = [Path(data) / "tables" / name for name in names]
    memory, began = _resident(os.getpid()), time.perf_counter()
    tables = [open_table(folder) for folder in folders]
    opened = time.perf_counter() - began
    assert len(tables) == len(names)
    return opened, _resident(os.getpid()) - memory


def ours_cold(data: str, index: str) -> float:
    """Seconds from a fresh process to the first answer."""
    began = time.perf_counter()
    table = open_table(Path(data) / "tables" / "nats_tss-cifar10")
    table.evaluate(Query(table.space.all()[int(index)], SCHEDULES["12"]), SEED)
    return time.perf_counter() - began


def ours_warm(data: str, count: str) -> Any:
    """Seconds of a bulk answer, the first and the best, by schedule; answers a second, and the answers.

    Asked are the first `count` architectures again and again, and once all of them in any order.
    """
    table = open_table(Path(data) / "tables" / "nats_tss-cifar10")
    archs, few, spread, bulk, values = table.space.all(), {}, {}, {}, {}
    anyhow = np.random.default_rng(0).permutation(table.measured).tolist()
    for hp, fidelity in SCHEDULES.items():
        ask = partial(table.table, "valid_accuracy", fidelity, SEED)
        bulk[hp] = timeit.timeit(ask, number=1), min(timeit.repeat(ask, number=1, repeat=20))
        values[hp] = ask()[: int(count)].tolist()
    for hp, fidelity in SCHEDULES.items():
        few[hp] = _asked([Query(arch, fidelity) for arch in archs[: int(count)]], table)
        spread[hp] = _asked([Query(archs[index], fidelity) for index in anyhow], table)
    return few, spread, bulk, values


def _asked(queries: list[Query], table: Table) -> float:
    def ask() -> None:
        for query in queries:
            table.evaluate(query, SEED)

    return _rate(ask, len(queries))


def theirs_create(archive: str) -> float:
    """Seconds to be ready in the fast mode, which reads files when they are asked for."""
    began = time.perf_counter()
    nats_bench.create(archive, "tss", fast_mode=True, verbose=False)
    return time.perf_counter() - began


def theirs_load(path: str) -> Any:
    """Seconds and bytes to load everything."""
    memory, began = _resident(os.getpid()), time.perf_counter()
    api = nats_bench.create(path, "tss", fast_mode=False, verbose=False)
    assert len(api.evaluated_indexes)
    return time.perf_counter() - began, _resident(os.getpid()) - memory


def theirs_cold(archive: str, index: str) -> float:
    """Seconds from a fresh process to the first answer."""
    began = time.perf_counter()
    api = nats_bench.create(archive, "tss", fast_mode=True, verbose=False)
    api.simulate_train_eval(int(index), "cifar10", hp="12")
    return time.perf_counter() - began


def theirs_warm(archive: str, count: str) -> Any:
    """Answers per second where each needs its file, and by schedule when these are loaded; and those of seed 777."""
    api = nats_bench.create(archive, "tss", fast_mode=True, verbose=False)
    indices = range(int(count))
    random.seed(0)
    began = time.perf_counter()
    for index in indices:
        api.simulate_train_eval(index, "cifar10", hp="12")
    cold = len(indices) / (time.perf_counter() - began)
    rates, values = {}, {}
    for hp in SCHEDULES:
        rates[hp] = _rate(
            lambda hp=hp: [api.simulate_train_eval(index, "cifar10", hp=hp) for index in indices], len(indices)
        )
        infos = (api.get_more_info(index, "cifar10-valid", hp=hp, is_random=SEED) for index in indices)
        values[hp] = [info["valid-accuracy"] for info in infos]
    return cold, rates, values


def _rate(ask: Callable[[], object], count: int) -> float:
    """Answers per second, the best of at least three rounds and one second."""
    ask()
    rounds, end = [], time.perf_counter() + 1.0
    while len(rounds) < 3 or time.perf_counter() < end:
        rounds.append(timeit.timeit(ask, number=1))
    return count / min(rounds)


# Processes


def measure(task: Callable[..., Any], *words: object) -> Measured:
    """Run the task in a process and wait for it, looking at its memory and its children's twenty times a second."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, __file__, "--task", task.__name__, *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak, ended = [0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, ended))
    watcher.start()
    out, _ = process.communicate()
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    ended.set()
    watcher.join()
    if process.returncode:
        sys.exit(f"{task.__name__} failed")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(json.loads(out.splitlines()[-1]), wall, cpu, peak[0])


def _watch(process: int, peak: list[int], ended: threading.Event) -> None:
    while not ended.wait(0.05):
        peak[0] = max(peak[0], sum(map(_resident, _family(process))))


def _family(process: int) -> Iterator[int]:
    """The process and all that come from it."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = [int(child) for child in children.read_text().split()]
        except OSError:
            continue
        for child in found:
            yield from _family(child)


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


# The report


def row(what: str, theirs: str, ours: str, ratio: float | None = None) -> None:
    """Print a line."""
    print(f"{what:<44}{theirs:>24}{ours:>24}{'' if ratio is None else f'{ratio:>12,.1f}x'}", flush=True)


def best(task: Callable[..., Any], *words: object, repeat: int = 5) -> Any:
    """The least of several processes' findings, number by number."""
    found = [measure(task, *words).found for _ in range(repeat)]
    return min(found) if isinstance(found[0], float) else (min(f[0] for f in found), max(f[1] for f in found))


def report(archive: Path, data: Path, count: int) -> None:
    """Measure both on the same files and print the table."""
    print(f"\n{count:,} architectures, {WORKERS} processes; times in seconds unless said otherwise\n")
    row("", "nats_bench", "nasgauge")
    loads = {k: measure(theirs_load, single_file(archive, min(k, count))).found for k in LOADED}
    (few, less), (many, more) = ((k, loads[k]) for k in LOADED)
    slope = [(more[i] - less[i]) / (many - few) if count >= many else more[i] / count for i in (0, 1)]
    load, memory = (more[i] + slope[i] * max(count - many, 0) for i in (0, 1))
    for k, found in loads.items():
        row(f"full load of {min(k, count)}, measured", f"{found[0]:.2f}, {found[1] / 1e6:,.0f} MB", "")
    done = measure(ours_import, archive, data)
    row("import, once", "", f"{done.wall:,.1f}")
    row("  of it reading, the rest is writing", "", f"{done.found:,.1f}")
    row("  seconds of processor a second", "", f"{done.cpu / done.wall:.2f}")
    row("  peak memory, all processes", "", f"{done.memory / 1e6:,.0f} MB")
    os.environ["NASGAUGE_DATA"] = str(data)
    names = sorted(imported())
    size = sum(path.stat().st_size for name in names for path in (data / "tables" / name).iterdir())
    row("  on disk", f"{_size(archive) / 1e6:,.0f} MB", f"{size / 1e6:,.0f} MB", _size(archive) / size)
    for name in (*names, "all"):
        seconds, added = best(ours_open, data, *(names if name == "all" else [name]))
        row(f"open {name}", "", f"{seconds * 1e3:.1f} ms, {added / 1e6:.1f} MB")
    row(f"open everything (theirs extrapolated from {many})", f"{load:,.1f}", f"{seconds:.4f}", load / seconds)
    row("  memory", f"{memory / 1e6:,.0f} MB", f"{added / 1e6:.1f} MB", memory / added)
    create = best(theirs_create, archive)
    row("open, their fast mode", f"{create:.3f}", f"{seconds:.4f}", create / seconds)
    queries(archive, data, count)


def queries(archive: Path, data: Path, count: int) -> None:
    """Measure the answers of both and print them."""
    cold = [best(task, where, count // 2) for task, where in ((theirs_cold, archive), (ours_cold, data))]
    row("open and answer once, new process", f"{cold[0]:.3f}", f"{cold[1]:.4f}", cold[0] / cold[1])
    unread, theirs, their_values = measure(theirs_warm, archive, min(WARM, count)).found
    ours, spread, bulk, our_values = measure(ours_warm, data, min(WARM, count)).found
    row("queries a second, each needs its file", f"{unread:,.0f}", f"{ours['12']:,.0f}", ours["12"] / unread)
    for hp in SCHEDULES:
        row(f"queries a second, {hp} epochs, warm", f"{theirs[hp]:,.0f}", f"{ours[hp]:,.0f}", ours[hp] / theirs[hp])
        row(f"  ours of all {count:,} in any order", "", f"{spread[hp]:,.0f}", spread[hp] / theirs[hp])
    for hp in SCHEDULES:
        seconds, (at_first, again) = count / theirs[hp], bulk[hp]
        row(
            f"all at {hp} epochs, first (theirs extrapolated)", f"{seconds:,.1f}", f"{at_first:.5f}", seconds / at_first
        )
        row(f"all at {hp} epochs, again (theirs extrapolated)", f"{seconds:,.1f}", f"{again:.5f}", seconds / again)
    same = their_values == our_values
    row(f"validation accuracies of {min(WARM, count)}, seed {SEED}", "", "equal" if same else "DIFFERENT")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> None:
    """Complete the folder and measure, or run the task that a measurement asks for."""
    if sys.argv[1:2] == ["--task"]:
        print(json.dumps(globals()[sys.argv[2]](*sys.argv[3:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="made and kept; by default a temporary one")
    parser.add_argument("--architectures", type=int, default=FORM.space.size, metavar="N")
    parser.add_argument("--only-write", action="store_true", help="complete the folder and measure nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        count = options.architectures
        archive = complete(folder, count)
        if not options.only_write:
            report(first(archive, count, folder), folder / f"data-{count}", count)


if __name__ == "__main__":
    main()
