"""Which code runs: a digest of it, its commit where it lies in a git checkout, and the libraries that it needs."""

import hashlib
import os
import re
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGES = ("harness", "tabular", "proxies", "reports")

GIT_SECONDS = 5.0
"""A git that takes longer, on a slow file system, is not waited for."""

TOOLS = frozenset({"test", "lint"})
"""The extras that no result rests on."""


@cache
def code_digest() -> str:
    """The SHA-256 over names and contents of all Python files of the installed packages, in the order of their names.

    It is read once in a process: what is edited meanwhile is not what runs.
    """
    found = {
        f"{name}/{path.relative_to(folder).as_posix()}": path for name, folder in _folders() for path in _python(folder)
    }
    total = hashlib.sha256()
    for name in sorted(found):
        content = found[name].read_bytes()
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


@cache
def checkout() -> dict[str, Any]:
    """The commit, and whether the packages differ from it; empty where they are in no git checkout, or git fails."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists() or _git(root, "ls-files", "--error-unmatch", "harness/core.py") is None:
        return {}
    commit, changes = _git(root, "rev-parse", "HEAD"), _git(root, "status", "--porcelain", "--", *PACKAGES)
    if not commit or changes is None:
        return {}
    return {"commit": commit.strip(), "changed": bool(changes.strip())}


@cache
def libraries() -> dict[str, str]:
    """The versions of the libraries that nasgauge asks for, by name; those of extras where they are installed."""
    found = {}
    for requirement in requires("nasgauge") or ():
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"""extra\s*==\s*['"]([\w.-]+)""", requirement)
        if name and not (extra and extra[1] in TOOLS):
            try:
                found[name[0]] = version(name[0])
            except PackageNotFoundError:
                continue
    return dict(sorted(found.items()))


def _folders() -> list[tuple[str, Path]]:
    """Where the packages lie; one that is not installed is left out."""
    specs = {name: find_spec(name) for name in PACKAGES}
    return [
        (name, Path(place)) for name, spec in specs.items() if spec for place in spec.submodule_search_locations or ()
    ]


def _python(folder: Path) -> list[Path]:
    return [Path(place, name) for place, _, names in os.walk(folder) for name in names if name.endswith(".py")]


def _git(root: Path, *words: str) -> str | None:
    """What git prints, None where it fails; it writes nothing and starts no program of the repository's."""
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", *words]
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=GIT_SECONDS, check=True, env=environment,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout
