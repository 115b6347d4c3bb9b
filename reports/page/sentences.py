"""What the numbers say, in sentences that a careful reviewer would sign."""

from math import isnan

from reports.numbers import MISSING, decimals, duration, interval, listed, number, plus_minus
from reports.page.grammar import counted
from reports.summary.duels import hopeless
from reports.summary.pairs import PairRow
from reports.summary.proxy import ProxyRow, ProxySummary
from reports.summary.search import SearchSummary, baseline_of
from reports.words import budget_text, measure_name, points

SURE = 0.99
"""A probability above this is not told apart from one: it comes from some hundred resamples."""


def search_sentences(summary: SearchSummary) -> list[str]:
    """Who ends best, who cannot be told apart from it, and how it compares with random search."""
    study, rows = summary.runs.study, summary.rows
    if not rows:
        return [f"On {study['benchmark']}, no search finished an evaluation."]
    best, baseline = rows[0], baseline_of(study)
    if isnan(best.final.point):
        return [f"On {study['benchmark']}, no run ended with an incumbent."]
    found = [_leader(summary), *_told_apart(summary)]
    if best.improvement is not None:
        found.append(
            f"One of its runs ends better than one of {baseline} with probability {interval(best.improvement)}."
        )
    elif best.algorithm == baseline and len(rows) > 1:
        found.append(f"No algorithm does better on average than {baseline}.")
    empty = [row.algorithm for row in rows if isnan(row.final.point)]
    if empty:
        found.append(f"No run of {listed(empty)} ended with an incumbent.")
    if summary.underpowered:
        fewest = min(row.runs for row in rows)
        found.append(f"Underpowered: with {counted(fewest, 'run')}, take the order as a hint only.")
    return found


def _leader(summary: SearchSummary) -> str:
    study, best, regret = summary.runs.study, summary.rows[0], summary.runs.measure == "regret"
    what = f"the {'lowest' if regret else 'highest'} mean {measure_name(summary.runs)}"
    unit = points(study) if regret else f" {study.get('unit') or ''}".rstrip()
    final = f"{plus_minus(best.final, decimals(row.final for row in summary.rows))}{unit}"
    place = f"On {study['benchmark']}, within {budget_text(study['budget'])}, {best.algorithm}"
    return f"{place} reaches {what}: {final} over {counted(best.runs, 'run')}."


def _told_apart(summary: SearchSummary) -> list[str]:
    """Who is as good as the best one; nothing where it stands alone."""
    duels, tied = summary.duels, summary.tied
    if not duels:
        return []
    if all(one.equal for one in duels.values()):
        return ["All algorithms end with the same in every run: nothing tells them apart."]
    test = "paired by seed, Holm-corrected signed-rank tests, 5 %"
    if not tied:
        return [f"Its lead over every other is more than chance ({test})."]
    runs = max(one.runs for one in duels.values())
    if hopeless(runs, len(duels)):
        return [f"{counted(runs, 'run')} paired by seed cannot tell any two of them apart, whatever they end with."]
    worse = [label for label in duels if label not in tied]
    found = f"{listed(tied)} cannot be told apart from it ({test})"
    return [f"{found}; {listed(worse)} {'is' if len(worse) == 1 else 'are'} worse." if worse else f"{found}."]


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
