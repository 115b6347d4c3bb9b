"""Scores that others published for NAS-Bench-201, judged by the 200-epoch test accuracy: the known correlations."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from harness.core import TabularBenchmark
from harness.experiment.config import read_experiment
from harness.experiment.runner import run
from harness.registry import load
from harness.results import Results
from harness.results import load as load_results
from harness.spaces.nb201 import Nb201
from harness.statistics.rank import kendall, spearman
from proxies.given.column import Column
from reports.summary.proxy import summarize_proxies
from reports.tables.proxy_table import proxy_table
from tabular.library import import_tables

EXPERIMENTS = Path(__file__).parents[1] / "experiments"
SCORES, SHARED = "nb201_zerocost.parquet", "nb201_weightsharing.parquet"
CLASSES = {"cifar10": 10, "cifar100": 100}


class Known(NamedTuple):
    """A published column, its label in the experiment, and how it ranks the cells that it scores."""

    label: str
    file: str
    column: str
    kendall: float
    spearman: float
    n: int
    dataset: str = "cifar10"


KNOWN = (
    Known("nbsz synflow", SCORES, "nbsz_synflow_cifar10", 0.5812, 0.7778, 9_445),
    Known("nbsz jacob_cov", SCORES, "nbsz_jacov_cifar10", 0.6150, 0.7992, 9_444),
    Known("nbsz naswot", SCORES, "nbsz_nwot_cifar10", 0.6243, 0.8114, 9_444),
    Known("nbsz grasp", SCORES, "nbsz_grasp_cifar10", 0.3776, 0.5371, 9_445),
    Known("nbsz plain", SCORES, "nbsz_plain_cifar10", -0.2341, -0.3515, 9_445),
    Known("freerea log_synflow", SCORES, "freerea_logsynflow_cifar10", 0.6301, 0.8260, 15_625),
    Known("freerea naswot", SCORES, "freerea_naswot_cifar10", 0.5981, 0.7849, 15_424),
    Known("one-shot", SHARED, "oneshot_acc", 0.4841, 0.6764, 15_625),
    Known("few-shot", SHARED, "fewshot_acc", 0.5504, 0.7409, 15_625),
    Known("freerea linear_regions", SCORES, "freerea_nregions_cifar100", 0.6159, 0.8023, 15_625, "cifar100"),
)


def rounded(score: np.ndarray, truth: np.ndarray) -> tuple[float, float, int]:
    """Tau-b, rho, and the architectures that have a score."""
    known = ~np.isnan(score)
    return round(kendall(score[known], truth[known]), 4), round(spearman(score[known], truth[known]), 4), known.sum()


@pytest.fixture(scope="module")
def home(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the tables, made as README and docs/datasets.md say."""
    folder = tmp_path_factory.mktemp("home")
    for dataset, classes in CLASSES.items():
        columns = [f"val12_{dataset}=valid_accuracy@12:0", f"test200_mean_{dataset}=test_accuracy@200"]
        options = {"space": "nb201", "index": "idx", "classes": classes, "columns": columns}
        import_tables("table", real_data / "nb201_accuracy.parquet", f"nb201-{dataset}", out=folder, **options)
    return folder


@pytest.fixture
def here(home: Path, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the published files in it."""
    monkeypatch.setenv("NASGAUGE_DATA", str(home))
    monkeypatch.chdir(tmp_path)
    for file in (SCORES, SHARED):
        (tmp_path / file).symlink_to(real_data / file)
    return tmp_path


@pytest.mark.real_data
@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.column)
def test_each_column_ranks_as_published(known: Known, here: Path, real_data: Path) -> None:
    space = Nb201()
    truth = pd.read_parquet(real_data / "nb201_accuracy.parquet").set_index("idx")[f"test200_mean_{known.dataset}"]
    benchmark = SimpleNamespace(space=space)
    proxy = Column(benchmark, seed=0, file=known.file, column=known.column)  # type: ignore[arg-type]
    expected = (known.kendall, known.spearman, known.n)
    assert rounded(proxy.score(space.all()), truth.loc[range(space.size)].to_numpy()) == expected


@pytest.fixture
def results(here: Path) -> Results:
    """What is stored when the experiment is run with the proxies of `KNOWN` alone."""
    wanted = "|".join(known.label for known in KNOWN)
    lines = (EXPERIMENTS / "published-scores.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if "label =" not in line or re.search(f'"({wanted})"', line)]
    (here / "some.toml").write_text("\n".join(kept), encoding="utf-8")
    run(read_experiment(here / "some.toml"), here / "out")
    return load_results(here / "out")


@pytest.mark.real_data
def test_the_experiment_stores_and_reports_the_same(results: Results) -> None:
    for known in KNOWN:
        rows = results.scores[results.scores["proxy"] == known.label]
        part = rows[rows["benchmark"] == f"nb201-{known.dataset}"]
        assert rounded(*part[["score", "truth"]].to_numpy().T) == (known.kendall, known.spearman, known.n)
    study = results.manifest["studies"][0] | {"proxies": ["nbsz jacob_cov", "few-shot"]}
    table = proxy_table(summarize_proxies(study, results.scores, results.truth, results.measured))
    keys = [column.key for column in table.columns]
    shown = {row[0]: dict(zip(keys, row, strict=True)) for row in table.rows}
    for known in (known for known in KNOWN if known.label in study["proxies"]):
        row = shown[known.label]
        assert round(row["kendall_tau_b"].point, 4) == known.kendall
        assert round(row["spearman"].point, 4) == known.spearman
        assert (row["n"], row["dropped"]) == (known.n, 15_625 - known.n)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["published-scores", "zero-cost-nb201", "claims-nb201"])
def test_every_column_that_an_experiment_names_is_there(name: str, here: Path) -> None:
    experiment = read_experiment(EXPERIMENTS / f"{name}.toml")
    specs = [(section, spec) for section in experiment.proxy for spec in section.proxy if spec["name"] == "column"]
    assert specs
    for section, spec in specs:
        benchmark: TabularBenchmark = load("benchmark", section.benchmark[0]["name"])()
        options = {key: value for key, value in spec.items() if key not in ("name", "label")}
        assert np.isfinite(Column(benchmark, seed=0, **options).score(benchmark.space.all()[:1000])).sum() > 500


@pytest.mark.parametrize("name", ["published-scores", "zero-cost-nb201", "claims-nb201"])
def test_every_experiment_can_be_read(name: str) -> None:
    experiment = read_experiment(EXPERIMENTS / f"{name}.toml")
    assert experiment.name == name
    labels = [spec.get("label", spec["name"]) for spec in experiment.proxy[0].proxy]
    assert len(set(labels)) == len(labels)
    assert {claim.proxy for claim in experiment.claim} == (
        {"reduced_epochs", "one-shot", "few-shot", "random_forest"} if name == "claims-nb201" else set()
    )
