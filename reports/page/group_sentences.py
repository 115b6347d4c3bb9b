"""What one data set or several say about pairs of algorithms, in sentences that a careful reviewer would sign."""

from math import isnan

import numpy as np

from harness.statistics.friedman import friedman
from reports.numbers import counted, interval, listed, number
from reports.summary.duels import ALPHA, hopeless
from reports.summary.group import Group, missing_of, paired_losses
from reports.summary.verdicts import Outcome, Verdict, Verdicts, verdicts_of

SHOWN, NAMED = 8, 4
"""Verdicts that are put into words, and data sets of one that are named."""
WORDS = ("beats", "loses to", "cannot be told apart from", "underpowered")


def group_sentences(group: Group) -> list[str]:
    """The verdicts, what they rest on, whether ranks differ at all, and what is missing.

    On several data sets each algorithm has a sentence; on a single one each verdict has, and the study itself says
    what is missing.
    """
    verdicts, alone = verdicts_of(group), len(group.searches) == 1
    found = _alone(verdicts) if alone else [_sentence(verdict, group) for verdict in verdicts.all[:SHOWN]]
    more = 0 if alone else len(verdicts.all) - len(found)
    if more > 0:
        found.append(f"And {more} more in the table.")
    if verdicts.tests:
        found.append(_tests(verdicts))
    told = verdicts.all[:SHOWN]
    spoken = set(group.all_labels) if alone else {label for one in told for label in (one.algorithm, one.against)}
    said = {line for label in spoken for line in missing_of(label, group)}
    return [*found, *_friedman(group), *(line for line in group.left_out if line not in said)]


def _alone(verdicts: Verdicts) -> list[str]:
    """Who beats the one that all are held against, who loses to it, and of whom nothing can be said."""
    found = []
    for word in WORDS:
        named = [(one, one.on(word)[0]) for one in verdicts.all if one.on(word)]
        if named:
            found.append(_together(word, named, same=len({one.against for one in verdicts.all}) == 1))
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


def _sentence(verdict: Verdict, group: Group) -> str:
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
    return f"{pair} on {many} {_noun(group)} ({_each(outcomes)})"


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
    return f"P {interval(outcome.improvement)}"


def _noun(group: Group) -> str:
    names = [search.runs.study["benchmark"] for search in group.searches]
    if len(names) == 1:
        return "data set"
    return "data sets" if len(set(names)) == len(names) else "studies"


def _tests(verdicts: Verdicts) -> str:
    found = (
        "P is the probability that a run ends better than one of the other, with its 95 % interval; the verdicts are "
        "those of signed-rank tests paired by seed, 5 %"
    )
    if verdicts.tests > 1:
        found += f", Holm-corrected for all {verdicts.tests}"
    if hopeless(verdicts.runs, verdicts.tests):
        return f"{found}: with {counted(verdicts.runs, 'run')} each, they cannot tell any two apart."
    return f"{found}."


def _friedman(group: Group) -> list[str]:
    """Friedman's test over pairs of data set and seed."""
    k, parts = len(group.labels), paired_losses(group) if group.labels else []
    n = sum(map(len, parts))
    if k < 3 or n < 2:
        return []
    test = friedman(np.concatenate(parts))
    over = f"Over {counted(n, 'seed')}"
    if len(group.searches) > 1:
        over = f"Over {n:,} pairs of data set and seed ({len(group.searches)} {_noun(group)})"
    if isnan(test.chi2):
        return [f"{over}, all {k} algorithms end alike: there is no rank to tell them apart by."]
    finding = "the algorithms' ranks differ" if test.chi2_p <= ALPHA else "no difference between ranks is found"
    numbers = f"Friedman's χ² = {number(test.chi2, 1)}, {k - 1} degrees of freedom, {_p(test.chi2_p)}"
    few = [
        title
        for title, search, part in zip(group.titles, group.searches, parts, strict=True)
        if len(part) < search.enough
    ]
    weak = f"; underpowered, for {listed(few)} {'has' if len(few) == 1 else 'have'} few runs" if few else ""
    return [f"{over}, {finding} ({numbers}, {k} algorithms){weak}."]


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {number(p, 3)}"
