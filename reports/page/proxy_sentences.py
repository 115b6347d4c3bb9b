"""What a proxy study says, in sentences that a careful reviewer would sign."""

from math import isnan

from reports.leads import chance, lead
from reports.numbers import counted, decimals, duration, interval, listed
from reports.summary.claims import ENOUGH
from reports.summary.pairs import PairRow
from reports.summary.proxy import ProxyRow, ProxySummary, less_noisy


def proxy_sentences(summary: ProxySummary, pairs: list[PairRow]) -> list[str]:
    """The best ranking, the best without training, and how far the truth can be ranked at all."""
    known = [row for row in summary.rows if row.kendall.point == row.kendall.point]
    if not known:
        return [f"On {summary.study['benchmark']}, no proxy has a defined correlation."]
    truth = summary.study["truth"]["metric"]
    best = _ranks(known[0], alone=len(known) == 1)
    found = [f"On {summary.study['benchmark']}, against {truth}, {best}."]
    found += _ahead(pairs)
    untrained = next((row for row in known if row.simulated == 0), None)
    if untrained is not None and untrained is not known[0]:
        found.append(f"Without training, {_ranks(untrained)}.")
    if summary.ceiling is not None:
        agree = f"The benchmark's own seeds agree at τ-b {interval(summary.ceiling.kendall)}, the noise ceiling"
        found.append(f"{agree} (one training against another; {less_noisy(summary)}).")
    found += _missing(summary)
    backward = [row.proxy for row in known if row.kendall.high < 0]
    if backward:
        found.append(f"{listed(backward)} {_rank(backward)} backwards: the correlation is negative.")
    if known[0].n < ENOUGH:
        found.append(f"Underpowered: with {counted(known[0].n, 'architecture')}, take the order as a hint only.")
    return found


def _missing(summary: ProxySummary) -> list[str]:
    """Proxies that were to be judged and are not."""
    rows = {row.proxy: row for row in summary.rows}
    nothing = [label for label in summary.study["proxies"] if label not in rows]
    undefined = [label for label, row in rows.items() if isnan(row.kendall.point)]
    found = [f"{listed(nothing)} scored nothing."] if nothing else []
    if undefined:
        found.append(f"{listed(undefined)} {_rank(undefined)} nothing: scores are equal or missing.")
    return found


def _rank(names: list[str]) -> str:
    return "ranks" if len(names) == 1 else "rank"


def _ahead(pairs: list[PairRow]) -> list[str]:
    """Who ranks as well as the best, and how far the next is behind."""
    equal = [pair.other for pair in pairs if not any(pair.difference)]
    found = [f"{listed(equal)} {_rank(equal)} the architectures equally well."] if equal else []
    ahead = next((pair for pair in pairs if any(pair.difference)), None)
    if ahead is not None:
        difference = lead(ahead.difference, decimals([ahead.difference]))
        p = chance(ahead.probability).replace(">", "above ").replace("<", "below ")
        whose = f"The lead of {ahead.best}" if equal else "Its lead"
        found.append(
            f"{whose} over {ahead.other} is {difference} in τ-b; the probability that it ranks better is {p} (paired, "
            "over architectures)."
        )
    return found


def _ranks(row: ProxyRow, alone: bool = False) -> str:
    verb = "ranks with" if alone else "ranks best:"
    return f"{row.proxy} {verb} Kendall τ-b {interval(row.kendall)} for {price(row)}"


def price(row: ProxyRow) -> str:
    """What one architecture costs, and by which clock."""
    if isnan(row.simulated):
        return "a cost that is not known"
    if row.simulated > 0 and row.trained:
        learned = counted(row.trained, "architecture")
        return f"{duration(row.simulated)} of training per architecture scored (simulated; it learned from {learned})"
    if row.simulated > 0:
        return f"{duration(row.simulated)} of training per architecture (simulated)"
    if row.measured > 0:
        return f"{duration(row.measured)} per architecture (measured)"
    return "nothing" if row.measured == 0 else "a cost that was not measured"
