"""What a study says of its supernets, in sentences that a careful reviewer would sign."""

from collections.abc import Sequence

import numpy as np

from reports.numbers import decimals, interval, listed, number
from reports.summary.derived import Chosen, derived_courses, skips_of
from reports.summary.history import Course, Moment, diverged, supernets
from reports.summary.proxy import ProxySummary
from reports.summary.ranking import Disorder
from reports.words import epochs_text, points

HALF = 0.5
"""The share of skip connections from which on an architecture has collapsed."""


def supernet_sentences(
    summary: ProxySummary, ranks: Sequence[Course], chosen: Sequence[Chosen], disorder: Sequence[Disorder]
) -> list[str]:
    """Whether training helps, whether it collapses, what would be chosen, and whether seeds agree."""
    return [*_over_epochs(ranks), *_collapse(summary), *_choice(summary, chosen), *_seeds(disorder), *_lost(summary)]


def _over_epochs(ranks: Sequence[Course]) -> list[str]:
    """The best in the end, and those that training makes worse; each seed's end is its own."""
    known = [course for course in ranks if course.last.value.point == course.last.value.point]
    if not known:
        return []
    best = max(known, key=lambda course: course.last.value.point)
    start = f", {interval(best.first.value)} after {_epochs(best.first)}" if best.first != best.last else ""
    found = [
        f"Among the architectures watched while supernets trained, {best.label} ranks best in the end: τ-b "
        f"{interval(best.last.value)} after {_epochs(best.last)}{start}."
    ]
    worse = [course for course in known if course.last.value.high < course.first.value.low]
    if worse:
        falls = listed(
            f"{one.label} (τ-b {number(one.first.value.point)} after {_epochs(one.first)}, "
            f"{number(one.last.value.point)} after {epochs_text(*one.last[1:])})"
            for one in worse
        )
        found.append(f"Training longer makes the ranking worse of {falls}: the intervals lie apart.")
    return found


def _collapse(summary: ProxySummary) -> list[str]:
    shares = {course.label: course.last.value for course in derived_courses(summary)}
    known = skips_of(summary)
    fallen = {label: share for label, share in shares.items() if share.point > HALF}
    if not fallen or known is None:
        return []
    what = listed(f"{label} ({interval(share, decimals([share]))})" for label, share in fallen.items())
    return [
        f"What {what} would choose is for the most part skip connections; their share in a random architecture is "
        f"{number(float(known.mean()))}."
    ]


def _choice(summary: ProxySummary, chosen: Sequence[Chosen]) -> list[str]:
    """The supernet whose choices are best, mean over seeds, and the one whose are worst."""
    regrets: dict[str, list[float]] = {}
    for one in chosen:
        regrets.setdefault(one.label, []).append(one.regret)
    means = {label: float(np.mean(values)) for label, values in regrets.items() if np.isfinite(values).all()}
    if not means:
        return []
    best, worst = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    among, after = f"the best of the {chosen[0].among:,} scored", points(summary.study)
    text = f"What {best} would choose is on average {number(means[best])}{after} behind {among}"
    return [f"{text}; with {worst} it is {number(means[worst])}." if worst != best else f"{text}."]


def _seeds(disorder: Sequence[Disorder]) -> list[str]:
    known = sorted((one for one in disorder if one.between.point == one.between.point), key=lambda one: one.between)
    if not known:
        return []
    low, high = known[0], known[-1]
    first = f"Two seeds of {low.label} give scores that agree at τ-b {interval(low.between)}, with the truth at "
    first += interval(low.truth)
    if high is low:
        return [f"{first}."]
    return [
        f"{first}, the least agreement of seeds; the most is that of {high.label}, {interval(high.between)}, with the "
        f"truth at {interval(high.truth)}."
    ]


def _lost(summary: ProxySummary) -> list[str]:
    lost = {label: seeds for label in supernets(summary) if (seeds := diverged(summary, label))}
    return [
        f"{label} diverged with seed{'s' * (len(seeds) > 1)} {listed(map(str, seeds))}, of which nothing is shown here."
        for label, seeds in lost.items()
    ]


def _epochs(moment: Moment) -> str:
    return f"{epochs_text(*moment[1:])} epoch{'s' * (moment.latest != 1)}"
