"""Verdicts on pairs of algorithms in words, on a single data set or on several."""

from harness.statistics.bootstrap import Interval
from reports.numbers import counted, interval, listed
from reports.summary.group import Group
from reports.summary.verdicts import Outcome, Verdict, Verdicts

SHOWN, NAMED = 8, 4
"""Verdicts that are put into words, and data sets of one that are named."""
WORDS = ("beats", "loses to", "cannot be told apart from", "underpowered")
NEARLY = 0.995
"""What is above it would be rounded to 1.00."""


def divided(verdicts: Verdicts) -> tuple[list[list[Verdict]], list[Verdict]]:
    """Those that are underpowered on all data sets, with as many runs together; and the others."""
    weak: dict[tuple[int, ...], list[Verdict]] = {}
    for one in verdicts.all:
        if len(one.on("underpowered")) == len(one.outcomes):
            weak.setdefault(tuple(outcome.runs for outcome in one.outcomes), []).append(one)
    same = list(weak.values())
    return same, [one for one in verdicts.all if not any(one in other for other in same)]


def weak_sentence(verdicts: list[Verdict], group: Group) -> str:
    """All that are underpowered everywhere with the same numbers of runs."""
    first, others = verdicts[0], len(verdicts) - SHOWN
    same = all(one.against == first.against for one in verdicts)
    names = [one.algorithm if same else one.against for one in verdicts[:SHOWN]]
    who = listed([*names, f"{others} more"] if others > 0 else names)
    pair = f"{who} against {first.against}" if same else f"{first.algorithm} against {who}"
    many = {2: "both"}.get(len(first.outcomes), f"all {len(first.outcomes)}")
    verb = "are" if len(verdicts) > 1 else "is"
    return f"{pair} {verb} underpowered on {many} {noun_of(group)} ({_each(list(first.outcomes))})."


def alone_sentences(verdicts: list[Verdict]) -> list[str]:
    """Who beats the one that all are held against, who loses to it, and of whom nothing can be said."""
    found = []
    for word in WORDS:
        named = [(one, one.on(word)[0]) for one in verdicts if one.on(word)]
        if named:
            found.append(_together(word, named, same=len({one.against for one in verdicts}) == 1))
    return found


def _together(word: str, named: list[tuple[Verdict, Outcome]], *, same: bool) -> str:
    """Verdicts of one kind on one data set; `same` if all are against the same algorithm, else all are of the same."""
    first, others = named[0][0], len(named) - SHOWN
    names = [f"{one.algorithm if same else one.against} ({_behind(outcome)})" for one, outcome in named[:SHOWN]]
    who = listed([*names, f"{others} more"] if others > 0 else names)
    many = same and len(named) > 1
    if word == "underpowered":
        pair = f"{who} against {first.against}" if same else f"{first.algorithm} against {who}"
        return f"{pair} {'are' if many else 'is'} underpowered."
    verb = {"beats": "beat", "loses to": "lose to"}.get(word, word) if many else word
    return f"{who} {verb} {first.against}." if same else f"{first.algorithm} {verb} {who}."


def verdict_sentence(verdict: Verdict, group: Group) -> str:
    """One algorithm against another on all data sets, the wins first."""
    n = len(verdict.outcomes)
    clauses: list[str] = []
    left = n
    for word in WORDS:
        outcomes = verdict.on(word)
        if outcomes:
            clauses.append(_clause(verdict, outcomes, left) if clauses else _opening(verdict, outcomes, group))
            left -= len(outcomes)
    missing = _not_compared(verdict, group, bool(clauses))
    if missing:
        clauses.append(missing)
    return f"{'; '.join(clauses)}."


def _opening(verdict: Verdict, outcomes: list[Outcome], group: Group) -> str:
    n, k, word = len(verdict.outcomes), len(outcomes), outcomes[0].word
    pair = f"{verdict.algorithm} {word} {verdict.against}"
    if word == "underpowered":
        pair = f"{verdict.algorithm} against {verdict.against} is underpowered"
    if n == 1:
        return f"{pair} on {outcomes[0].title} ({_behind(outcomes[0])})"
    many = {2: "both"}.get(n, f"all {n}") if k == n else f"{k} of {n}"
    return f"{pair} on {many} {noun_of(group)} ({_each(outcomes)})"


def _clause(verdict: Verdict, outcomes: list[Outcome], left: int) -> str:
    """A verdict on some of the data sets after the first; `left` of all have not been spoken of."""
    n, k, word = len(verdict.outcomes), len(outcomes), outcomes[0].word
    verb = word if word == "underpowered" else f"{word} it"
    if k == left:
        where = {2: "the other", 3: "the third"}.get(n, "the last") if left == 1 else f"the other {k}"
    else:
        where = "one" if k == 1 else str(k)
    return f"{verb} on {where} ({_each(outcomes)})"


def _not_compared(verdict: Verdict, group: Group, later: bool) -> str:
    """Where one of the two has no run, or none that ended with an incumbent."""
    runs = {title: search.runs for title, search in zip(group.titles, group.searches, strict=True)}
    found = []
    for label in (verdict.algorithm, verdict.against):
        titles = [one.title for one in verdict.on("not compared") if label in one.missing]
        subject = "" if later and label == verdict.algorithm else f"{label} was "
        nowhere = [title for title in titles if label not in runs[title].labels]
        empty = [title for title in titles if title not in nowhere]
        found += [f"{subject}not run on {listed(nowhere)}"] if nowhere else []
        found += [f"{subject}without an incumbent on {listed(empty)}"] if empty else []
    return "; ".join(found)


def _each(outcomes: list[Outcome]) -> str:
    named = [f"{one.title}: {_behind(one)}" for one in outcomes[:NAMED]]
    more = len(outcomes) - len(named)
    return "; ".join([*named, f"and {more} more"] if more else named)


def _behind(outcome: Outcome) -> str:
    """The number that a verdict shows."""
    if outcome.word == "underpowered" or outcome.improvement is None:
        return counted(outcome.runs, "run")
    return _chance(outcome.improvement)


def _chance(one: Interval) -> str:
    """A probability, not rounded to certainty."""
    if min(one.point, one.low) > NEARLY:
        return "P > 0.99"
    return "P < 0.01" if max(one.point, one.high) < 1 - NEARLY else f"P {interval(one)}"


def noun_of(group: Group) -> str:
    """What the group's studies are called together."""
    names = [search.runs.study["benchmark"] for search in group.searches]
    if len(names) == 1:
        return "data set"
    return "data sets" if len(set(names)) == len(names) else "studies"
