"""The shipped weight-sharing experiment in a smaller form: every supernet, scored by the same layer as every proxy."""

from pathlib import Path

import pandas as pd

from harness.experiment.config import Experiment, read_experiment
from harness.experiment.runner import run
from harness.pool import Processes
from harness.registry import accepts
from harness.results import load
from reports.build import report

SHIPPED = Path(__file__).parents[1] / "experiments" / "weight-sharing.toml"
SUPERNETS = Path(__file__).parents[1] / "proxies" / "weight_sharing"


def quick(name: str) -> dict[str, int]:
    """Options that keep a proxy short; none for those that train no supernet."""
    options = {"epochs": 3, "watch": 10, "candidates": 5, "snapshots": 1}
    return {key: value for key, value in options.items() if is_supernet(name) and accepts("proxy", name, key)}


def is_supernet(name: str) -> bool:
    return (SUPERNETS / f"{name}.py").exists()


def smaller(experiment: Experiment) -> Experiment:
    """Three epochs of training, thirty cells, one seed."""
    (section,) = experiment.proxy
    specs = [spec | quick(spec["name"]) for spec in section.proxy]
    return experiment.model_copy(
        update={"proxy": [section.model_copy(update={"proxy": specs, "architectures": 30, "seeds": 1})]}
    )


def test_the_shipped_experiment_runs_and_reports_in_a_smaller_form(tmp_path: Path) -> None:
    experiment = read_experiment(SHIPPED)
    run(smaller(experiment), tmp_path / "results", Processes(2))
    results = load(tmp_path / "results")
    scores = results.scores.groupby("proxy")["score"]
    labels = {spec["label"] for spec in experiment.proxy[0].proxy if is_supernet(spec["name"])}
    named = {spec["name"] for spec in experiment.proxy[0].proxy}
    assert {path.stem for path in SUPERNETS.glob("[a-z]*.py")} <= named, "every supernet is judged"
    assert all(scores.get_group(label).between(0, 100).all() for label in labels)
    assert set(results.history["proxy"]) == labels
    report([tmp_path / "results"], tmp_path / "report")
    claims = pd.read_csv(next((tmp_path / "report" / "tables").glob("claims*.csv")))
    assert len(claims) == len(experiment.claim)
