"""`nasgauge check`."""

import sys
from collections.abc import Callable
from pathlib import Path

from harness.commands._console import print_table, say
from harness.errors import BadValue
from harness.gate.baseline import Baseline, read_baseline, write_baseline
from harness.gate.check import Verdict, check
from harness.gate.comparable import Incomparable, changed_tables
from harness.gate.from_results import baseline_of
from harness.gate.words import sections, sentences

WORSE = 1
"""The exit code when something is significantly worse."""


def check_results(folder: Path, file: Path, update: bool, level: float, reseeded: bool) -> None:
    """Print what moved between the baseline and the results; exit with 1 when something is significantly worse.

    With `update` the results become the baseline, whatever they are. An error ends with exit code 2 like everywhere.
    """
    now = baseline_of(folder)
    if not (file.exists() or update):
        raise BadValue(f"there is no {file}; make these results the baseline with --update")
    verdict = _compared(file, now, update, lambda stored: check(stored, now, level, reseeded=reseeded))
    if update:
        write_baseline(file, now)
        say(f"baseline: {file}, {len(now.scores):,} scores")
    elif verdict is not None and not verdict.passed:
        sys.exit(WORSE)


def _compared(file: Path, now: Baseline, update: bool, judge: Callable[[Baseline], Verdict]) -> Verdict | None:
    """Judge and print; None where there is nothing to compare with, which only an update may pass over."""
    if not file.exists():
        return None
    stored = read_baseline(file)
    try:
        verdict = judge(stored)
    except Incomparable as error:
        if not update:
            raise
        say(f"note: {error}")
        return None
    print_verdict(verdict)
    for benchmark in changed_tables(stored, now):
        say(f"note: {benchmark} is another table than the stored scores were made with, though with the same truth")
    return verdict


def print_verdict(verdict: Verdict) -> None:
    """Print the tables and the sentences."""
    for section in sections(verdict):
        print_table(*section)
    for sentence in sentences(verdict):
        say(sentence)
