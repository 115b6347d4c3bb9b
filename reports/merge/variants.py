"""What a merged study compares: which items of several folders are one, and which only have the same label."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import pandas as pd

from harness.errors import BadValue
from harness.results import Shards
from reports.merge.digests import Run, digests
from reports.merge.items import Item, items_of, titles_of
from reports.merge.member import COLUMN, Member


class Variant(NamedTuple):
    """An algorithm or proxy of a merged study; `labels` are its own, and `seeds` those that count, by its members.

    `title` is what it is called, and `shown` that with its folder where others are called the same.
    """

    title: str
    shown: str
    first: Member
    labels: dict[int, str]
    seeds: dict[int, frozenset[int]]
    shared: frozenset[int]
    """Seeds whose runs several members have alike."""

    @property
    def label(self) -> str:
        """Its label in the study of its first member."""
        return next(iter(self.labels.values()))

    @property
    def all_seeds(self) -> frozenset[int]:
        """The seeds of its runs."""
        return frozenset().union(*self.seeds.values())


def variants_of(members: Sequence[Member]) -> list[Variant]:
    """The items in the order of the members. What is called the same and is not gets its folder's name in brackets.

    Items are one where their definitions and results are, whatever their labels. Raises `BadValue` when a name with a
    folder is somebody's label already.
    """
    items = items_of(members)
    contested = [_contested(item, members) for item in items]
    read = [frozenset().union(*(one.get(i, frozenset()) for one in contested)) for i in range(len(members))]
    runs = [_runs(member, labels) for member, labels in zip(members, read, strict=True)]
    found = [
        variant
        for item, title in zip(items, titles_of(items), strict=True)
        for variant in _sorted_out(item, title, members, runs)
    ]
    titles = [one.title for one in found]
    named = [one if titles.count(one.title) == 1 else one._replace(shown=_told_apart(one, members)) for one in found]
    shown = [one.shown for one in named]
    twice = sorted({label for label in shown if shown.count(label) > 1})
    if twice:
        raise BadValue(f"several methods would be called {twice[0]!r}; give one of them another label")
    return named


def _contested(item: Item, members: Sequence[Member]) -> dict[int, frozenset[str]]:
    """The item's labels, by member, if two have runs of it with the same seed: it takes a look at the results."""
    seeds = [members[i].seeds for i in item.labels]
    if not any(one & other for one, other in combinations(seeds, 2)):
        return {}
    return {i: frozenset({label}) for i, label in item.labels.items()}


def _runs(member: Member, read: frozenset[str]) -> dict[Run, int]:
    """A member's runs: the digests of the labels to read, the others with a zero that nobody looks at."""
    frames = _records(member, read) if member.kind == "search" else [scores_of(member)]
    found = digests(frames, COLUMN[member.kind], read) if read else {}
    return found | {(label, seed): 0 for label in member.labels if label not in read for seed in member.seeds}


def _records(member: Member, read: frozenset[str]) -> Iterable[pd.DataFrame]:
    """The records of a member's study, without the shards that are known to hold other labels."""
    study = member.study["study"]
    found = member.results.records.get(study, ())
    if not isinstance(found, Shards):
        return found
    others = set(member.labels) - read
    blocks = member.results.manifest["blocks"]
    left_out = {block["id"] for block in blocks if block["study"] == study and block.get("label") in others}
    return replace(found, paths=tuple(path for path in found.paths if path.stem not in left_out))


def scores_of(member: Member) -> pd.DataFrame:
    """The scores of a member's study."""
    scores = member.results.scores
    return scores if scores.empty else scores[scores["study"] == member.study["study"]]


def _sorted_out(item: Item, title: str, members: Sequence[Member], runs: Sequence[Mapping[Run, int]]) -> list[Variant]:
    """The item's different results; a member whose runs all agree with an earlier one's adds those that are new."""
    found: list[Variant] = []
    known: list[dict[int, int]] = []
    for i, label in item.labels.items():
        new = {seed: digest for (name, seed), digest in runs[i].items() if name == label}
        place = next((j for j, old in enumerate(known) if _agree(old, new)), None)
        if place is None:
            found.append(Variant(title, title, members[i], {i: label}, {i: frozenset(new)}, frozenset()))
            known.append(new)
            continue
        one, old = found[place], known[place]
        shared = one.shared | (old.keys() & new.keys())
        seeds = one.seeds | {i: frozenset(new.keys() - old.keys())}
        found[place] = one._replace(labels=one.labels | {i: label}, seeds=seeds, shared=shared)
        known[place] = old | new
    return found


def _agree(old: Mapping[int, int], new: Mapping[int, int]) -> bool:
    """Whether the results with the seeds of both are the same."""
    return all(old[seed] == new[seed] for seed in old.keys() & new.keys())


def _told_apart(variant: Variant, members: Sequence[Member]) -> str:
    """The title with the folder in brackets, and with the study where one folder has several."""
    first = variant.first
    several = sum(member.place == first.place for member in members) > 1
    place = f"{first.name}, study {first.study['study']}" if several else first.name
    return f"{variant.title} ({place})"
