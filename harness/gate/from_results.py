"""The scores of a results folder in the shape of a baseline."""

from pathlib import Path
from typing import Any

from harness.errors import BadValue
from harness.gate.baseline import TYPES, Baseline
from harness.results import load

TRUTH = ("metric", "epochs", "schedule", "data")
"""What a truth is known by; a manifest may say more of it."""


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
        truth = study.get("truth") and {key: study["truth"].get(key) for key in TRUTH}
        about = {"truth": truth, "fingerprint": study.get("fingerprint")}
        judged.append({"benchmark": study["benchmark"], "study": place} | about)
    scores = results.scores.assign(study=results.scores["study"].map(places))
    return Baseline(scores[list(TYPES)].astype(TYPES), {"experiment": results.manifest["name"], "studies": judged})
