"""What differs between a results folder and an experiment planned here, before anything is run."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from harness.experiment.comparison import RELATIVE
from harness.provenance import here, sessions_in

SHOWN = 12
"""Digits of a checksum that are shown."""


class Differences(NamedTuple):
    """`notes` are other code, libraries and data sets that are not here; `serious` is what results cannot survive."""

    notes: list[str]
    serious: list[str]


def differences(folder: Path, stored: Mapping[str, Any], now: Mapping[str, Any]) -> Differences:
    """Compare two manifests, that of the folder and one made here, and the folder's sessions with this process.

    What only one of them says is a difference too, where the same version wrote both.
    """
    notes, serious = list(_sessions(folder)), list[str]()
    old = {study["study"]: study for study in stored["studies"]}
    new = {study["study"]: study for study in now["studies"]}
    notes += [f"cannot be planned here: {why}" for why in now["left_out"] if why not in stored.get("left_out", ())]
    same = stored.get("version") == now["version"]
    for number in sorted(old.keys() & new.keys()):
        serious += _study(old[number], json.loads(json.dumps(new[number])), same)
    if same and not (stored.get("left_out") or now["left_out"]):
        serious += _untold(stored, now)
    images = list(_images(stored.get("datasets"), now.get("datasets", {})))
    notes += [text for known, text in images if not known]
    serious += [text for known, text in images if known]
    if _names(stored["blocks"], new) != _names(now["blocks"], old) and not serious:
        notes.append("the blocks have other names here; runs are compared by their place")
    return Differences(notes, serious)


def _study(old: Mapping[str, Any], new: Mapping[str, Any], same: bool) -> Iterator[str]:
    """What the manifest says of a study and is otherwise here; of another table everything may be.

    Where the `same` version wrote both, what only one of them says is otherwise.
    """
    number = old["study"]
    if old.get("fingerprint") != new["fingerprint"]:
        pair = _pair(old.get("fingerprint"), new["fingerprint"])
        yield (
            f"study {number}: {old['benchmark']} has other data than the results were made with{pair}; its blocks have "
            "other names therefore, and are compared by their place"
        )
        return
    keys = old.keys() | new.keys() if same else old.keys() & new.keys()
    for key in sorted(keys - {"provenance"}):
        if not (key in old and key in new and _alike(old[key], new[key])):
            yield f"study {number}: {key} is {_said(old, key)} in the manifest, and {_said(new, key)} here"


def _untold(stored: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Studies and data sets that only one of two manifests has which leave none out."""
    old, new = ({study["study"] for study in one["studies"]} for one in (stored, now))
    yield from (f"study {number} is in the manifest, and not planned here" for number in sorted(old - new))
    yield from (f"study {number} is planned here, and not in the manifest" for number in sorted(new - old))
    known = stored.get("datasets")
    unsaid = now.get("datasets", {}).keys() - (known if isinstance(known, dict) else {})
    yield from (f"the data set {name} has no checksum in the manifest" for name in sorted(unsaid))


def _images(stored: Any, now: Mapping[str, str]) -> Iterator[tuple[bool, str]]:
    """What is wrong with data sets, and whether they are here at all."""
    for name, checksum in stored.items() if isinstance(stored, dict) else ():
        if name not in now:
            yield False, f"the data set {name} is not here"
        elif now[name] != checksum:
            yield (
                True,
                f"the data set {name} is another one than the results were made with{_pair(checksum, now[name])}",
            )


def _sessions(folder: Path) -> Iterator[str]:
    """What the sessions say of code, python and libraries, and is otherwise here."""
    try:
        sessions = sessions_in(folder)
    except (OSError, ValueError) as error:
        yield f"environment.json does not say what made the results ({error})"
        return
    mine = here()
    for key in ("nasgauge", "code", "python"):
        recorded = sorted({str(session[key])[:SHOWN] for session in sessions if key in session})
        if recorded and recorded != [mine[key][:SHOWN]]:
            yield f"{key}: {mine[key][:SHOWN]} here, {', '.join(recorded)} when the results were made"
    for name in sorted({name for session in sessions for name in _libraries(session)}):
        recorded = sorted({str(_libraries(session)[name]) for session in sessions if name in _libraries(session)})
        own = mine["libraries"].get(name)
        if recorded != [own]:
            yield f"{name}: {own or 'none'} here, {', '.join(recorded)} when the results were made"


def _libraries(session: Mapping[str, Any]) -> Mapping[str, Any]:
    found = session.get("libraries", {})
    return found if isinstance(found, dict) else {}


def _names(blocks: Any, studies: Mapping[int, Any]) -> set[str]:
    """The names of the blocks of these studies."""
    return {block["id"] for block in blocks if block["study"] in studies}


def _alike(a: Any, b: Any) -> bool:
    """Whether two values of JSON are equal, their numbers to rounding."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_alike(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, float) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=RELATIVE) or (a != a and b != b)
    return bool(a == b)


def _pair(old: Any, new: Any) -> str:
    return f" ({str(old)[:SHOWN]} then, {str(new)[:SHOWN]} now)"


def _said(study: Mapping[str, Any], key: str) -> str:
    if key not in study:
        return "missing"
    text = json.dumps(study[key])
    return text if len(text) <= 60 else f"{text[:57]}..."
