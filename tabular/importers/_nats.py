"""From shards of trials to tables, one for each data set of NAS-Bench-201 and NATS-Bench."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity, Metric
from harness.errors import BadValue
from harness.space import SearchSpace
from tabular.content import Content, Values
from tabular.importers._trials import Array, Quantity, Shard
from tabular.vocabulary import KNOWN


class Source(NamedTuple):
    """A training set, the fraction of the data set that it is, and which split each evaluated image set is."""

    trained_on: str
    data: float
    splits: Mapping[str, str]


_MIXED = {"x-valid": "valid", "x-test": "test", "ori-test": "valtest"}
SOURCES = {
    "cifar10": (
        Source("cifar10-valid", 0.5, {"x-valid": "valid", "ori-test": "test"}),
        Source("cifar10", 1.0, {"ori-test": "test"}),
    ),
    "cifar100": (Source("cifar100", 1.0, _MIXED),),
    "ImageNet16-120": (Source("ImageNet16-120", 1.0, _MIXED),),
}
"""What becomes of the official sets, by data set. valtest, validation and test images together, counts as test."""

METRICS = {
    **{name: KNOWN[name] for name in KNOWN if name != "energy"},
    "train_top5_accuracy": Metric("train_top5_accuracy", "%", True, "train"),
    "valtest_accuracy": Metric("valtest_accuracy", "%", True, "test"),
    "valtest_loss": Metric("valtest_loss", "nats", False, "test"),
    **{
        f"{split}_seconds": Metric(f"{split}_seconds", "s", False, "cost")
        for split in ("train", "valid", "test", "valtest")
    },
}
CONSTANT = {"params": 1e6, "flops": 1.0, "latency": 1e3}
"""What does not change in training, and the factor from the official unit: millions, millions, seconds."""

MEASURED = ("accuracy", "loss", "seconds")
TRAINED = ("train_accuracy", "train_top5_accuracy", "train_loss", "train_seconds")

SPLITS = {
    "cifar10": "valid: the half of the training images that was not trained on; test: the 10,000 test images. "
    "Fidelities with data 0.5 are networks trained on the other half, those with data 1 were trained on all",
    "cifar100": "valid and test: 5,000 test images each; valtest: all 10,000 of them, no validation signal",
    "ImageNet16-120": "valid and test: 3,000 of the 6,000 validation images each; valtest: all of them, no "
    "validation signal",
}
FALLBACK = 888
"""Where the trials of an architecture disagree about its params or FLOPs, the official library believes this one."""


class Archive:
    """Opened shards, together the trials of a benchmark; columns are read from them one at a time."""

    def __init__(self, space: SearchSpace, paths: Iterable[Path]) -> None:
        self._space = space
        self._shards = [Shard(path) for path in paths]
        self._index = np.concatenate([shard.index for shard in self._shards])
        self._order = np.argsort(self._index)
        twice = self._index[self._order][1:][np.diff(self._index[self._order]) == 0]
        if len(twice):
            raise BadValue(f"architecture {twice[0]} is there twice")
        self._quantities = list(dict.fromkeys(quantity for shard in self._shards for quantity in shard.quantities()))

    @property
    def sha256(self) -> str:
        """The sha256 over the sha256 of the files, in the order of the architectures' indices."""
        digests = b"".join(shard.digests for shard in self._shards)
        parts = [digests[32 * row : 32 * row + 32] for row in self._order]
        return sha256(b"".join(parts)).hexdigest()

    def contents(self, provenance: Mapping[str, str]) -> dict[str, Content]:
        """The table of each data set that networks were trained on."""
        trained_on = {quantity.trained_on for quantity in self._quantities}
        return {
            dataset: self._content(
                dataset, [source for source in sources if source.trained_on in trained_on], provenance
            )
            for dataset, sources in SOURCES.items()
            if any(source.trained_on in trained_on for source in sources)
        }

    def _content(self, dataset: str, sources: Sequence[Source], provenance: Mapping[str, str]) -> Content:
        constants, disagreeing = self._constants(sources)
        names = {name for source in sources for name in self._names(source)} | {column.metric for column in constants}
        said = {"data set": dataset, "splits": SPLITS[dataset], "checks": self._checks(sources, disagreeing)}
        return Content(
            self._space.name,
            tuple(METRICS[name] for name in METRICS if name in names),
            chain(constants, *(self._curves(source) for source in sources)),
            {**provenance, **said},
            rows=self._rows(),
        )

    def _names(self, source: Source) -> dict[str, str]:
        """From metric to quantity, for all that changes in training; `seconds` is made of others."""
        names = {f"{split}_{what}": f"{images}_{what}" for images, split in source.splits.items() for what in MEASURED}
        names |= {name: name for name in TRAINED}
        there = {quantity.name for quantity in self._quantities if quantity.trained_on == source.trained_on}
        found = {metric: name for metric, name in names.items() if name in there}
        return found | ({"seconds": ""} if "train_seconds" in there else {})

    def _curves(self, source: Source) -> Iterator[Values]:
        """A column for each metric and schedule."""
        schedules = sorted({q.schedule for q in self._quantities if q.trained_on == source.trained_on})
        for (metric, name), schedule in product(self._names(source).items(), schedules):
            quantity = Quantity(source.trained_on, schedule, name)
            seeds = self._seeds(quantity._replace(name=name or "train_seconds"))
            if seeds:
                values = self._values(quantity, seeds) if name else self._seconds(source, schedule, seeds)
                if not np.isnan(values).all():
                    yield _column(METRICS[metric], source.data, schedule, seeds, values)

    def _seconds(self, source: Source, schedule: int, seeds: Sequence[int]) -> Array:
        """Training from scratch to each epoch, and one validation where there is one, as the library charges it."""
        training = Quantity(source.trained_on, schedule, "train_seconds")
        seconds = np.cumsum(self._values(training, seeds), axis=1)
        validation = training._replace(name="x-valid_seconds")
        if validation in self._quantities:
            spent = np.cumsum(self._values(validation, seeds), axis=1)
            seconds += spent / np.arange(1, schedule + 1)[:, None]
        return seconds

    def _constants(self, sources: Sequence[Source]) -> tuple[list[Values], int]:
        """Params, FLOPs and latency: one column each where every schedule agrees; and how many trials were wrong."""
        columns: list[Values] = []
        disagreeing = np.zeros(len(self._index), dtype=bool)
        there = {source.trained_on for source in sources}
        trainings = len({(q.trained_on, q.schedule) for q in self._quantities if q.trained_on in there})
        for name, factor in CONSTANT.items():
            found: dict[tuple[Fidelity, ...], Array] = {}
            for quantity in self._quantities:
                data = next((source.data for source in sources if source.trained_on == quantity.trained_on), None)
                if quantity.name == name and data is not None:
                    seeds = self._seeds(quantity)
                    values, wrong = _believed(name, self._values(quantity, seeds)[:, 0], seeds)
                    disagreeing |= wrong
                    found[_fidelities(quantity.schedule, data)] = values * factor
            columns += _merged(name, found, trainings)
        return columns, int(disagreeing.sum())

    def _seeds(self, quantity: Quantity) -> tuple[int, ...]:
        return tuple(sorted({seed for shard in self._shards for seed in shard.seeds(quantity)}))

    def _values(self, quantity: Quantity, seeds: Sequence[int]) -> Array:
        """Shape (architectures, epochs, seeds), the architectures by index; NaN where nothing was measured."""
        epochs = 1 if quantity.name in CONSTANT else quantity.schedule
        values = np.full((len(self._index), epochs, len(seeds)), np.nan)
        place = np.argsort(self._order)
        begin = 0
        for shard in self._shards:
            rows = place[begin : begin + len(shard.index)]
            begin += len(rows)
            here = shard.seeds(quantity)
            found = shard.values(quantity) if here else np.empty(0)
            for k, seed in enumerate(here):
                values[rows, :, seeds.index(seed)] = found[:, :, k]
        return values

    def _rows(self) -> NDArray[np.int32] | None:
        if len(self._index) == self._space.size:
            return None
        rows = np.full(self._space.size, -1, dtype=np.int32)
        rows[self._index[self._order]] = np.arange(len(self._index))
        return rows

    def _checks(self, sources: Sequence[Source], disagreeing: int) -> str:
        trials = sum(
            int((~np.isnan(self._values(quantity, self._seeds(quantity)))).sum())
            for quantity in self._quantities
            if quantity.name == "params" and quantity.trained_on in {source.trained_on for source in sources}
        )
        wrong = f"; params or FLOPs differ between the trials of {disagreeing:,}: those of seed {FALLBACK} hold"
        count = sum(shard.infinite for shard in self._shards)
        infinite = f"; infinite values, which count as missing: {count:,}" if count else ""
        return (
            f"{len(self._index):,} of {self._space.size:,} architectures, {trials:,} trainings; each has the official "
            f"string of its index{wrong if disagreeing else ''}{infinite}"
        )


def _fidelities(schedule: int, data: float) -> tuple[Fidelity, ...]:
    return tuple(Fidelity(epoch, schedule, data) for epoch in range(1, schedule + 1))


def _column(metric: Metric, data: float, schedule: int, seeds: tuple[int, ...], values: Array) -> Values:
    """The epochs that were measured; a cost that is the same for all seeds, or all epochs, is kept once."""
    measured = np.flatnonzero(~np.isnan(values).all(axis=(0, 2)))
    every = _fidelities(schedule, data)
    fidelities = tuple(every[k] for k in measured.tolist())
    values = values[:, measured]
    if metric.split != "cost":
        return Values(metric.name, fidelities, seeds, values)
    values, same = _collapsed(values, 2)
    return Values(metric.name, fidelities, None if same else seeds, _collapsed(values, 1)[0])


def _collapsed(values: Array, axis: int) -> tuple[Array, bool]:
    """The values without this axis, its length 1, where it changes nothing; NaN counts as whatever is beside it."""
    known = np.where(np.isnan(values), -np.inf, values).max(axis=axis, keepdims=True)
    if not ((values == known) | np.isnan(values)).all():
        return values, False
    return np.where(np.isinf(known), np.nan, known), True


def _believed(name: str, values: Array, seeds: Sequence[int]) -> tuple[Array, NDArray[np.bool_]]:
    """One value for each architecture from those of its trials (architectures, seeds), and where these disagree.

    As in the official library: the mean, but where params or FLOPs differ in their fifth decimal those of seed 888.
    """
    sums = np.where(np.isnan(values), 0.0, values)
    count = np.maximum((~np.isnan(values)).sum(axis=1), 1)
    mean = np.where(np.isnan(values).all(axis=1), np.nan, np.add.accumulate(sums, axis=1)[:, -1] / count)
    differ = np.zeros(len(values), dtype=bool)
    if name != "latency":
        for row in np.flatnonzero(np.fmin.reduce(values, axis=1) < np.fmax.reduce(values, axis=1)):
            differ[row] = len({f"{value:.5f}" for value in values[row] if value == value}) > 1
    fallback = values[:, seeds.index(FALLBACK)] if FALLBACK in seeds else np.full(len(values), np.nan)
    return np.where(differ, fallback, mean), differ


def _merged(name: str, found: Mapping[tuple[Fidelity, ...], Array], trainings: int) -> Iterator[Values]:
    """One column for every fidelity where all `trainings` agree, also on what they lack, else one for each schedule."""
    if name == "params":
        found = {fidelities: np.rint(values) for fidelities, values in found.items()}
    first = next(iter(found.values()), np.empty(0))
    if len(found) == trainings and all(np.array_equal(first, other, equal_nan=True) for other in found.values()):
        yield Values(name, None, None, first[:, None, None])
        return
    for fidelities, values in found.items():
        yield Values(name, fidelities, None, values[:, None, None])
