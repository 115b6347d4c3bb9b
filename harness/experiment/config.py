"""Experiment files: TOML checked by pydantic, with errors that name the line and the nearest right key."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from harness.errors import BadValue, NasgaugeError
from harness.experiment.claim_section import ClaimSection
from harness.experiment.engine_section import EngineSection
from harness.experiment.lines import line_of
from harness.experiment.section import Section
from harness.experiment.values import architectures, as_toml, fidelity, folder_name, named, objectives, specs_of
from harness.toml_file import read_toml

Spec = dict[str, Any]
"""An item by name with its options: `{"name": "hyperband", "eta": 3}`."""


Specs = Annotated[list[Spec], BeforeValidator(lambda value: named(specs_of(value)))]
Architectures = Annotated[Any, PlainValidator(architectures)]
FolderName = Annotated[str, AfterValidator(folder_name)]
TruthFidelity = Annotated[Any, PlainValidator(fidelity)]
Objectives = Annotated[list[str], PlainValidator(objectives)]
Seeds = Annotated[int, Field(ge=1, le=1_000_000)]
FirstSeed = Annotated[int, Field(ge=0, le=1_000_000_000)]


class BudgetSection(Section):
    """The budget of each run: one of seconds, epochs, evaluations."""

    seconds: float | None = None
    epochs: float | None = None
    evaluations: int | None = None
    continuation: Literal["resume", "restart"] = "resume"
    overhead: Literal["measured", "charged"] = "measured"


class SearchSection(Section):
    """A search study: every algorithm on every benchmark with every seed.

    `schedule` offers only trainings of schedules of so many epochs. An optional study is left out where its benchmark
    is not there, or cannot answer what an algorithm asks.
    """

    benchmark: Specs
    algorithm: Specs
    budget: BudgetSection
    seeds: Seeds = 100
    first_seed: FirstSeed = 0
    workers: int = Field(default=1, ge=1, le=10_000)
    trial: Literal["one", "mean"] = "one"
    objective: Objectives = Field(default=["valid_accuracy"])
    test: str = "test_accuracy"
    schedule: int | None = None
    optional: bool = False


class TruthSection(Section):
    """What a proxy is judged by: a metric at the full fidelity or at a named one."""

    metric: str = "test_accuracy"
    fidelity: TruthFidelity = "full"


class ProxySection(Section):
    """A proxy study: every proxy scores the same architectures, drawn anew for each seed."""

    benchmark: Specs
    proxy: Specs
    truth: TruthSection = TruthSection()
    architectures: Architectures = 1000
    seeds: Seeds = 5
    first_seed: FirstSeed = 0
    unique: bool = True
    objective: str = "valid_accuracy"
    optional: bool = False


class Experiment(Section):
    """A whole experiment file."""

    name: FolderName
    search: list[SearchSection] = Field(default=[])
    proxy: list[ProxySection] = Field(default=[])
    claim: list[ClaimSection] = Field(default=[], max_length=200)
    engine: EngineSection = Field(default=EngineSection(), exclude=True)
    """Where it is run, which is no part of what it is: manifests do not have it."""


def read_experiment(path: Path) -> Experiment:
    """Read and check an experiment file; a `BadValue` says what is wrong, where, and what is allowed."""
    text, raw = read_toml(path)
    try:
        experiment = Experiment.model_validate(raw)
    except ValidationError as error:
        found = error.errors()  # an unknown key first: what else is wrong may come of it
        first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
        place = first["loc"][:-1] if first["type"] == "missing" else first["loc"]
        raise BadValue(f"{path}, line {line_of(text, place)}: {_explain(first)}") from None
    if not (experiment.search or experiment.proxy):
        raise BadValue(f"{path} holds no [[search]] and no [[proxy]]: it needs at least one study")
    _check_claims(experiment, path, text)
    return experiment


def _check_claims(experiment: Experiment, path: Path, text: str) -> None:
    """Refuse a claim about what no study of the file has."""
    if not experiment.claim:
        return
    from harness.experiment.blocks import studies_of  # studies are made of sections
    from harness.experiment.claims import check_claim

    studies = [study for study in studies_of(experiment) if study.kind == "proxy"]
    for i, claim in enumerate(experiment.claim):
        try:
            check_claim(claim, studies)
        except NasgaugeError as error:
            raise BadValue(f"{path}, line {line_of(text, ('claim', i))}: {error}") from None


EXPECTED = {
    "bool_type": "give true or false",
    "finite_number": "give a finite number",
    "float_type": "give a number",
    "greater_than_equal": "give at least {ge}",
    "int_type": "give a whole number",
    "less_than_equal": "give at most {le}",
    "list_type": "every study or claim begins with a line of its own, such as [[proxy]], in double brackets",
    "literal_error": "give {expected}",
    "model_type": "give a table, { key = value }",
    "string_too_short": "give at least {min_length} character",
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
    return f"{'.'.join(keys)} = {as_toml(error['input'])}: {advice}"


def _allowed(loc: Sequence[int | str]) -> list[str]:
    """The keys that the section around `loc` takes."""
    section: Any = Experiment
    inner: dict[str, Any] = {
        "search": SearchSection, "proxy": ProxySection, "claim": ClaimSection, "budget": BudgetSection,
        "truth": TruthSection, "engine": EngineSection,
    }  # fmt: skip
    for part in loc[:-1]:
        section = inner.get(str(part), section)
    return list(section.model_fields)
