"""`environment.json`: a session for each time that the folder was worked on."""

import logging
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any

from harness.files import write_json
from harness.json_file import read_json
from harness.provenance.code import checkout, code_digest, libraries
from harness.provenance.machine import gpus, machine
from harness.results import ENVIRONMENT
from harness.seals import inside

KEPT = 100
"""So many sessions are kept beside the first one; a folder that is begun again every night stays small."""

LONGEST = 4000
"""Characters of a command line that are written down; it may name many files."""

VARIABLES = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS")
"""The only environment variables that are written down: others may be secret."""

MOST = 2**24
"""Bytes of an environment.json that are read; a hundred sessions have a quarter of a million."""

Session = dict[str, Any]

log = logging.getLogger("nasgauge")


def here() -> Session:
    """What two processes must have in common to make the same results: code, python and libraries."""
    return {
        "nasgauge": version("nasgauge"),
        "code": code_digest(),
        "python": platform.python_version(),
        "libraries": libraries(),
    }


def record_session(folder: Path, engine: Mapping[str, Any]) -> None:
    """Append this process to the folder's sessions, atomically; `engine` says who does the work, and with how many.

    It becomes part of the session as it is: `{"engine": "processes", "workers": 2}`.
    """
    sessions = [*recorded(folder), _session(engine)]
    kept = sessions if len(sessions) <= KEPT + 1 else [sessions[0], *sessions[-KEPT:]]
    write_json(folder / ENVIRONMENT, {"sessions": kept})


def sessions_in(folder: Path) -> list[Session]:
    """The sessions of a results folder; `OSError` or `ValueError` where they cannot be read."""
    return sessions_of(read_json(inside(folder, folder / ENVIRONMENT), MOST))


def sessions_of(environment: Any) -> list[Session]:
    """The sessions in what an environment.json holds; earlier versions wrote a single one, flat."""
    if not isinstance(environment, dict):
        return []
    sessions = environment.get("sessions", [environment] if environment else [])
    return [one for one in sessions if isinstance(one, dict)] if isinstance(sessions, list) else []


def _session(engine: Mapping[str, Any]) -> Session:
    variables = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    facts = {
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        **here(),
        "git": checkout(),
        "command": _command(),
        **engine,
        "system": platform.platform(),
        "machine": machine(),
        "gpus": gpus(),
        "variables": variables,
    }
    return {name: fact for name, fact in facts.items() if fact}


def _command() -> list[str]:
    """The command line as it was given; of the program, whose place says where a home is, the name."""
    program, *words = sys.argv or [""]
    ends = accumulate(map(len, words))
    kept = [word for word, end in zip(words, ends, strict=True) if end <= LONGEST]
    return [Path(program).name, *kept, *["..."] * (len(kept) < len(words))]


def recorded(folder: Path) -> list[Session]:
    """The sessions so far; none where the file is damaged, which is no reason not to run."""
    try:
        return sessions_in(folder)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        log.warning("%s is damaged (%s) and begins anew", folder / ENVIRONMENT, error)
        return []
