"""`nasgauge watch`."""

import math
import shlex
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event

from rich import box
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.commands._console import console
from harness.errors import BadValue
from harness.visible import visible
from harness.watching.progress import Progress, Snapshot, StudyProgress
from harness.watching.tally import Standing

STATES = {
    "waiting": "waiting: nothing is done yet",
    "running": "running",
    "finished": "finished; next: nasgauge report {folder}",
    "interrupted": "interrupted; run the experiment again and it goes on where it was",
}
ESTIMATE = (
    "Time left: at the pace since the last start, one study after the other; a run weighs what those like it took, "
    "and is unknown before the first."
)
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
BLANK = Text("")

WIDE = 60
"""So many columns have room for the percentage, and for the runs behind a mean."""

WAIT = 10.0
"""Seconds that a folder is waited for."""

FEW = 3
"""So many of a study's ranking are shown on the lowest screen."""


def watch_folder(folder: Path, every: float, once: bool) -> None:
    """Show how far the experiment in a results folder is, again every so many seconds until it is finished.

    Once only with `once`, and where the output is no terminal. Without `once`, a folder that is not there yet is waited
    for, as its run may just begin. Ctrl-C ends it; the experiment does not notice.
    """
    if not 0.1 <= every <= 86_400:
        raise BadValue(f"every = {every:g}: give seconds between two looks, 0.1 to 86400")
    progress = Progress(folder)
    with _interrupt() as stop:
        first = progress.look(time.time()) if once else _first(progress, folder, stop)
        if first is None:
            return
        if once or not console.is_terminal:
            console.print(rendered(first, folder))
        else:
            _live(first, progress, folder, every, stop)


@contextmanager
def _interrupt() -> Iterator[Event]:
    """Set by Ctrl-C, which comes at any moment: as an exception it could come where one is lost."""
    stop = Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _first(progress: Progress, folder: Path, stop: Event) -> Snapshot | None:
    """The first look at a folder that may be about to be made, None when stopped; `BadValue` when it does not come."""
    end = time.monotonic() + WAIT
    while not stop.is_set():
        try:
            return progress.look(time.time())
        except BadValue:
            if (folder / "manifest.json").exists() or time.monotonic() >= end:
                raise
        stop.wait(min(0.2, WAIT))
    return None


def _live(snapshot: Snapshot, progress: Progress, folder: Path, every: float, stop: Event) -> None:
    with Live(rendered(snapshot, folder, console.height), console=console, auto_refresh=False) as live:
        while snapshot.state != "finished" and not stop.wait(every):
            snapshot = progress.look(time.time())
            live.update(rendered(snapshot, folder, console.height), refresh=True)
        live.update(rendered(snapshot, folder), refresh=True)


def rendered(snapshot: Snapshot, folder: Path, height: int | None = None) -> RenderableType:
    """What is printed: the state, a row for each study, and their rankings, cut to a screen of so many lines."""
    state = STATES[snapshot.state].format(folder=shlex.quote(str(folder)))
    parts: list[RenderableType] = [Text(visible(f"{snapshot.name}: {state}"), "bold")]
    titles = _titles(snapshot.studies)
    if snapshot.studies:
        parts += [BLANK, _studies(snapshot.studies, titles)]
    shown = _shown(snapshot, height)
    for study, title in zip(snapshot.studies, titles, strict=True):
        if study.ranking:
            parts += [BLANK, Text(f"{title}: {_measure(study)}, best first"), _ranking(study, shown)]
    notes = [Text(visible(note)) for note in _notes(snapshot, titles)]
    parts += [BLANK, *notes] if notes else []
    return Group(*parts)


def _titles(studies: Sequence[StudyProgress]) -> list[str]:
    names = [visible(f"{one.study['kind']} on {one.study['benchmark']}") for one in studies]
    return [
        name if names.count(name) == 1 else f"{name} ({one.study['study']})"
        for name, one in zip(names, studies, strict=True)
    ]


def _studies(studies: Sequence[StudyProgress], titles: Sequence[str]) -> Table:
    wide = console.width >= WIDE
    table = _table("study", "runs done", *(["%"] if wide else []), "time left" if wide else "left")
    for one, title in zip(studies, titles, strict=True):
        percent = str(100 * one.done // max(one.runs, 1))
        left = "done" if one.done >= one.runs else duration(one.left)
        table.add_row(title, f"{one.done:,} of {one.runs:,}", *([percent] if wide else []), left)
    return table


def _measure(one: StudyProgress) -> str:
    unit = one.study.get("unit") if one.study["kind"] == "search" else None
    return visible(f"{one.measure} ({unit})" if unit else one.measure)


def _ranking(one: StudyProgress, shown: int | None) -> Table:
    search, wide = one.study["kind"] == "search", console.width >= WIDE
    table = _table("", "mean", *(["runs" if search else "seeds"] if wide else []))
    decimals = _decimals([standing.half for standing in one.ranking]) if search else 3
    seeds = one.study["seeds"]
    for i, standing in enumerate(one.ranking[:shown], start=1):
        label = visible(standing.label)
        mean, begun = _mean(standing, decimals, search), standing.done < seeds
        runs = f"{standing.runs:,} of {seeds:,}" if begun else f"{standing.runs:,}"
        table.add_row(*([f"{i} {label}", mean, runs] if wide else [f"{label}{'*' * begun}", mean]))
    if shown is not None and len(one.ranking) > shown:
        table.add_row(f"and {len(one.ranking) - shown} more")
    return table


def _partial(one: StudyProgress) -> bool:
    """Whether somebody is ranked whose runs are not all done."""
    return any(standing.done < one.study["seeds"] for standing in one.ranking)


def _table(*header: str) -> Table:
    """The first column is text and broken where it is too long, the others are numbers and never broken."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for i, name in enumerate(header):
        table.add_column(name, justify="right" if i else "left", overflow="fold", no_wrap=bool(i))
    return table


def _mean(standing: Standing, decimals: int, interval: bool) -> str:
    half = f" ± {standing.half:,.{decimals}f}" if interval and math.isfinite(standing.half) else ""
    return f"{standing.mean:,.{decimals}f}{half}"


def _decimals(halves: Sequence[float]) -> int:
    """So many that the typical half-width has one digit, or two when the first is a 1 or a 2, as in a report."""
    known = sorted(half for half in halves if half > 0)
    if not known:
        return 2
    typical = known[len(known) // 2]
    exponent = math.floor(math.log10(typical))
    return min(max((1 if typical < 3 * 10.0**exponent else 0) - exponent, 0), 4)


def _notes(snapshot: Snapshot, titles: Sequence[str]) -> Iterator[str]:
    for one, title in zip(snapshot.studies, titles, strict=True):
        if one.begun:
            yield f"{title}: {one.begun} begun, with {one.evaluations:,} evaluations so far"
    if console.width < WIDE and any(_partial(one) for one in snapshot.studies):
        yield "* not all runs are done"
    for wrong in snapshot.unreadable:
        yield f"{wrong}: remove it and run the experiment again"
    if snapshot.state in ("running", "waiting"):
        yield ESTIMATE


def _shown(snapshot: Snapshot, height: int | None) -> int | None:
    """How many of each ranking fit on a screen of so many lines; None for all."""
    if height is None:
        return None
    ranked = sum(bool(one.ranking) for one in snapshot.studies)
    taken = 8 + (console.width < WIDE) + len(snapshot.studies) + 5 * ranked + len(snapshot.unreadable)
    return max((height - taken) // max(ranked, 1), FEW)


def duration(seconds: float) -> str:
    """A time to wait for, in its two largest units: 1 h 20 min."""
    if not math.isfinite(seconds):
        return "unknown"
    whole = round(seconds)
    for (size, unit), (smaller, below) in pairwise(UNITS):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit} {rest} {below}" if rest and size > 60 else f"{whole // size} {unit}"
    return f"{whole} s"
