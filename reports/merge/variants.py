"""What a merged study compares: which items of several folders are one, and which only have the same label."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd

from harness.errors import BadValue
from harness.results import Shards
from reports.merge.digests import Run, digests
from reports.merge.member import COLUMN, Member
from reports.words import name_of


class Variant(NamedTuple):
    """An algorithm or proxy of a merged study; `seeds` are those that count, by the member that has them."""

    label: str
    shown: str
    first: Member
    seeds: dict[int, frozenset[int]]
    shared: frozenset[int]
    """Seeds whose runs several members have alike."""

    @property
    def all_seeds(self) -> frozenset[int]:
        """The seeds of its runs."""
        return frozenset().union(*self.seeds.values())


def variants_of(members: Sequence[Member]) -> list[Variant]:
    """The items in the order of the members. What has one label and is not the same gets its folder's name in brackets.

    Raises `BadValue` when such a name is somebody's label already.
    """
    labels = list(dict.fromkeys(label for member in members for label in member.labels))
    contested = {label for label in labels if _overlap(label, members)}
    runs = [_runs(member, contested) for member in members]
    found: list[Variant] = []
    for label in labels:
        own = [i for i, member in enumerate(members) if label in member.labels]
        same = _sorted_out(label, members, own, runs)
        found += [one if len(same) == 1 else one._replace(shown=_told_apart(one, members)) for one in same]
    shown = [one.shown for one in found]
    twice = sorted({label for label in shown if shown.count(label) > 1})
    if twice:
        raise BadValue(f"several methods would be called {twice[0]!r}; give one of them another label")
    return found


def _overlap(label: str, members: Sequence[Member]) -> bool:
    """Whether two members have runs of one item with the same seed, so that it takes a look at the results."""
    own = [member for member in members if label in member.labels]
    return any(
        identity(one.study, label) == identity(other.study, label) and one.seeds & other.seeds
        for one, other in combinations(own, 2)
    )


def _runs(member: Member, contested: set[str]) -> dict[Run, int]:
    """A member's runs: the digests of those that are contested, the others with a zero that nobody looks at."""
    read = contested & set(member.labels)
    frames = _records(member, read) if member.kind == "search" else [scores_of(member)]
    found = digests(frames, COLUMN[member.kind], read) if read else {}
    return found | {(label, seed): 0 for label in member.labels if label not in read for seed in member.seeds}


def _records(member: Member, read: set[str]) -> Iterable[pd.DataFrame]:
    """The records of a member's study, without the shards that are known to hold other labels."""
    study = member.study["study"]
    found = member.results.records.get(study, ())
    if not isinstance(found, Shards):
        return found
    others = set(member.labels) - read
    blocks = member.results.manifest["blocks"]
    left_out = {block["id"] for block in blocks if block["study"] == study and block.get("label") in others}
    return Shards(tuple(path for path in found.paths if path.stem not in left_out))


def scores_of(member: Member) -> pd.DataFrame:
    """The scores of a member's study."""
    scores = member.results.scores
    return scores if scores.empty else scores[scores["study"] == member.study["study"]]


def _sorted_out(
    label: str, members: Sequence[Member], own: list[int], runs: Sequence[Mapping[Run, int]]
) -> list[Variant]:
    """The different items of one label; a member whose runs all agree with an earlier one's adds those that are new."""
    found: list[Variant] = []
    known: list[dict[int, int]] = []
    for i in own:
        new = {seed: digest for (name, seed), digest in runs[i].items() if name == label}
        place = next((j for j, one in enumerate(found) if _one_item(one, members[i], known[j], new)), None)
        if place is None:
            found.append(Variant(label, label, members[i], {i: frozenset(new)}, frozenset()))
            known.append(new)
            continue
        one, old = found[place], known[place]
        shared = one.shared | (old.keys() & new.keys())
        found[place] = one._replace(seeds=one.seeds | {i: frozenset(new.keys() - old.keys())}, shared=shared)
        known[place] = old | new
    return found


def _one_item(variant: Variant, member: Member, old: Mapping[int, int], new: Mapping[int, int]) -> bool:
    """Whether a member's item has the variant's name and options, and the same results with the seeds of both."""
    if identity(variant.first.study, variant.label) != identity(member.study, variant.label):
        return False
    return all(old[seed] == new[seed] for seed in old.keys() & new.keys())


def identity(study: Mapping[str, Any], label: str) -> tuple[str, Any, Any]:
    """The registry's name, the options, and what a score of untrained networks rests on."""
    return (
        name_of(study, label),
        study.get("hyper", {}).get(label, {}),
        study.get("definitions", {}).get(label),
    )


def _told_apart(variant: Variant, members: Sequence[Member]) -> str:
    """The label with the folder in brackets, and with the study where one folder has several."""
    first = variant.first
    several = sum(member.place == first.place for member in members) > 1
    place = f"{first.name}, study {first.study['study']}" if several else first.name
    return f"{variant.label} ({place})"
