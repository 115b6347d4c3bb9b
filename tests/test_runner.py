import hashlib
from pathlib import Path

import numpy as np
import pytest

from harness.core import Fidelity
from harness.errors import BadValue, NasgaugeError
from harness.experiment.build import open_benchmark
from harness.experiment.config import Experiment, read_experiment
from harness.experiment.proxy_block import draw
from harness.experiment.runner import run
from harness.pool import Processes
from harness.results import load
from harness.statistics.rank import kendall
from tabular.content import Content, Values
from tabular.store import write_table
from tabular.vocabulary import KNOWN

EXPERIMENT = """name = "small"
[[search]]
benchmark = "synthetic"
algorithm = ["random_search", "regularized_evolution", "hyperband"]
seeds = 60
budget = { seconds = 100 }
[[proxy]]
benchmark = "synthetic"
proxy = ["params", { name = "reduced_epochs", epochs = 1 }, { name = "random_forest", train = 20 }]
architectures = 40
seeds = 2
"""


@pytest.fixture
def experiment(data: Path, tmp_path: Path) -> Experiment:
    (tmp_path / "small.toml").write_text(EXPERIMENT)
    return read_experiment(tmp_path / "small.toml")


def content(folder: Path) -> dict[str, str]:
    """What must be the same however often a run was killed: all but clocks, machine and log."""
    kept = [folder / "manifest.json", *folder.glob("search/*"), *folder.glob("proxy/*"), *folder.glob("truth/*")]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def test_results_hold_every_run_once(experiment: Experiment, tmp_path: Path) -> None:
    run(experiment, tmp_path / "out")
    results = load(tmp_path / "out")
    runs = results.searches.groupby(["algorithm", "seed"])
    assert len(runs) == 3 * 60
    assert (runs["step"].max() + 1 == runs.size()).all()
    assert (runs["charged"].sum() - runs["finished"].max()).abs().max() < 1e-9
    assert (results.searches["regret"] >= 0).all()
    first = results.searches[results.searches["step"] == 0]
    assert (first["valid"] == -first["loss"]).all()
    for _, forest in results.scores[results.scores["proxy"] == "random_forest"].groupby("seed"):
        assert kendall(forest["score"], forest["truth"]) > 0.3
    assert results.scores.groupby(["proxy", "seed"]).size().eq(40).all()
    archs = results.scores.groupby(["proxy", "seed"])["arch"].apply(tuple).unstack("proxy")
    assert (archs["params"] == archs["random_forest"]).all()
    assert (archs.loc[0] != archs.loc[1]).all()
    assert set(results.measured["kind"]) == {"search", "proxy"}
    assert len(results.measured) == 3 * 60 + 3 * 2
    counted = results.measured[results.measured["kind"] == "search"].set_index(["label", "seed"])["n"]
    assert counted.to_dict() == runs.size().to_dict()


def test_only_what_learns_pays_for_training_and_the_rest_for_what_it_read(
    experiment: Experiment, tmp_path: Path
) -> None:
    run(experiment, tmp_path / "out")
    cost = load(tmp_path / "out").scores.groupby("proxy")[["evaluation_seconds", "trained"]].mean()
    assert cost.loc["params"].tolist() == [0, 0]
    assert 1 < cost.loc["reduced_epochs", "evaluation_seconds"] < 3
    assert cost.loc["random_forest", "trained"] == 20
    assert 2 < cost.loc["random_forest", "evaluation_seconds"] < 6  # 20 full trainings shared by 40 scores


def test_what_is_learned_from_is_never_scored(data: Path) -> None:
    table = open_benchmark({"name": "synthetic"})
    truth = table.table("test_accuracy", table.fidelities[-1])
    scored, training = draw(table, truth, {"unique": True, "architectures": 40}, 20, seed=0)
    assert (len(scored), len(training), len({*scored, *training})) == (40, 20, 60)


def test_workers_change_nothing(experiment: Experiment, tmp_path: Path) -> None:
    run(experiment, tmp_path / "one")
    run(experiment, tmp_path / "two", Processes(2))
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_finished_folder_is_left_as_it_is(experiment: Experiment, tmp_path: Path) -> None:
    run(experiment, tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")}
    calls: list[tuple[int, int]] = []
    run(experiment, tmp_path / "out", progress=lambda done, total, _: calls.append((done, total)))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")} == before
    assert calls == [(15, 15)]


def test_a_lost_shard_is_made_again(experiment: Experiment, tmp_path: Path) -> None:
    run(experiment, tmp_path / "out")
    whole = content(tmp_path / "out")
    lost = sorted((tmp_path / "out" / "search").iterdir())[3]
    lost.unlink()
    with pytest.raises(BadValue, match=r"is unfinished: 1 of 15 blocks are missing; run it again"):
        load(tmp_path / "out")
    run(experiment, tmp_path / "out")
    assert content(tmp_path / "out") == whole


@pytest.mark.parametrize("content", [None, b"", b'{"sessions": [{"beg'])
def test_a_finished_folder_gets_a_lost_environment_again(
    experiment: Experiment, tmp_path: Path, content: bytes | None
) -> None:
    run(experiment, tmp_path / "out")
    path = tmp_path / "out" / "environment.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadValue, match=r"environment\.json is missing or damaged"):
        load(tmp_path / "out")
    run(experiment, tmp_path / "out")
    load(tmp_path / "out")


def test_the_folder_of_another_experiment_is_refused_and_kept(experiment: Experiment, tmp_path: Path) -> None:
    run(experiment, tmp_path / "out")
    before = content(tmp_path / "out")
    other = tmp_path / "other.toml"
    other.write_text(EXPERIMENT.replace("seconds = 100", "seconds = 50"))
    with pytest.raises(BadValue, match=r"holds the results of another experiment .*name another folder with --out"):
        run(read_experiment(other), tmp_path / "out")
    assert content(tmp_path / "out") == before


def test_a_second_run_in_the_same_folder_is_refused(experiment: Experiment, tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BadValue, match=r"another process is running in"):
            run(experiment, tmp_path / "out")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"params"', '"parms"', "no proxy is called 'parms'. Did you mean 'params'"),
        ('"hyperband"', '"hyperbnd"', "no algorithm is called 'hyperbnd'. Did you mean 'hyperband'"),
        ('"synthetic"', '"sintetic"', "no benchmark is called 'sintetic'. Did you mean 'synthetic'"),
        ('"hyperband"', '{ name = "hyperband", etta = 3 }', "hyperband is called 'etta'. Did you mean 'eta'"),
        ("seconds = 100", "seconds = 0", "a budget of 0(.0)? seconds"),
        ("seeds = 60", 'seeds = 60\nobjective = "test_accuracy"', "measured on test data"),
        ("seeds = 60", 'seeds = 60\nobjective = "valid_accurcy"', "Did you mean 'valid_accuracy'"),
        ("architectures = 40", "architectures = 40000", "architectures = 40000: synthetic knows the truth of 6466"),
        ("architectures = 40", 'architectures = 40\ntruth = { fidelity = { epochs = 9, schedule = 9}}', "no fidelity"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_anything_is_written(
    data: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in EXPERIMENT
    (tmp_path / "bad.toml").write_text(EXPERIMENT.replace(old, new))
    with pytest.raises(NasgaugeError, match=message):
        run(read_experiment(tmp_path / "bad.toml"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_grid_and_an_experiment_have_an_end(data: Path, tmp_path: Path) -> None:
    options = "".join(f", o{k} = {list(range(10))}" for k in range(10))
    for old, new, message in [
        ('"hyperband"', f'{{ name = "hyperband"{options} }}', r"grid of 10,000,000,000 items; compare at most 10,000"),
        ("seeds = 60", "seeds = 1000000", r"more than 50,000 blocks of runs: give fewer seeds"),
        ("seeds = 2\n", "seeds = 1000000\n", r"more than 50,000 blocks of runs"),
    ]:
        assert old in EXPERIMENT
        (tmp_path / "large.toml").write_text(EXPERIMENT.replace(old, new))
        with pytest.raises(BadValue, match=message):
            run(read_experiment(tmp_path / "large.toml"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_of_means_has_no_training_to_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every evaluation would fail, one after the other."""
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path))
    values = np.linspace(50, 90, 15625, dtype=np.float32)[:, None, None]
    metrics = tuple(KNOWN[name] for name in ("valid_accuracy", "test_accuracy"))
    columns = tuple(Values(metric.name, (Fidelity(12, 12),), None, values) for metric in metrics)
    write_table(tmp_path / "tables" / "means", Content("nb201", metrics, columns, {"source": "synthetic"}))
    search = {"benchmark": "means", "algorithm": "random_search", "budget": {"evaluations": 3}, "seeds": 1}
    drawn = Experiment.model_validate({"name": "x", "search": [search]})
    with pytest.raises(BadValue, match=r'means knows valid_accuracy as a mean .*; write trial = "mean"'):
        run(drawn, tmp_path / "out")
    run(Experiment.model_validate({"name": "x", "search": [search | {"trial": "mean"}]}), tmp_path / "out")
    assert np.isfinite(load(tmp_path / "out").searches["loss"]).all()
