"""What a search study says, in sentences that a careful reviewer would sign."""

from math import isnan

from reports.numbers import counted, decimals, listed, plus_minus
from reports.summary.duels import hopeless
from reports.summary.search import SearchSummary, baseline_of
from reports.words import budget_text, measure_name, points


def search_sentences(summary: SearchSummary) -> list[str]:
    """Who ends best, who cannot be told apart from it, and what is odd or missing."""
    study, rows = summary.runs.study, summary.rows
    if not rows:
        return [f"On {study['benchmark']}, no search finished an evaluation."]
    if isnan(rows[0].final.point):
        return [f"On {study['benchmark']}, no run ended with an incumbent."]
    found = [_leader(summary), *_told_apart(summary)]
    if rows[0].algorithm == baseline_of(study) and len(rows) > 1:
        found.append(f"No algorithm does better on average than {rows[0].algorithm}.")
    found += [*_missing(summary), *_seedless(summary)]
    if summary.underpowered:
        fewest = min(row.runs for row in rows)
        found.append(f"Underpowered: with {counted(fewest, 'run')}, take the order as a hint only.")
    return found


def _leader(summary: SearchSummary) -> str:
    runs, best = summary.runs, summary.rows[0]
    what = f"the {'lowest' if runs.lower_is_better else 'highest'} mean {measure_name(runs)}"
    unit = points(runs.study) if runs.measure == "regret" else f" {runs.study.get('unit') or ''}".rstrip()
    final = f"{plus_minus(best.final, decimals(row.final for row in summary.rows))}{unit}"
    place = f"On {runs.study['benchmark']}, within {budget_text(runs.study['budget'])}, {best.algorithm}"
    ended = int(runs.final(runs.measure)[best.algorithm].notna().sum())
    over = counted(best.runs, "run") if ended == best.runs else f"{ended} of {counted(best.runs, 'run')}"
    return f"{place} reaches {what}: {final} over {over}."


def _told_apart(summary: SearchSummary) -> list[str]:
    """Who is as good as the best one; nothing where it stands alone."""
    duels, tied = {label: one for label, one in summary.duels.items() if one.runs}, summary.tied
    if not duels:
        return []
    if all(one.equal for one in duels.values()):
        return ["All algorithms end with the same in every run: nothing tells them apart."]
    test = "paired by seed, Holm-corrected signed-rank tests, 5 %"
    if not tied:
        others = "every other" if len(duels) == len(summary.rows) - 1 else "every other with an incumbent"
        return [f"Its lead over {others} is more than chance ({test})."]
    runs = max(one.runs for one in duels.values())
    if hopeless(runs, len(duels)):
        return [f"{counted(runs, 'run')} paired by seed cannot tell any two of them apart, whatever they end with."]
    worse = [label for label in duels if label not in tied]
    found = f"{listed(tied)} cannot be told apart from it ({test})"
    return [f"{found}; {listed(worse)} {'is' if len(worse) == 1 else 'are'} worse." if worse else f"{found}."]


def _missing(summary: SearchSummary) -> list[str]:
    """Algorithms that were to be compared and are not."""
    nothing = [label for label in summary.runs.study["algorithms"] if label not in summary.runs.labels]
    empty = [row.algorithm for row in summary.rows if isnan(row.final.point)]
    alone = [label for label, one in summary.duels.items() if not one.runs]
    found = [f"{listed(nothing)} finished no evaluation."] if nothing else []
    found += [f"No run of {listed(empty)} ended with an incumbent."] if empty else []
    return found + ([f"{listed(alone)} shared no seed with it, and was not compared."] if alone else [])


def _seedless(summary: SearchSummary) -> list[str]:
    """Algorithms all of whose runs end alike, though short of the optimum."""
    ends = summary.runs.final(summary.runs.measure)
    same = [
        row.algorithm
        for row in summary.rows
        if ends[row.algorithm].count() > 1 and ends[row.algorithm].nunique() == 1 and row.final.point != 0
    ]
    if not same or all(one.equal for one in summary.duels.values()):
        return []
    return [f"All runs of {listed(same)} end with the same: seeds made no difference."]
