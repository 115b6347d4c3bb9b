"""What the gate found, as tables and sentences for people."""

from collections.abc import Iterator
from itertools import groupby
from math import isnan
from typing import NamedTuple

from harness.gate.check import Finding, Key, Verdict
from harness.gate.correlation import Change


class Section(NamedTuple):
    """A table: its title, its header and its rows; a column without a name is left-aligned."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


VERDICTS = ("proxy", "stored", "now", "change ± 95 %", "p", "")
DRIFTS = ("proxy", "changed", "at most", "undefined", "moved", "left top 10")

UNEVEN = "the seeds' losses differ more than the architectures explain; if they draw other numbers now, use --reseeded"


def sections(verdict: Verdict) -> Iterator[Section]:
    """A table of verdicts for each study, and one of what moved where scores are not as stored."""
    for study, group in groupby(verdict.findings, lambda finding: finding.key[:2]):
        findings = list(group)
        title = _study(*study)
        yield Section(
            f"{title}: Kendall's tau-b, and p that it fell by chance".removeprefix(": "),
            VERDICTS,
            [_verdict_row(finding) for finding in findings],
        )
        moved = [_drift_row(finding) for finding in findings if _worth_a_row(finding)]
        if moved:
            yield Section(f"{title}: scores, and ranks moved (median, most)".removeprefix(": "), DRIFTS, moved)


def sentences(verdict: Verdict) -> Iterator[str]:
    """What fails and what to know, a line each; the last says whether the check passed."""
    for finding in verdict.findings:
        yield from (f"{_name(finding.key)}: {_failure(finding, word)}" for word in finding.failures)
        if "worse" in finding.failures and finding.change.same_seeds and finding.change.uneven:
            yield f"note: {_name(finding.key)}: {UNEVEN}"
    yield from (f"{_name(key)}: gone: the baseline has it and the results have not" for key in verdict.gone)
    if verdict.new:
        yield f"not in the baseline yet: {', '.join(map(_name, verdict.new))}"
    yield _summary(verdict)


def unchanged(finding: Finding) -> bool:
    """Whether every score is the stored one, to the bit."""
    return finding.drift is not None and not finding.drift.touched


def _summary(verdict: Verdict) -> str:
    total = len(verdict.findings) + len(verdict.gone)
    if verdict.passed:
        same = sum(map(unchanged, verdict.findings))
        return f"passed: no proxy of {total} is significantly worse than stored; {same} are as stored to the bit"
    failed = sum(bool(finding.failures) for finding in verdict.findings) + len(verdict.gone)
    return f"failed: {failed} of {total} proxies; if that is meant to be, write the new baseline with --update"


def _failure(finding: Finding, word: str) -> str:
    change, lost = finding.change, finding.undefined
    return {
        "worse": f"worse: tau-b fell from {change.stored:.3f} to {change.now:.3f} (p {_p(change.p)})",
        "sign flipped": f"sign flipped: it orders the architectures the other way round (p {_p(finding.flip)})",
        "more undefined": f"more undefined: {lost.stored} of {lost.of_stored} scores were, "
        f"{lost.now} of {lost.of_now} are (p {_p(lost.p)})",
        "no correlation": "no correlation: all its scores are equal or undefined",
    }[word]


def _verdict_row(finding: Finding) -> tuple[str, ...]:
    change = finding.change
    passed = "as stored" if unchanged(finding) else "no loss" if change.same_seeds else "no loss, other seeds"
    if finding.drift is not None and finding.drift.touched and not finding.drift.changed:
        passed = "rounded"
    numbers = (_tau(change.stored), _tau(change.now), _moved(change), _p(change.p))
    return finding.key[2], *numbers, ", ".join(finding.failures) or passed


def _moved(change: Change) -> str:
    if change.now == change.stored:
        return "0"
    width = "" if isnan(change.half_width) else f" ± {change.half_width:.3f}"
    return "-" if isnan(change.difference) else f"{change.difference:+.3f}{width}"


def _worth_a_row(finding: Finding) -> bool:
    """Scores moved, or with other seeds the number of undefined ones did."""
    lost = finding.undefined
    return (lost.stored, lost.of_stored) != (lost.now, lost.of_now) if finding.drift is None else not unchanged(finding)


def _drift_row(finding: Finding) -> tuple[str, ...]:
    lost, moves = finding.undefined, finding.drift
    undefined = f"{lost.stored} of {lost.of_stored}, now {lost.now} of {lost.of_now}"
    if lost.of_stored == lost.of_now:
        undefined = f"{lost.stored}, now {lost.now}"
    if moves is None:
        return finding.key[2], "other seeds", "-", undefined, "-", "-"
    ranks = f"{moves.median_move:g}, {moves.largest_move:g}"
    share = f"{moves.changed} of {moves.rows}"
    return finding.key[2], share, f"{moves.largest:.2g}", undefined, ranks, f"{moves.left} of {moves.top}"


def _study(benchmark: str, study: int) -> str:
    return f"{benchmark}, study {study + 1}" if study else benchmark


def _name(key: Key) -> str:
    benchmark, study, proxy = key
    return f"{proxy} on {_study(benchmark, study)}" if benchmark else proxy


def _tau(value: float) -> str:
    return "undefined" if isnan(value) else f"{value:.3f}"


def _p(value: float) -> str:
    return "-" if isnan(value) else "< 0.0001" if value < 0.0001 else f"{value:.2g}"
