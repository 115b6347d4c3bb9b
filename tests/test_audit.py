import bz2
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.commands.audit import audit_file
from harness.core import Fidelity, Metric
from harness.errors import BadValue, NasgaugeError, UnknownName
from harness.spaces.nb201 import Nb201
from tabular.audit import audit
from tabular.audit.finding import Finding, Source
from tabular.audit.names import read_claims
from tabular.content import Content, Values
from tabular.store import write_table
from tabular.vocabulary import KNOWN

SPACE = Nb201()
CELLS = 300
SHORT, LONG, CUT = Fidelity(12, 12), Fidelity(200, 200), Fidelity(12, 200)
SEEDS = (777, 888, 999)
VALTEST = Metric("valtest_accuracy", "%", True, "test")
METRICS = (
    *(KNOWN[name] for name in ("valid_accuracy", "test_accuracy", "seconds", "params", "latency")),
    VALTEST,
)
UNDER = "test data under a validation name"
UNSAID = "one seed of 3, and its name does not say so"
SEARCHED = "validation and test images mixed"

Cells = dict[tuple[str, Fidelity], Any]


def rows_of(indices: Sequence[int]) -> np.ndarray:
    rows = np.full(SPACE.size, -1, np.int32)
    rows[list(indices)] = range(len(indices))
    return rows


def write_synthetic(data: Path, dataset: str) -> Cells:
    """A table of 300 cells in the shape of an imported NATS-Bench; a third of the cells lack seed 777 at 200 epochs."""
    rng = np.random.default_rng(len(dataset))
    quality = rng.uniform(20, 90, (CELLS, 1, 1))
    cells: Cells = {}
    columns = []
    for metric in (*METRICS[:2], VALTEST):
        for fidelities, seeds in (((SHORT,), (111,)), ((Fidelity(11, 200), CUT, Fidelity(199, 200), LONG), SEEDS)):
            values = quality + rng.normal(size=(CELLS, len(fidelities), len(seeds)))
            values = values.round(3).astype(np.float32).astype(np.float64)
            if len(seeds) == 3:
                values[::3, :, 0] = np.nan
            columns.append(Values(metric.name, fidelities, seeds, values))
            cells |= {(metric.name, f): values[:, k] for k, f in enumerate(fidelities)}
    seconds = rng.uniform(7, 20, (CELLS, 1, 1)) * np.array([12, 200])[None, :, None]
    params = rng.integers(100_000, 1_500_000, (CELLS, 1, 1)).astype(float)
    latency = rng.uniform(5, 9, (CELLS, 1, 1))
    columns.append(Values("latency", (SHORT, LONG), SEEDS, latency))
    cells |= {
        ("latency", LONG): latency[:, 0, 0],
        ("seconds", LONG): seconds[:, 1, 0],
        ("params", LONG): params[:, 0, 0],
    }
    columns += [Values("seconds", (SHORT, LONG), None, seconds), Values("params", None, None, params)]
    content = Content("nb201", METRICS, columns, {"source": "synthetic"}, None, rows_of(range(50, 50 + CELLS)))
    write_table(data / "tables" / f"nats_tss-{dataset}", content)
    return cells


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Cells]:
    data = tmp_path_factory.mktemp("data")
    cells = write_synthetic(data, "cifar10")
    cells |= {(f"{metric} 100", f): v for (metric, f), v in write_synthetic(data, "cifar100").items()}
    return data, cells


@pytest.fixture
def truth(written: tuple[Path, Cells], monkeypatch: pytest.MonkeyPatch) -> Cells:
    monkeypatch.setenv("NASGAUGE_DATA", str(written[0]))
    return written[1]


def mean(values: np.ndarray) -> np.ndarray:
    return np.nanmean(values, axis=1)


def write(path: Path, columns: dict[str, Any], **frame: Any) -> Path:
    table = pd.DataFrame({"idx": np.arange(50, 50 + CELLS)} | columns | frame).sample(frac=1, random_state=1)
    table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path)
    return path


def look(path: Path, values: np.ndarray, name: str, **options: Any) -> Finding:
    (finding,) = audit(write(path, {name: values}), **options).findings
    return finding


def identity(finding: Finding) -> tuple[Any, ...]:
    source = finding.sources[0]
    return source.benchmark, source.metric.name, source.fidelity, source.training


VALID, TEST, MIXED = "valid_accuracy", "test_accuracy", "valtest_accuracy"
NAMED = [
    ("val12_acc", VALID, SHORT, 111, []),
    ("val200_mean", VALID, LONG, "mean", []),
    ("validation accuracy", VALID, LONG, "mean", []),
    ("test_acc_hp200", TEST, LONG, "mean", []),
    ("accuracy", TEST, LONG, "mean", []),
    ("val_seed888", VALID, LONG, 888, []),
    ("val_s1", VALID, LONG, 888, []),
    ("val200_2", VALID, LONG, 999, []),
    ("val_epoch199", VALID, LONG, "mean", []),  # counted from 0, as the official libraries do
    ("val12of200", VALID, CUT, "mean", []),
    ("val12", TEST, SHORT, 111, [UNDER]),
    ("bestValAcc", TEST, LONG, "mean", [UNDER]),
    ("x-valid", TEST, LONG, "mean", [UNDER]),
    ("test200", VALID, LONG, "mean", ["validation data under a test name"]),
    ("train_acc", TEST, LONG, "mean", ["test data under a training name"]),
    ("val200", VALID, SHORT, 111, ["epoch 12 of the 12-epoch schedule under a 200-epoch name"]),
    ("val12", VALID, LONG, "mean", ["epoch 200 of the 200-epoch schedule under a 12-epoch name"]),
    ("val_12epochs", VALID, CUT, "mean", ["a 200-epoch schedule cut at epoch 12, which its name does not say"]),
    ("test_mean", TEST, LONG, 888, ["one seed of 3, and its name says mean"]),
    ("test_acc_cifar10", TEST, LONG, 999, [UNSAID]),
    ("test_seed777", TEST, LONG, 888, ["seed 888, not the one of its name"]),
    ("test_oneseed", TEST, LONG, "mean", ["the mean over seeds under the name of one seed"]),
    ("val_cifar100", VALID, LONG, "mean", ["is of data set CIFAR-10, not CIFAR-100"]),
    ("val_loss", VALID, LONG, "mean", ["is accuracy, not loss"]),
    ("valid_acc", MIXED, LONG, "mean", [f"{SEARCHED} under a validation name"]),
    ("test_acc", MIXED, LONG, "mean", [f"{SEARCHED} under a test name"]),
    ("acc", MIXED, LONG, "mean", [SEARCHED]),
    ("valtest", MIXED, LONG, "mean", [f"{SEARCHED}, as its name says: nothing that a search may see"]),
    ("val200", TEST, SHORT, 111, [UNDER, "epoch 12 of the 12-epoch schedule under a 200-epoch name"]),
    ("nasbench201_val_acc1_v1", VALID, LONG, "mean", []),
    ("top1-test-25k-3seeds", TEST, LONG, "mean", []),
    ("val_acc_1", VALID, LONG, 888, []),
    ("value_200", TEST, LONG, "mean", []),
    ("ep200_val_batch12", VALID, SHORT, 111, ["epoch 12 of the 12-epoch schedule under a 200-epoch name"]),
    ("evaluation", TEST, LONG, "mean", []),
]


@pytest.mark.parametrize(("name", "metric", "fidelity", "training", "warnings"), NAMED)
def test_what_a_column_is_and_what_its_name_claims(truth, tmp_path, name, metric, fidelity, training, warnings):
    values = truth[metric, fidelity]
    seeds = (111,) if fidelity == SHORT else SEEDS
    column = mean(values) if training == "mean" else values[:, seeds.index(training)]
    finding = look(tmp_path / "t.parquet", column, name)
    assert identity(finding) == ("nats_tss-cifar10", metric, fidelity, training)
    assert finding.sources[0].seeds == seeds
    assert len(finding.sources) == 1
    assert (finding.column, finding.verdict, finding.agreement) == (name, "same", 1.0)
    assert finding.rows == finding.compared == np.isfinite(column).sum()
    assert list(finding.warnings) == warnings


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("decimals", [0, 1, 2, 3, 17])
def test_rounding(truth, tmp_path, suffix, decimals):
    finding = look(tmp_path / f"t{suffix}", mean(truth[TEST, LONG]).round(decimals), "test")
    assert identity(finding) == ("nats_tss-cifar10", TEST, LONG, "mean")
    assert finding.agreement == 1.0


@pytest.mark.parametrize("kind", ["float32", "Float32", "Float64", "object"])
def test_kinds_of_numbers(truth, tmp_path, kind):
    column = pd.Series(mean(truth[TEST, LONG])).round(1)
    finding = look(tmp_path / "t.parquet", column.map(str) if kind == "object" else column.astype(kind), "test")
    assert identity(finding) == ("nats_tss-cifar10", TEST, LONG, "mean")


def test_numbers_that_are_off_by_more_than_rounding_are_other_numbers(truth, tmp_path):
    finding = look(tmp_path / "t.parquet", mean(truth[TEST, LONG]).round(2) + 0.01, "test")
    assert (finding.verdict, finding.agreement) == ("unknown", 0.0)


@pytest.mark.parametrize(
    ("change", "form"),
    [
        (lambda v: v / 100, "a fraction"),
        (lambda v: (v / 100).round(4), "a fraction"),
        (lambda v: 100 - v, "an error, 100 - accuracy"),
        (lambda v: 1 - v / 100, "an error, 1 - accuracy"),
    ],
)
def test_forms_of_an_accuracy(truth, tmp_path, change, form):
    finding = look(tmp_path / "t.csv", change(mean(truth[TEST, LONG])), "val")
    assert (*identity(finding), finding.sources[0].form) == ("nats_tss-cifar10", TEST, LONG, "mean", form)
    assert finding.warnings == (UNDER,)
    assert f"as {form}" in finding.lines()[0][0]


@pytest.mark.parametrize(
    ("metric", "name", "scale", "fidelity", "form"),
    [
        ("params", "params", 1, None, ""),
        ("params", "size", 1e-6, None, "millions"),
        ("seconds", "time", 1 / 3600, LONG, "hours"),
        ("latency", "latency_256", 1, None, ""),
    ],
)
def test_costs(truth, tmp_path, metric, name, scale, fidelity, form):
    finding = look(tmp_path / "t.csv", truth[metric, LONG] * scale, name)
    assert (*identity(finding), finding.sources[0].form) == ("nats_tss-cifar10", metric, fidelity, "mean", form)
    assert finding.warnings == ()


def one_of_each(values: np.ndarray) -> np.ndarray:
    """Seed 888 in even rows, 999 in odd ones."""
    return np.where(np.arange(CELLS) % 2, values[:, 2], values[:, 1])


@pytest.mark.parametrize(
    ("name", "warnings"),
    [("test_oneseed", ()), ("test", (UNSAID,)), ("test_avg", ("one seed of 3, and its name says mean",))],
)
def test_one_seed_by_row(truth, tmp_path, name, warnings):
    finding = look(tmp_path / "t.parquet", one_of_each(truth[TEST, LONG]), name)
    assert identity(finding) == ("nats_tss-cifar10", TEST, LONG, "any")
    assert "one seed, a different one by row, of 777, 888, 999" in finding.lines()[0][0]
    assert (finding.verdict, finding.warnings) == ("same", warnings)


def test_a_seed_that_some_rows_lack_is_not_what_fills_them(truth, tmp_path):
    values = truth[TEST, LONG]
    finding = look(tmp_path / "t.parquet", np.where(np.isnan(values[:, 0]), values[:, 1], values[:, 0]), "test_oneseed")
    assert identity(finding)[3] == "any"
    only = look(tmp_path / "u.parquet", values[:, 0], "test_oneseed")
    assert (identity(only)[3], only.compared, only.rows) == (777, 200, 200)


def test_seeds_that_no_row_has_and_tables_that_are_almost_the_same(truth, tmp_path, monkeypatch):
    metric, values = KNOWN[TEST], np.full((CELLS, 1, 2), np.nan)
    values[:, 0, 1] = mean(truth[TEST, LONG])
    for name, slips in (("v1", 1), ("v2", 0)):
        values[:slips] += 2
        column = Values(metric.name, (LONG,), (111, 777), values)
        content = Content("nb201", (metric,), [column], {}, None, rows_of(range(50, 50 + CELLS)))
        write_table(tmp_path / "tables" / name, content)
        values[:slips] -= 2
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path))
    finding = look(tmp_path / "t.parquet", values[:, 0, 1], "test_mean")
    assert [identity(finding)] == [("v2", TEST, LONG, 777)]
    assert (len(finding.sources), finding.sources[0].seeds, finding.warnings) == (1, (777,), ())


def test_mixed_splits(truth, tmp_path):
    third = np.arange(CELLS) < 100
    column = np.where(third, mean(truth[TEST, LONG]), mean(truth[VALID, LONG]))
    finding = look(tmp_path / "t.parquet", column, "val200")
    assert (finding.verdict, finding.agreement) == ("mixed", 1.0)
    assert [(s.metric.name, round(share, 3)) for s, share in zip(finding.sources, finding.shares, strict=True)] == [
        (VALID, 0.667),
        (TEST, 0.333),
    ]
    assert finding.warnings == ("mixed splits", UNDER)
    assert finding.lines()[0] == ("a mixture:", 1.0)


def test_a_few_rows_are_no_mixture(truth, tmp_path):
    column = [*mean(truth[TEST, LONG])[:4], *mean(truth[VALID, LONG])[4:8]]
    pd.DataFrame({"idx": range(50, 58), "acc": column}).to_parquet(tmp_path / "t.parquet")
    (finding,) = audit(tmp_path / "t.parquet").findings
    assert (finding.verdict, finding.sources, finding.compared) == ("unknown", (), 8)


def test_what_a_cost_costs_has_no_seed_to_name(truth):
    source = Source("nats_tss", KNOWN["seconds"], LONG, 888, SEEDS)
    assert read_claims("train_time200_seed777").contradictions(source) == []
    assert read_claims("time").contradictions(source) == []
    assert read_claims("time12").contradictions(source) == ["epoch 200 of the 200-epoch schedule under a 12-epoch name"]


def test_a_mixture_of_three_and_of_too_many(truth, tmp_path):
    where = np.arange(CELLS) % 10
    parts = [mean(truth[TEST, LONG]), truth[VALID, SHORT][:, 0]]
    parts += [mean(truth[f"{TEST} 100", LONG]), mean(truth[f"{VALID} 100", LONG])]
    three = np.select([where < 5, where < 8], parts[:2], parts[2])
    finding = look(tmp_path / "t.parquet", three, "acc")
    assert [round(share, 2) for share in finding.shares] == [0.5, 0.3, 0.2]
    assert finding.warnings[0] == "mixed splits and benchmarks and fidelities and seeds"
    other = look(tmp_path / "u.parquet", np.where(where == 9, parts[3], three), "acc")
    assert (other.verdict, other.warnings) == ("unknown", ())
    assert (other.sources[0].metric.name, other.agreement) == (TEST, 0.5)


def test_a_few_slips_are_forgiven_and_more_are_not(truth, tmp_path):
    column = mean(truth[TEST, LONG])
    column[7] += 3
    assert look(tmp_path / "t.parquet", column, "test").agreement == pytest.approx(299 / 300)
    column[[20, 40]] += 3
    finding = look(tmp_path / "u.parquet", column, "test")
    assert (finding.verdict, finding.agreement) == ("unknown", 0.99)


def test_what_cannot_be_known(truth, tmp_path):
    rng = np.random.default_rng(5)
    columns = {
        "n_seeds": np.where(np.arange(CELLS) < 100, 2, 3),
        "n_convs": rng.integers(0, 7, CELLS),
        "alive": np.where(np.arange(CELLS) < 3, 0, 1),
        "chance": np.full(CELLS, 10.0),
        "own": rng.uniform(20, 90, CELLS).round(2),
        "flag": rng.random(CELLS) < 0.5,
        "note": "text",
        "partly": np.where(np.arange(CELLS) == 3, "n/a", "1.5"),
        "none": np.nan,
        "inf": np.where(np.arange(CELLS) < 5, mean(truth[TEST, LONG]), np.inf),
        "copy": np.arange(50, 50 + CELLS),
    }
    findings = {f.column: f for f in audit(write(tmp_path / "t.parquet", columns)).findings}
    verdicts = {
        "n_seeds": "coarse",
        "n_convs": "coarse",
        "alive": "coarse",
        "chance": "coarse",
        "own": "unknown",
        "inf": "same",
    }
    assert {name: f.verdict for name, f in findings.items()} == verdicts
    assert findings["inf"].rows == 5
    assert not any(f.warnings for name, f in findings.items() if name != "inf")


def test_equally_good_sources_are_all_named_and_the_name_decides(truth, tmp_path):
    path = tmp_path / "t.parquet"
    row = pd.DataFrame({"idx": [51], "val12": truth[VALID, SHORT][1]}).round(0)
    row.to_parquet(path)
    (finding,) = audit(path).findings
    assert identity(finding) == ("nats_tss-cifar10", VALID, SHORT, 111)
    assert len(finding.sources) > 4
    assert finding.warnings == ()
    assert finding.lines()[-1] == (f"or {len(finding.sources) - 4} more", None)


def test_ones_are_no_fractions(truth, tmp_path):
    pd.DataFrame({"idx": [51], "alive": [1]}).to_parquet(tmp_path / "t.parquet")
    assert audit(tmp_path / "t.parquet").findings[0].verdict == "unknown"
    pd.DataFrame({"idx": [51], "val": [truth[VALID, SHORT][1, 0] / 100]}).round(2).to_parquet(tmp_path / "t.parquet")
    assert audit(tmp_path / "t.parquet").findings[0].sources[0].form == "a fraction"


@pytest.mark.parametrize("kind", ["lists", "dates", "bytes", "categories", "huge"])
def test_columns_of_other_kinds(truth, tmp_path, kind):
    cells = {
        "lists": [[1.5]] * CELLS,
        "dates": pd.date_range("2020-01-01", periods=CELLS),
        "bytes": [b"1.5"] * CELLS,
        "categories": pd.Categorical(["1.5", "x"] * (CELLS // 2)),
        "huge": np.geomspace(1e-300, 1e308, CELLS),
    }
    verdicts = [f.verdict for f in audit(write(tmp_path / "t.parquet", {kind: cells[kind]})).findings]
    assert verdicts == (["unknown"] if kind == "huge" else [])


def test_rows_that_the_benchmark_lacks_are_not_compared(truth, tmp_path):
    path = tmp_path / "t.parquet"
    column = np.concatenate([np.arange(100.0), mean(truth[TEST, LONG])])
    pd.DataFrame({"idx": [*range(1000, 1100), *range(50, 50 + CELLS)], "test": column}).to_parquet(path)
    (finding,) = audit(path).findings
    assert (finding.verdict, finding.compared, finding.rows) == ("same", CELLS, CELLS + 100)
    pd.DataFrame({"idx": range(1000, 1100), "test": range(100)}).to_parquet(path)
    (finding,) = audit(path).findings
    assert (finding.verdict, finding.compared) == ("unknown", 0)
    assert finding.lines() == [("none of its rows is in the benchmarks", None)]


def test_how_the_architectures_are_found(truth, tmp_path):
    texts = [SPACE.encode(SPACE.all()[i]) for i in range(50, 50 + CELLS)]
    path = write(tmp_path / "t.csv", {"empty": None, "test": mean(truth[TEST, LONG])}, cell=texts)
    found = audit(path)
    assert (found.space, found.key) == ("nb201", "architecture strings in column 'cell', a guess")
    assert found.benchmarks == ("nats_tss-cifar10", "nats_tss-cifar100")
    assert [f.column for f in found.findings] == ["test"]
    assert audit(path, index="idx").key == "official indices in column 'idx'"
    assert audit(path, arch="cell").key == "architecture strings in column 'cell'"
    assert audit(write(tmp_path / "u.csv", {"test": 1.5})).key == "official indices in column 'idx', a guess"


def test_the_space_is_guessed_from_strings(truth, written, tmp_path, monkeypatch):
    data = tmp_path / "two"
    (data / "tables").mkdir(parents=True)
    (data / "tables" / "nats_tss").symlink_to(written[0] / "tables" / "nats_tss-cifar10")
    metric, values = KNOWN["test_accuracy"], np.full((6561, 1, 1), 90.0)
    write_table(
        data / "tables" / "macro",
        Content("nb_macro", (metric,), [Values(metric.name, (Fidelity(50, 50),), None, values)], {}),
    )
    monkeypatch.setenv("NASGAUGE_DATA", str(data))
    texts = [SPACE.encode(SPACE.all()[i]) for i in range(50, 50 + CELLS)]
    path = write(tmp_path / "t.csv", {"test": mean(truth[TEST, LONG])}, cell=texts)
    assert audit(path).space == "nb201"
    assert audit(path, arch="cell").space == "nb201"
    with pytest.raises(BadValue, match="give space, one of nb201, nb_macro"):
        audit(path, index="idx")
    assert audit(path, index="idx", space="nb201").findings[0].verdict == "same"
    for named in (["macro"], ["macro", "nats_tss"]):
        with pytest.raises(BadValue, match="of space nb201, and these tables are to be compared: macro of nb_macro"):
            audit(path, space="nb201", benchmarks=named)


def test_benchmarks_that_are_named(truth, tmp_path):
    column = mean(truth[TEST, LONG])
    assert look(tmp_path / "t.csv", column, "test", benchmarks=["nats_tss-cifar100"]).verdict == "unknown"
    assert look(tmp_path / "t.csv", column, "test", benchmarks=["nats_tss-cifar10"]).verdict == "same"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"benchmarks": ["nats_tss-cifar11"]}, UnknownName, "Did you mean 'nats_tss-cifar1"),
        ({"benchmarks": ["digits"]}, NasgaugeError, "no table|digits"),
        ({"space": "nb202"}, UnknownName, "Did you mean 'nb201'"),
        ({"arch": "cell"}, UnknownName, "no column of the file is called 'cell'"),
        ({"index": "id"}, UnknownName, "Did you mean 'idx'"),
        ({"arch": "a", "index": "idx"}, BadValue, "name one of the two"),
        ({"index": "test"}, BadValue, "is no index of nb201"),
    ],
)
def test_options_that_cannot_be(truth, tmp_path, options, error, message):
    path = write(tmp_path / "t.csv", {"test": mean(truth[TEST, LONG])})
    with pytest.raises(error, match=message):
        audit(path, **options)


def test_files_that_cannot_be(truth, tmp_path, monkeypatch):
    with pytest.raises(BadValue, match="No such file"):
        audit(tmp_path / "none.csv")
    pd.DataFrame({"a": [1.5], "b": ["x"]}).to_csv(tmp_path / "t.csv")
    with pytest.raises(BadValue, match="no column holds strings of nb201"):
        audit(tmp_path / "t.csv")
    pd.DataFrame({"idx": [1, 1], "b": [1.5, 2.5]}).to_csv(tmp_path / "t.csv")
    with pytest.raises(BadValue, match="rows 1 and 2 hold the same architecture"):
        audit(tmp_path / "t.csv")
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path))
    with pytest.raises(BadValue, match="no table is imported"):
        audit(tmp_path / "t.csv")


def test_command(truth, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("harness.commands._console.console.width", 150)
    path = write(tmp_path / "t.csv", {"test200": mean(truth[TEST, LONG])})
    audit_file(path, None, None, None, None)
    said = capsys.readouterr().out
    assert "test_accuracy of nats_tss-cifar10, 200 epochs, mean over seeds 777, 888, 999" in said
    assert "300 of 300" in said
    assert "100.00%" in said
    assert "nb201: official indices in column 'idx', a guess; compared with nats_tss-cifar10, nats_tss-cifar100" in said
    assert "warning" not in said
    assert "note" not in said
    write(path, {"val200": mean(truth[TEST, LONG])})
    with pytest.raises(SystemExit) as end:
        audit_file(path, "nb201", None, "idx", ["nats_tss-cifar10"])
    assert end.value.code == 1
    assert f"warning: val200: {UNDER}\n" in capsys.readouterr().out


def import_sample(folder: Path, data: Path) -> None:
    """What two real files of NATS-Bench hold for CIFAR-10 and CIFAR-100, as tables."""
    indices = (0, 11)
    files = [pickle.loads(bz2.decompress((folder / f"{i:06d}.pickle.pbz2").read_bytes())) for i in indices]
    sources = {
        "cifar10": [
            ("cifar10-valid", 0.5, {"x-valid": VALID, "ori-test": TEST}),
            ("cifar10", 1.0, {"ori-test": TEST}),
        ],
        "cifar100": [("cifar100", 1.0, {"x-valid": VALID, "x-test": TEST, "ori-test": MIXED})],
    }
    for name, trained in sources.items():
        columns = []
        for dataset, fraction, splits in trained:
            for schedule in (12, 200):
                runs = [file[str(schedule)]["all_results"] for file in files]
                seeds = tuple(sorted(seed for d, seed in runs[0] if d == dataset))
                fidelities = tuple(Fidelity(e + 1, schedule, fraction) for e in range(schedule))
                trials = [[run[dataset, seed] for seed in seeds] for run in runs]
                for split, metric in splits.items():
                    values = curves(trials, schedule, lambda t, e, s=split: t["eval_acc1es"].get(f"{s}@{e}", np.nan))
                    columns.append(Values(metric, fidelities, seeds, values))
                seconds = curves(trials, schedule, lambda t, e: t["train_times"][e] * (e + 1))
                columns.append(Values("seconds", fidelities, seeds, seconds))
        metrics = tuple(m for m in METRICS if any(column.metric == m.name for column in columns))
        content = Content("nb201", metrics, columns, {"source": "two files"}, None, rows_of(indices))
        write_table(data / "tables" / f"nats_tss-{name}", content)


def curves(trials: list[list[Any]], epochs: int, get: Callable[[Any, int], float]) -> np.ndarray:
    return np.array([[[get(trial, e) for trial in row] for e in range(epochs)] for row in trials], dtype=float)


@pytest.mark.real_data
def test_the_real_table(real_data, tmp_path, monkeypatch):
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path))
    import_sample(real_data / "nats_sample" / "NATS-tss-v1_0-3ffb9-simple", tmp_path)
    found = {f.column: f for f in audit(real_data / "nb201_accuracy.parquet").findings}
    half = [Fidelity(12, 12, 0.5), Fidelity(200, 200, 0.5)]
    expected = {
        "val12_cifar10": ("cifar10", VALID, half[0], "mean"),
        "test12_cifar10": ("cifar10", TEST, SHORT, 111),
        "val12_cifar100": ("cifar100", VALID, SHORT, 111),
        "test12_cifar100": ("cifar100", TEST, SHORT, 111),
        "test200_mean_cifar10": ("cifar10", TEST, LONG, "mean"),
        "test200_oneseed_cifar10": ("cifar10", TEST, LONG, 888),
        "test200_mean_cifar100": ("cifar100", TEST, LONG, "mean"),
        "test200_oneseed_cifar100": ("cifar100", TEST, LONG, 999),
        "test200_cifar10_halfdata_mean_nb201v1": ("cifar10", TEST, half[1], "mean"),
        "train_time200_s_cifar10": ("cifar10", "seconds", half[1], "mean"),
        "train_time200_s_cifar100": ("cifar100", "seconds", LONG, "mean"),
        **{f"val200_cifar10_s{k}": ("cifar10", VALID, half[1], seed) for k, seed in enumerate(SEEDS)},
    }
    for name, (dataset, *rest) in expected.items():
        assert identity(found[name]) == (f"nats_tss-{dataset}", *rest), name
        assert (found[name].verdict, found[name].compared, found[name].warnings) == ("same", 2, ()), name
    assert found["val12_cifar10"].sources[0].seeds == (111, 777)
    assert found["test12_cifar10"].rows == 15625
    for k, seed in enumerate(SEEDS):
        mixed = found[f"valtest200_cifar100_s{k}"]
        assert identity(mixed) == ("nats_tss-cifar100", MIXED, LONG, seed)
        assert mixed.warnings == (f"{SEARCHED}, as its name says: nothing that a search may see",)
    for dataset, fidelity in (("cifar10", half[1]), ("cifar100", LONG)):
        naslib = found[f"val200_naslib_{dataset}"]  # published as validation accuracy
        assert identity(naslib) == (f"nats_tss-{dataset}", TEST, fidelity, 888)
        assert naslib.warnings == (UNDER, UNSAID)
    assert found["n_seeds"].verdict == "coarse"
    assert found["acc_nb360_ninapro"].verdict == "unknown"
