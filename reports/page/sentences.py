"""What the numbers say, in sentences that a careful reviewer would sign."""

from math import isnan

from reports.numbers import MISSING, decimals, duration, interval, listed, number, plus_minus
from reports.summary.pairs import PairRow
from reports.summary.proxy import ProxyRow, ProxySummary
from reports.summary.search import BASELINE, SearchSummary
from reports.words import budget_text, measure_name, points

SURE = 0.99
"""A probability above this is not told apart from one: it comes from some hundred resamples."""


def search_sentences(summary: SearchSummary) -> list[str]:
    """Who ends best, who cannot be told apart from it, and how it compares with random search."""
    study, rows = summary.runs.study, summary.rows
    if not rows:
        return [f"On {study['benchmark']}, no search finished an evaluation."]
    best, digits = rows[0], decimals(row.final for row in rows)
    what = "the lowest mean" if summary.runs.measure == "regret" else "the highest mean"
    unit = points(study) if summary.runs.measure == "regret" else f" {study['unit']}"
    place = f"On {study['benchmark']}, within {budget_text(study['budget'])}, {best.algorithm}"
    final = f"{plus_minus(best.final, digits)}{unit}"
    found = [f"{place} reaches {what} {measure_name(summary.runs)}: {final} over {best.runs} runs."]
    if len(rows) > 1:
        found.append(_told_apart(summary))
    if best.improvement is not None:
        found.append(
            f"One of its runs ends better than one of {BASELINE} with probability {interval(best.improvement)}."
        )
    elif best.algorithm == BASELINE and len(rows) > 1:
        found.append("No algorithm does better on average than random search.")
    if summary.underpowered:
        found.append(f"Underpowered: with {min(row.runs for row in rows)} runs, take the order as a hint only.")
    return found


def _told_apart(summary: SearchSummary) -> str:
    worse = [row.algorithm for row in summary.rows[1:] if row.algorithm not in summary.tied]
    if not summary.tied:
        return "Its lead over every other is more than chance (paired by seed, 95 %, one comparison at a time)."
    tied = f"{listed(summary.tied)} cannot be told apart from it (paired by seed, 95 %)"
    return f"{tied}; {listed(worse)} {'is' if len(worse) == 1 else 'are'} worse." if worse else f"{tied}."


def proxy_sentences(summary: ProxySummary, pairs: list[PairRow]) -> list[str]:
    """The best ranking, the best without training, and how far the truth can be ranked at all."""
    known = [row for row in summary.rows if row.kendall.point == row.kendall.point]
    if not known:
        return [f"On {summary.study['benchmark']}, no proxy has a defined correlation."]
    truth = summary.study["truth"]["metric"]
    found = [f"On {summary.study['benchmark']}, against {truth}, {_ranks(known[0])}."]
    if pairs:
        found.append(_ahead(pairs[0]))
    untrained = next((row for row in known if row.simulated == 0), None)
    if untrained is not None and untrained is not known[0]:
        found.append(f"Without training, {_ranks(untrained)}.")
    if summary.ceiling is not None:
        found.append(f"The benchmark's own seeds agree at τ-b {interval(summary.ceiling.kendall)}: the noise ceiling.")
    backward = [row.proxy for row in known if row.kendall.high < 0]
    if backward:
        found.append(
            f"{listed(backward)} {'ranks' if len(backward) == 1 else 'rank'} backwards: the correlation is negative."
        )
    return found


def _ahead(pair: PairRow) -> str:
    lead = interval(pair.difference, decimals([pair.difference]))
    chance = f"above {SURE:g}" if pair.probability > SURE else number(pair.probability)
    return f"Its lead over {pair.other} is {lead} in τ-b; the probability that it ranks better is {chance} (paired)."


def _ranks(row: ProxyRow) -> str:
    return f"{row.proxy} ranks best: Kendall τ-b {interval(row.kendall)} for {price(row)}"


def price(row: ProxyRow) -> str:
    """What one architecture costs, and by which clock."""
    if isnan(row.simulated):
        return "a cost that is not known"
    if row.simulated > 0:
        return f"{duration(row.simulated)} of training per architecture (simulated)"
    if row.measured > 0:
        return f"{duration(row.measured)} per architecture (measured)"
    return "nothing" if row.measured == 0 else f"{MISSING} s"
