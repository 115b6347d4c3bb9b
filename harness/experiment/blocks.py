"""Blocks: what is run, stored and skipped as one; a block's id is a hash of all that determines its results."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from itertools import product
from typing import Any, Literal

from harness.core import Algorithm, Benchmark, Proxy, TabularBenchmark
from harness.errors import BadValue
from harness.experiment.build import wrappers_of
from harness.experiment.config import Experiment, ProxySection, SearchSection, Spec
from harness.experiment.labels import grid, labelled
from harness.files import digest
from harness.fingerprint import fingerprint_of
from harness.registry import accepts

FORMAT = 2
Built = Mapping[str, Proxy | Algorithm]
"""The items of a study by label, built with some seed."""

STUDIES, ITEMS, BLOCKS = 500, 5_000, 50_000
"""At most, of an experiment: an item counts on every benchmark, and each block is a file."""

RUNS_PER_BLOCK = 25
"""Simulated runs that share a shard."""


@dataclass(frozen=True, slots=True)
class Block:
    """Runs of one item on one benchmark, or scores of proxies that share work: all that determines them, no more.

    But for `width`: so many trainings of a live run may be done at a time, each by a worker of its own.

    `items` are specs by label; `part` says which of the study's architectures are scored, None = all of them; `reads`
    are fingerprints, by label, of what proxies read beside the benchmark.
    """

    study: int
    kind: Literal["search", "proxy"]
    benchmark: Spec
    fingerprint: str
    items: dict[str, Spec]
    seeds: tuple[int, ...]
    settings: dict[str, Any]
    part: tuple[int, int] | None = None
    reads: dict[str, str] = field(default_factory=dict)
    width: int = 1

    @property
    def id(self) -> str:
        """The hash that names the block's files."""
        named = (one.name for one in fields(self) if one.name != "width")
        return digest({"format": FORMAT, **{name: getattr(self, name) for name in named}})

    @property
    def label(self) -> str:
        """The labels of its items."""
        return ", ".join(self.items)

    @property
    def needs(self) -> dict[str, float]:
        """What a worker must offer: a GPU where an item uses one, or the benchmark, unless others train for it."""
        specs = [*self.items.values(), *([self.benchmark] if self.width == 1 else [])]
        return {"GPU": 1} if any(map(uses_gpu, specs)) else {}


def uses_gpu(spec: Spec) -> bool:
    """Whether the item is told to compute on a GPU."""
    return str(spec.get("device", "")).startswith("cuda")


@dataclass(frozen=True, slots=True)
class Study:
    """A benchmark and the items that are compared on it."""

    number: int
    kind: Literal["search", "proxy"]
    section: SearchSection | ProxySection
    benchmark: Spec
    items: dict[str, Spec]


def studies_of(experiment: Experiment) -> list[Study]:
    """One study per section and benchmark; lists of option values are grids. `BadValue` where they are too many."""
    found: list[Study] = []
    count = 0
    sections: list[SearchSection | ProxySection] = [*experiment.search, *experiment.proxy]
    for section in sections:
        kind: Literal["search", "proxy"] = "search" if isinstance(section, SearchSection) else "proxy"
        items = labelled(grid(section.algorithm if isinstance(section, SearchSection) else section.proxy))
        benchmarks = labelled(grid(section.benchmark))
        count += len(items) * len(benchmarks)
        if len(found) + len(benchmarks) > STUDIES or count > ITEMS:
            raise BadValue(
                f"more than {STUDIES:,} studies, or {ITEMS:,} items in all studies: write several experiments; one "
                "report takes several results folders"
            )
        found += [Study(len(found) + k, kind, section, one, items) for k, one in enumerate(benchmarks.values())]
    return found


def blocks_of(study: Study, benchmark: Benchmark, built: Built, scored: int) -> Iterator[Block]:
    """The study's blocks, items outermost. `built` are its items; proxies score so many architectures.

    Simulated runs take milliseconds, so that many seeds share a block; a live run has its own, as does the seed of a
    search that trains a network itself, which is one that asks for the benchmark.
    """
    settings = study.section.model_dump(exclude={"benchmark", "algorithm", "proxy", "seeds", "first_seed", "optional"})
    seeds = range(study.section.first_seed, study.section.first_seed + study.section.seeds)
    common = partial(Block, study.number, study.kind, study.benchmark, fingerprint_of(benchmark))
    reads = {label: item.fingerprint for label, item in built.items() if item.fingerprint}
    if study.kind == "proxy":
        proxies = {label: item for label, item in built.items() if isinstance(item, Proxy)}
        for labels, parts in sharing(proxies, scored):
            items = {label: study.items[label] for label in labels}
            own = {label: reads[label] for label in labels if label in reads}
            for seed, part in product(seeds, parts):
                yield common(items, (seed,), settings, part, own)
        return
    for label, item in study.items.items():
        tabular, trains = isinstance(benchmark, TabularBenchmark), accepts("algorithm", item["name"], "benchmark")
        size = RUNS_PER_BLOCK if tabular and not trains else 1
        width = 1 if tabular or trains or _computes_itself(item) else settings["workers"]
        own = {label: reads[label]} if label in reads else {}
        for k in range(0, len(seeds), size):
            yield common({label: item}, tuple(seeds[k : k + size]), settings, None, own, width)


def _computes_itself(item: Spec) -> bool:
    """Whether a search may train beside what it asks for, in a wrapper, or holds the GPU that trainings would need."""
    return uses_gpu(item) or any(accepts("wrapper", name, "benchmark") for name in wrappers_of(item))


def sharing(proxies: Mapping[str, Proxy], scored: int) -> list[tuple[list[str], list[tuple[int, int] | None]]]:
    """Labels of proxies that are scored together, and the parts of the architectures that make a block each."""
    groups: dict[Any, list[str]] = {}
    for label, proxy in proxies.items():
        groups.setdefault((proxy.together or label, proxy.chunk), []).append(label)
    found: list[tuple[list[str], list[tuple[int, int] | None]]] = []
    for (_, chunk), labels in groups.items():
        starts = range(0, scored, chunk or scored)
        found.append((labels, [(k, min(k + chunk, scored)) for k in starts] if chunk else [None]))
    return found
