"""Every LaTeX table compiles as it stands and as part of a paper, and is no wider than its text."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from reports_factory import fabricate, search_study

from harness.results import Results
from harness.statistics.bootstrap import Interval
from reports.build import Setup, build_report
from reports.summary.proxy import summarize_proxies
from reports.summary.runs import runs_of
from reports.summary.search import summarize_search
from reports.tables.algorithms_table import algorithms_table
from reports.tables.as_latex import as_latex
from reports.tables.proxies_table import proxies_table
from reports.tables.search_table import search_table
from reports.tables.table import Column, Missing, Table, explained

PDFLATEX = shutil.which("pdflatex")
pytestmark = [
    pytest.mark.latex,
    pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not here: install texlive-latex-recommended"),
]

HOSTILE = '<script>alert("x")</script>&_%$#{}~^\\|'
FOREIGN = "naïve–Łódź μ中文🤖 “ά” ≤½ \u202e"
LABELS = (
    "random_search", "regularized_evolution", "local_search", "successive_halving", "predictor_evolution(epsilon=0.25)",
)  # fmt: skip
PREDICTORS = ("random_forest(train=20)", "random_forest(train=100)")
CLAIMS = [
    {"text": "reduced training ranks as well as full training, at a quarter of the cost", "proxy": proxy, "low": 0.5}
    for proxy in ("reduced_epochs", "reduced_data", "synflow", "params")
]
OVERFULL = re.compile(r"Overfull \\[hv]box \(([\d.]+)pt")


def compile_latex(folder: Path, name: str) -> str:
    """Run pdflatex on a file of the folder; returns its log."""
    command = [str(PDFLATEX), "-halt-on-error", "-interaction=nonstopmode", name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    return (folder / name).with_suffix(".log").read_text(encoding="utf-8", errors="replace")


def paper(folder: Path, tables: Sequence[str], width: float = 6.5) -> str:
    """Compile a paper with the tables in its table environments; returns the log."""
    floats = "\n".join(
        rf"\begin{{table}}\centering\caption{{T}}\input{{{name}}}\end{{table}}\clearpage" for name in tables
    )
    (folder / "paper.tex").write_text(
        rf"\documentclass{{article}}\usepackage[textwidth={width}in]{{geometry}}\usepackage{{booktabs,graphicx}}"
        rf"\begin{{document}}Text.{floats}\resizebox{{3in}}{{!}}{{\input{{{tables[0]}}}}} The end.\end{{document}}",
        encoding="utf-8",
    )
    return compile_latex(folder, "paper.tex")


def overfull(log: str) -> list[float]:
    """By how many points boxes are too wide or too high."""
    return [float(points) for points in OVERFULL.findall(log)]


@pytest.fixture(scope="module")
def results() -> Results:
    proxies = ("params", "synflow", "reduced_epochs", *PREDICTORS)
    made = fabricate(runs=5, steps=5, architectures=30, seeds=1, algorithms=LABELS, proxies=proxies)
    made.manifest["experiment"]["claim"] = CLAIMS
    return made


@pytest.fixture(scope="module")
def across(results: Results) -> list[Table]:
    """Algorithms and proxies on several data sets, with gaps, and one search."""
    study = results.manifest["studies"][1]
    proxy = summarize_proxies(study, results.scores, results.truth, results.measured)
    searches, proxies = [], []
    for i, name in enumerate(("nats_tss_cifar10", "nats_tss_cifar100", "nats_tss_ImageNet16-120")):
        search = search_study(i, LABELS, 5, i < 2) | {"benchmark": name}
        searches.append(summarize_search(runs_of(search, results.records[0][i:])))
        proxies.append(proxy._replace(study=study | {"benchmark": name}, rows=proxy.rows[i:]))
    return [algorithms_table(searches, "std"), proxies_table(proxies), search_table(searches[0])]


@pytest.fixture(scope="module")
def folder(results: Results, across: list[Table], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a report, and those over data sets."""
    out = tmp_path_factory.mktemp("latex") / "report"
    build_report([results], out, Setup(only="tables"))
    for table in across:
        (out / "tables" / f"{table.name}.tex").write_text(as_latex(table), encoding="utf-8")
    return out / "tables"


def test_every_table_of_a_report_compiles_alone_and_in_a_paper(folder: Path) -> None:
    names = sorted(path.stem for path in folder.glob("*.tex"))
    assert {"algorithms", "proxies", "search_0", "proxy_1", "claims", "ledger", "training_sizes_1"} <= set(names)
    for name in names:
        assert overfull(compile_latex(folder, f"{name}.tex")) == []
    log = paper(folder, names)
    assert overfull(log) == []
    assert f"({len(names) + 1} pages" in log


@pytest.mark.parametrize("width", [4.8, 5.5])
def test_tables_fit_into_narrower_texts(width: float, across: list[Table], tmp_path: Path) -> None:
    for table in across:
        (tmp_path / f"{table.name}.tex").write_text(as_latex(table, width), encoding="utf-8")
    assert overfull(paper(tmp_path, [table.name for table in across], width)) == []


@pytest.mark.parametrize("name", [HOSTILE, FOREIGN, "x" * 150, "-" * 3, "[0.5]", "\\end{document}", "\x07\x7f"])
def test_names_of_any_kind_compile(name: str, tmp_path: Path) -> None:
    value = Interval(-0.5, -0.7, -0.3)
    x = Column("x", name, str, max, tied=frozenset({1}))
    columns = (Column(name, name), x, Column("w", name), Column("p", name, prose=True))
    rows = ((name, 0.5, name, f"{name} " * 5), ("b", value, "b", name), ("c", Missing(name), "", ""))
    table = explained(Table("t", name, columns, rows, ((name, 1.0, "", ""),), (name,), name))
    (tmp_path / "t.tex").write_text(as_latex(table), encoding="utf-8")
    assert overfull(compile_latex(tmp_path, "t.tex")) == []
    assert overfull(paper(tmp_path, ["t"])) == []


def test_a_report_with_hostile_names_compiles(tmp_path: Path) -> None:
    results = fabricate(runs=3, steps=4, architectures=20, algorithms=("random_search", HOSTILE), proxies=(FOREIGN,))
    for study in results.manifest["studies"]:
        study["benchmark"] = HOSTILE + FOREIGN
        study["unit"] = "µs·%"
    build_report([results], tmp_path / "report", Setup(only="tables"))
    names = sorted(path.stem for path in (tmp_path / "report" / "tables").glob("*.tex"))
    assert {"search_0", "proxy_1", "ledger"} <= set(names)
    assert overfull(paper(tmp_path / "report" / "tables", names)) == []


def test_a_table_longer_than_a_page_says_so_and_is_not_cut_off(tmp_path: Path) -> None:
    values = np.arange(120)
    table = Table("t", "Long.", (Column("n", "n"), Column("x", "x", str)), tuple((f"row {i}", int(i)) for i in values))
    text = as_latex(table)
    assert "% 120 rows: longer than a page." in text
    (tmp_path / "t.tex").write_text(text, encoding="utf-8")
    log = compile_latex(tmp_path, "t.tex")
    assert overfull(log) == []
    assert "(1 page" in log
