"""Importing NATS-Bench folders: what comes out, what is kept of an interrupted import, and what is refused."""

import bz2
import hashlib
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nats_factory import SSS, TSS, architecture, write_meta, write_sss, write_tss

from harness.core import Fidelity, Query
from harness.errors import BadValue, Unmeasured
from tabular.importers import _folder
from tabular.library import import_tables, imported
from tabular.table import Table

INDICES = (0, 2, 7812, 15624)
NAMES = ["n-ImageNet16-120", "n-cifar10", "n-cifar100"]
REAL = {
    "tss": "c1bf35216c1e1be2e2f8c72c566ad30f9639175d4a2ecc7975aae48bd733ee78",
    "sss": "5705244edd8e25a51999a4884bad45b8ad6b63b5cc1c3a7acac9f699fed16ef0",
}
"""The checksum over every accuracy and loss of the sample files."""


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "tables"


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_folder, "SHARD", 2)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four cells, never to be changed."""
    return write_tss(tmp_path_factory.mktemp("source") / "cells", INDICES, rng=np.random.default_rng(3))


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    """The four cells, to be changed."""
    return Path(shutil.copytree(source, tmp_path / "cells"))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The indices of the files that are read, in their order."""
    indices: list[int] = []
    really_read = _folder._read

    def noted(file: Path, index: int, *rest: Any) -> Any:
        indices.append(index)
        return really_read(file, index, *rest)

    monkeypatch.setattr(_folder, "_read", noted)
    return indices


def run(folder: Path, name: str = "n", **options: Any) -> list[Table]:
    return import_tables("nats_tss", folder, name, **options)


def file_of(folder: Path, index: int) -> Path:
    return folder / f"{index:06d}.pickle.pbz2"


def unpacked(path: Path) -> Any:
    with bz2.open(path) as file:
        return pickle.load(file)


def pack(path: Path, value: Any) -> None:
    path.write_bytes(bz2.compress(pickle.dumps(value, protocol=4), 1))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def trial(content: Any, hp: str = "12", dataset: str = "cifar10") -> dict[str, Any]:
    """The first training of an architecture on the data set."""
    results: dict[Any, dict[str, Any]] = content[hp]["all_results"]
    return next(training for (trained_on, _), training in results.items() if trained_on == dataset)


def checksum(tables: list[Table]) -> str:
    """Over every value but costs, each with the architecture, fidelity and seed that it is of."""
    sha = hashlib.sha256()
    for table in sorted(tables, key=lambda table: table.name):
        costs = {metric.name for metric in table.metrics if metric.split == "cost"}
        content = table.content()
        rows = [] if content.rows is None else np.argsort(content.rows)[-int((content.rows >= 0).sum()) :].tolist()
        sha.update(f"{table.name.partition('-')[2]} {rows}".encode())
        for column in content.columns:
            if column.metric not in costs:
                where = f"{column.metric} {column.fidelities} {column.seeds}"
                sha.update(where.replace(", depth=1.0", "").encode())  # the sums are older than depth
                sha.update(np.ascontiguousarray(column.values, dtype="<f8").tobytes())
    return sha.hexdigest()


def only_refused(library: Path) -> None:
    """Nothing looks finished: there are no tables, and no folders but hidden ones."""
    assert imported() == {}
    assert not library.exists() or all(path.name.startswith(".") for path in library.iterdir())


# What comes out


def test_count_first_middle_last(source: Path) -> None:
    cifar10, cifar100, imagenet = run(source)
    assert [table.name for table in (imagenet, cifar10, cifar100)] == sorted(imported()) == NAMES
    for table in (cifar10, cifar100, imagenet):
        assert (table.measured, table.space.size, table.space.name) == (4, 15625, "nb201")
    assert cifar10.seeds == (111, 777, 888, 999)
    for index in (0, 7812, 15624):
        content, arch = unpacked(file_of(source, index)), cifar10.space.all()[index]
        training = content["12"]["all_results"]["cifar10-valid", 777]
        answer = cifar10.evaluate(Query(arch, Fidelity(12, 12, 0.5)), 777)
        assert answer.metrics["valid_accuracy"] == training["eval_acc1es"]["x-valid@11"]
        assert answer.metrics["train_loss"] == training["train_losses"][11]
        training = content["200"]["all_results"]["ImageNet16-120", 777]
        answer = imagenet.evaluate(Query(arch, Fidelity(200, 200)), 777)
        assert answer.metrics["test_accuracy"] == training["eval_acc1es"]["x-test@199"]
    with pytest.raises(Unmeasured, match="has no such measurement for"):
        cifar10.evaluate(Query(cifar10.space.all()[3], Fidelity(12, 12, 0.5)), 777)


def test_the_size_space(tmp_path: Path) -> None:
    folder = write_sss(tmp_path / "sizes", (0, 16384, 32767), rng=np.random.default_rng(4))
    tables = import_tables("nats_sss", folder, "n")
    for table in tables:
        assert (table.measured, table.space.size, table.space.name) == (3, 32768, "nats_sss")
    for index in (0, 16384, 32767):
        training = unpacked(file_of(folder, index))["90"]["all_results"]["cifar100", 777]
        answer = tables[1].evaluate(Query(tables[1].space.all()[index], Fidelity(45, 90)), 777)
        assert answer.metrics["valid_accuracy"] == training["eval_acc1es"]["x-valid@44"]
        assert answer.metrics["train_top5_accuracy"] == training["train_acc5es"][44]


@pytest.mark.real_data
@pytest.mark.parametrize(("space", "count"), [("tss", 15625), ("sss", 32768)])
def test_checksum_over_all_real_values(real_data: Path, space: str, count: int) -> None:
    (folder,) = (real_data / "nats_sample").glob(f"NATS-{space}-*-simple")
    tables = import_tables(f"nats_{space}", folder, "n")
    assert [(table.measured, table.space.size) for table in tables] == [(2, count)] * 3
    assert checksum(tables) == REAL[space]
    assert tables[0].provenance["release"].startswith(folder.name)


def test_provenance_says_what_was_read_and_checked(source: Path) -> None:
    for table in run(source):
        assert "Dong et al." in table.provenance["source"]
        assert table.provenance["file"].startswith("cells, 4 files, sha256 ")
        assert table.provenance["release"].startswith("unknown file")
        assert "4 of 15,625 architectures" in table.provenance["checks"]
        assert ("no validation signal" in table.provenance["splits"]) == (not table.name.endswith("cifar10"))


def test_both_forms_of_file_names(source: Path, folder: Path, tmp_path: Path) -> None:
    for index in (0, 2, 7812):
        file_of(folder, index).rename(folder / f"{index}.pickle.pbz2")
    long, short = run(source), run(folder, out=tmp_path / "other")
    assert [table.fingerprint for table in long] == [table.fingerprint for table in short]


def test_two_processes_find_the_same(source: Path, tmp_path: Path) -> None:
    one, two = run(source), run(source, out=tmp_path / "other", workers=2)
    assert [table.fingerprint for table in one] == [table.fingerprint for table in two]


def test_the_meta_file_may_be_missing(source: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "meta.pickle.pbz2").unlink()
    without, whole = run(folder), run(source, out=tmp_path / "other")
    assert [table.fingerprint for table in without] == [table.fingerprint for table in whole]


def test_other_files_are_left_alone(source: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "README.txt").write_text("hello")
    (folder / "000003.pickle.pbz2.part").write_text("half")
    assert run(folder)[0].fingerprint == run(source, out=tmp_path / "other")[0].fingerprint


def test_out(source: Path, library: Path, tmp_path: Path) -> None:
    tables = run(source, out=tmp_path / "elsewhere")
    assert sorted(path.name for path in (tmp_path / "elsewhere" / "tables").iterdir()) == NAMES
    assert {table.folder.parent for table in tables} == {tmp_path / "elsewhere" / "tables"}
    assert not library.exists()


def test_progress_counts_architectures(source: Path) -> None:
    calls: list[tuple[int, int]] = []
    run(source, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(2, 4), (4, 4)]


def test_imported_again_nothing_is_written_anew(source: Path, library: Path) -> None:
    run(source)
    before = {path: path.stat().st_mtime_ns for path in library.rglob("*")}
    run(source)
    assert {path: path.stat().st_mtime_ns for path in library.rglob("*")} == before


def test_another_folder_does_not_replace_the_tables(source: Path, folder: Path) -> None:
    before = [table.fingerprint for table in run(source)]
    file_of(folder, 2).unlink()
    with pytest.raises(BadValue, match="already holds another table"):
        run(folder)
    assert sorted(table().fingerprint for table in imported().values()) == sorted(before)
    assert {table.measured for table in run(folder, force=True)} == {3}


# What is kept


def test_an_interrupted_import_goes_on_where_it_was(source: Path, library: Path, tmp_path: Path, read: Any) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(source, progress=stop)
    only_refused(library)
    assert read == [0, 2]
    read.clear()
    calls: list[tuple[int, int]] = []
    resumed = run(source, progress=lambda done, total: calls.append((done, total)))
    assert read == [7812, 15624]
    assert calls == [(4, 4)]
    whole = run(source, out=tmp_path / "other")
    assert [table.fingerprint for table in resumed] == [table.fingerprint for table in whole]
    assert sorted(path.name for path in library.iterdir()) == NAMES


def test_a_bad_file_put_right_costs_its_own_shard_alone(source: Path, folder: Path, library: Path, read: Any) -> None:
    cut(file_of(folder, 7812))
    with pytest.raises(BadValue, match="007812"):
        run(folder)
    only_refused(library)
    assert read[:2] == [0, 2]
    read.clear()
    shutil.copy(file_of(source, 7812), folder)
    assert {table.measured for table in run(folder)} == {4}
    assert read == [7812, 15624]


def test_files_that_changed_are_read_again(source: Path, folder: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(folder, progress=stop)
    pack(file_of(folder, 0), architecture(TSS, 0, np.random.default_rng(99)))
    assert checksum(run(folder)) == checksum(run(folder, out=tmp_path / "other")) != checksum(run(source, "s"))


def test_two_imports_at_once(source: Path) -> None:
    """The second of the same name is refused and spoils nothing; one of another name goes through."""
    others: list[str] = []

    def meanwhile(done: int, total: int) -> None:
        if done == 2:
            with pytest.raises(BadValue, match=r"another process is importing n into .*: wait for it"):
                run(source)
            others.extend(table.name for table in run(source, "m"))

    tables = run(source, progress=meanwhile)
    assert [table.name for table in tables] == ["n-cifar10", "n-cifar100", "n-ImageNet16-120"]
    assert others == ["m-cifar10", "m-cifar100", "m-ImageNet16-120"]
    assert len(imported()) == 6
    assert checksum(tables) == checksum([imported()[name]() for name in others])


# What is refused


def change(index: int, edit: Callable[[Any], object]) -> Callable[[Path], None]:
    """A change of the content of this architecture's file."""

    def apply(folder: Path) -> None:
        content = unpacked(file_of(folder, index))
        edit(content)
        pack(file_of(folder, index), content)

    return apply


def put(index: int, value: Any) -> Callable[[Path], None]:
    return lambda folder: pack(file_of(folder, index), value)


def drop(mapping: Any, *keys: Any) -> None:
    for key in keys:
        del mapping[key]


def rename_seed(content: Any) -> None:
    results = content["12"]["all_results"]
    results["cifar10", "0111"] = results.pop(("cifar10", 111))


def other_data_set(content: Any) -> None:
    results = content["12"]["all_results"]
    results["svhn", 111] = results.pop(("cifar10", 111))


def only_the_middle(content: Any) -> None:
    curves = trial(content)["eval_acc1es"]
    drop(curves, *[key for key in curves if key != "ori-test@5"])


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "renamed": (lambda f: file_of(f, 2).rename(file_of(f, 5)), "000005.*not of architecture 5"),
    "another string": (change(2, lambda c: c["200"].update(arch_str="|none~0|+|none~0|none~1|")), "000002.*it is of"),
    "cut short": (lambda f: cut(file_of(f, 2)), "000002.*cut short"),
    "empty": (lambda f: file_of(f, 2).write_bytes(b""), "000002.*empty"),
    "not packed": (lambda f: file_of(f, 2).write_bytes(pickle.dumps({})), "000002.*not packed by bzip2"),
    "no pickle": (lambda f: file_of(f, 2).write_bytes(bz2.compress(b"hello")), "000002.*no pickle"),
    "a list": (put(2, [1, 2, 3]), "000002.*of another kind"),
    "no results": (put(2, {"12": 5}), "000002"),
    "no trials at all": (put(2, {}), "000002"),
    "no trials in it": (change(2, lambda c: [r["all_results"].clear() for r in c.values()]), "000002"),
    "results missing": (change(2, lambda c: drop(c["12"], "all_results")), "000002.*all_results"),
    "13 epochs": (change(2, lambda c: trial(c).update(epochs=13)), "000002.*13 epochs"),
    "epochs in words": (change(2, lambda c: trial(c).update(epochs="12")), "000002.*'12' epochs"),
    "the schedule of another": (change(2, lambda c: c.update({"12": c["200"]})), "000002"),
    "seed in words": (change(2, rename_seed), "000002.*'0111'"),
    "another data set": (change(2, other_data_set), "000002.*'svhn'"),
    "140 %": (change(2, lambda c: trial(c)["eval_acc1es"].update({"ori-test@3": 140.0})), "000002.*percentage"),
    "-1 %": (change(2, lambda c: trial(c)["train_acc1es"].update({3: -1.0})), "000002.*percentage"),
    "an epoch missing": (change(2, lambda c: drop(trial(c)["train_losses"], 5)), "000002.*train_losses.*epochs"),
    "a time missing": (change(2, lambda c: drop(trial(c)["train_times"], 0)), "000002.*train_times.*epochs"),
    "epoch 12 of 12": (
        change(2, lambda c: trial(c)["eval_losses"].update({"ori-test@12": 1.0})),
        "000002.*ori-test@12",
    ),
    "another image set": (change(2, lambda c: trial(c)["eval_acc1es"].update({"y@0": 1.0})), "000002.*'y@0'"),
    "text for a number": (change(2, lambda c: trial(c)["train_losses"].update({3: "low"})), "000002"),
    "params in words": (change(2, lambda c: trial(c).update(params="many")), "000002"),
    "a loss of 1e300": (change(2, lambda c: trial(c)["train_losses"].update({3: 1e300})), "000002.*can be measured"),
    "params of 1e300": (change(2, lambda c: trial(c).update(params=1e300)), "000002.*params.* beyond what can be"),
    "params missing": (change(2, lambda c: drop(trial(c), "params")), "000002.*params"),
    "latency in words": (change(2, lambda c: trial(c).update(latency=["fast"])), "000002"),
    "twice": (lambda f: shutil.copy(file_of(f, 2), f / "2.pickle.pbz2"), "000002.pickle.pbz2 and 2.pickle.pbz2"),
    "index too large": (lambda f: file_of(f, 2).rename(file_of(f, 15625)), "015625.*0 to 15,624"),
    "a folder": (lambda f: make_folder(file_of(f, 2)), "000002"),
    "a link to nowhere": (lambda f: link_to_nowhere(file_of(f, 2)), "000002"),
    "meta of another benchmark": (lambda f: write_meta(SSS, f), "meta.pickle.pbz2 lists other architectures"),
    "meta without a list": (lambda f: pack(f / "meta.pickle.pbz2", {}), "meta.pickle.pbz2 lists other"),
    "meta of another kind": (lambda f: pack(f / "meta.pickle.pbz2", 5), "meta.pickle.pbz2.*of another kind"),
    "meta cut short": (lambda f: cut(f / "meta.pickle.pbz2"), "meta.pickle.pbz2.*cut short"),
    "no folder": (shutil.rmtree, "cells is no folder"),
    "nothing in it": (lambda f: [path.unlink() for path in f.iterdir()], "cells holds no file of an architecture"),
    "meta alone": (lambda f: [path.unlink() for path in f.glob("0*")], "cells holds no file of an architecture"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_folder_that_cannot_be_used(folder: Path, library: Path, how: str) -> None:
    """The message names the file, and nothing looks finished."""
    damage, message = BROKEN[how]
    damage(folder)
    with pytest.raises(BadValue, match=message):
        run(folder)
    only_refused(library)


def test_what_was_evaluated_in_the_middle_alone_is_measured_there_alone(folder: Path, library: Path) -> None:
    change(2, only_the_middle)(folder)
    run(folder)
    table = imported()["n-cifar10"]()
    cell = table.space.all()[2]
    there = ["test_accuracy" in table.evaluate(Query(cell, Fidelity(e, 12)), None).metrics for e in range(1, 13)]
    assert there == [epoch == 6 for epoch in range(1, 13)]


def test_a_file_for_a_folder(source: Path, library: Path) -> None:
    with pytest.raises(BadValue, match=r"000000.pickle.pbz2 is no folder"):
        run(file_of(source, 0))
    only_refused(library)


def test_the_other_space(source: Path, tmp_path: Path, library: Path) -> None:
    with pytest.raises(BadValue, match=r"meta.pickle.pbz2 lists other architectures"):
        import_tables("nats_sss", source, "n")
    folder = write_sss(tmp_path / "sizes", (0,), rng=np.random.default_rng(0))
    (folder / "meta.pickle.pbz2").unlink()
    with pytest.raises(BadValue, match=r"000000.*it is of '8:8:8:8:8'"):
        run(folder)
    only_refused(library)


class Hostile:
    """Pickled as a call of `os.system`."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


@pytest.mark.parametrize("name", ["000002.pickle.pbz2", "meta.pickle.pbz2"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_hostile_file_runs_nothing(folder: Path, tmp_path: Path, library: Path, name: str, workers: int) -> None:
    canary = tmp_path / "canary"
    content = unpacked(folder / name)
    content["there"] = Hostile(f"touch {canary}")
    pack(folder / name, content)
    with pytest.raises(BadValue, match=f"{name}.*system"):
        run(folder, workers=workers)
    only_refused(library)
    assert not canary.exists()
    unpacked(folder / name)
    assert canary.exists()


def test_one_bad_file_among_many_with_two_processes(folder: Path, library: Path) -> None:
    cut(file_of(folder, 7812))
    with pytest.raises(BadValue, match=r"007812.*cut short"):
        run(folder, workers=2)
    only_refused(library)
