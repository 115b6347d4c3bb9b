"""Claims of the literature, judged by the correlations that were measured."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from harness.statistics.bootstrap import Interval
from reports.summary.proxy import ProxyRow, ProxySummary
from reports.words import name_of

ENOUGH = 30
"""Architectures below which a correlation judges nothing."""

Verdict = Literal["supported", "refuted", "undecided", "underpowered", "undefined"]


class ClaimRow(NamedTuple):
    """A claim about one proxy of one study, and what its interval makes of it; `why` is empty for a clear verdict."""

    text: str
    proxy: str
    benchmark: str
    study: int
    statistic: str
    correlation: Interval
    low: float
    high: float
    verdict: Verdict
    why: str
    n: int
    seeds: int


def judged(claims: Iterable[Mapping[str, Any]], summaries: Iterable[ProxySummary]) -> list[ClaimRow]:
    """One row per claim, study and proxy that the claim is about, in the order of the claims and of the studies."""
    studies = list(summaries)
    return [
        _row(claim, summary.study, row)
        for claim in claims
        for summary in studies
        if claim.get("benchmark") in (None, summary.study["benchmark"])
        for row in summary.rows
        if claim["proxy"] in (row.proxy, name_of(summary.study, row.proxy))
    ]


def _row(claim: Mapping[str, Any], study: Mapping[str, Any], row: ProxyRow) -> ClaimRow:
    statistic = claim.get("statistic", "kendall")
    correlation = row.kendall if statistic == "kendall" else row.spearman
    low, high = claim.get("low", -1.0), claim.get("high", 1.0)
    verdict, why = _verdict(correlation, low, high, row.n)
    return ClaimRow(
        text=claim["text"],
        proxy=row.proxy,
        benchmark=study["benchmark"],
        study=study["study"],
        statistic=statistic,
        correlation=correlation,
        low=low,
        high=high,
        verdict=verdict,
        why=why,
        n=row.n,
        seeds=row.seeds,
    )


def _verdict(found: Interval, low: float, high: float, n: int) -> tuple[Verdict, str]:
    """Supported when the whole interval lies in the range, refuted when none of it does, undecided in between."""
    if found.point != found.point:
        return "undefined", "scores are missing or equal"
    if n < ENOUGH:
        return "underpowered", f"{n} architectures, {ENOUGH} are the least"
    if found.low != found.low or found.high != found.high:
        return "undefined", "too many resamples are without a correlation"
    if low <= found.low and found.high <= high:
        return "supported", ""
    if found.high < low or found.low > high:
        return "refuted", ""
    return "undecided", f"the interval holds {low if found.low < low else high:g}"
