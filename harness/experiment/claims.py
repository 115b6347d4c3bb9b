"""Which proxies a claim is about."""

from collections.abc import Collection, Mapping, Sequence

from harness.core import Proxy, Supernet
from harness.errors import BadValue, unknown
from harness.experiment.blocks import Study
from harness.experiment.claim_section import ClaimSection


def check_claim(claim: ClaimSection, studies: Sequence[Study]) -> None:
    """Raise `UnknownName` when none of the proxy studies has the claim's proxies, or its benchmark.

    `BadValue` when no study has both, or when `than` stands for several.
    """
    benchmarks = {study.benchmark["name"] for study in studies}
    if claim.benchmark is not None and claim.benchmark not in benchmarks:
        raise unknown("benchmark of a proxy study", claim.benchmark, benchmarks)
    about = [study for study in studies if claim.benchmark in (None, study.benchmark["name"])]
    with_proxy = _having(claim.proxy, about)
    if claim.than is None:
        return
    with_both = [study for study in _having(claim.than, about) if study in with_proxy]
    if not with_both:
        raise BadValue(f"no study has both {claim.proxy!r} and {claim.than!r}: put them into one, under one [[proxy]]")
    for study in with_both:
        _check_one(claim, study)


def check_watched(claim: ClaimSection, study: Study, proxies: Mapping[str, Proxy]) -> None:
    """Raise `BadValue` when the claim is about what was watched of one of the `proxies` that is no supernet."""
    if claim.measure is None or claim.benchmark not in (None, study.benchmark["name"]):
        return
    for label in labels_of(claim.proxy, _known(study)):
        if not isinstance(proxies[label], Supernet):
            raise BadValue(
                f"claim {claim.text!r}: measure = {claim.measure!r}, but {label} trains no supernet that is watched; "
                "name a proxy that does, such as single_path, or leave measure out: the claim is then about a "
                "correlation"
            )


def labels_of(name: str, known: Collection[tuple[str, str]]) -> list[str]:
    """The labels that a claim's name is about, of pairs (label, name): the label itself, else all of that name."""
    own = [label for label, _ in known if label == name]
    return own or [label for label, item in known if item == name]


def _having(name: str, studies: Sequence[Study]) -> list[Study]:
    found = [study for study in studies if labels_of(name, _known(study))]
    if not found:
        raise unknown("proxy of a study", name, {one for study in studies for pair in _known(study) for one in pair})
    return found


def _check_one(claim: ClaimSection, study: Study) -> None:
    """Refuse a comparison with several, or with nobody else."""
    assert claim.than is not None
    others = labels_of(claim.than, _known(study))
    if len(others) > 1:
        raise BadValue(f"than = {claim.than!r} stands for several proxies: name one of {', '.join(others)}")
    if labels_of(claim.proxy, _known(study)) == others:
        raise BadValue(f"than = {claim.than!r} is the proxy itself: name another one's label")


def _known(study: Study) -> list[tuple[str, str]]:
    return [(label, spec["name"]) for label, spec in study.items.items()]
