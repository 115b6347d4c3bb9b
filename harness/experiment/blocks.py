"""Blocks: what is run, stored and skipped as one; a block's id is a hash of all that determines its results."""

import inspect
import itertools
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

from harness.core import Algorithm, Benchmark, Problem, Proxy, TabularBenchmark
from harness.errors import BadValue, unknown
from harness.experiment.config import Experiment, ProxySection, SearchSection, Spec
from harness.files import digest
from harness.registry import Item, accepts, load

KINDS: dict[str, type] = {"algorithm": Algorithm, "benchmark": Benchmark, "proxy": Proxy, "wrapper": Algorithm}
Make = Callable[[Problem], Algorithm]
FORMAT = 1
RUNS_PER_BLOCK = 25
"""Simulated runs take milliseconds, so that many seeds share a shard; a live run and a proxy's seed have their own."""


@dataclass(frozen=True, slots=True)
class Block:
    """Runs of one item on one benchmark: everything that determines them, and nothing else."""

    study: int
    kind: Literal["search", "proxy"]
    benchmark: Spec
    fingerprint: str
    item: Spec
    label: str
    seeds: tuple[int, ...]
    settings: dict[str, Any]

    @property
    def id(self) -> str:
        """The hash that names the block's files."""
        return digest({"format": FORMAT, **asdict(self)})


@dataclass(frozen=True, slots=True)
class Study:
    """A benchmark and the items that are compared on it."""

    number: int
    kind: Literal["search", "proxy"]
    section: SearchSection | ProxySection
    benchmark: Spec
    items: dict[str, Spec]


def studies_of(experiment: Experiment) -> list[Study]:
    """One study per section and benchmark; lists of option values are grids."""
    found: list[Study] = []
    sections: list[SearchSection | ProxySection] = [*experiment.search, *experiment.proxy]
    for section in sections:
        items = section.algorithm if isinstance(section, SearchSection) else section.proxy
        for benchmark in _labelled(_grid(section.benchmark)).values():
            kind: Literal["search", "proxy"] = "search" if isinstance(section, SearchSection) else "proxy"
            found.append(Study(len(found), kind, section, benchmark, _labelled(_grid(items))))
    return found


def blocks_of(study: Study, benchmark: Benchmark) -> list[Block]:
    """The study's blocks, items outermost."""
    settings = study.section.model_dump(exclude={"benchmark", "algorithm", "proxy", "seeds", "optional"})
    per_block = RUNS_PER_BLOCK if study.kind == "search" and isinstance(benchmark, TabularBenchmark) else 1
    seeds = range(study.section.seeds)
    return [
        Block(study.number, study.kind, study.benchmark, fingerprint_of(benchmark), item, label, tuple(chunk), settings)
        for label, item in study.items.items()
        for chunk in (seeds[k : k + per_block] for k in range(0, len(seeds), per_block))
    ]


def open_benchmark(spec: Spec) -> Benchmark:
    """Build the benchmark that a spec names."""
    benchmark: Benchmark = build("benchmark", spec)
    return benchmark


def build_algorithm(spec: Spec, benchmark: Benchmark, problem: Problem, *, seed: int) -> Algorithm:
    """Build the algorithm of a spec, in the wrappers that it names: the first is the innermost."""
    inside = {key: value for key, value in spec.items() if key not in wrappers_of(spec)}
    make: Make = partial(build, "algorithm", inside, seed=seed)
    for name, options in wrappers_of(spec).items():
        fixed = {"seed": seed} | ({"benchmark": benchmark} if accepts("wrapper", name, "benchmark") else {})
        make = partial(build, "wrapper", {"name": name, **options}, make, **fixed)
    return make(problem)


def wrappers_of(spec: Spec) -> dict[str, Spec]:
    """The options that are tables: wrappers by name."""
    return {key: value for key, value in spec.items() if isinstance(value, dict)}


def build(kind: str, spec: Spec, *args: Any, **fixed: Any) -> Any:
    """Load the item and call it with its options; raises `UnknownName` for an option that it does not take."""
    options = {key: value for key, value in spec.items() if key != "name"}
    item = load(kind, spec["name"])
    taken = _options_of(item, len(args), set(fixed))
    for option in options:
        if taken is not None and option not in taken:
            raise unknown(f"option of {spec['name']}", option, taken)
    try:
        built = item(*args, **fixed, **options)
    except TypeError as error:
        raise BadValue(f"{kind} {spec['name']}: {error}") from error
    if not isinstance(built, KINDS[kind]):
        raise BadValue(f"{spec['name']} is no {kind}: it makes no harness.core.{KINDS[kind].__name__}")
    return built


def _options_of(item: Item, positional: int, fixed: set[str]) -> list[str] | None:
    """The names of the options that an experiment may set; None where the item does not tell."""
    try:
        parameters = inspect.signature(item).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return [p.name for p in list(parameters)[positional:] if p.name not in fixed and p.kind is not p.VAR_POSITIONAL]


def fingerprint_of(benchmark: Benchmark) -> str:
    """What tells two benchmarks of one name apart: the table's own fingerprint, or what it says of itself."""
    own = getattr(benchmark, "fingerprint", None)
    return str(own) if own else digest(dict(benchmark.provenance))


def _grid(specs: list[Spec]) -> list[Spec]:
    grid: list[Spec] = []
    for spec in specs:
        axes = [[(key, one) for one in (value if isinstance(value, list) else [value])] for key, value in spec.items()]
        grid += [dict(point) for point in itertools.product(*axes)]
    return grid


def _option(key: str, value: Any) -> str:
    """`eta=3`, or `warmup(proxy=synflow)` of a wrapper."""
    if isinstance(value, dict):
        return f"{key}({', '.join(_option(name, one) for name, one in value.items())})"
    return f"{key}={value}"


def _labelled(specs: list[Spec]) -> dict[str, Spec]:
    """Labels: the name with its wrappers where it is the only one, else with all its options."""
    names = [spec["name"] for spec in specs]
    labelled: dict[str, Spec] = {}
    for spec in specs:
        shown = wrappers_of(spec) if names.count(spec["name"]) == 1 else spec
        options = ", ".join(_option(key, value) for key, value in shown.items() if key != "name")
        label = f"{spec['name']}({options})" if options else spec["name"]
        if label in labelled:
            raise BadValue(f"{label} is named twice in one study; remove one of them")
        labelled[label] = spec
    return labelled
