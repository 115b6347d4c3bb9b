"""The protocol of a study in a few lines: what was asked, under which rules, and what is simulated."""

from typing import Any

from reports.numbers import listed
from reports.summary.proxy import ProxySummary
from reports.summary.search import SearchSummary
from reports.words import budget_text, fidelity_text

Lines = list[tuple[str, str]]

CONTINUATION = {
    "resume": "training an architecture further costs only its new epochs (resume)",
    "restart": "training an architecture further costs all its epochs again (restart)",
}
TRIAL = {
    "one": "one: each run sees one of the benchmark's trainings per architecture, drawn once",
    "mean": "mean: each run sees the mean over the benchmark's trainings",
}


def search_protocol(summary: SearchSummary) -> Lines:
    """Terms and their meaning for a search study."""
    study = summary.runs.study
    seconds = "measured while training" if study["live"] else "simulated: the training times in the benchmark's table"
    lines = [
        ("Benchmark", f"{study['benchmark']}, space {study['space']} ({study['archs']:,} architectures)"),
        ("Budget", f"{budget_text(study)} per run; {CONTINUATION[study['budget']['continuation']]}"),
        ("Trial", TRIAL[study["trial"]]),
        ("Workers", f"{study['workers']}"),
        ("Seeds", f"{_seeds(study)}, paired across algorithms"),
        ("Objective", f"{listed(study.get('objectives', [study['objective']]))}; no search sees {study['test']}"),
        (
            "Incumbent",
            "the best objective at the highest fidelity evaluated so far; its test value is the mean over seeds",
        ),
        ("Seconds", seconds),
    ]
    if study["budget"].get("overhead") == "charged":
        lines.append(("Overhead", "charged: the algorithm's own time moves the clock too"))
    if study["optimum"] is not None:
        lines.append(
            (
                "Regret",
                f"the best {study['test']} in the space, {study['optimum']:.4g} {study['unit']}, less the incumbent's",
            )
        )
    return lines + _options(study)


def proxy_protocol(summary: ProxySummary, biased: bool) -> Lines:
    """Terms and their meaning for a proxy study; `biased`: whether its bias by operation is shown."""
    study = summary.study
    twins = "isomorphic cells count once" if study["unique"] else "isomorphic cells all count"
    drawn = study["architectures"]
    lines = [
        ("Benchmark", f"{study['benchmark']}, space {study['space']}"),
        ("Truth", f"{study['truth']['metric']} at {fidelity_text(study['truth'])}, mean over the benchmark's seeds"),
        ("Architectures", f"{drawn if isinstance(drawn, str) else format(drawn, ',')} per seed; {twins}"),
        ("Seeds", f"{_seeds(study)}, paired across proxies"),
        ("Correlation", "Kendall τ-b and Spearman, signed; a score counts as good when it is high"),
        (
            "Seconds",
            "simulated: training that a proxy reads from the table; measured: what computing its scores took here",
        ),
    ]
    if not biased:
        why = f"not shown: the decisions of {study['space']} do not all choose among the same named operations"
        lines.append(("Bias by operation", why))
    return lines + _options(study) + _definitions(study)


def _seeds(study: dict[str, Any]) -> str:
    """How many, and where they begin unless at 0."""
    first = study.get("first_seed", 0)
    return f"{study['seeds']}, from {first}" if first else f"{study['seeds']}"


def _definitions(study: dict[str, Any]) -> Lines:
    """What scores of untrained networks rest on: first what all share, then what is each one's own."""
    every: dict[str, dict[str, str]] = study.get("definitions", {})
    if not every:
        return []
    first = next(iter(every.values()))
    shared = {key: value for key, value in first.items() if all(one.get(key) == value for one in every.values())}
    own = {label: {k: v for k, v in one.items() if k not in shared} for label, one in every.items()}
    lines = [("Untrained networks", _listed(shared))] if shared else []
    return lines + [(f"Score {label}", _listed(rest)) for label, rest in own.items() if rest]


def _listed(definition: dict[str, str]) -> str:
    return "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in definition.items())


def _options(study: dict[str, Any]) -> Lines:
    """The options that differ from the defaults, where the label does not tell them."""
    every = study.get("hyper", {})
    given = {label: o for label, o in every.items() if not all(f"{key}={value}" in label for key, value in o.items())}
    text = "; ".join(f"{label}: {', '.join(f'{k} = {v}' for k, v in o.items())}" for label, o in given.items())
    return [("Options", text)] if text else []
