"""Experiment files: TOML checked by pydantic, with errors that name the line and the nearest right key."""

import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from harness.errors import BadValue

Spec = dict[str, Any]
"""An item by name with its options: `{"name": "hyperband", "eta": 3}`."""


def _specs(value: Any) -> Any:
    """Accept `"x"`, `{name = "x"}`, or a list of these, wherever a list of items is wanted."""
    entries = value if isinstance(value, list) else [value]
    return [{"name": entry} if isinstance(entry, str) else entry for entry in entries]


def _named(specs: list[Spec]) -> list[Spec]:
    for spec in specs:
        if not isinstance(spec.get("name"), str):
            raise ValueError(f'{spec} has no name: write "x" or {{ name = "x", option = value }}')
    if not specs:
        raise ValueError("the list is empty: name at least one")
    return specs


Specs = Annotated[list[Spec], BeforeValidator(lambda value: _named(_specs(value)))]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BudgetSection(_Section):
    """The budget of each run: one of seconds, epochs, evaluations."""

    seconds: float | None = None
    epochs: float | None = None
    evaluations: int | None = None
    continuation: Literal["resume", "restart"] = "resume"


class SearchSection(_Section):
    """A search study: every algorithm on every benchmark with every seed."""

    benchmark: Specs
    algorithm: Specs
    budget: BudgetSection
    seeds: int = Field(default=100, ge=1)
    workers: int = Field(default=1, ge=1)
    trial: Literal["one", "mean"] = "one"
    objective: str = "valid_accuracy"
    test: str = "test_accuracy"


class TruthSection(_Section):
    """What a proxy is judged by: a metric at the full fidelity or at a named one."""

    metric: str = "test_accuracy"
    fidelity: Literal["full"] | dict[str, float] = "full"


class ProxySection(_Section):
    """A proxy study: every proxy scores the same architectures, drawn anew for each seed."""

    benchmark: Specs
    proxy: Specs
    truth: TruthSection = TruthSection()
    architectures: int | Literal["all"] = 1000
    seeds: int = Field(default=5, ge=1)
    unique: bool = True
    objective: str = "valid_accuracy"


class Experiment(_Section):
    """A whole experiment file."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    search: list[SearchSection] = []
    proxy: list[ProxySection] = []


def read_experiment(path: Path) -> Experiment:
    """Read and check an experiment file; a `BadValue` says what is wrong, where, and what is allowed."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise BadValue(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadValue(f"{path} is no TOML: {error}") from error
    try:
        experiment = Experiment.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadValue(_explain(path, text, first["loc"], first["type"], first["msg"])) from None
    if not (experiment.search or experiment.proxy):
        raise BadValue(f"{path} holds no [[search]] and no [[proxy]]: it needs at least one study")
    return experiment


def _explain(path: Path, text: str, loc: Sequence[int | str], kind: str, message: str) -> str:
    keys = [part for part in loc if isinstance(part, str)]
    key = keys[-1] if keys else ""
    place = f"{path}, line {_line(text, loc)}"
    if kind == "extra_forbidden":
        allowed = _allowed(loc)
        near = difflib.get_close_matches(key, allowed, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return f"{place}: unknown key {key!r}.{hint} Allowed here: {', '.join(allowed)}."
    if kind == "missing":
        return f"{place}: {key!r} is missing"
    return f"{place}: {'.'.join(keys)}: {message.removeprefix('Value error, ')}"


def _allowed(loc: Sequence[int | str]) -> list[str]:
    """The keys that the section around `loc` takes."""
    section: Any = Experiment
    inner: dict[str, Any] = {
        "search": SearchSection, "proxy": ProxySection, "budget": BudgetSection, "truth": TruthSection,
    }  # fmt: skip
    for part in loc[:-1]:
        section = inner.get(str(part), section)
    return list(section.model_fields)


def _line(text: str, loc: Sequence[int | str]) -> int:
    """The line of the innermost key of `loc` that stands in the file."""
    lines, found, keys = text.splitlines(), 0, list(loc)
    if len(loc) > 1 and isinstance(loc[1], int):
        headers = [i for i, line in enumerate(lines) if line.strip() == f"[[{loc[0]}]]"]
        found, keys = (headers[loc[1]] if loc[1] < len(headers) else 0), keys[2:]
    for key in (str(key) for key in keys):
        pattern = re.compile(rf"(^\s*\[*|[{{,]\s*)\"?{re.escape(key)}\"?\s*[=\]]")
        found = next((i for i in range(found, len(lines)) if pattern.search(lines[i])), found)
    return found + 1
