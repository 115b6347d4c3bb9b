"""Every answer of the official library, from real files and from made-up ones, is ours too.

Of its answers that draw a seed from a global generator, ours for one of the seeds has to be the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, product
from pathlib import Path
from typing import Any

import nats_bench
import numpy as np
import pytest
from nats_bench.api_utils import pickle_save
from nats_factory import CLASSES, IMAGES, SEEDS, SSS, TSS, architecture, write_sss, write_tss

from harness.core import Arch, Fidelity, Query
from harness.errors import BadValue, Unmeasured
from harness.problem import problem_of
from tabular.importers import _folder
from tabular.library import import_tables
from tabular.table import Table

OURS = {"cifar10-valid": ("cifar10", 0.5), "cifar10": ("cifar10", 1.0)} | {
    name: (name, 1.0) for name in ("cifar100", "ImageNet16-120")
}
"""The table and the fraction of the data that a training set of the official library is."""

TRAINED = {"train_accuracy": "train_acc1es", "train_top5_accuracy": "train_acc5es", "train_loss": "train_losses"}
EVALUATED = {"accuracy": "eval_acc1es", "loss": "eval_losses"}
ANSWERED = {f"{split}_{what}": f"{split}-{what}" for split, what in product(
    ("train", "valid", "test", "valtest"), ("accuracy", "loss")
)}  # fmt: skip
"""Our names and those of `get_more_info`."""

TIMES = 1e-12
LATENCY = 1e-15
"""Relative differences that are allowed: milliseconds are seconds times 1,000, which rounds."""

Cell = tuple[str, Fidelity, int]
"""Metric, fidelity, seed."""


@dataclass(frozen=True, eq=False)
class Case:
    """A folder as the official library reads it, and our tables of it; `steady` as the real ones are in their times.

    `infos` is what `query_meta_info_by_index` says, by index and hp.
    """

    api: Any
    infos: Mapping[tuple[int, str], Any]
    tables: Mapping[str, Table]
    indices: Sequence[int]
    schedules: Mapping[str, int]
    steady: bool
    real: bool

    @cached_property
    def ours(self) -> dict[tuple[int, str], dict[Cell, float]]:
        """All that our tables hold of an architecture and training set."""
        return {
            (index, dataset): our_cells(self.tables[OURS[dataset][0]], index, OURS[dataset][1])
            for index, dataset in product(self.indices, OURS)
        }

    @cached_property
    def theirs(self) -> dict[tuple[int, str], dict[Cell, float]]:
        """All that the official curves hold of an architecture and training set."""
        return {(index, dataset): their_cells(self, index, dataset) for index, dataset in product(self.indices, OURS)}

    def arch(self, index: int) -> Arch:
        """The architecture of an official index."""
        table = next(iter(self.tables.values()))
        return table.space.all()[index]

    def everything(self) -> Iterator[tuple[int, str, str]]:
        """Each index with each hp and training set."""
        return product(self.indices, self.schedules, OURS)

    def seeds(self, index: int, hp: str, dataset: str) -> list[int]:
        """The seeds that the official library has."""
        seeds: list[int] = self.infos[index, hp].get_dataset_seeds(dataset)
        return seeds

    def fidelity(self, hp: str, dataset: str, epoch: int) -> Fidelity:
        """Ours for their epoch, which they count from 0."""
        return Fidelity(epoch + 1, self.schedules[hp], OURS[dataset][1])

    def epochs(self, hp: str, index: int) -> Sequence[int]:
        """All epochs of a short schedule and of one real architecture, else the interesting ones."""
        last = self.schedules[hp] - 1
        every = last < 20 or (self.real and index == self.indices[0])
        return range(last + 1) if every else (0, 1, last // 2, last - 1, last)


def folder_of(name: str, request: pytest.FixtureRequest, folder: Path) -> tuple[Path, Sequence[int]]:
    """The real or made-up folder, and the indices that it has."""
    source, space, *_ = name.split()
    if source == "real":
        sample = request.getfixturevalue("real_data") / "nats_sample"
        return next(sample.glob(f"NATS-{space}-*-simple")), (0, 11)
    write, form = (write_tss, TSS) if space == "tss" else (write_sss, SSS)
    size = form.space.size
    indices = [11] if name.endswith("unsteady") else [0, 2, 11, size - 1]
    return write(folder / name, indices, rng=np.random.default_rng(7), steady=not name.endswith("unsteady")), indices


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("real tss", marks=pytest.mark.real_data),
        pytest.param("real sss", marks=pytest.mark.real_data),
        "made-up tss",
        "made-up sss",
        "made-up tss unsteady",
        "made-up sss unsteady",
    ],
)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(request.param, request, tmp_path_factory.mktemp("nats"))


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case("real tss", request, tmp_path_factory.mktemp("nats"))


def make_case(name: str, request: pytest.FixtureRequest, folder: Path) -> Case:
    space = name.split()[1]
    archive, indices = folder_of(name, request, folder)
    api = nats_bench.create(str(archive), space, fast_mode=True, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_folder, "SHARD", 1)  # so that parts of the archive have seeds that others lack
        tables = import_tables(f"nats_{space}", archive, "n", out=folder)
    named = {table.name.removeprefix("n-"): table for table in tables}
    form = TSS if space == "tss" else SSS
    infos = {(index, hp): api.query_meta_info_by_index(index, hp) for index, hp in product(indices, form.schedules)}
    return Case(api, infos, named, indices, form.schedules, not name.endswith("unsteady"), name.startswith("real"))


def split_of(dataset: str, images: str) -> str:
    """Which split of ours an image set is, for networks trained on this one."""
    if images == "ori-test":
        return "test" if dataset.startswith("cifar10") and dataset != "cifar100" else "valtest"
    return images.removeprefix("x-")


def their_cells(case: Case, index: int, dataset: str) -> dict[Cell, float]:
    """Every value in the official library's curves of an architecture."""
    found = {}
    for hp in case.schedules:
        for seed, trial in case.infos[index, hp].query(dataset).items():
            curves = {metric: getattr(trial, field) for metric, field in TRAINED.items()}
            curves["train_seconds"] = trial.train_times
            for images in IMAGES[dataset]:
                for what, field in (EVALUATED | {"seconds": "eval_times"}).items():
                    curves[f"{split_of(dataset, images)}_{what}"] = {
                        int(key.split("@")[1]): value
                        for key, value in getattr(trial, field).items()
                        if key.startswith(f"{images}@")
                    }
            for metric, curve in curves.items():
                for epoch, value in (curve or {}).items():
                    found[metric, case.fidelity(hp, dataset, epoch), seed] = value
    return found


def our_cells(table: Table, index: int, data: float) -> dict[Cell, float]:
    """Every value of an architecture in the columns of a table, in so far as it was trained on this much data."""
    content = table.content()
    row = index if content.rows is None else int(content.rows[index])
    found = {}
    for column in content.columns:
        seeds = column.seeds or table.seeds
        fidelities = column.fidelities or table.fidelities
        values = np.broadcast_to(column.values[row], (len(fidelities), len(seeds)))
        for (i, fidelity), (k, seed) in product(enumerate(fidelities), enumerate(seeds)):
            if fidelity.data == data and not np.isnan(values[i, k]):
                found[column.metric, fidelity, seed] = float(values[i, k])
    return found


def is_cost(cell: Cell) -> bool:
    return cell[0].endswith("seconds") or cell[0] in ("params", "flops", "latency")


def without_costs(cells: Mapping[Cell, float]) -> dict[Cell, float]:
    return {cell: value for cell, value in cells.items() if not is_cost(cell)}


def test_every_value_of_the_curves_is_there_and_no_other(case: Case) -> None:
    for key, their_values in case.theirs.items():
        our_values = case.ours[key]
        assert without_costs(our_values) == without_costs(their_values)
        times = {cell: value for cell, value in their_values.items() if is_cost(cell)}
        assert {cell: our_values.get(cell) for cell in times} == times


def test_there_are_as_many_values_as_in_the_files(case: Case) -> None:
    """Those of architectures that have no file among them: none."""
    for name, table in case.tables.items():
        datasets = [dataset for dataset in OURS if OURS[dataset][0] == name]
        wanted = sum(len(without_costs(cells)) for (_, dataset), cells in case.theirs.items() if dataset in datasets)
        columns = [column for column in table.content().columns if not is_cost((column.metric, Fidelity(1, 1), 0))]
        assert sum(int((~np.isnan(column.values)).sum()) for column in columns) == wanted > 1000
        assert table.measured == len(case.indices)
        for column in table.content().columns:
            assert len(column.values) == len(case.indices)


def test_more_info_with_each_seed_and_as_a_mean(case: Case) -> None:
    for index, hp, dataset in case.everything():
        for epoch, seed in product(case.epochs(hp, index), (*case.seeds(index, hp, dataset), None)):
            info = case.api.get_more_info(index, dataset, epoch, hp, is_random=False if seed is None else seed)
            query = Query(case.arch(index), case.fidelity(hp, dataset, epoch))
            answer = case.tables[OURS[dataset][0]].evaluate(query, seed)
            wanted = {metric: info[key] for metric, key in ANSWERED.items() if key in info}
            assert {metric: answer.metrics[metric] for metric in wanted} == (
                wanted if seed is not None else pytest.approx(wanted, rel=TIMES, abs=0)
            )
            assert not (answer.metrics.keys() & ANSWERED.keys()) - wanted.keys()
            charged = charge(case, index, hp, dataset, info, seed)
            if charged is not None:
                assert answer.seconds == answer.metrics["seconds"] == pytest.approx(charged, rel=TIMES, abs=0)


def charge(case: Case, index: int, hp: str, dataset: str, info: Mapping[str, Any], seed: int | None) -> float | None:
    """What `simulate_train_eval` charges: one validation more than the training, the last one where there is none."""
    if "valid-per-time" in info:
        return float(info["train-all-time"] + info["valid-per-time"])
    if dataset == "cifar10":
        return float(info["train-all-time"])
    if not case.steady:
        return None
    last = case.api.get_more_info(index, dataset, None, hp, is_random=False if seed is None else seed)
    return float(info["train-all-time"] + last["valid-per-time"])


def test_times_of_each_split(case: Case) -> None:
    """Ours are those of one epoch each, theirs are summed up, and divided by the epochs."""
    for index, hp, dataset in case.everything():
        cells = case.ours[index, dataset]
        for seed in case.seeds(index, hp, dataset):
            spent = {
                split: list(accumulate(
                    cells.get((f"{split}_seconds", case.fidelity(hp, dataset, epoch), seed), np.nan)
                    for epoch in range(case.schedules[hp])
                ))
                for split in ("train", "valid", "test", "valtest")
            }  # fmt: skip
            for epoch in {0, *case.epochs(hp, index)[::7], case.schedules[hp] - 1}:
                info = case.api.get_more_info(index, dataset, epoch, hp, is_random=seed)
                known = {split: spent[split][epoch] for split in spent if f"{split}-all-time" in info}
                assert len(known) >= 1
                for split, seconds in known.items():
                    assert seconds == pytest.approx(info[f"{split}-all-time"], rel=TIMES, abs=0)
                    assert seconds / (epoch + 1) == pytest.approx(info[f"{split}-per-time"], rel=TIMES, abs=0)


def test_seeds_that_an_architecture_lacks_are_refused_by_both(case: Case) -> None:
    lacking = 0
    for index, hp, dataset in case.everything():
        table = case.tables[OURS[dataset][0]]
        for seed in set(table.seeds) - set(case.seeds(index, hp, dataset)):
            with pytest.raises(ValueError, match="can not find random seed"):
                case.api.get_more_info(index, dataset, None, hp, is_random=seed)
            last = case.fidelity(hp, dataset, case.schedules[hp] - 1)
            with pytest.raises(Unmeasured):
                table.evaluate(Query(case.arch(index), last), seed)
            lacking += 1
    assert lacking


def test_costs(case: Case) -> None:
    """Params, FLOPs and latency: means over trials, or those of seed 888 where the trials disagree."""
    disagreeing, unknown = 0, 0
    for index, hp, dataset in case.everything():
        info = case.api.get_cost_info(index, dataset, hp)
        last = case.fidelity(hp, dataset, case.schedules[hp] - 1)
        metrics = case.tables[OURS[dataset][0]].evaluate(Query(case.arch(index), last), None).metrics
        assert metrics["params"] / 1e6 == pytest.approx(info["params"], rel=TIMES, abs=0)
        assert metrics["params"] == round(metrics["params"])
        assert metrics["flops"] == pytest.approx(info["flops"], rel=TIMES, abs=0)
        if info["latency"] is None:
            unknown += 1
            assert "latency" not in metrics
        else:
            assert metrics["latency"] / 1000 == pytest.approx(info["latency"], rel=LATENCY, abs=0)
        trials = case.api.query_by_index(index, dataset, hp).values()
        disagreeing += len({trial.params for trial in trials}) > 1
    assert bool(disagreeing) != case.real
    assert not (unknown and case.real)
    assert unknown or case.real or "200" in case.schedules


def special(folder: Path, edit: Callable[[Any], object]) -> tuple[Any, dict[str, Table], Arch]:
    """The library's interface, our tables and the architecture, of a folder of one whose 200 epochs were changed."""
    content = architecture(TSS._replace(lacking=0.0), 0, np.random.default_rng(5))
    edit(content["200"])
    folder = write_tss(folder / "cells", (), rng=np.random.default_rng(0))
    pickle_save(content, folder / "000000.pickle")
    tables = {
        table.name.removeprefix("n-"): table for table in import_tables("nats_tss", folder, "n", out=folder.parent)
    }
    api = nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)
    return api, tables, tables["cifar10"].space.all()[0]


def test_trials_that_disagree_about_params_without_seed_888(tmp_path: Path) -> None:
    """Nobody can know which of them is right: the library fails, and we have no value."""

    def edit(results: Any) -> None:
        del results["all_results"]["cifar10", 888]
        results["dataset_seed"]["cifar10"].remove(888)
        results["all_results"]["cifar10", 999]["params"] *= 2

    api, tables, arch = special(tmp_path, edit)
    table = tables["cifar10"]
    with pytest.raises(ValueError, match="888 is not in list"):
        api.get_cost_info(0, "cifar10", "200")
    metrics = table.evaluate(Query(arch, Fidelity(200, 200)), 777).metrics
    assert "params" not in metrics
    assert metrics["flops"] == pytest.approx(api.get_cost_info(0, "cifar10", "12")["flops"], rel=TIMES, abs=0)
    metrics = table.evaluate(Query(arch, Fidelity(12, 12)), 111).metrics
    assert metrics["params"] / 1e6 == pytest.approx(api.get_cost_info(0, "cifar10", "12")["params"], rel=TIMES, abs=0)


def test_trials_disagree_when_five_decimals_are_printed_differently(tmp_path: Path) -> None:
    params = {
        "cifar10-valid": ((0.436240, 0.436235, 0.436240), 436235),  # as printed 0.43624 and 0.43623
        "cifar10": ((0.500000, 0.600000, 0.500000), 600000),
        "cifar100": ((0.074190, 0.074195, 0.074190), 74192),  # 0.07419 thrice: the binary number is a little less
        "ImageNet16-120": ((0.500000, 0.500004, 0.500000), 500001),
    }

    def edit(results: Any) -> None:
        for dataset, (values, _) in params.items():
            for seed, value in zip(SEEDS, values, strict=True):
                results["all_results"][dataset, seed]["params"] = np.float64(value)

    api, tables, arch = special(tmp_path, edit)
    found = {}
    for dataset, (name, data) in OURS.items():
        theirs = api.get_cost_info(0, dataset, "200")["params"]
        found[dataset] = tables[name].evaluate(Query(arch, Fidelity(200, 200, data)), 777).metrics["params"]
        assert theirs == pytest.approx(params[dataset][1] / 1e6, rel=0, abs=5e-7)
    assert found == {dataset: believed for dataset, (_, believed) in params.items()}


def test_totals_of_the_costs(case: Case) -> None:
    for index, hp, dataset in case.everything():
        info, total = case.api.get_cost_info(index, dataset, hp), {}
        cells, seeds = case.ours[index, dataset], case.seeds(index, hp, dataset)
        for images in ("train", *IMAGES[dataset]):
            split = "train" if images == "train" else split_of(dataset, images)
            times = [
                cells[f"{split}_seconds", case.fidelity(hp, dataset, epoch), seed]
                for seed, epoch in product(seeds, range(case.schedules[hp]))
            ]
            total[f"T-{images}@total"] = sum(times) / len(seeds)
            total[f"T-{images}@epoch"] = sum(times) / len(times)
        wanted = {name: value for name, value in info.items() if name.startswith("T-")}
        assert total == pytest.approx(wanted, rel=TIMES, abs=0)


def test_printed_numbers(case: Case) -> None:
    """Every number that `query_by_arch` prints for an architecture, rounded as there."""
    count = 0
    for index, hp in product(case.indices, case.schedules):
        text = case.api.query_by_arch(index, hp)
        for dataset, line in re.findall(r"^(\S+) +(FLOP=.*|train : .*)$", text, re.MULTILINE):
            last = case.fidelity(hp, dataset, case.schedules[hp] - 1)
            metrics = case.tables[OURS[dataset][0]].evaluate(Query(case.arch(index), last), None).metrics
            for name, loss, accuracy in re.findall(r"(\w+) *: \[loss = ([\d.]+) & top1 = ([\d.]+)%\]", line):
                assert f"{metrics[f'{name}_loss']:.3f}" == loss
                assert f"{metrics[f'{name}_accuracy']:.2f}" == accuracy
                count += 2
            for flops, params, latency in re.findall(r"FLOP= *([\d.]+) M, Params=([\d.]+) MB, latency=(\S+) ms", line):
                assert f"{metrics['flops']:.2f}" == flops
                assert f"{metrics['params'] / 1e6:.3f}" == params
                assert (f"{metrics['latency']:.2f}" if "latency" in metrics else "None") == latency
                count += 3
        assert text.splitlines()[0] == case.tables["cifar10"].space.encode(case.arch(index))
    assert count >= len(case.indices) * len(case.schedules) * (4 * 3 + 10 * 2)


def test_simulated_training_is_that_of_one_of_the_seeds(case: Case) -> None:
    case.api.reset_time()
    spent, instead = 0.0, 0
    for index, hp, name in product(case.indices, case.schedules, CLASSES):
        if name == "cifar10-valid":
            continue
        dataset = "cifar10-valid" if name == "cifar10" else name
        for epoch in (None, 0, case.schedules[hp] // 2):
            accuracy, latency, seconds, used = case.api.simulate_train_eval(index, name, epoch, hp)
            spent += seconds
            assert used == spent
            at = case.schedules[hp] - 1 if epoch is None else epoch
            answers = {
                seed: case.tables[name].evaluate(Query(case.arch(index), case.fidelity(hp, dataset, at)), seed)
                for seed in case.seeds(index, hp, dataset)
            }
            valid = {seed: answer.metrics.get("valid_accuracy") for seed, answer in answers.items()}
            if set(valid.values()) == {None}:
                instead += 1
                valid = {seed: answer.metrics["valtest_accuracy"] for seed, answer in answers.items()}
            same = [seed for seed, value in valid.items() if value == accuracy]
            assert same
            if case.steady:
                assert any(answers[seed].seconds == pytest.approx(seconds, rel=TIMES, abs=0) for seed in same)
            mean = case.tables[name].evaluate(Query(case.arch(index), case.fidelity(hp, name, at)), None).metrics
            assert (mean["latency"] / 1000 if "latency" in mean else None) == (
                None if latency is None else pytest.approx(latency, rel=LATENCY, abs=0)
            )
    ragged = len(case.indices) * 2 * 2
    assert instead == (ragged if "200" in case.schedules else 0)


def test_where_they_answer_with_test_images_we_have_no_validation(case: Case) -> None:
    """Inside the 200-epoch schedule of CIFAR-100 and ImageNet16-120 validation was measured at the end alone."""
    for name in ("cifar100", "ImageNet16-120"):
        table, middle = case.tables[name], Fidelity(100, 200)
        if "200" not in case.schedules:
            assert table.measured_fidelities("valid_accuracy") == table.fidelities
            continue
        for index in case.indices:
            for seed in (777, None):
                answer = table.evaluate(Query(case.arch(index), middle), seed)
                assert "valtest_accuracy" in answer.metrics
                assert "valid_accuracy" not in answer.metrics
        with pytest.raises(Unmeasured):
            table.table("valid_accuracy", middle, 777)


def test_a_search_sees_neither_test_nor_mixed_images(case: Case) -> None:
    for name, table in case.tables.items():
        data = 0.5 if name == "cifar10" else 1.0
        wanted = [
            Fidelity(epoch, epochs, data)
            for epochs in case.schedules.values()
            for epoch in range(1, epochs + 1)
            if epochs != 200 or data == 0.5 or epoch == 200
        ]
        problem = problem_of(table, ("valid_accuracy",))
        assert list(problem.fidelities) == wanted
        assert [metric.split for metric in problem.objectives] == ["valid"]
        hidden = [metric.name for metric in table.metrics if metric.split == "test"]
        assert {"test_accuracy", "test_loss"} <= set(hidden)
        assert ({"valtest_accuracy", "valtest_loss"} <= set(hidden)) == (name != "cifar10")
        for metric in hidden:
            with pytest.raises(BadValue, match="a search never sees"):
                problem_of(table, (metric,))


@pytest.mark.real_data
def test_landmarks_of_the_first_architecture(real: Case) -> None:
    query = Query(real.arch(0), Fidelity(12, 12, 0.5))
    answer = real.tables["cifar10"].evaluate(query, 777)
    assert answer.seconds == pytest.approx(89.2021, abs=5e-5)
    assert answer.metrics["valid_accuracy"] == pytest.approx(62.712, abs=5e-4)
    assert answer.metrics["params"] == 129306
    assert answer.metrics["flops"] == 15.64737
