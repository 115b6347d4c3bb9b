"""What a search study says, in sentences that a careful reviewer would sign."""

from collections.abc import Mapping
from math import isnan

from reports.numbers import counted, decimals, listed, plus_minus
from reports.summary.duels import Duel, Family, Word, hopeless
from reports.summary.search import SearchSummary, baseline_of
from reports.words import budget_text, measure_name, points

TEST = "paired by seed, signed-rank tests of all pairs, Holm-corrected, 5 %"


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
        found.append(f"Underpowered: with {counted(summary.fewest, 'run')}, take the order as a hint only.")
    return found


def _leader(summary: SearchSummary) -> str:
    runs, best = summary.runs, summary.rows[0]
    what = f"the {'lowest' if runs.lower_is_better else 'highest'} mean {measure_name(runs)}"
    unit = points(runs.study) if runs.measure == "regret" else f" {runs.study.get('unit') or ''}".rstrip()
    final = f"{plus_minus(best.final, decimals(row.final for row in summary.rows))}{unit}"
    place = f"On {runs.study['benchmark']}, within {budget_text(runs.study)}, {best.algorithm}"
    ended = int(runs.final(runs.measure)[best.algorithm].notna().sum())
    over = counted(best.runs, "run") if ended == best.runs else f"{ended} of {counted(best.runs, 'run')}"
    return f"{place} reaches {what}: {final} over {over}."


def _told_apart(summary: SearchSummary) -> list[str]:
    """Who is as good as the best one; nothing where it stands alone, and no tests where the study is underpowered."""
    duels = [one for one in summary.duels.values() if one.runs]
    if duels and all(one.equal for one in duels):
        return ["All algorithms end with the same in every run: nothing tells them apart."]
    return [] if summary.underpowered else told_apart(summary.family, len(summary.rows), "end with")


def told_apart(family: Family, rows: int, does: str) -> list[str]:
    """Who is as good as the best of so many algorithms; what runs end with, or cover, is what each of them `does`."""
    tested = family.tested
    if not tested:
        return []
    runs = max(one.runs for one in tested.values())
    if hopeless(runs, family.tests):
        return [f"{counted(runs, 'run')} paired by seed cannot tell any two of them apart, whatever they {does}."]
    alike, better, worse = (_with(word, tested) for word in ("cannot be told apart from", "beats", "loses to"))
    if not alike and not better:
        others = "every other" if len(tested) == rows - 1 else "every other that it was compared with"
        return [f"By signed ranks it is better than {others} ({TEST})."]
    clauses = [f"{listed(alike)} cannot be told apart from it"] if alike else []
    clauses += [f"{listed(better)} {_are(better)} better than it by signed ranks"] if better else []
    clauses += [f"{listed(worse)} {_are(worse)} worse"] if worse else []
    return [f"{'; '.join([f'{clauses[0]} ({TEST})', *clauses[1:]])}."]


def _with(word: Word, duels: Mapping[str, Duel]) -> list[str]:
    return [label for label, one in duels.items() if one.word == word]


def _are(labels: list[str]) -> str:
    return "is" if len(labels) == 1 else "are"


def _missing(summary: SearchSummary) -> list[str]:
    """Algorithms that were to be compared and are not."""
    nothing = [label for label in summary.runs.study["algorithms"] if label not in summary.runs.labels]
    empty = [row.algorithm for row in summary.rows if isnan(row.final.point)]
    apart = [] if summary.underpowered else [one for one in summary.duels if one not in summary.family.tested]
    found = [f"{listed(nothing)} finished no evaluation."] if nothing else []
    found += [f"No run of {listed(empty)} ended with an incumbent."] if empty else []
    if apart:
        have, were = ("has", "was") if len(apart) == 1 else ("have", "were")
        fewer = f"results with fewer than {summary.enough} of its seeds"
        found.append(f"{listed(apart)} {have} {fewer}, and {were} not compared.")
    return found


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
