"""The results of one architecture in NAS-Bench-201 and NATS-Bench, and of many of them as arrays in a file.

An architecture was trained several times: on a training set, with a schedule of so many epochs, from a seed. Each
training is a dict of curves; `read_trials` turns them into arrays by sheet, quantity and seed.
"""

import os
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue

TRAINED_ON = ("cifar10-valid", "cifar10", "cifar100", "ImageNet16-120")
"""The training sets; cifar10-valid is one half of CIFAR-10's training images, x-valid the other."""

EVALUATED = ("x-valid", "x-test", "ori-test")
"""The image sets that networks were evaluated on; ori-test is all the original test images, x-valid among them."""

SEEDS = 16
"""From how many seeds networks may have been trained; the official files have at most four."""

LARGEST = 1e18
"""More than any FLOPs, seconds or parameters; sums of what is below are finite."""

Array = NDArray[np.float64]


class Quantity(NamedTuple):
    """Something measured of networks trained on one set with one schedule, e.g. the x-valid accuracy."""

    trained_on: str
    schedule: int
    name: str


Trials = dict[Quantity, dict[int, Array]]
"""Values by quantity and seed: one per epoch, or a single one for what the training does not change."""


def read_trials(results: Mapping[str, Any], schedules: Container[int]) -> Trials:
    """The trials of one architecture with one schedule; `BadValue` where they are not what they should be."""
    try:
        return _read(results, schedules)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, BadValue):
            raise
        raise BadValue(f"its results have another form than those of the benchmark ({error!r:.100})") from error


def _read(results: Mapping[str, Any], schedules: Container[int]) -> Trials:
    found: Trials = {}
    _check_seeds({seed for _, seed in results["all_results"]})
    for (trained_on, seed), training in results["all_results"].items():
        schedule = training["epochs"]
        if trained_on not in TRAINED_ON or type(seed) is not int or schedule not in schedules:
            raise BadValue(f"it was trained on {trained_on!r:.30} from seed {seed!r:.30} for {schedule!r:.30} epochs")
        for name, values in _curves(training, schedule):
            if name.endswith("accuracy") and (np.fmin.reduce(values) < 0 or np.fmax.reduce(values) > 100):
                raise BadValue(f"its {name} on {trained_on} from seed {seed} is no percentage from 0 to 100")
            if (np.isfinite(values) & (np.abs(values) > LARGEST)).any():
                raise BadValue(f"its {name} on {trained_on} from seed {seed} is beyond what can be measured")
            found.setdefault(Quantity(trained_on, schedule, name), {})[seed] = values
    return found


def _check_seeds(seeds: Collection[int]) -> None:
    """Every seed takes room in arrays, however little it takes in the file."""
    if len(seeds) > SEEDS:
        raise BadValue(f"networks were trained from {len(seeds):,} seeds, the benchmark has at most {SEEDS}")


def save_shard(path: Path, indices: Sequence[int], trials: Sequence[Trials], digests: bytes) -> None:
    """Write the trials of these architectures, whole or not at all: an array (architectures, epochs, seeds) each.

    What is infinite counts as missing, and is counted.
    """
    arrays: dict[str, NDArray[Any]] = {"index": np.array(indices), "digests": np.frombuffer(digests, np.uint8)}
    arrays["infinite"] = np.zeros(1, dtype=int)
    for quantity in dict.fromkeys(quantity for one in trials for quantity in one):
        seeds = sorted({seed for one in trials for seed in one.get(quantity, ())})
        _check_seeds(seeds)
        values = _stacked([one.get(quantity, {}) for one in trials], seeds)
        infinite = np.isinf(values)
        arrays["infinite"] += infinite.sum()
        arrays[_member(quantity, seeds)] = np.where(infinite, np.nan, values)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


class Shard:
    """A file of trials, opened; arrays are read when they are asked for."""

    def __init__(self, path: Path) -> None:
        self._file = np.load(path, allow_pickle=False)
        self.index: NDArray[np.int64] = self._file["index"]
        self.digests: bytes = self._file["digests"].tobytes()
        self.infinite = int(self._file["infinite"][0])
        self._members = {_quantity(name): (name, _seeds(name)) for name in self._file.files if "@" in name}

    def quantities(self) -> Iterable[Quantity]:
        """What the architectures of this shard have."""
        return self._members

    def seeds(self, quantity: Quantity) -> tuple[int, ...]:
        """The seeds of a quantity; empty when the shard does not have it."""
        return self._members[quantity][1] if quantity in self._members else ()

    def values(self, quantity: Quantity) -> Array:
        """The array (architectures, epochs, seeds) of a quantity that the shard has."""
        array: Array = self._file[self._members[quantity][0]]
        return array

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _curves(training: Mapping[str, Any], schedule: int) -> Iterable[tuple[str, Array]]:
    """The named curves of a training; those that it lacks are left out."""
    for name, field in (
        ("train_accuracy", "train_acc1es"),
        ("train_top5_accuracy", "train_acc5es"),
        ("train_loss", "train_losses"),
        ("train_seconds", "train_times"),
    ):
        if training[field]:
            yield name, _curve(training[field], tuple(range(schedule)), field)
    for name, field in (("accuracy", "eval_acc1es"), ("loss", "eval_losses"), ("seconds", "eval_times")):
        yield from _evaluated(training[field], schedule, name, field)
    latencies = [value for value in _numbers(training["latency"] or ()).tolist() if value > 0]
    if latencies:
        yield "latency", np.array([sum(latencies) / len(latencies)])
    yield "params", _numbers([training["params"]])
    yield "flops", _numbers([training["flop"]])


def _evaluated(curves: Mapping[str, Any], schedule: int, name: str, field: str) -> Iterable[tuple[str, Array]]:
    left = len(curves)
    for images in EVALUATED:
        keys = _keys(images, schedule)
        there = sum(map(curves.__contains__, keys)) if left else 0
        if there:
            left -= there
            yield f"{images}_{name}", _numbers([curves.get(key, np.nan) for key in keys])
    if left:
        odd = next(key for key in curves if all(key not in _keys(images, schedule) for images in EVALUATED))
        raise BadValue(f"its {field} has {odd!r}; known are {', '.join(EVALUATED)} at epochs 0 to {schedule - 1}")


def _curve(values: Mapping[int, float], epochs: tuple[int, ...], field: str) -> Array:
    if tuple(values) != epochs:
        raise BadValue(f"its {field} does not hold the epochs 0 to {len(epochs) - 1}")
    return _numbers(values.values())


def _numbers(values: Collection[Any]) -> Array:
    """The values as an array of one axis; a list among them, which could be a huge one many times, is no number."""
    return np.fromiter(values, np.float64, len(values))


@cache
def _keys(images: str, schedule: int) -> tuple[str, ...]:
    return tuple(f"{images}@{epoch}" for epoch in range(schedule))


def _stacked(trials: Sequence[Mapping[int, Array]], seeds: Sequence[int]) -> Array:
    epochs = max(len(values) for one in trials for values in one.values())
    stacked = np.full((len(trials), epochs, len(seeds)), np.nan)
    for row, one in enumerate(trials):
        for seed, values in one.items():
            stacked[row, :, seeds.index(seed)] = values
    return stacked


def _member(quantity: Quantity, seeds: Iterable[int]) -> str:
    return "@".join((quantity.trained_on, str(quantity.schedule), quantity.name, ",".join(map(str, seeds))))


def _quantity(member: str) -> Quantity:
    trained_on, schedule, name, _ = member.split("@")
    return Quantity(trained_on, int(schedule), name)


def _seeds(member: str) -> tuple[int, ...]:
    return tuple(map(int, member.rpartition("@")[2].split(",")))
