"""One run of a results folder is made again, elsewhere, and compared with what is stored."""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa

from harness import registry
from harness.core import Benchmark, TabularBenchmark
from harness.errors import BadValue, NasgaugeError
from harness.experiment.blocks import Block
from harness.experiment.build import build, open_benchmark, wrappers_of
from harness.experiment.comparison import DIFFERENT, NOT_RUN, ROUNDED, Compared, compare
from harness.experiment.config import Spec
from harness.experiment.proxy_block import run_proxy_block
from harness.experiment.sample import Run
from harness.experiment.search_block import run_search_block
from harness.parquet_file import read_frame
from harness.results import shard
from harness.trust import Trust, trust

ITEM = {"search": "algorithm", "proxy": "proxy", "history": "proxy"}
"""By kind of file: the column that holds the labels."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """A results folder, which is read only, with the modules that the user trusts; called with a run, it compares."""

    folder: Path
    trusted: Trust | None

    def __call__(self, run: Run) -> Compared:
        """The verdict on one run; whatever goes wrong in it is a reason in words, and the next run is made."""
        trust(self.trusted)
        try:
            return _search(run, self.folder) if run.block.kind == "search" else _proxy(run, self.folder)
        except (NasgaugeError, OSError, ValueError, pa.ArrowException) as error:
            return Compared(NOT_RUN, str(error).partition("\n")[0])
        except Exception as error:  # whatever a library or a module of the user's raises
            return Compared(NOT_RUN, f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")


def _search(run: Run, folder: Path) -> Compared:
    block = _alone(run)
    benchmark = _opened(json.dumps(block.benchmark), block.fingerprint)
    clocks = _clocks(block, benchmark)
    if clocks and block.settings["workers"] > 1:
        raise BadValue("its workers finish in the order of the clock, which is another one every time")
    with TemporaryDirectory(prefix="nasgauge-") as scratch:
        columns, _ = run_search_block(block, benchmark, Path(scratch) / "run.jsonl")
    stored, made = _stored(run, folder, "search"), pd.DataFrame(columns)
    if not (clocks and block.settings["budget"]["seconds"] is not None):
        return compare(stored, made, skipped=clocks, rounded=False)
    both = min(len(stored), len(made))  # a budget in seconds by the clock ends sooner or later
    if not both:
        raise BadValue("the clock ended it before its first evaluation")
    found = compare(stored[:both], made[:both], skipped=clocks, rounded=False)
    return Compared(found.verdict, found.detail or f"the first {both} evaluations: the clock ends these runs")


def _proxy(run: Run, folder: Path) -> Compared:
    block = _alone(run)
    benchmark = _opened(json.dumps(block.benchmark), block.fingerprint)
    if not isinstance(benchmark, TabularBenchmark):
        raise BadValue(f"{benchmark.name} is no table, which a proxy study needs")
    scored = run_proxy_block(block, benchmark)
    clocks = ("evaluation_seconds",) if _trains(block, benchmark) else ()
    found = [compare(_stored(run, folder, "proxy"), pd.DataFrame(scored.columns), skipped=clocks, rounded=True)]
    if scored.history or shard(folder, "history", run.name).exists():
        history = _history(_stored(run, folder, "history"), pd.DataFrame(scored.history))
        found.append(Compared(history.verdict, f"history, {history.detail}" if history.detail else ""))
    return next((one for verdict in (DIFFERENT, ROUNDED) for one in found if one.verdict == verdict), found[0])


def _history(stored: pd.DataFrame, made: pd.DataFrame) -> Compared:
    """What was watched; one file holds it of all proxies of a block, of which some may have nothing to watch."""
    return compare(stored, made if len(made) else stored[:0], skipped=(), rounded=True)


def _stored(run: Run, folder: Path, kind: str) -> pd.DataFrame:
    """The rows of a run."""
    frame = read_frame(shard(folder, kind, run.name))
    missing = [name for name in ("seed", ITEM[kind]) if name not in frame]
    if missing:
        raise BadValue(f"the {kind} file of {run.name} has no column {missing[0]}")
    return frame[(frame["seed"] == run.seed) & (frame[ITEM[kind]] == run.label)].reset_index(drop=True)


def _alone(run: Run) -> Block:
    """The block of this run alone; nothing is read from checkpoints, and none are written."""
    items = {run.label: _uncheckpointed(run.block.items[run.label])}
    return replace(run.block, items=items, seeds=(run.seed,), benchmark=_uncheckpointed(run.block.benchmark))


def _uncheckpointed(spec: Spec) -> Spec:
    inner = {key: _uncheckpointed(value) if isinstance(value, dict) else value for key, value in spec.items()}
    return {key: value for key, value in inner.items() if key != "checkpoints"}


def _clocks(block: Block, benchmark: Benchmark) -> tuple[str, ...]:
    """The columns of a search that the clock wrote: the seconds of what trained, and the time that goes by with it."""
    if not isinstance(benchmark, TabularBenchmark):
        return ("charged", "finished")
    (item,) = block.items.values()
    helped = any("proxy" in options for options in wrappers_of(item).values())
    trains = helped or registry.accepts("algorithm", item["name"], "benchmark")
    return ("finished",) if trains or block.settings["budget"]["overhead"] == "charged" else ()


def _trains(block: Block, benchmark: Benchmark) -> bool:
    """Whether the seconds that a proxy is charged may be those of a training here: then its work is cut in chunks."""
    (item,) = block.items.values()
    return build("proxy", item, benchmark, seed=block.seeds[0]).chunk is not None


@lru_cache(maxsize=2)
def _opened(spec: str, fingerprint: str) -> Benchmark:
    """The benchmark of these options; other data under the same name are another one."""
    options: dict[str, Any] = json.loads(spec)
    return open_benchmark(options)
