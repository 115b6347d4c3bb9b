"""The scores of a results folder in the shape of a baseline."""

from pathlib import Path
from typing import Any

from harness.errors import BadValue
from harness.gate.baseline import TYPES, Baseline
from harness.results import load

JUDGED = ("truth", "fingerprint")


def baseline_of(folder: Path) -> Baseline:
    """Read the proxy studies of a results folder; `BadValue` when it has none.

    A study is known by its benchmark and by which of that benchmark's proxy studies it is, so that other studies may
    come and go.
    """
    results = load(folder)
    studies = [study for study in results.manifest["studies"] if study["kind"] == "proxy"]
    if not studies:
        raise BadValue(f"{folder} holds no proxy study: there is nothing to check; name other results")
    places: dict[int, int] = {}
    judged: list[dict[str, Any]] = []
    for study in studies:
        place = sum(other["benchmark"] == study["benchmark"] for other in judged)
        places[study["study"]] = place
        judged.append({"benchmark": study["benchmark"], "study": place} | {key: study.get(key) for key in JUDGED})
    scores = results.scores.assign(study=results.scores["study"].map(places))
    about = {"experiment": results.manifest["name"], "studies": judged}
    return Baseline(scores[list(TYPES)].astype(TYPES), about)
