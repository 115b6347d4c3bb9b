"""Folders in the official form of NATS-Bench, written with the official library's own classes, of made-up values."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from nats_bench.api_utils import ArchResults, ResultsCount, pickle_save

from harness.space import SearchSpace
from harness.spaces.nats_sss import NatsSss
from harness.spaces.nb201 import Nb201

Rng = np.random.Generator
Trial = tuple[str, int]
"""Training set and seed."""

CLASSES = {"cifar10-valid": 10, "cifar10": 10, "cifar100": 100, "ImageNet16-120": 120}
_MIXED = ("x-valid", "x-test", "ori-test")
IMAGES = {"cifar10-valid": ("x-valid", "ori-test"), "cifar10": ("ori-test",)} | dict.fromkeys(
    ("cifar100", "ImageNet16-120"), _MIXED
)
SEEDS = (777, 888, 999)
FIRST = (111, 777)
GENOTYPE = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"


class Form(NamedTuple):
    """How a benchmark of NATS-Bench trains: epochs by hp, the trials of an hp, what it says of a network.

    With the hp `ragged`, networks are evaluated on one image set at every epoch and on the others at the last alone.
    Of the seeds but the first, a fraction is `lacking`.
    """

    space: SearchSpace
    schedules: Mapping[str, int]
    trials: Callable[[str], Iterator[Trial]]
    config: Callable[[str], dict[str, Any]]
    ragged: str = ""
    lacking: float = 0.2


class Costs(NamedTuple):
    """What a network costs on one data set: millions, millions, and seconds."""

    params: float
    flops: float
    latency: float
    train: float
    evaluation: float


def write_tss(folder: Path, indices: Iterable[int], *, rng: Rng, steady: bool = True) -> Path:
    """Write the files of these cells, and the meta file; times are the same at every epoch if `steady`."""
    return _write(TSS, folder, indices, rng, steady)


def write_sss(folder: Path, indices: Iterable[int], *, rng: Rng, steady: bool = True) -> Path:
    """Write the files of these sizes, and the meta file; times are the same at every epoch if `steady`."""
    return _write(SSS, folder, indices, rng, steady)


def write_meta(form: Form, folder: Path) -> None:
    """Write the file that lists all architectures."""
    pickle_save(meta(form), folder / "meta.pickle")


def meta(form: Form) -> dict[str, Any]:
    """What the meta file holds."""
    texts = [form.space.encode(arch) for arch in form.space.all()]
    return {"meta_archs": texts, "total_archs": len(texts), "arch2infos": None, "evaluated_indexes": set()}


def architecture(form: Form, index: int, rng: Rng, *, steady: bool = True) -> OrderedDict[str, Any]:
    """What the file of an architecture holds.

    Every third architecture has the right params and FLOPs from seed 888 alone, every fourth no latency from seed 777.
    """
    text = form.space.encode(form.space.all()[index])
    small = Costs(round(rng.uniform(0.07, 1.5), 6), round(rng.uniform(7, 220), 5), rng.uniform(0.01, 0.03), 7.0, 1.0)
    costs = {dataset: _costs(dataset, small, rng) for dataset in CLASSES}
    wrong, forgotten = index % 3 == 2, index % 4 == 3
    answer: OrderedDict[str, Any] = OrderedDict()
    for hp in form.schedules:
        results = ArchResults(index, text)
        trials = [trial for trial in form.trials(hp) if trial[1] in FIRST or rng.random() >= form.lacking]
        for dataset, seed in trials:
            cost = costs[dataset]
            if wrong and seed != 888:
                cost = cost._replace(params=round(cost.params * 1.1, 6), flops=cost.flops * 1.2)
            trial = _trial(form, hp, dataset, seed, text, cost, rng, steady)
            if forgotten and seed == 777:
                trial.update_latency(None)
            results.update(dataset, seed, trial)
        results.clear_params()
        answer[hp] = results.state_dict()
    return answer


def _write(form: Form, folder: Path, indices: Iterable[int], rng: Rng, steady: bool) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_meta(form, folder)
    for index in indices:
        pickle_save(architecture(form, index, rng, steady=steady), folder / f"{index:06d}.pickle")
    return folder


def _costs(dataset: str, small: Costs, rng: Rng) -> Costs:
    classes, larger = CLASSES[dataset], 1 if dataset == "cifar10-valid" else 2
    return Costs(
        round(small.params + classes * 65e-6, 6),
        round(small.flops + classes * 64e-6, 5),
        rng.uniform(0.9, 1.1) * small.latency,
        small.train * larger * rng.uniform(1, 2),
        rng.uniform(0.2, 3),
    )


def _trial(
    form: Form, hp: str, dataset: str, seed: int, text: str, cost: Costs, rng: Rng, steady: bool
) -> ResultsCount:
    epochs, ragged = form.schedules[hp], hp == form.ragged
    latency = [np.float64(cost.latency * (1 if steady else rng.uniform(0.9, 1.1)))]
    config = form.config(text) | {"class_num": CLASSES[dataset]}
    result = ResultsCount(
        dataset, None, {}, {}, np.float64(cost.params), cost.flops, config, f"{seed:04d}", epochs, latency
    )
    top5 = None if ragged else _numbered(_accuracies(epochs, rng))
    times = OrderedDict(enumerate(_times(cost.train, epochs, rng, steady)))
    result.update_train_info(_numbered(_accuracies(epochs, rng)), top5, _numbered(_losses(epochs, rng)), times)
    for k, images in enumerate(IMAGES[dataset]):
        accuracies, losses = _accuracies(epochs, rng), _losses(epochs, rng)
        times = _times(cost.evaluation * (k + 1), epochs, rng, steady)
        if ragged:
            often = images == ("x-valid" if dataset == "cifar10-valid" else "ori-test")
            first = 0 if often else epochs - 1
            result.update_OLD_eval(images, _numbered(accuracies, first), _numbered(losses, first))
            result.eval_times |= _named(images, times)
        else:
            names = [f"{images}@{epoch}" for epoch in range(epochs)]
            result.update_eval(*(dict(zip(names, values, strict=True)) for values in (accuracies, losses, times)))
    return result


def _accuracies(epochs: int, rng: Rng) -> list[float]:
    """Percentages as they are in the official files: a few digits, and the noise of averaging over batches."""
    return (np.round(rng.uniform(1, 99, epochs), 2) + rng.integers(-400, 400, epochs) * 2**-38).tolist()


def _losses(epochs: int, rng: Rng) -> list[float]:
    return rng.uniform(0.01, 5, epochs).astype(np.float32).astype(float).tolist()


def _times(base: float, epochs: int, rng: Rng, steady: bool) -> list[float]:
    return [base] * epochs if steady else (base * rng.uniform(0.9, 1.1, epochs)).tolist()


def _numbered(values: list[float], first: int = 0) -> dict[int, float]:
    return dict(enumerate(values[first:], first))


def _named(images: str, values: list[float]) -> dict[str, float]:
    return {f"{images}@{epoch}": value for epoch, value in enumerate(values)}


def _topology_trials(hp: str) -> Iterator[Trial]:
    if hp == "12":
        return iter((("cifar10-valid", 777), *((dataset, 111) for dataset in CLASSES)))
    return ((dataset, seed) for seed in (999, 777, 888) for dataset in CLASSES)


def _size_trials(hp: str) -> Iterator[Trial]:
    return ((dataset, seed) for seed in (SEEDS if hp == "12" else SEEDS[:1]) for dataset in CLASSES)


def _topology(text: str) -> dict[str, Any]:
    return {"channel": 16, "num_cells": 5, "arch_str": text}


def _size(text: str) -> dict[str, Any]:
    return {"name": "infer.shape.tiny", "channels": text, "arch_str": text, "genotype": GENOTYPE}


TSS = Form(Nb201(), {"12": 12, "200": 200}, _topology_trials, _topology, "200")
SSS = Form(NatsSss(), {"01": 1, "12": 12, "90": 90}, _size_trials, _size)
