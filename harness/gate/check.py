"""The whole gate: every proxy of a baseline against its scores of today, and one verdict on all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import cast

import numpy as np
import pandas as pd

from harness.errors import BadValue
from harness.gate.baseline import Baseline
from harness.gate.comparable import same_truth
from harness.gate.correlation import Change, correlation_change
from harness.gate.drift import Drift, drift
from harness.gate.flip import flip_probability
from harness.gate.scores import Scores, scores_of
from harness.gate.undefined import Undefined, more_undefined
from harness.statistics.corrections import holm

Key = tuple[str, int, str]
"""A benchmark, which of its studies, and a proxy."""

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one proxy; p-values are corrected (Holm) for all tests of the check, NaN where there was none.

    `failures` are words for what is significantly worse, none when it passes.
    """

    key: Key
    change: Change
    flip: float
    undefined: Undefined
    drift: Drift | None
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings; `gone` are stored proxies without scores, which is a failure, `new` those that are not stored."""

    findings: list[Finding]
    gone: list[Key]
    new: list[Key]

    @property
    def passed(self) -> bool:
        """Nothing is gone, and nothing is significantly worse."""
        return not self.gone and not any(finding.failures for finding in self.findings)


def check(stored: Baseline, now: Baseline, level: float = LEVEL, *, reseeded: bool = False) -> Verdict:
    """Compare each proxy's scores with the stored ones; nothing worse is failed with probability `level` at most.

    A loss of correlation, a flipped sign and more undefined scores fail. `reseeded`: equal seeds are other random
    numbers. `BadValue` when the two were judged by different truths, or `level` is not in (0, 1).
    """
    if not 0 < level < 1:
        raise BadValue(f"level is {level}: give the chance of a false alarm as a share between 0 and 1, such as 0.05")
    same_truth(stored, now)
    sides = [dict(_proxies(side.scores)) for side in (stored, now)]
    both = [key for key in sides[0] if key in sides[1]]
    raw = [_compare(key, sides[0][key], sides[1][key], reseeded) for key in both]
    gone, new = ([key for key in a if key not in b] for a, b in (sides, sides[::-1]))
    return Verdict(_judge(raw, level), gone, new)


def _proxies(frame: pd.DataFrame) -> Iterator[tuple[Key, pd.DataFrame]]:
    for key, rows in frame.groupby(["benchmark", "study", "proxy"], sort=False):
        benchmark, study, proxy = cast(Key, key)
        yield (benchmark, int(study), proxy), rows


def _compare(key: Key, stored: pd.DataFrame, now: pd.DataFrame, reseeded: bool) -> Finding:
    """The finding with p-values as they are; scores that are all as stored are not tested."""
    old, new = _aligned(stored, now)
    change, moves = correlation_change(old, new, reseeded=reseeded), drift(old, new)
    flip = nan if moves is not None and not moves.changed else flip_probability(old, new)
    return Finding(key, change, flip, more_undefined(old, new), moves, ())


def _aligned(stored: pd.DataFrame, now: pd.DataFrame) -> list[Scores]:
    """Both sides with the same numbers for the same architectures."""
    names = np.concatenate([stored["arch"], now["arch"]]).astype(str)
    _, numbers = np.unique(names, return_inverse=True)
    parts = np.split(numbers, [len(stored)])
    return [
        scores_of(frame["seed"].to_numpy(), archs, frame["score"].to_numpy(), frame["truth"].to_numpy())
        for frame, archs in zip((stored, now), parts, strict=True)
    ]


def _judge(findings: list[Finding], level: float) -> list[Finding]:
    """Correct the p-values for all tests there were, together, and say what fails."""
    raw = np.array([_p_values(finding) for finding in findings]).reshape(-1)
    tested = ~np.isnan(raw)
    raw[tested] = holm(raw[tested])
    corrected: list[list[float]] = raw.reshape(-1, 3).tolist()
    return [
        _verdict(finding, (loss, flip, lost), level)
        for finding, (loss, flip, lost) in zip(findings, corrected, strict=True)
    ]


def _p_values(finding: Finding) -> tuple[float, float, float]:
    return finding.change.p, finding.flip, finding.undefined.p


def _verdict(finding: Finding, p: tuple[float, float, float], level: float) -> Finding:
    change, (loss, flip, lost) = finding.change, p
    found = {
        "worse": loss <= level,
        "sign flipped": flip <= level,
        "more undefined": lost <= level,
        "no correlation": isnan(change.now) and not isnan(change.stored),
    }
    return replace(
        finding,
        change=change._replace(p=loss),
        flip=flip,
        undefined=finding.undefined._replace(p=lost),
        failures=tuple(word for word, failed in found.items() if failed),
    )
