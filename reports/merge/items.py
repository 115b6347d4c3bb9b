"""Which items of several studies have one definition, whatever their labels, and what each of them is called."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from reports.merge.member import Member
from reports.words import name_of


class Item(NamedTuple):
    """An algorithm or proxy as it is defined: `labels` by the place of the member, `identity` what defines it."""

    labels: dict[int, str]
    identity: tuple[str, Any, Any]


def items_of(members: Sequence[Member]) -> list[Item]:
    """The items in the order of the members; those that share a label stand beside each other.

    A study that has one definition twice, under two labels, has two items: whoever made it told them apart.
    """
    found: list[Item] = []
    for i, member in enumerate(members):
        known = {label: identity(member.study, label) for label in member.labels}
        alike = [label for label in known if any(_has_label(item, label, known[label]) for item in found)]
        for label in [*alike, *(label for label in known if label not in alike)]:
            fits = [item for item in found if i not in item.labels and item.identity == known[label]]
            item = next((one for one in fits if label in one.labels.values()), fits[0] if fits else None)
            if item is None:
                found.append(Item({i: label}, known[label]))
            else:
                item.labels[i] = label
    return _ordered(found, members)


def identity(study: Mapping[str, Any], label: str) -> tuple[str, Any, Any]:
    """The registry's name, the options, and what a score of untrained networks rests on.

    Where a manifest does not say the options, the label stands for them.
    """
    options = study.get("hyper", {}).get(label, label)
    return name_of(study, label), options, study.get("definitions", {}).get(label)


def identities(member: Member) -> list[tuple[str, Any, Any]]:
    """What a study compares, by definition."""
    return [identity(member.study, label) for label in member.labels]


def titles_of(items: Sequence[Item]) -> list[str]:
    """What each item is called: by its first label, or by the first that is not another item's too.

    A bare name that several items go by says nothing, so that hyperband(eta=3) stands where another folder calls it
    hyperband. Items with no label of their own share a title.
    """
    return [_title(item, [other for other in items if other is not item]) for item in items]


def _title(item: Item, others: Iterable[Item]) -> str:
    taken = {label for other in others for label in other.labels.values()}
    taken |= {other.identity[0] for other in others}
    labels = list(item.labels.values())
    return next((label for label in labels if label not in taken), labels[0])


def _has_label(item: Item, label: str, wanted: tuple[str, Any, Any]) -> bool:
    return item.identity == wanted and label in item.labels.values()


def _ordered(items: Sequence[Item], members: Sequence[Member]) -> list[Item]:
    labels = list(dict.fromkeys(label for member in members for label in member.labels))
    return sorted(items, key=lambda item: min(labels.index(label) for label in item.labels.values()))
