"""What one data set or several say about pairs of algorithms, in sentences that a careful reviewer would sign."""

from math import isnan

import numpy as np

from harness.statistics.friedman import friedman
from reports.numbers import counted, number
from reports.page.verdict_sentences import SHOWN, alone_sentences, divided, noun_of, verdict_sentence, weak_sentence
from reports.summary.duels import ALPHA, hopeless
from reports.summary.group import Group, few_runs, missing_of, paired_losses
from reports.summary.verdicts import Verdict, Verdicts, verdicts_of


def group_sentences(group: Group) -> list[str]:
    """The verdicts, what they rest on, whether ranks differ at all, and what is missing.

    On several data sets each algorithm has a sentence, but those that are underpowered everywhere share one; on a
    single one each verdict has, and what the study itself says is not repeated.
    """
    verdicts, alone = verdicts_of(group), len(group.searches) == 1
    weak, strong = divided(verdicts)
    if alone:
        told = _untold(verdicts, group)
        found, spoken = alone_sentences(told), set(group.all_labels)
    else:
        told = strong[:SHOWN]
        found = [verdict_sentence(verdict, group) for verdict in told]
        found += [f"And {len(strong) - SHOWN} more in the table."] if len(strong) > SHOWN else []
        found += [weak_sentence(same, group) for same in weak]
        spoken = {label for same in [told, *weak] for one in same for label in (one.algorithm, one.against)}
    if verdicts.tests and told:
        found.append(_tests(verdicts))
    said = {line for label in spoken for line in missing_of(label, group)}
    return [*found, *_friedman(group), *(line for line in group.left_out if line not in said)]


def _untold(verdicts: Verdicts, group: Group) -> list[Verdict]:
    """The verdicts on a single data set that the study's own sentences, which speak of the best one, do not hold."""
    (search,) = group.searches
    best = search.rows[0].algorithm
    if all(one.equal for one in search.duels.values()):
        return []
    if search.underpowered:
        return [] if all(one.on("underpowered") for one in verdicts.all) else list(verdicts.all)
    if all(best in (one.algorithm, one.against) for one in verdicts.all):
        return []
    alike = search.tied if group.baseline in search.tied else ()
    return [
        one for one in verdicts.all if not (alike and one.algorithm == best and one.on("cannot be told apart from"))
    ]


def _tests(verdicts: Verdicts) -> str:
    found = (
        "P is the probability that a run ends better than one of the other, with its 95 % interval; the verdicts are "
        "those of signed-rank tests paired by seed, 5 %"
    )
    if verdicts.tests > 1:
        found += f", Holm-corrected for all {verdicts.tests}"
    if hopeless(verdicts.runs, verdicts.tests):
        return f"{found}: with {counted(verdicts.runs, 'run')} each, they cannot tell any two apart."
    return f"{found}; intervals are not corrected, so that one may leave out 0.5 where the test finds nothing."


def _friedman(group: Group) -> list[str]:
    """Friedman's test over pairs of data set and seed."""
    k, parts = len(group.labels), paired_losses(group) if group.labels else []
    n = sum(map(len, parts))
    if k < 3 or n < 2:
        return []
    test = friedman(np.concatenate(parts))
    alone, few = len(group.searches) == 1, few_runs(group)
    over = counted(n, "seed")
    if not alone:
        over = f"{n:,} pairs of data set and seed ({len(group.searches)} {noun_of(group)})"
    if isnan(test.chi2):
        # Of a single data set its own sentences say so.
        return [] if alone else [f"Over {over}, all {k} algorithms end alike: there is no rank to tell them apart by."]
    finding = "the algorithms' ranks differ" if test.chi2_p <= ALPHA else "no difference between ranks is found"
    numbers = f"Friedman's χ² = {number(test.chi2, 1)}, {k - 1} degrees of freedom, {_p(test.chi2_p)}"
    weak = f"Underpowered ({few}): over" if few else "Over"
    return [f"{weak} {over}, {finding} ({numbers}, {k} algorithms)."]


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {number(p, 3)}"
