"""How far an experiment is, read from its results folder while another process writes it."""

import re
import time
from collections import Counter, defaultdict
from contextlib import suppress
from math import nan
from pathlib import Path
from typing import Any, Literal, NamedTuple

from harness.errors import BadValue
from harness.files import state_of
from harness.results import read_manifest, shard
from harness.watching.finished import Finished, read_finished
from harness.watching.running import is_running
from harness.watching.tail import Tail
from harness.watching.tally import ProxyTally, SearchTally, Standing, Tally
from harness.watching.time_left import Work, seconds_left

State = Literal["waiting", "running", "finished", "interrupted"]
START = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) INFO .*: \d+ of \d+ blocks to run with")
"""What the runner writes into `log.txt` when it starts, in local time."""

QUIET = 60.0
"""Seconds without a sign of life after which a run counts as gone where the system does not show locks."""


class StudyProgress(NamedTuple):
    """A study of the manifest: runs done of all, seconds until it is done (NaN: unknown), and its ranking.

    `begun` runs of live training are unfinished, with so many `evaluations` in their journals.
    """

    study: dict[str, Any]
    done: int
    runs: int
    left: float
    measure: str
    ranking: list[Standing]
    begun: int
    evaluations: int


class Snapshot(NamedTuple):
    """The folder at one moment; `unreadable` says which blocks are there and damaged."""

    name: str
    state: State
    studies: list[StudyProgress]
    unreadable: list[str]


class Progress:
    """Looks at a results folder again and again, and reads at each look only what is new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state: list[int | str] = []
        self._begin({})

    def _begin(self, manifest: dict[str, Any]) -> None:
        self._manifest = manifest
        self._started, self._heard = nan, 0.0
        self._log = Tail(self._folder / "log.txt")
        self._journals: dict[str, tuple[Tail, int]] = {}
        self._finished: dict[str, Finished] = {}
        blocks = manifest.get("blocks", ())
        self._blocks = {block["id"]: (block["kind"], block["study"], block.get("label", "")) for block in blocks}
        self._works = Counter(self._blocks.values())
        self._studies = {study["study"]: study for study in manifest.get("studies", ())}
        self._tallies: dict[int, Tally] = {
            number: SearchTally(study) if study["kind"] == "search" else ProxyTally(study)
            for number, study in self._studies.items()
        }

    def look(self, now: float) -> Snapshot:
        """What is there `now` (seconds since the epoch); `BadValue` when the folder holds no results."""
        running = is_running(self._folder)  # first: who ends in the meantime has written all there is
        self._read_manifest(bool(running))
        unreadable = self._read_new()
        self._read_log()
        counts = self._read_journals()
        state = self._state_of(now - self._heard < QUIET if running is None else running, any(counts.values()))
        left = self._left(now) if state == "running" else {}
        studies = [self._progress(number, left.get(number, nan), counts) for number in self._studies]
        return Snapshot(self._manifest.get("name", self._folder.name), state, studies, unreadable)

    def _read_manifest(self, running: bool) -> None:
        path = self._folder / "manifest.json"
        try:
            state = state_of(path)
        except OSError:
            if running:  # it is about to be written
                return
            what = "no results folder: it has no manifest.json" if self._folder.is_dir() else "no folder"
            raise BadValue(f"{self._folder} is {what}; name one that `nasgauge run` wrote") from None
        if state != self._state:
            self._begin(read_manifest(self._folder) or {})
            self._state = state

    def _read_new(self) -> list[str]:
        """Read blocks whose two files are there; returns what is wrong with those that cannot be read."""
        folder, wrong = self._folder, []
        there = {kind: _names(folder / kind, ".parquet") for kind in ("search", "proxy")}
        measured = _names(folder / "measured", ".json")
        for name, (kind, study, label) in self._blocks.items():
            if name in self._finished or name not in there[kind] or name not in measured:
                continue
            try:
                block = read_finished(folder, kind, name)
            except FileNotFoundError:
                continue
            except BadValue as error:
                wrong.append(str(error))
                continue
            self._finished[name] = block
            self._heard = max(self._heard, block.written)
            parts = self._works[kind, study, label] // self._studies[study]["seeds"]
            self._tallies[study].add(block, max(parts, 1))
        return wrong

    def _read_log(self) -> None:
        for line in self._log.lines():
            if found := START.match(line):
                with suppress(ValueError, OverflowError):  # no such day
                    began = time.mktime(time.strptime(found[1], "%Y-%m-%d %H:%M:%S")) + int(found[2]) / 1000
                    self._started, self._heard = began, max(self._heard, began)

    def _read_journals(self) -> dict[str, int]:
        """The evaluations in the journal of each live run that is not finished."""
        for name in _names(self._folder / "journal", ".jsonl") & self._blocks.keys():
            path = self._folder / "journal" / f"{name}.jsonl"
            tail, before = self._journals.get(name, (Tail(path), 0))
            self._journals[name] = tail, before + len(tail.lines())
            with suppress(OSError):
                self._heard = max(self._heard, path.stat().st_mtime)
        return {name: count for name, (_, count) in self._journals.items() if name not in self._finished}

    def _state_of(self, running: bool, begun: bool) -> State:
        if self._manifest and len(self._finished) == len(self._blocks) and self._truths_are_there():
            return "finished"
        if running:
            return "running" if self._finished or begun else "waiting"
        return "interrupted"

    def _truths_are_there(self) -> bool:
        proxies = (number for number, study in self._studies.items() if study["kind"] == "proxy")
        return all(shard(self._folder, "truth", f"study-{number}").exists() for number in proxies)

    def _left(self, now: float) -> dict[int, float]:
        """Seconds until each study is done."""
        last = max((block.written for block in self._finished.values()), default=nan)
        if not last >= self._started:
            return {}
        works = self._amounts()
        left = seconds_left(list(works.values()), last - self._started, now - last)
        return {
            work.study: seconds for work, seconds in zip(works.values(), left, strict=True)
        }  # the last of its works stays

    def _amounts(self) -> dict[tuple[str, int, str], Work]:
        """Work by kind, study and label, in the order in which it is done; searches count runs, proxies blocks."""
        done: Counter[Any] = Counter()
        fresh: Counter[Any] = Counter()
        seconds: dict[Any, float] = defaultdict(float)
        for name, block in self._finished.items():
            key = self._blocks[name]
            pieces = len(block.runs) if key[0] == "search" else 1
            done[key] += pieces
            fresh[key] += pieces if block.written >= self._started else 0
            seconds[key] += block.seconds
        wanted = {key: self._studies[key[1]]["seeds"] if key[0] == "search" else n for key, n in self._works.items()}
        return {key: Work(key[0], key[1], n, done[key], fresh[key], seconds[key]) for key, n in wanted.items()}

    def _progress(self, number: int, left: float, counts: dict[str, int]) -> StudyProgress:
        study, tally = self._studies[number], self._tallies[number]
        items = study["algorithms"] if study["kind"] == "search" else study["proxies"]
        own = [count for name, count in counts.items() if self._blocks[name][1] == number]
        runs = len(items) * study["seeds"]
        return StudyProgress(study, tally.done, runs, left, *tally.ranking(), len(own), sum(own))


def _names(folder: Path, suffix: str) -> set[str]:
    """The names before the suffix, of the files that have it."""
    try:
        return {path.name.removesuffix(suffix) for path in folder.iterdir() if path.name.endswith(suffix)}
    except OSError:
        return set()
