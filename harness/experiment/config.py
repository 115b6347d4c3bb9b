"""Experiment files: TOML checked by pydantic, with errors that name the line and the nearest right key."""

import difflib
import json
import math
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from harness.core import Fidelity
from harness.errors import BadValue

Spec = dict[str, Any]
"""An item by name with its options: `{"name": "hyperband", "eta": 3}`."""


def _specs(value: Any) -> Any:
    """Accept `"x"`, `{name = "x"}`, or a list of these, wherever a list of items is wanted."""
    entries = value if isinstance(value, list) else [value]
    return [{"name": entry} if isinstance(entry, str) else entry for entry in entries]


def _named(specs: list[Any]) -> list[Spec]:
    for spec in specs:
        if not isinstance(spec, dict) or not isinstance(spec.get("name"), str):
            raise ValueError(f'{_toml(spec)} has no name: write "x" or {{ name = "x", option = value }}')
        for key, value in spec.items():
            _check_option(key, value)
    if not specs:
        raise ValueError("the list is empty: name at least one")
    return specs


def _check_option(key: str, value: Any) -> None:
    """Options are plain values, or lists of them: a grid."""
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, str | int | float) or (isinstance(one, float) and not math.isfinite(one)):
            raise ValueError(
                f"option {key} = {_toml(one)}: give a finite number, a string, true, false, or a list of these"
            )
    if value == []:
        raise ValueError(f"option {key} = []: an empty list is a grid of nothing; give at least one value")


def _folder_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise ValueError(
            f"{_toml(name)} names no results folder: use up to 100 letters, digits, and . _ - after the first"
        )
    return name


def _architectures(value: Any) -> Any:
    if value != "all" and (not isinstance(value, int) or value < 2):
        raise ValueError(f'{_toml(value)} architectures: give a whole number of at least 2, or "all"')
    return value


def _fidelity(value: Any) -> Any:
    """Accept `"full"`, or the fields of a fidelity with at least its epochs and schedule."""
    if value == "full":
        return value
    known = isinstance(value, dict) and {"epochs", "schedule"} <= value.keys() <= set(Fidelity._fields)
    whole = known and type(value["epochs"]) is int and type(value["schedule"]) is int
    if not whole or not all(type(one) in (int, float) for one in value.values()):
        raise ValueError(f'{_toml(value)} is no fidelity: write "full", or {{ epochs = 3, schedule = 12, data = 1.0 }}')
    return value


def _toml(value: Any) -> str:
    """The value as it stands in the file, cut short when it is long."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


Specs = Annotated[list[Spec], BeforeValidator(lambda value: _named(_specs(value)))]
Seeds = Annotated[int, Field(ge=1, le=1_000_000)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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
    seeds: Seeds = 100
    workers: int = Field(default=1, ge=1, le=10_000)
    trial: Literal["one", "mean"] = "one"
    objective: str = "valid_accuracy"
    test: str = "test_accuracy"


class TruthSection(_Section):
    """What a proxy is judged by: a metric at the full fidelity or at a named one."""

    metric: str = "test_accuracy"
    fidelity: Annotated[Any, PlainValidator(_fidelity)] = "full"


class ProxySection(_Section):
    """A proxy study: every proxy scores the same architectures, drawn anew for each seed."""

    benchmark: Specs
    proxy: Specs
    truth: TruthSection = TruthSection()
    architectures: Annotated[Any, PlainValidator(_architectures)] = 1000
    seeds: Seeds = 5
    unique: bool = True
    objective: str = "valid_accuracy"


class Experiment(_Section):
    """A whole experiment file."""

    name: Annotated[str, AfterValidator(_folder_name)]
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
        place = first["loc"][:-1] if first["type"] == "missing" else first["loc"]
        raise BadValue(f"{path}, line {_line(text, place)}: {_explain(first)}") from None
    if not (experiment.search or experiment.proxy):
        raise BadValue(f"{path} holds no [[search]] and no [[proxy]]: it needs at least one study")
    return experiment


EXPECTED = {
    "bool_type": "give true or false",
    "float_type": "give a number",
    "greater_than_equal": "give at least {ge}",
    "int_type": "give a whole number",
    "less_than_equal": "give at most {le}",
    "list_type": "every study begins with a line of its own, [[search]] or [[proxy]] in double brackets",
    "literal_error": "give {expected}",
    "model_type": "give a table, { key = value }",
    "string_type": 'give a string, "x"',
}
"""What to do, by pydantic's kind of error; the fields in braces are of its context."""


def _explain(error: ErrorDetails) -> str:
    loc, kind = error["loc"], error["type"]
    keys = [part for part in loc if isinstance(part, str)]
    key = keys[-1] if keys else ""
    if kind == "extra_forbidden":
        allowed = _allowed(loc)
        near = difflib.get_close_matches(key, allowed, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return f"unknown key {key!r}.{hint} Allowed here: {', '.join(allowed)}."
    if kind == "missing":
        return f"{key!r} is missing: add it"
    if kind not in EXPECTED:
        return f"{'.'.join(keys)}: {error['msg'].removeprefix('Value error, ')}"
    advice = EXPECTED[kind]
    for name, value in error.get("ctx", {}).items():
        advice = advice.replace(f"{{{name}}}", str(value))
    return f"{'.'.join(keys)} = {_toml(error['input'])}: {advice}"


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
    section = range(len(lines))
    if len(loc) > 1 and isinstance(loc[1], int):
        every = [i for i, line in enumerate(lines) if line.lstrip().startswith("[[")]
        own = [i for i in every if re.match(rf"\s*\[\[\s*{re.escape(str(loc[0]))}\s*\]\]", lines[i])]
        if loc[1] < len(own):
            found, keys = own[loc[1]], keys[2:]
            section = range(found + 1, next((i for i in every if i > found), len(lines)))
    for key in map(str, keys):
        pattern = re.compile(rf"(^[\s\[]*|[{{,.]\s*)\"?{re.escape(key)}\"?\s*[=.\]]")
        found = next((i for i in section if i >= found and pattern.search(lines[i])), found)
    return found + 1
