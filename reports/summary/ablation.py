"""What an option does to a supernet: its variants side by side, paired with one of them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from harness.statistics.bootstrap import Interval
from reports.summary.history import supernets
from reports.summary.over_seeds import UNKNOWN
from reports.summary.pairs import pair_of
from reports.summary.proxy import ProxyRow, ProxySummary
from reports.words import name_of

ASIDE = {"snapshots", "watch", "device", "checkpoints", "label"}
"""Options that are no part of a method: what is looked at, where it is computed and kept, and what it is called."""


class Variant(NamedTuple):
    """A supernet, and in which options it differs from its reference; these are empty for the reference itself.

    `difference` is by how much its tau-b is above that of the reference, on the same architectures and seeds.
    """

    name: str
    option: str
    value: str
    row: ProxyRow
    reference: str
    difference: Interval
    n: int
    seeds: int


def ablation_of(summary: ProxySummary) -> list[Variant]:
    """The variants of each supernet that stands in the study with several settings, its reference first.

    The reference is the one that the experiment gives the fewest options, the first of several such; options that are
    no part of the method do not count, and what differs from the reference in these alone is no variant.
    """
    known, place = set(supernets(summary)), list(summary.study["proxies"])
    names: dict[str, list[ProxyRow]] = {}
    for row in sorted(summary.rows, key=lambda row: place.index(row.proxy)):
        if row.proxy in known:
            names.setdefault(name_of(summary.study, row.proxy), []).append(row)
    return [one for name, rows in names.items() if len(rows) > 1 for one in _variants(summary, name, rows)]


def _variants(summary: ProxySummary, name: str, rows: Sequence[ProxyRow]) -> list[Variant]:
    hyper: Mapping[str, Mapping[str, Any]] = summary.study.get("hyper", {})
    options = {row.proxy: _own(hyper.get(row.proxy, {})) for row in rows}
    reference = min(rows, key=lambda row: len(options[row.proxy])).proxy
    title = summary.study.get("titles", {}).get(name, name)
    found = [_variant(summary, title, row, (reference, options)) for row in rows]
    shown = [one for one in found if one.option or one.row.proxy == reference]
    return sorted(shown, key=lambda one: (one.row.proxy != reference, one.option)) if len(shown) > 1 else []


def _own(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key not in ASIDE}


def _variant(
    summary: ProxySummary, title: str, row: ProxyRow, others: tuple[str, Mapping[str, Mapping[str, Any]]]
) -> Variant:
    reference, options = others
    mine, theirs = options[row.proxy], options[reference]
    changed = [key for key in dict.fromkeys([*mine, *theirs]) if mine.get(key) != theirs.get(key)]
    values = ", ".join(str(mine.get(key, "default")) for key in changed)
    pair = pair_of(summary.frame, row.proxy, reference) if row.proxy != reference else None
    difference, n, seeds = (UNKNOWN, 0, 0) if pair is None else (pair.difference, pair.n, pair.seeds)
    return Variant(title, ", ".join(changed), values, row, reference, difference, n, seeds)
