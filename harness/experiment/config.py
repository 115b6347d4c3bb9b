"""Experiment files: TOML checked by pydantic, with errors that name the line and the nearest right key."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from harness.errors import BadValue, NasgaugeError
from harness.experiment.lines import line_of
from harness.experiment.values import architectures, as_toml, fidelity, folder_name, named, objectives, span, specs_of
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
Correlation = Annotated[float, Field(ge=-1, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class BudgetSection(_Section):
    """The budget of each run: one of seconds, epochs, evaluations."""

    seconds: float | None = None
    epochs: float | None = None
    evaluations: int | None = None
    continuation: Literal["resume", "restart"] = "resume"
    overhead: Literal["measured", "charged"] = "measured"


class SearchSection(_Section):
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
    objective: Objectives = ["valid_accuracy"]
    test: str = "test_accuracy"
    schedule: int | None = None
    optional: bool = False


class TruthSection(_Section):
    """What a proxy is judged by: a metric at the full fidelity or at a named one."""

    metric: str = "test_accuracy"
    fidelity: TruthFidelity = "full"


class ProxySection(_Section):
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


class ClaimSection(_Section):
    """A sentence about how well a proxy ranks, and the correlations that bear it out; the report judges it.

    `proxy` is a proxy's label in this file, or a name that stands for all its variants; without a `benchmark` the claim
    is about every study that has the proxy. Without `low` or `high` the range is open on that side.
    """

    text: Annotated[str, Field(min_length=1)]
    proxy: str
    benchmark: str | None = None
    statistic: Literal["kendall", "spearman"] = "kendall"
    low: Correlation | None = None
    high: Correlation | None = None

    @model_validator(mode="after")
    def _a_range(self) -> "ClaimSection":
        span(self.low, self.high)
        return self


class Experiment(_Section):
    """A whole experiment file."""

    name: FolderName
    search: list[SearchSection] = []
    proxy: list[ProxySection] = []
    claim: list[ClaimSection] = []


def read_experiment(path: Path) -> Experiment:
    """Read and check an experiment file; a `BadValue` says what is wrong, where, and what is allowed."""
    text, raw = read_toml(path)
    try:
        experiment = Experiment.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
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
    from harness.experiment.claims import check_claim  # it expands the studies, which are made of sections

    for i, claim in enumerate(experiment.claim):
        try:
            check_claim(claim, experiment)
        except NasgaugeError as error:
            raise BadValue(f"{path}, line {line_of(text, ('claim', i))}: {error}") from None


EXPECTED = {
    "bool_type": "give true or false",
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
        "truth": TruthSection,
    }  # fmt: skip
    for part in loc[:-1]:
        section = inner.get(str(part), section)
    return list(section.model_fields)
