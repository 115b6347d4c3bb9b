"""Several studies as one: what its manifest would say."""

from collections.abc import Sequence
from typing import Any

from reports.merge.member import ITEMS, Member
from reports.merge.variants import Variant
from reports.words import name_of


def merged_study(members: Sequence[Member], variants: Sequence[Variant]) -> dict[str, Any]:
    """The first member's description with the items and the seeds of all."""
    first, seeds = members[0], frozenset().union(*(one.all_seeds for one in variants))
    found = first.study | {
        ITEMS[first.kind]: [one.shown for one in variants],
        "names": {one.shown: name_of(one.first.study, one.label) for one in variants},
        "hyper": {one.shown: one.first.study.get("hyper", {}).get(one.label, {}) for one in variants},
        "definitions": {one.shown: definition for one in variants if (definition := _definition(one))},
        "own_labels": {one.shown: one.label for one in variants},
        "all_labels": {one.shown: list(dict.fromkeys(one.labels.values())) for one in variants},
        "seeds": len(seeds),
        "first_seed": min(seeds, default=0),
    }
    if first.kind == "search":
        found["random_search"] = next((m.study["random_search"] for m in members if m.study.get("random_search")), None)
    return found


def _definition(variant: Variant) -> dict[str, str]:
    definition: dict[str, str] = variant.first.study.get("definitions", {}).get(variant.label, {})
    return definition
