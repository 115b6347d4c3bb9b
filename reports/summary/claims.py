"""Claims of the literature, judged by what was measured."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from harness.statistics.bootstrap import Interval
from reports.summary.claimed import Finding, finding
from reports.summary.proxy import ProxyRow, ProxySummary
from reports.words import name_of

ENOUGH = 30
"""Architectures below which a correlation judges nothing."""

Verdict = Literal["supported", "refuted", "undecided", "underpowered", "undefined"]
Kind = Literal["correlation", "lead", "watched"]


class ClaimRow(NamedTuple):
    """A claim about one proxy of one study, and what its interval makes of it; `why` is empty for a clear verdict.

    `kind` says what `measured` is: a correlation, its lead over that of the proxy `than`, or a measure that was watched
    of a supernet; `statistic` which correlation, or the measure. An open range ends at infinity, but that of a
    correlation at -1 and 1.
    """

    text: str
    proxy: str
    benchmark: str
    study: int
    kind: Kind
    statistic: str
    than: str
    measured: Interval
    low: float
    high: float
    verdict: Verdict
    why: str
    n: int | None
    seeds: int


def judged(claims: Iterable[Mapping[str, Any]], summaries: Iterable[ProxySummary]) -> list[ClaimRow]:
    """One row per claim, study and proxy that the claim is about, in the order of the claims and of the studies."""
    studies = list(summaries)
    return [
        row
        for claim in claims
        for summary in studies
        if claim.get("benchmark") in (None, summary.study["benchmark"])
        for row in _rows(claim, summary)
    ]


def _rows(claim: Mapping[str, Any], summary: ProxySummary) -> list[ClaimRow]:
    """None where a claim compares with a proxy that the study does not have, or with several."""
    about = _named(claim["proxy"], summary)
    if claim.get("than") is None:
        return [_row(claim, summary, row, None) for row in about]
    others = [row.proxy for row in _named(claim["than"], summary)]
    if len(others) != 1:
        return []
    return [_row(claim, summary, row, others[0]) for row in about if row.proxy != others[0]]


def _named(name: str, summary: ProxySummary) -> Sequence[ProxyRow]:
    """The row of the label, whatever it is shown as, else all variants of the name."""
    labels: Mapping[str, Sequence[str]] = summary.study.get("all_labels", {})
    own = [row for row in summary.rows if name == row.proxy or name in labels.get(row.proxy, ())]
    return own or [row for row in summary.rows if name == name_of(summary.study, row.proxy)]


def _row(claim: Mapping[str, Any], summary: ProxySummary, row: ProxyRow, than: str | None) -> ClaimRow:
    found = finding(claim, summary, row, than)
    kind = _kind(claim)
    least, most = (-1.0, 1.0) if kind == "correlation" else (-math.inf, math.inf)
    low, high = claim.get("low", least), claim.get("high", most)
    verdict, why = _verdict(found, low, high, strict=kind == "lead")
    return ClaimRow(
        text=claim["text"],
        proxy=row.proxy,
        benchmark=summary.study["benchmark"],
        study=summary.study["study"],
        kind=kind,
        statistic=claim.get("measure") or claim.get("statistic", "kendall"),
        than=than or "",
        measured=found.value,
        low=low,
        high=high,
        verdict=verdict,
        why=why,
        n=found.n,
        seeds=found.seeds,
    )


def _kind(claim: Mapping[str, Any]) -> Kind:
    if claim.get("measure") is not None:
        return "watched"
    return "correlation" if claim.get("than") is None else "lead"


def _verdict(found: Finding, low: float, high: float, *, strict: bool) -> tuple[Verdict, str]:
    """Supported when the whole interval lies in the range, refuted when none of it does, undecided in between.

    The ends belong to the range, unless it is `strict`: a lead of nothing is none.
    """
    value = found.value
    if value.point != value.point:
        return "undefined", found.why
    if found.n is not None and found.n < ENOUGH:
        return "underpowered", f"{found.n} architectures, {ENOUGH} are the least"
    if found.seeds < found.least:
        return "underpowered", f"{found.seeds} seed{'s' * (found.seeds != 1)}, {found.least} are the least"
    if value.low != value.low or value.high != value.high:
        if found.n is None:
            return "underpowered", found.why
        return "undefined", "too many resamples are without a correlation"
    inside = low < value.low and value.high < high if strict else low <= value.low and value.high <= high
    outside = value.high <= low or value.low >= high if strict else value.high < low or value.low > high
    if inside or outside:
        return ("supported" if inside else "refuted"), ""
    below = value.low <= low if strict else value.low < low
    return "undecided", f"the interval holds {low if below else high:g}"
