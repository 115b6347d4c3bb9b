"""What was measured of that which a claim is about."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from harness.statistics.bootstrap import Interval
from harness.statistics.rank import kendall, spearman
from reports.numbers import listed
from reports.summary.derived import SKIPS, skips_of
from reports.summary.history import DERIVED, at_end, diverged, measures_of, over_seeds_of, trained
from reports.summary.over_seeds import UNKNOWN
from reports.summary.pairs import LEAST, Statistic, pair_of
from reports.summary.proxy import ProxyRow, ProxySummary

STATISTICS: dict[str, Statistic] = {"kendall": kendall, "spearman": spearman}
LIVE, ONCE = 3, 1
"""The fewest seeds of what trains, and of what does not (docs/protocol.md)."""


class Finding(NamedTuple):
    """A number with its interval, `why` there is no number or no interval, and what it rests on.

    `n` counts architectures, None where it rests on none; with fewer than `least` seeds it judges nothing.
    """

    value: Interval
    n: int | None
    seeds: int
    least: int
    why: str = ""


def finding(claim: Mapping[str, Any], summary: ProxySummary, row: ProxyRow, than: str | None) -> Finding:
    """A proxy's correlation, its lead over another one's, or what was watched of it when it ended."""
    if claim.get("measure") is not None:
        return _watched(summary, row.proxy, claim["measure"])
    statistic = claim.get("statistic", "kendall")
    least = LIVE if {row.proxy, than} & trained(summary) else ONCE
    if than is not None:
        return _lead(summary, (row.proxy, than), statistic, least)
    value = row.kendall if statistic == "kendall" else row.spearman
    return Finding(value, row.n, row.seeds, least, "scores are missing or equal")


def _lead(summary: ProxySummary, labels: tuple[str, str], statistic: str, least: int) -> Finding:
    """Paired: the same seeds, and in each the same architectures."""
    pair = pair_of(summary.frame, *labels, STATISTICS[statistic], share=1.0)
    if pair is None:
        return Finding(UNKNOWN, 0, 0, least, f"no seed has {LEAST} architectures that both scored")
    return Finding(pair.difference, pair.n, pair.seeds, least, "scores are equal")


def _watched(summary: ProxySummary, label: str, measure: str) -> Finding:
    """The mean over seeds of what each of them ended with; a seed that diverged ended with nothing.

    Student's t knows no interval of values that are all equal: one without width would claim to be certain.
    """
    skips = skips_of(summary)
    if measure == SKIPS and skips is None:
        return Finding(UNKNOWN, None, 0, LIVE, f"{summary.study['space']} has no skip connections")
    rows = at_end(summary, label, DERIVED if measure == SKIPS else measure)
    if rows.empty:
        return Finding(UNKNOWN, None, 0, LIVE, _unwatched(summary, label, measure))
    values = rows["value"].to_numpy(float)
    if measure == SKIPS and skips is not None:
        values = np.where(rows["arch"] < 0, np.nan, skips[rows["arch"].to_numpy(int)])
    lost = diverged(summary, label)
    if lost:
        return Finding(UNKNOWN, None, len(values), LIVE, f"training diverged with seed {listed(map(str, lost))}")
    if np.ptp(values) == 0:
        alone = UNKNOWN._replace(point=float(values[0]))
        return Finding(alone, None, len(values), LIVE, f"{len(values)} equal values give no interval")
    return Finding(over_seeds_of(measure, values.tolist()), None, len(values), LIVE)


def _unwatched(summary: ProxySummary, label: str, measure: str) -> str:
    if measure == SKIPS and label in set(summary.history["proxy"]):
        return "it was not watched what it would choose: ask for snapshots"
    own = summary._replace(history=summary.history[summary.history["proxy"] == label])
    known = measures_of(own)
    return f"{measure} was not watched; there {'is' if len(known) == 1 else 'are'} {listed(known) if known else 'none'}"
