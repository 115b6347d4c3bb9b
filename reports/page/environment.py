"""Which code, libraries and machines made a results folder, in few words: what all its sessions say."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.provenance import sessions_of

SHOWN = 3
"""So many different values are listed; of more, the first ones and how many more there are."""

DIGITS = 12
"""Of a digest or a commit."""


def environment_terms(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values; where sessions differ, a name has several values, in the order of the sessions.

    The command lines are left out: they may name people, and pages are handed to reviewers.
    """
    sessions = sessions_of(manifest.get("environment"))
    found: dict[str, list[str]] = {"nasgauge": [str(manifest.get("version") or "")]}
    for session in sessions:
        for name, value in _terms(session):
            known = found.setdefault(name, [])
            if value not in known:
                known.append(value)
    if len(sessions) > 1:
        found["sessions"] = [str(len(sessions))]
    return [(name, text) for name, values in found.items() if (text := _listed([one for one in values if one]))]


def _terms(session: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a session says; those of earlier versions are names and values already."""
    if "libraries" not in session:
        yield from ((name, str(value)) for name, value in session.items() if value)
        return
    git, machine = _table(session.get("git")), _table(session.get("machine"))
    changed = ", and changed since" if git.get("changed") else ""
    gpus = session.get("gpus")
    yield "nasgauge", str(session.get("nasgauge", ""))
    yield "code", str(session.get("code", ""))[:DIGITS]
    yield "commit", str(git["commit"])[:DIGITS] + changed if "commit" in git else ""
    yield "python", str(session.get("python", ""))
    yield "system", str(session.get("system", ""))
    yield "processor", str(machine.get("cpu", machine.get("architecture", "")))
    yield "cores", str(machine.get("cores", ""))
    yield "memory", f"{machine['memory_gib']} GiB" if "memory_gib" in machine else ""
    yield "GPUs", ", ".join(map(str, gpus)) if isinstance(gpus, list) else ""
    yield "done by", _crew(session)
    yield "begun", str(session.get("began", ""))
    yield from ((name, str(value)) for name, value in _table(session["libraries"]).items())


def _crew(session: Mapping[str, Any]) -> str:
    engine, workers = session.get("engine"), session.get("workers")
    return ", ".join(filter(None, [str(engine or ""), f"{workers} at a time" if workers else ""]))


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(values: list[str]) -> str:
    """The values in a line."""
    more = len(values) - SHOWN
    return "; ".join(values) if more <= 0 else f"{'; '.join(values[:SHOWN])}; and {more} more"
