"""The report's studies under the names that the user gives: renamed in the data, so that all that follows agrees."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.errors import BadValue
from reports.merge.member import ITEMS
from reports.merge.relabelled import Records, Taken, Takes, relabelled
from reports.parts import Part
from reports.wording import Wording, check_names
from reports.words import name_of

KEYED = ("names", "hyper", "definitions", "own_labels", "all_labels")
"""What a study says by label."""


def renamed(parts: Sequence[Part], wording: Wording) -> list[Part]:
    """The studies with the names of `wording`; `study["own_labels"]` and `["own_benchmark"]` keep what they were.

    `study["all_labels"]` has every label that a folder gives to the same thing.

    A name is that of a label, or of what stands before its brackets: `"random_forest" = "RF"` makes RF(train=20) of
    random_forest(train=20). `study["titles"]` has such names for whoever takes a label apart. Raises `UnknownName`
    for a name that is nobody's, `BadValue` for two things that would be called the same.
    """
    labels = {label for part in parts for label in _labels(part)}
    benchmarks = {str(part.study["benchmark"]) for part in parts}
    bases = {name_of(part.study, label) for part in parts for label in _labels(part)}
    used = {key for label in labels if (key := _key(label, wording.names))}
    known = labels | benchmarks
    check_names(wording, sorted(known), used | (wording.names.keys() & (known | bases)))
    _check_distinct(labels, wording.names)
    _check_distinct(benchmarks, wording.names)
    return [_renamed(part, wording.names) for part in parts]


def claims_of(experiments: Iterable[Mapping[str, Any]], parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The claims of all experiments, each once, about what the report shows under other names too."""
    found: list[dict[str, Any]] = []
    for claim in (claim for one in experiments for claim in one.get("claim", ())):
        found += [one for one in _shown_claims(claim, parts) if one not in found]
    return found


def _shown_claims(claim: dict[str, Any], parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The claim under the label that its proxy is shown with, or under each of them."""
    benchmarks = {part.study.get("own_benchmark"): part.study["benchmark"] for part in parts}
    about = claim | {key: benchmarks.get(name, name) for key, name in claim.items() if key == "benchmark"}
    names = {name_of(part.study, label) for part in parts if part.study["kind"] == "proxy" for label in _labels(part)}
    if claim["proxy"] in names:
        return [about]
    own = [part.study.get("all_labels", {}) for part in parts if part.study["kind"] == "proxy"]
    shown = dict.fromkeys(new for labels in own for new, known in labels.items() if claim["proxy"] in known)
    return [about | {"proxy": label} for label in shown] or [about]


def _labels(part: Part) -> list[str]:
    return list(part.study[ITEMS[part.study["kind"]]])


def _key(label: str, names: Mapping[str, str]) -> str | None:
    """The user's name that a label goes by: its own, or the longest that stands before a bracket."""
    if label in names:
        return label
    heads = [name for name in names if label.startswith((f"{name}(", f"{name} ("))]
    return max(heads, key=len, default=None)


def _shown(label: str, names: Mapping[str, str]) -> str:
    key = _key(label, names)
    return label if key is None else f"{names[key]}{label[len(key) :]}"


def _check_distinct(labels: Iterable[str], names: Mapping[str, str]) -> None:
    first: dict[str, str] = {}
    for label in sorted(labels):
        shown = _shown(label, names)
        if first.setdefault(shown, label) != label:
            raise BadValue(
                f"names: {first[shown]!r} and {label!r} would both be called {shown!r}; give one of them another name"
            )


def _renamed(part: Part, names: Mapping[str, str]) -> Part:
    study, labels = part.study, _labels(part)
    shown = {label: _shown(label, names) for label in labels}
    own: dict[str, Any] = {
        "own_labels": {label: label for label in labels},
        "all_labels": {label: [label] for label in labels},
    } | study
    keyed = {key: {shown.get(k, k): value for k, value in own[key].items()} for key in KEYED if key in own}
    benchmark = _shown(study["benchmark"], names)
    takes: Takes = {label: Taken(new) for label, new in shown.items() if new != label}
    constants = {"benchmark": benchmark} if benchmark != study["benchmark"] else {}
    about = {
        ITEMS[study["kind"]]: [shown[label] for label in labels],
        "benchmark": benchmark,
        "own_benchmark": study["benchmark"],
        "titles": {name: names[name] for name in sorted({name_of(study, label) for label in labels}) if name in names},
    }
    return Part(
        study | keyed | about,
        Records(((part.records, takes),), constants) if takes or constants else part.records,
        relabelled(part.scores, "proxy", takes, constants),
        part.truth,
        relabelled(part.measured, "label", takes, constants),
        relabelled(part.history, "proxy", takes, constants),
    )
