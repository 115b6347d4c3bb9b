"""Which studies may be put together: those of one kind, on one benchmark, under one protocol."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports.merge.items import identities
from reports.merge.member import Member
from reports.words import budget_text, fidelity_text

Say = Callable[[Mapping[str, Any]], str]
DEFAULTS = {"continuation": "resume", "overhead": "measured"}
"""What a budget is where its manifest does not say."""


def _budget(key: str) -> Say:
    """A rule of the budget."""
    return lambda study: str((DEFAULTS | study["budget"])[key])


def _objectives(study: Mapping[str, Any]) -> str:
    return ", ".join(study.get("objectives") or [study.get("objective", "the default")])


def _schedule(study: Mapping[str, Any]) -> str:
    schedule = study.get("schedule")
    return "any" if schedule is None else f"{schedule} epochs"


def _benchmark(study: Mapping[str, Any]) -> str:
    """What the benchmark is made of; without a fingerprint, what is known of it."""
    known = [study.get(key) for key in ("space", "archs")]
    return str(study.get("fingerprint") or json.dumps(known))


COMMON: dict[str, Say] = {"benchmark's data": _benchmark, "objective": _objectives}
PROTOCOL: dict[str, dict[str, Say]] = {
    "search": COMMON | {
        "budget": budget_text,
        "continuation": _budget("continuation"),
        "overhead": _budget("overhead"),
        "workers": lambda study: str(study["workers"]),
        "trial": lambda study: str(study["trial"]),
        "schedule": _schedule,
        "test metric": lambda study: str(study["test"]),
    },
    "proxy": COMMON | {
        "truth": lambda study: f"{study['truth']['metric']} at {fidelity_text(study['truth'])}",
        "number of architectures": lambda study: str(study["architectures"]),
        "isomorphic cells": lambda study: "once" if study["unique"] else "all",
    },
}  # fmt: skip
"""What two studies must have in common, and how it is said."""


def same_subject(one: Member, other: Member) -> bool:
    """Whether two studies are of one kind, on benchmarks of one name."""
    return one.kind == other.kind and one.study["benchmark"] == other.study["benchmark"]


def differences(group: Sequence[Member], new: Member) -> list[str]:
    """In what a study's protocol differs from that of a group of studies; empty where they can be put together."""
    first, found = group[0].study, []
    for what, say in PROTOCOL[new.kind].items():
        here, there = say(new.study), say(first)
        if here != there:
            found.append(f"{what} (here {here}, there {there})")
    return [*found, *_other_architectures(group, new)]


def _other_architectures(group: Sequence[Member], new: Member) -> list[str]:
    """Proxies of other seeds scored other architectures, unless all were scored, or the same proxies were asked."""
    if new.kind == "search" or new.study["architectures"] == "all":
        return []
    seeds = frozenset().union(*(member.seeds for member in group))
    asked = [one for member in group for one in identities(member)]
    same = all(one in asked for one in identities(new)) and all(one in identities(new) for one in asked)
    if seeds == new.seeds or same:
        return []
    return [f"seeds, which draw the architectures (here {ranges(new.seeds)}, there {ranges(seeds)})"]


def ranges(seeds: frozenset[int]) -> str:
    """Seeds in words: 0 to 9, 20."""
    found: list[list[int]] = []
    for seed in sorted(seeds):
        if found and seed == found[-1][1] + 1:
            found[-1][1] = seed
        else:
            found.append([seed, seed])
    return ", ".join(str(low) if low == high else f"{low} to {high}" for low, high in found) or "none"
