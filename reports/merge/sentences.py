"""What a reader must know of studies that were put together, and of those that were not."""

from collections.abc import Sequence

from reports.merge.items import identity
from reports.merge.member import Member, mixed_versions
from reports.merge.protocol import differences, ranges
from reports.merge.variants import Variant
from reports.numbers import listed

WHAT = {"search": "searches", "proxy": "proxies"}


def together(members: Sequence[Member], variants: Sequence[Variant]) -> list[str]:
    """The sentences about one merged study."""
    folders = {member.name: member.results for member in members}
    return [
        *_called(members, variants),
        *_shared(variants),
        *_twice(variants),
        *_seeds(members, variants),
        *mixed_versions(folders),
    ]


def apart(group: Sequence[Member], others: Sequence[Member]) -> str:
    """Why a group of studies is not compared with another one."""
    names = listed(dict.fromkeys(member.name for member in others))
    what = f"{WHAT[group[0].kind]} of {names} on {group[0].study['benchmark']}"
    return f"Not compared with the {what}, whose protocol is another: {'; '.join(differences(others, group[0]))}."


def _shared(variants: Sequence[Variant]) -> list[str]:
    shared = [one for one in variants if one.shared]
    if not shared:
        return []
    what = listed(f"{one.shown} with seeds {ranges(one.shared)}" for one in shared)
    return [f"The same runs are in several folders and count once: {what}."]


def _called(members: Sequence[Member], variants: Sequence[Variant]) -> list[str]:
    """Which items have another label in a folder; their definition is the same."""
    found = [
        f"{one.title} is {label} in {members[i].name}"
        for one in variants
        for i, label in one.labels.items()
        if label != one.title
    ]
    return [f"The same definition has several labels: {'; '.join(found)}."] if found else []


def _twice(variants: Sequence[Variant]) -> list[str]:
    """Which items are called the same, and why they are not one."""
    found = []
    for title in dict.fromkeys(one.title for one in variants):
        same = [one for one in variants if one.title == title]
        if len(same) > 1:
            first = identity(same[0].first.study, same[0].label)
            options = any(identity(one.first.study, one.label) != first for one in same[1:])
            why = "its options differ" if options else "its results differ although its options do not"
            found.append(f"{title} stands here {len(same)} times, told apart by its folder: {why}.")
    return found


def _seeds(members: Sequence[Member], variants: Sequence[Variant]) -> list[str]:
    """Which items have other seeds than the rest: nothing pairs what they do not share."""
    groups: dict[frozenset[int], list[str]] = {}
    for one in variants:
        groups.setdefault(one.all_seeds, []).append(one.shown)
    if len(groups) < 2:
        return []
    what = "; ".join(f"{ranges(seeds)}: {listed(labels)}" for seeds, labels in groups.items())
    paired = "runs are paired where both have the seed" if members[0].kind == "search" else "pairs have the same seed"
    return [f"Not all have the same seeds ({what}); {paired}."]
