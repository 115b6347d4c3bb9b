"""The file of NAS-Bench-201: every answer of the official library is ours too, and what is no such file is refused."""

import bz2
import copy
import hashlib
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, product
from pathlib import Path
from typing import Any

import hostile
import numpy as np
import pytest
import torch
from nas_201_api import NASBench201API
from nas_201_api.api_utils import ArchResults
from nats_factory import IMAGES, TSS, architecture, meta

from harness.core import Arch, Fidelity, Query
from harness.errors import BadValue, Unmeasured
from tabular.content import Content
from tabular.importers import nats_tss, nb201
from tabular.job import Job
from tabular.library import import_tables, imported
from tabular.store import open_table, write_table
from tabular.table import Table

INDICES = (7812, 0, 1, 2, 3, 11, 15624, 15623)
"""In no order. Those that leave 2 when divided by 3 have trials of wrong params; 3 and 11 lack a latency."""

OURS = {"cifar10-valid": ("cifar10", 0.5), "cifar10": ("cifar10", 1.0)} | {
    name: (name, 1.0) for name in ("cifar100", "ImageNet16-120")
}
"""The table and the fraction of the data that a training set of the official library is."""

SCHEDULES = {"12": 12, "200": 200}
SPLITS = ("train", "valid", "test", "valtest")
ANSWERED = {f"{split}_{what}": f"{split}-{what}" for split, what in product(SPLITS, ("accuracy", "loss"))}
"""Our names and those of `get_more_info`."""

TRIAL = "cifar10", 777
"""What every architecture was trained on, for 200 epochs."""

TIMES = 1e-12
REAL = "ea1fe345e8c22c7a765804b6319ed0ca253e1353e3826ffac23168603436df3a"
"""The checksum over every accuracy and loss of the sample files."""

Cell = tuple[str, Fidelity, int]
"""Metric, fidelity, seed."""

Database = dict[str, Any]


# Files, as the official library's classes make them.


def results(content: Mapping[str, Any]) -> dict[str, Any]:
    """An architecture's results with one schedule, passed through the classes of this library."""
    state: dict[str, Any] = ArchResults.create_from_state_dict(content).state_dict()
    return state


@cache
def head() -> Database:
    """What the file says of the benchmark."""
    return meta(TSS)


def database(infos: Mapping[int, Any]) -> Database:
    return head() | {"arch2infos": dict(infos), "evaluated_indexes": set(infos)}


def latest(indices: Sequence[int] = INDICES, *, steady: bool = True) -> Database:
    """Version 1.1."""
    rng = np.random.default_rng(7)
    made = {index: architecture(TSS, index, rng, steady=steady) for index in indices}
    return database({k: {"full": results(one["200"]), "less": results(one["12"])} for k, one in made.items()})


def first(indices: Sequence[int] = INDICES[:4]) -> Database:
    """Version 1.0: 12 epochs on half of CIFAR-10 alone, 200 epochs without times."""
    made = latest(indices)
    for info in made["arch2infos"].values():
        for training in info["full"]["all_results"].values():
            training.update(train_times=None, eval_times={})
        kept = "cifar10-valid", 777
        info["less"].update(all_results={kept: info["less"]["all_results"][kept]}, dataset_seed={kept[0]: [777]})
    return made


def shared() -> Database:
    """Version 1.1 of architectures that have parts in common: copies of one, and the very same objects."""
    texts, evaluated = head()["meta_archs"], {name: list(images) for name, images in IMAGES.items()}
    template = latest([0])["arch2infos"][0]
    for info, (dataset, seed) in [(i, key) for i in template.values() for key in i["all_results"]]:
        info["all_results"][dataset, seed]["eval_names"] = evaluated[dataset]
    infos = {}
    for index in (0, 1, 3, 7812):
        parts = copy.deepcopy(template) if index in (1, 7812) else template
        named = {"arch_index": index, "arch_str": texts[index]}
        infos[index] = {schedule: {**results, **named} for schedule, results in parts.items()}
        if index == 7812:
            for trial in infos[index]["less"]["all_results"].values():
                trial["train_acc1es"] = {epoch: 50 + epoch / 3 for epoch in range(12)}
    return database(infos)


def sample(real_data: Path) -> Database:
    """The sample files of NATS-Bench, whose architectures are the same ones, in the form of this benchmark."""
    (folder,) = (real_data / "nats_sample").glob("NATS-tss-*-simple")
    infos = {}
    for index in (0, 11):
        with bz2.open(folder / f"{index:06d}.pickle.pbz2") as file:
            content = pickle.load(file)
        infos[index] = {"full": content["200"], "less": content["12"]}
    return database(infos)


def save(path: Path, content: object, *, zipped: bool = False, protocol: int = 2) -> Path:
    torch.save(content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
    return path


# What the library answers, and what we do.


@dataclass(frozen=True, eq=False)
class Case:
    """A file as the official library holds it, and our tables of it.

    `steady` if an epoch's time is always the same, `timed` if the times of 200 epochs are known.
    """

    api: Any
    tables: Mapping[str, Table]
    indices: Sequence[int]
    steady: bool
    timed: bool
    real: bool

    @cached_property
    def ours(self) -> dict[tuple[int, str], dict[Cell, float]]:
        """All that our tables hold of an architecture and training set."""
        return {(i, name): our_cells(self.tables[OURS[name][0]], i, OURS[name][1]) for i, name in self.pairs()}

    def pairs(self) -> Iterator[tuple[int, str]]:
        """Each index with each training set."""
        return product(self.indices, OURS)

    def trained(self) -> Iterator[tuple[int, str, str]]:
        """Each index with each hp and the training sets that the library has of it."""
        for index, hp, dataset in product(self.indices, SCHEDULES, OURS):
            if dataset in self.api.arch2infos_dict[index][hp].get_dataset_names():
                yield index, hp, dataset

    def seeds(self, index: int, hp: str, dataset: str) -> list[int]:
        seeds: list[int] = self.api.arch2infos_dict[index][hp].get_dataset_seeds(dataset)
        return seeds

    def arch(self, index: int) -> Arch:
        return self.tables["cifar10"].space.all()[index]

    def epochs(self, index: int, hp: str) -> Sequence[int]:
        """The interesting ones, and of a real architecture more."""
        last = SCHEDULES[hp] - 1
        return sorted({0, last // 2, last - 1, last, *range(0, last if self.real and index == 0 else 1, 9)})


def fidelity_of(hp: str, dataset: str, epoch: int) -> Fidelity:
    """Ours for their epoch, which they count from 0."""
    return Fidelity(epoch + 1, SCHEDULES[hp], OURS[dataset][1])


def split_of(dataset: str, images: str) -> str:
    """Which split of ours an image set is, for networks trained on this one."""
    if images == "ori-test":
        return "test" if dataset in ("cifar10", "cifar10-valid") else "valtest"
    return images.removeprefix("x-")


def our_cells(table: Table, index: int, data: float) -> dict[Cell, float]:
    """Every value of an architecture in the columns of a table, in so far as it was trained on this much data."""
    content = table.content()
    assert content.rows is not None
    row, found = int(content.rows[index]), {}
    for column in content.columns:
        seeds, fidelities = column.seeds or table.seeds, column.fidelities or table.fidelities
        values = np.broadcast_to(column.values[row], (len(fidelities), len(seeds))).tolist()
        for fidelity, measured in zip(fidelities, values, strict=True):
            if fidelity.data == data:
                known = {s: value for s, value in zip(seeds, measured, strict=True) if value == value}
                found.update({(column.metric, fidelity, seed): value for seed, value in known.items()})
    return found


def their_cells(case: Case, index: int, dataset: str) -> dict[Cell, float]:
    """Every value in the official library's curves of an architecture."""
    found = {}
    for hp in SCHEDULES:
        if (index, hp, dataset) not in set(case.trained()):
            continue
        for seed, trial in case.api.arch2infos_dict[index][hp].query(dataset).items():
            curves = {
                "train_accuracy": trial.train_acc1es,
                "train_top5_accuracy": trial.train_acc5es,
                "train_loss": trial.train_losses,
                "train_seconds": trial.train_times,
            }
            evaluated = {"accuracy": trial.eval_acc1es, "loss": trial.eval_losses, "seconds": trial.eval_times}
            for images, (what, values) in product(IMAGES[dataset], evaluated.items()):
                epochs = {epoch: f"{images}@{epoch}" for epoch in range(SCHEDULES[hp])}
                curves[f"{split_of(dataset, images)}_{what}"] = {e: values[k] for e, k in epochs.items() if k in values}
            for metric, curve in curves.items():
                for epoch, value in (curve or {}).items():
                    found[metric, fidelity_of(hp, dataset, epoch), seed] = value
    return found


def is_cost(cell: Cell) -> bool:
    return cell[0].endswith("seconds") or cell[0] in ("params", "flops", "latency")


def make_case(name: str, content: Database, folder: Path) -> Case:
    """By the way of the library for the official form, by that of the importer alone for the others."""
    path, api = save(folder / "NB201.pth", content), NASBench201API(content, verbose=False)
    if name == "1.1":
        tables = import_tables("nb201", path, "n", out=folder)
    else:
        (folder / "scratch").mkdir()
        contents = nb201.nb201(path, Job(folder / "scratch", 1, lambda done, total: None))
        for suffix, one in contents.items():
            write_table(folder / f"n-{suffix}", one)
        tables = [open_table(folder / f"n-{suffix}") for suffix in contents]
    named = {table.name.removeprefix("n-"): table for table in tables}
    return Case(api, named, list(content["arch2infos"]), name != "unsteady", name != "1.0", name == "real")


CASES: dict[str, Callable[[], Database]] = {
    "1.1": latest,
    "1.0": first,
    "unsteady": lambda: latest((11, 15624), steady=False),
    "shared": shared,
}


@pytest.fixture(scope="module", params=[*CASES, pytest.param("real", marks=pytest.mark.real_data)])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    name = request.param
    content = sample(request.getfixturevalue("real_data")) if name == "real" else CASES[name]()
    return make_case(name, content, tmp_path_factory.mktemp("nb201"))


def test_every_value_of_the_curves_is_there_and_no_other(case: Case) -> None:
    count = 0
    for index, dataset in case.pairs():
        our_values, their_values = case.ours[index, dataset], their_cells(case, index, dataset)
        measured = {cell: value for cell, value in our_values.items() if not is_cost(cell)}
        assert measured == {cell: value for cell, value in their_values.items() if not is_cost(cell)}
        count += len(measured)
        times = {cell: value for cell, value in their_values.items() if is_cost(cell)}
        assert {cell: our_values.get(cell) for cell in times} == times
        ours = {cell[:2] for cell in our_values if cell[0].endswith("_seconds")}
        assert ours == {cell[:2] for cell in times}
        assert {cell[1] for cell in our_values if cell[0] == "seconds"} == {f for m, f in ours if m == "train_seconds"}
    columns = [(table, column) for table in case.tables.values() for column in table.content().columns]
    costs = {(table.name, metric.name) for table in case.tables.values() for metric in table.metrics}
    costs = {(name, metric) for name, metric in costs if is_cost((metric, Fidelity(1, 1), 0))}
    there = sum(
        int((~np.isnan(column.values)).sum()) for table, column in columns if (table.name, column.metric) not in costs
    )
    assert there == count > 1000 * len(case.indices)


def test_more_info_with_each_seed_and_as_a_mean(case: Case) -> None:
    for index, hp, dataset in case.trained():
        table, arch = case.tables[OURS[dataset][0]], case.arch(index)
        for epoch, seed in product(case.epochs(index, hp), (*case.seeds(index, hp, dataset), None)):
            info = case.api.get_more_info(index, dataset, epoch, hp, is_random=False if seed is None else seed)
            answer = table.evaluate(Query(arch, fidelity_of(hp, dataset, epoch)), seed)
            answered = {metric: value for metric, value in answer.metrics.items() if metric in ANSWERED}
            assert answered == {metric: info[key] for metric, key in ANSWERED.items() if key in info}
            charged = charge(case, index, hp, dataset, info, seed)
            if charged is not None:
                assert answer.seconds == answer.metrics["seconds"] == pytest.approx(charged, rel=TIMES, abs=0)
            elif info["train-all-time"] is None:
                assert np.isnan(answer.seconds)
                assert not any("seconds" in metric for metric in answer.metrics)


def charge(case: Case, index: int, hp: str, dataset: str, info: Mapping[str, Any], seed: int | None) -> float | None:
    """What `simulate_train_eval` charges; None where times are not known or not those of another epoch."""
    if info["train-all-time"] is None:
        return None
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
    count = 0
    for index, hp, dataset in case.trained():
        cells = case.ours[index, dataset]
        for seed, split in product(case.seeds(index, hp, dataset), SPLITS):
            fidelities = [fidelity_of(hp, dataset, epoch) for epoch in range(SCHEDULES[hp])]
            spent = list(accumulate(cells.get((f"{split}_seconds", fidelity, seed), np.nan) for fidelity in fidelities))
            for epoch in (0, 5, SCHEDULES[hp] - 1):
                info = case.api.get_more_info(index, dataset, epoch, hp, is_random=seed)
                theirs = info.get(f"{split}-all-time")
                if theirs is not None:
                    assert spent[epoch] == pytest.approx(theirs, rel=TIMES, abs=0)
                    assert spent[epoch] / (epoch + 1) == pytest.approx(info[f"{split}-per-time"], rel=TIMES, abs=0)
                    count += 1
                elif f"{split}-loss" in info:
                    assert np.isnan(spent[epoch])
    assert count >= 9 * len(case.indices)


def test_what_was_not_trained_is_refused_by_both(case: Case) -> None:
    refused, trained = 0, set(case.trained())
    for index, hp, dataset in product(case.indices, SCHEDULES, OURS):
        table, there = case.tables[OURS[dataset][0]], (index, hp, dataset) in trained
        last = fidelity_of(hp, dataset, SCHEDULES[hp] - 1)
        for seed in set(table.seeds) - set(case.seeds(index, hp, dataset) if there else ()):
            with pytest.raises(ValueError if there else KeyError):
                case.api.get_more_info(index, dataset, None, hp, is_random=seed)
            with pytest.raises(Unmeasured):
                table.evaluate(Query(case.arch(index), last), seed)
            refused += 1
    assert refused > 4 * len(case.indices)


def test_costs(case: Case) -> None:
    """Params and FLOPs are means over trials, or where these disagree those of seed 888, as in NATS-Bench's library."""
    disagreeing = 0
    for index, hp, dataset in case.trained():
        info = case.api.get_cost_info(index, dataset, hp)
        last = fidelity_of(hp, dataset, SCHEDULES[hp] - 1)
        metrics = case.tables[OURS[dataset][0]].evaluate(Query(case.arch(index), last), None).metrics
        assert metrics.get("latency", np.nan) / 1000 == pytest.approx(info["latency"] or np.nan, rel=1e-15, nan_ok=True)
        trials = case.api.arch2infos_dict[index][hp].query(dataset)
        wanted = info["params"], info["flops"]
        if len({trial.params for trial in trials.values()}) > 1:
            wanted = (trials[888].params, trials[888].flop) if 888 in trials else (np.nan, np.nan)
            disagreeing += 1
        found = metrics.get("params", np.nan), metrics.get("flops", np.nan)
        assert (found[0] / 1e6, found[1]) == pytest.approx(wanted, rel=TIMES, abs=0, nan_ok=True)
        assert np.isnan(found[0]) or found[0] == round(found[0])
        spent = [info["T-train@epoch"] if info["T-train@total"] is not None else None, metrics.get("train_seconds")]
        if case.steady:
            assert spent[1] == (None if spent[0] is None else pytest.approx(spent[0], rel=TIMES, abs=0))
    assert bool(disagreeing) == (bool({2, 11} & set(case.indices)) and not case.real)


def test_simulated_training_is_that_of_one_of_the_seeds(case: Case) -> None:
    """Its latency is always that of the 12 epochs."""
    case.api.reset_time()
    spent = 0.0
    for index, hp, name in product(case.indices, SCHEDULES, case.tables):
        table, dataset = case.tables[name], "cifar10-valid" if name == "cifar10" else name
        if not case.timed:
            with pytest.raises((KeyError, TypeError)):
                case.api.simulate_train_eval(index, name, hp)
            continue
        accuracy, latency, seconds, used = case.api.simulate_train_eval(index, name, hp)
        spent += seconds
        assert used == spent
        query = Query(case.arch(index), fidelity_of(hp, dataset, SCHEDULES[hp] - 1))
        answers = [table.evaluate(query, seed) for seed in case.seeds(index, hp, dataset)]
        same = [answer.seconds for answer in answers if answer.metrics["valid_accuracy"] == accuracy]
        assert any(ours == pytest.approx(seconds, rel=TIMES, abs=0) for ours in same)
        short = table.evaluate(Query(case.arch(index), fidelity_of("12", name, 11)), None).metrics
        assert short.get("latency", np.nan) / 1000 == pytest.approx(latency or np.nan, rel=1e-15, nan_ok=True)
    assert bool(spent) == case.timed


# What comes out.


def run(path: Path, name: str = "n", **options: Any) -> list[Table]:
    return import_tables("nb201", path, name, **options)


def read(path: Path, scratch: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> str:
    """The checksum over all that the importer finds."""
    scratch.mkdir()
    return checksum(nb201.nb201(path, Job(scratch, 1, progress)))


def checksum(contents: Mapping[str, Content], *, costs: bool = True) -> str:
    """Over every value, each with the architecture, fidelity and seed that it is of."""
    sha = hashlib.sha256()
    for name, content in sorted(contents.items()):
        skipped = set() if costs else {metric.name for metric in content.metrics if metric.split == "cost"}
        rows = [] if content.rows is None else np.argsort(content.rows)[-int((content.rows >= 0).sum()) :].tolist()
        sha.update(f"{name} {rows}".encode())
        for column in sorted(content.columns, key=lambda column: (column.metric, repr(column.fidelities))):
            if column.metric not in skipped:
                where = f"{column.metric} {column.fidelities} {column.seeds}"
                sha.update(where.replace(", depth=1.0", "").encode())  # the sums are older than depth
                sha.update(np.ascontiguousarray(column.values, dtype="<f8").tobytes())
    return sha.hexdigest()


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "tables"


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nb201, "SHARD", 2)


@pytest.fixture(scope="session")
def content() -> Database:
    """Four architectures, never to be changed."""
    return latest((15624, 0, 2, 7812))


@pytest.fixture(scope="session")
def short(content: Database) -> Database:
    """Two of them, with one training of 200 epochs each."""
    infos = {index: dict(content["arch2infos"][index]) for index in (15624, 2)}
    for info in infos.values():
        info["full"] = {**info["full"], "all_results": {TRIAL: info["full"]["all_results"][TRIAL]}}
    return {"arch2infos": infos}


@pytest.fixture
def changed(short: Database) -> Database:
    """The two architectures, to be changed."""
    return copy.deepcopy(short)


@pytest.fixture
def path(content: Database, tmp_path: Path) -> Path:
    return save(tmp_path / "NB201.pth", content)


def test_count_first_middle_last(content: Database, path: Path) -> None:
    cifar10, cifar100, imagenet = run(path)
    assert [table.name for table in (imagenet, cifar10, cifar100)] == sorted(imported())
    assert [table.name for table in (cifar10, cifar100, imagenet)] == ["n-cifar10", "n-cifar100", "n-ImageNet16-120"]
    for table in (cifar10, cifar100, imagenet):
        assert (table.measured, table.space.size, table.space.name) == (4, 15625, "nb201")
        assert table.provenance["source"].startswith("NAS-Bench-201 (Dong & Yang")
        assert table.provenance["release"].startswith("unknown file")
        assert hashlib.sha256(path.read_bytes()).hexdigest() in table.provenance["file"]
        assert "never mix" in table.provenance["versions"]
        assert table.provenance["checks"].startswith("4 of 15,625 architectures, ")
    for index in (0, 7812, 15624):
        arch = cifar10.space.all()[index]
        trial = content["arch2infos"][index]["less"]["all_results"]["cifar10-valid", 777]
        answer = cifar10.evaluate(Query(arch, Fidelity(12, 12, 0.5)), 777)
        assert answer.metrics["valid_accuracy"] == trial["eval_acc1es"]["x-valid@11"]
        assert answer.metrics["params"] == pytest.approx(trial["params"] * 1e6)
        trial = content["arch2infos"][index]["full"]["all_results"]["ImageNet16-120", 777]
        answer = imagenet.evaluate(Query(arch, Fidelity(200, 200)), 777)
        assert answer.metrics["test_accuracy"] == trial["eval_acc1es"]["x-test@199"]
    with pytest.raises(Unmeasured):
        cifar10.evaluate(Query(cifar10.space.all()[1], Fidelity(12, 12, 0.5)), 777)


@pytest.mark.real_data
def test_the_real_values_are_those_of_the_same_networks_in_nats_bench(real_data: Path, tmp_path: Path) -> None:
    job = Job(tmp_path / "scratch", 1, lambda done, total: None)
    job.scratch.mkdir()
    (folder,) = (real_data / "nats_sample").glob("NATS-tss-*-simple")
    theirs = checksum(nats_tss.nats_tss(folder, job))
    path = save(tmp_path / "NB201.pth", sample(real_data))
    assert read(path, tmp_path / "other") == theirs
    tables = {table.name.removeprefix("n-"): table.content() for table in run(path)}
    assert checksum(tables, costs=False) == REAL


def test_every_layout_gives_the_same(short: Database, tmp_path: Path) -> None:
    content = database(short["arch2infos"])
    ordered = dict(sorted(content["arch2infos"].items()))
    loaded = pickle.loads(pickle.dumps(content))  # what is read from a file has no strings in common
    written = {
        "official": save(tmp_path / "official.pth", content),
        "zip": save(tmp_path / "zip.pth", content, zipped=True),
        "protocol 4": save(tmp_path / "4.pth", content, protocol=4),
        "zip, protocol 5": save(tmp_path / "5.pth", content, protocol=5, zipped=True),
        "a list": save(tmp_path / "list.pth", {**content, "evaluated_indexes": sorted(ordered)}),
        "other order": save(tmp_path / "order.pth", {"arch2infos": ordered}),
        "loaded": save(tmp_path / "loaded.pth", loaded),
    }
    found = {name: read(file, tmp_path / name) for name, file in written.items()}
    assert found == dict.fromkeys(written, found["official"])
    loaded["arch2infos"][2]["less"]["all_results"]["cifar10", 111]["train_losses"][3] *= 1 + 1e-15
    assert read(save(tmp_path / "other.pth", loaded), tmp_path / "other") != found["official"]


def test_progress_counts_architectures_and_shards_change_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, calls = read(path, tmp_path / "whole"), []
    monkeypatch.setattr(nb201, "SHARD", 3)
    assert read(path, tmp_path / "shards", lambda done, total: calls.append((done, total))) == whole
    assert calls == [(3, 15625), (4, 15625)]
    assert len(list((tmp_path / "shards").iterdir())) == 2


@pytest.mark.usefixtures("small_shards")
def test_an_interrupted_import_leaves_nothing_and_begins_again(path: Path, library: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(path, progress=stop)
    refused(library)
    tables = {table.name.removeprefix("n-"): table.content() for table in run(path)}
    assert checksum(tables) == read(path, tmp_path / "scratch")
    assert sorted(found.name for found in library.iterdir()) == sorted(f"n-{name}" for name in tables)


MEASURE = """
import re, sys
from pathlib import Path
from harness.spaces.nb201 import Nb201
from tabular.importers import nb201
from tabular.job import Job
from harness.pickles import _memo

def most():
    return int(re.search("VmHWM:[^0-9]*([0-9]+) kB", Path("/proc/self/status").read_text())[1])

nb201.SHARD, _memo.WINDOW = 32, 16 << 20
Nb201().all()
path, before = Path(sys.argv[1]), most()
contents = nb201.nb201(path, Job(path.parent, 1, lambda done, total: None))
values = sum(column.values.size for content in contents.values() for column in content.columns)
print(values, most() - before)
"""


@pytest.mark.real_data
def test_memory_stays_small(real_data: Path, tmp_path: Path) -> None:
    """A file whose architectures take over two MB each when the pickle module reads them, and less to go back in."""
    texts, infos = head()["meta_archs"], {}
    packed = pickle.dumps(sample(real_data)["arch2infos"][11])
    for index in range(7800, 7848):
        infos[index] = pickle.loads(packed)
        for found in infos[index].values():
            found.update(arch_index=index, arch_str=texts[index])
    path = tmp_path / "NB201.pth"
    path.write_bytes(hostile.legacy(pickle.dumps(database(infos), 2)))
    run = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True, timeout=60)
    values, kib = map(int, run.stdout.split())
    assert values > 48 * 10_000
    assert kib < 64 << 10


# What is refused.


def refused(library: Path) -> None:
    """Nothing looks finished, nor is anything left to go on with."""
    assert imported() == {}
    assert not library.exists() or [path.name for path in library.iterdir()] == []


def full(content: Database, index: int = 2) -> dict[str, Any]:
    """The architecture's results with 200 epochs."""
    found: dict[str, Any] = content["arch2infos"][index]["full"]
    return found


def trial(content: Database, dataset: str = "cifar10", seed: int = 111) -> dict[str, Any]:
    found: dict[str, Any] = content["arch2infos"][2]["less"]["all_results"][dataset, seed]
    return found


def copied(content: Database, index: int) -> None:
    content["arch2infos"][index] = copy.deepcopy(content["arch2infos"][2])


def untrained(content: Database) -> None:
    for info in content["arch2infos"].values():
        for found in info.values():
            found.update(all_results={}, dataset_seed={})


def many_seeds(content: Database) -> None:
    """One training under thousands of seeds: a few bytes of the file each, and as many of its arrays."""
    found = full(content)["all_results"]
    found.update({("cifar10", seed): found[TRIAL] for seed in range(3000)})


BROKEN: dict[str, tuple[Callable[[Database], object], str]] = {
    "the string of another": (lambda c: full(c).update(arch_str="|none~0|+|none~0|none~1|"), "as architecture 2, whi"),
    "the index of another": (lambda c: full(c).update(arch_index=3), "as architecture 3, which is another"),
    "beyond the space": (lambda c: full(c).update(arch_index=15625), "as architecture 15625, which"),
    "before the space": (lambda c: full(c, 15624).update(arch_index=-1), "as architecture -1, which"),
    "index in words": (lambda c: full(c).update(arch_index="2"), "as architecture '2', which"),
    "index as truth": (lambda c: full(c).update(arch_index=True), "as architecture True, which"),
    "no index": (lambda c: full(c).pop("arch_index"), "as architecture None, which"),
    "no string": (lambda c: full(c).pop("arch_str"), "holds None as architecture 2"),
    "twice": (lambda c: copied(c, 5), "architecture 2 twice"),
    "a schedule twice": (lambda c: c["arch2infos"][2].update(less=copy.deepcopy(full(c))), "architecture 2 twice"),
    "no trainings": (untrained, "holds no architecture's results"),
    "no results": (lambda c: [info.clear() for info in c["arch2infos"].values()], "holds no architecture's results"),
    "13 epochs": (lambda c: trial(c).update(epochs=13), "13 epochs"),
    "another data set": (lambda c: full(c)["all_results"].update({("svhn", 777): {"epochs": 200}}), "'svhn'"),
    "seed in words": (lambda c: full(c)["all_results"].update({("cifar10", "1"): {"epochs": 200}}), "seed '1'"),
    "another key": (lambda c: full(c)["all_results"].update({5: {}}), "another form"),
    "140 %": (lambda c: trial(c)["eval_acc1es"].update({"ori-test@3": 140.0}), "percentage"),
    "an epoch missing": (lambda c: trial(c)["train_losses"].pop(5), "train_losses.*epochs"),
    "another image set": (lambda c: trial(c)["eval_losses"].update({"y@0": 1.0}), "'y@0'"),
    "results as a list": (lambda c: full(c).update(all_results=[1, 2]), "another form"),
    "a field missing": (lambda c: trial(c).pop("latency"), "another form.*latency"),
    "text for a number": (lambda c: trial(c)["train_losses"].update({3: "low"}), "another form"),
    "a list for a number": (lambda c: trial(c).update(params=[1.0, 2.0]), "another form|no number"),
    "lists for numbers": (lambda c: trial(c).update(train_losses={e: [1.0] * 9 for e in range(12)}), "form|number"),
    "a huge number": (lambda c: trial(c).update(params=10**400), "another form"),
    "a hostile global": (lambda c: trial(c).update(params=hostile.Call(eval, "1")), "wants __builtin__.eval"),
    "a tensor": (lambda c: trial(c).update(net_state_dict={"w": torch.zeros(2)}), r"wants torch\._utils"),
    "a tensor as index": (lambda c: full(c).update(arch_index=torch.zeros(2)), r"wants torch\._utils"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_file_of_results_that_cannot_be(changed: Database, tmp_path: Path, library: Path, how: str) -> None:
    """The message names the file."""
    damage, message = BROKEN[how]
    damage(changed)
    with pytest.raises(BadValue, match=rf"NB201\.pth.*({message})"):
        run(save(tmp_path / "NB201.pth", changed))
    refused(library)


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("how", ["twice", "the string of another", "140 %", "a hostile global"])
def test_what_cannot_be_behind_what_can(content: Database, tmp_path: Path, library: Path, how: str) -> None:
    """What was read before has been written already, and is of no use to anybody."""
    order = (0, 7812, 2, 15624) if how != "twice" else (2, 0, 7812, 15624)
    behind = {**content, "arch2infos": {index: content["arch2infos"][index] for index in order}}
    behind["arch2infos"][2] = copy.deepcopy(behind["arch2infos"][2])
    damage, message = BROKEN[how]
    damage(behind)
    with pytest.raises(BadValue, match=rf"NB201\.pth.*({message})"):
        run(save(tmp_path / "NB201.pth", behind))
    refused(library)


def test_a_training_under_countless_seeds_takes_little_memory(changed: Database, tmp_path: Path, library: Path) -> None:
    many_seeds(changed)
    with pytest.raises(BadValue, match=r"NB201\.pth.*3,00\d seeds"):
        run(save(tmp_path / "NB201.pth", changed))
    refused(library)


OTHER: dict[str, tuple[Callable[[Database], bytes], str]] = {
    "nothing": (lambda c: b"", "is empty"),
    "text": (lambda c: b"hello, world\n", "no pickle"),
    "a pickle": (lambda c: pickle.dumps({"arch2infos": {}}, 2), "magic number"),
    "cut short": (lambda c: hostile.legacy(pickle.dumps(c, 2))[:-2000], "cut short"),
    "cut short in a zip": (lambda c: hostile.archive({"a/data.pkl": pickle.dumps(c, 2)})[:-2000], "damaged"),
    "a number": (lambda c: hostile.legacy(pickle.dumps(3, 2)), "not the file of NAS-Bench-201"),
    "a list": (lambda c: hostile.legacy(pickle.dumps([c], 2)), "not the file of NAS-Bench-201"),
    "an empty dict": (lambda c: hostile.legacy(pickle.dumps({}, 2)), "holds no architecture's results"),
    "without results": (lambda c: hostile.legacy(pickle.dumps(database({}), 2)), "holds no architecture's results"),
}


@pytest.mark.parametrize("how", OTHER)
def test_a_file_of_another_kind(short: Database, tmp_path: Path, library: Path, how: str) -> None:
    make, message = OTHER[how]
    path = tmp_path / "NB201.pth"
    path.write_bytes(make(short))
    with pytest.raises(BadValue, match=rf"NB201\.pth.*{message}"):
        run(path)
    refused(library)


def test_no_file(tmp_path: Path, library: Path) -> None:
    for path in (tmp_path / "gone.pth", tmp_path):
        with pytest.raises(BadValue, match=rf"{path} cannot be"):
            run(path)
    refused(library)


def test_a_file_that_is_called_like_the_release_and_is_another(content: Database, path: Path, library: Path) -> None:
    named = path.rename(path.with_name("NAS-Bench-201-v1_1-096897.pth"))
    with pytest.raises(
        BadValue, match=r"NAS-Bench-201-v1_1-096897\.pth is named like the official release but its MD5"
    ):
        run(named)
    refused(library)
