"""Building what an experiment names: items with their options, algorithms in their wrappers."""

from collections.abc import Callable
from functools import partial
from typing import Any

from harness.core import Algorithm, Benchmark, Problem, Proxy
from harness.errors import BadValue, UnknownName, unknown
from harness.experiment.config import Spec
from harness.registry import accepts, load, options_of

KINDS: dict[str, type] = {"algorithm": Algorithm, "benchmark": Benchmark, "proxy": Proxy, "wrapper": Algorithm}
Make = Callable[[Problem], Algorithm]


def open_benchmark(spec: Spec) -> Benchmark:
    """Build the benchmark that a spec names."""
    benchmark: Benchmark = build("benchmark", spec)
    return benchmark


def build_algorithm(spec: Spec, benchmark: Benchmark, problem: Problem, *, seed: int) -> Algorithm:
    """Build the algorithm of a spec, in the wrappers that it names: the first is the innermost."""
    inside = {key: value for key, value in spec.items() if key not in wrappers_of(spec)}
    make: Make = partial(build, "algorithm", inside, seed=seed, **_handed("algorithm", spec["name"], benchmark))
    for name, options in wrappers_of(spec).items():
        fixed = {"seed": seed} | _handed("wrapper", name, benchmark)
        make = partial(build, "wrapper", {"name": name, **options}, make, **fixed)
    return make(problem)


def _handed(kind: str, name: str, benchmark: Benchmark) -> dict[str, Benchmark]:
    """The benchmark for what trains a proxy of its own; other searches get the problem alone."""
    return {"benchmark": benchmark} if accepts(kind, name, "benchmark") else {}


def wrappers_of(spec: Spec) -> dict[str, Spec]:
    """The options that are tables, and none of the algorithm's own: wrappers by name."""
    tables = {key: value for key, value in spec.items() if isinstance(value, dict)}
    return {key: value for key, value in tables.items() if not _own(spec["name"], key)}


def _own(name: str, option: str) -> bool:
    try:
        return accepts("algorithm", name, option)
    except UnknownName:
        return False


def build(kind: str, spec: Spec, *args: Any, **fixed: Any) -> Any:
    """Load the item and call it with its options; raises `UnknownName` for an option that it does not take."""
    options = {key: value for key, value in spec.items() if key not in ("name", "label")}
    item = load(kind, spec["name"])
    taken = options_of(item)
    free = None if taken is None else [name for name in taken[len(args) :] if name not in fixed]
    for option in options:
        if free is not None and option not in free:
            raise unknown(f"option of {spec['name']}", option, free)
    try:
        built = item(*args, **fixed, **options)
    except TypeError as error:
        raise BadValue(f"{kind} {spec['name']}: {error}") from error
    if not isinstance(built, KINDS[kind]):
        raise BadValue(f"{spec['name']} is no {kind}: it makes no harness.core.{KINDS[kind].__name__}")
    return built
