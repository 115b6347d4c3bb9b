"""Which proxies a claim is about."""

from harness.errors import unknown
from harness.experiment.blocks import studies_of
from harness.experiment.config import ClaimSection, Experiment


def check_claim(claim: ClaimSection, experiment: Experiment) -> None:
    """Raise `UnknownName` when no study of the experiment has the claim's proxy, or its benchmark."""
    studies = [study for study in studies_of(experiment) if study.kind == "proxy"]
    benchmarks = {study.benchmark["name"] for study in studies}
    if claim.benchmark is not None and claim.benchmark not in benchmarks:
        raise unknown("benchmark of a proxy study", claim.benchmark, benchmarks)
    items = [study.items for study in studies if claim.benchmark in (None, study.benchmark["name"])]
    known = {name for labels in items for label, spec in labels.items() for name in (label, spec["name"])}
    if claim.proxy not in known:
        raise unknown("proxy of a study", claim.proxy, known)
