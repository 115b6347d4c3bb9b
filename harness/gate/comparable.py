"""Whether two baselines were judged by the same truth: otherwise a difference says nothing about a proxy."""

from typing import Any

import numpy as np

from harness.errors import BadValue
from harness.gate.baseline import Baseline

PLACE = ["benchmark", "study", "arch"]
ROUNDING = 1e-9
"""Truths that differ by a smaller share are the same."""


class Incomparable(BadValue):
    """Two baselines that were judged by different truths."""


def same_truth(stored: Baseline, now: Baseline) -> None:
    """Raise `Incomparable` where a study has another metric or fidelity for truth, or an architecture another value."""
    for place, (old, new) in _shared_studies(stored, now).items():
        if old["truth"] != new["truth"]:
            raise Incomparable(
                _advice(place[0], f"was judged by {_words(old['truth'])}, now by {_words(new['truth'])}")
            )
    was, now_is = (side.scores.drop_duplicates(PLACE).set_index(PLACE)["truth"] for side in (stored, now))
    both = was.index.intersection(now_is.index)
    a, b = was.loc[both].to_numpy(), now_is.loc[both].to_numpy()
    wrong = np.flatnonzero(~np.isclose(a, b, rtol=ROUNDING, atol=0, equal_nan=True))
    if len(wrong):
        benchmark, _, arch = both[wrong[0]]
        first = f"architecture {arch}: {a[wrong[0]]:g} is stored, {b[wrong[0]]:g} now"
        raise Incomparable(_advice(benchmark, f"has another truth for {len(wrong)} of {len(both)} ({first})"))


def changed_tables(stored: Baseline, now: Baseline) -> list[str]:
    """The benchmarks whose tables are not the ones that the stored scores were made with, by their fingerprints."""
    pairs = _shared_studies(stored, now).items()
    return sorted({place[0] for place, (old, new) in pairs if old["fingerprint"] != new["fingerprint"]})


def _shared_studies(stored: Baseline, now: Baseline) -> dict[tuple[str, int], tuple[dict[str, Any], dict[str, Any]]]:
    sides = [
        {(study["benchmark"], study["study"]): study for study in side.about.get("studies", ())}
        for side in (stored, now)
    ]
    return {place: (study, sides[1][place]) for place, study in sides[0].items() if place in sides[1]}


def _advice(benchmark: str, what: str) -> str:
    return f"{benchmark or 'the check'} {what}: nothing can be compared; write the new baseline with --update"


def _words(truth: dict[str, Any] | None) -> str:
    return ", ".join(f"{key} {value}" for key, value in (truth or {}).items()) or "nothing named"
