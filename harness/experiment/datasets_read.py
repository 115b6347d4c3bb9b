"""The data sets whose images an experiment looks at, by checksum: a table says which data it has, images do not."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from harness.core import Benchmark, Proxy, Supernet, TabularBenchmark
from harness.errors import NasgaugeError
from harness.experiment.blocks import Study
from harness.live.dataset import Dataset, Part
from harness.registry import accepts, load

WHOLE = 8 * 2**20
"""A part with at most so many pixels is read whole, of a larger one `LOOKED_AT` images in even steps."""

LOOKED_AT = 64

STEPS = 4080
"""Pixels are compared in steps of 1/4080: multiples of 1/255 and of 1/16 stay apart, and rounding does not matter."""


def checksums(names: Iterable[str]) -> dict[str, str]:
    """The checksum of each data set by name; one whose files are not here has none."""
    found = {}
    for name in sorted(set(names) - {""}):
        try:
            dataset: Dataset = load("dataset", name)()
            found[name] = checksum(dataset)
        except NasgaugeError:
            continue
    return found


def checksum(dataset: Dataset) -> str:
    """The SHA-256 over all labels of a data set and over its images, or some of them where there are many."""
    total = hashlib.sha256(f"{dataset.classes}".encode())
    for part in (dataset.train, dataset.valid, dataset.test):
        total.update(f"{part.images.shape}".encode())
        total.update(np.ascontiguousarray(part.labels, dtype="<i8").tobytes())
        total.update(_pixels(part, dataset).tobytes())
    return total.hexdigest()


def names_read(study: Study, benchmark: Benchmark, proxies: Mapping[str, Proxy]) -> Iterator[str]:
    """The data sets that a study looks at, one perhaps more than once."""
    own = benchmark.dataset or ""
    if not isinstance(benchmark, TabularBenchmark):
        yield own
    for proxy in proxies.values():
        yield proxy.definition.get("dataset", "")
        if isinstance(proxy, Supernet):
            yield own
    for item in study.items.values():
        if study.kind == "search" and accepts("algorithm", item["name"], "benchmark"):
            yield own
        for options in (item, *(one for one in item.values() if isinstance(one, dict))):
            yield from _named(options)


def _named(options: Mapping[str, Any]) -> Iterator[str]:
    """What the options of an item name: a data set, or a benchmark that trains."""
    if isinstance(options.get("dataset"), str):
        yield options["dataset"]
    if isinstance(options.get("source"), str):
        source = load("benchmark", options["source"])()
        if not isinstance(source, TabularBenchmark):
            yield source.dataset or ""


def _pixels(part: Part, dataset: Dataset) -> Any:
    """The images of a part as they were before they were standardised, in steps."""
    count, size = len(part.labels), int(np.prod(part.images.shape[1:]))
    rows = np.arange(count) if count * size <= WHOLE else np.unique(np.linspace(0, count - 1, LOOKED_AT).astype(int))
    images = np.asarray(part.images[rows], dtype=np.float64)
    if dataset.scale is not None:
        mean, std = (np.array(values)[:, None, None] for values in dataset.scale)
        images = images * std + mean
    return np.rint(images * STEPS).astype("<i4")
