"""What searches of several objectives found of the front, in sentences that a careful reviewer would sign."""

from math import isnan

from harness.statistics.bootstrap import Interval
from harness.statistics.mean import mean_interval
from reports.numbers import counted, decimals, listed, number, plus_minus
from reports.page.search_sentences import told_apart
from reports.summary.fronts import FrontRow, Fronts
from reports.summary.search import baseline_of
from reports.words import budget_text


def front_sentences(fronts: Fronts) -> list[str]:
    """Who covers most of the front, who cannot be told apart from it, and how it compares with random search."""
    rows, study = fronts.rows, fronts.study
    if not rows or isnan(rows[0].share.point):
        return [f"On {study['benchmark']}, no run found a front."]
    found = [_leader(fronts), *_told_apart(fronts), *_beside_random(fronts)]
    if fronts.underpowered:
        fewest = min(row.runs for row in rows)
        found.append(f"Underpowered: with {counted(fewest, 'run')}, take the order of the fronts as a hint only.")
    return found


def _leader(fronts: Fronts) -> str:
    best, study = fronts.rows[0], fronts.study
    names = listed(one.name for one in fronts.objectives)
    target = f"the exact front of {names}" if fronts.exact else f"the front of {names} of all that was evaluated"
    runs = counted(best.runs, "run")
    return (
        f"On {study['benchmark']}, within {budget_text(study)}, {best.algorithm} covers "
        f"{_percent(best, fronts)} % of the hypervolume of {target}, mean over {runs}"
        f"{': the largest share' if len(fronts.rows) > 1 else ''}."
    )


def _percent(row: FrontRow, fronts: Fronts) -> str:
    return plus_minus(_hundred(row.share), decimals(_hundred(one.share) for one in fronts.rows))


def _hundred(share: Interval) -> Interval:
    return Interval(*(100 * end for end in share))


def _told_apart(fronts: Fronts) -> list[str]:
    """Who covers as much as the first; nothing where it stands alone, and no tests where the study is underpowered."""
    family = fronts.family
    if family.duels and all(one.equal for one in family.duels.values()):
        return ["All algorithms cover the same in every run: nothing tells them apart."]
    return [] if fronts.underpowered else told_apart(family, len(fronts.rows), "cover")


def _beside_random(fronts: Fronts) -> list[str]:
    """By how much the first covers more than plain random search, which may cover nearly all of it too.

    Without an interval: that of a mean says another thing than the tests do.
    """
    baseline, best = baseline_of(fronts.study), fronts.rows[0]
    row = next((row for row in fronts.rows if row.algorithm == baseline), None)
    if row is None or len(fronts.rows) < 2:
        return []
    if row is best:
        return [f"No algorithm covers more on average than {baseline}."]
    loss = fronts.loss
    lead = mean_interval(100 * (loss[baseline] - loss[best.algorithm]).dropna().to_numpy(float))
    points = f"{number(lead.point, decimals([lead]))} points"
    return [f"{baseline} covers {_percent(row, fronts)} %; {best.algorithm} leads it by {points} on average."]
