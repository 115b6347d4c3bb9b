"""`nasgauge verify`."""

import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from harness.commands._console import bar, print_table, say
from harness.errors import BadValue
from harness.experiment.comparison import DIFFERENT, EQUAL, NOT_RUN, ROUNDED, Compared
from harness.experiment.sample import Run, runs_in
from harness.experiment.verify import Verifiable, prepare, rerun
from harness.pool import Processes

HEADER = ("study", "", "seed", "", "")
"""What has no name is text, and left-aligned."""


def verify_folder(folder: Path, runs: int, seed: int | None, workers: int) -> bool:
    """Make runs of a results folder again and print how they compare; returns whether nothing is amiss.

    Amiss is a run that differs, data that do, a damaged block, or that not one run could be compared. Without a `seed`
    the choice of runs is another one each time, and is said, so that it can be repeated.
    """
    if runs < 1:
        raise BadValue(f"--runs {runs}: give how many runs to make again, at least 1")
    if seed is not None and seed < 0:
        raise BadValue(f"--seed {seed}: give a whole number, 0 or more")
    chosen = secrets.randbelow(2**31) if seed is None else seed
    what = prepare(folder)
    for line in _beforehand(what):
        say(line)
    done: list[tuple[Run, Compared]] = []
    with bar("verify") as progress:
        for one in rerun(what, runs, chosen, Processes(workers)):
            done.append(one)
            progress.update(len(done), min(runs, runs_in(what.blocks)), one[0].label)
    done.sort(key=lambda one: (one[0].block.study, one[0].label, one[0].seed, one[0].block.part or (0, 0)))
    if done:
        print_table(str(folder), HEADER, [_row(*one) for one in done])
    found = Counter(compared.verdict for _, compared in done)
    counted = ", ".join(
        f"{found[verdict]} {verdict}" for verdict in (EQUAL, ROUNDED, DIFFERENT, NOT_RUN) if found[verdict]
    )
    say(f"{len(done)} of {runs_in(what.blocks):,} runs made again: {counted or 'none'}; the same ones: --seed {chosen}")
    sound = not (found[DIFFERENT] or what.damaged or what.differences.serious)
    return sound and found[EQUAL] + found[ROUNDED] > 0


def _beforehand(what: Verifiable) -> Iterator[str]:
    """What is said before anything is run."""
    yield from (f"note: {note}" for note in what.differences.notes)
    yield from (f"different: {serious}" for serious in what.differences.serious)
    yield from what.damaged
    lost = what.written - len(what.blocks)
    if lost:
        yield f"note: {lost} of {what.written} blocks are not there, damaged, or cannot be planned here"


def _row(run: Run, compared: Compared) -> tuple[str, ...]:
    block = run.block
    part = f", its architectures {block.part[0]}-{block.part[1] - 1}" if block.part else ""
    return (
        str(block.study),
        f"{run.label} on {block.benchmark['name']}{part}",
        str(run.seed),
        compared.verdict,
        compared.detail,
    )
