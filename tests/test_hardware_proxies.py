"""What an architecture costs: sums over a measured table, and sums that are learned."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import harness.latency.study
from harness.cli import main
from harness.errors import BadValue
from harness.experiment.build import build
from harness.experiment.config import read_experiment
from harness.experiment.runner import run
from harness.latency.counted import counted
from harness.latency.layout import layout_of
from harness.latency.study import draw
from harness.latency.table import read_table, write_table
from harness.results import load
from harness.spaces.nats_sss import NatsSss
from harness.spaces.nb201 import CONV3, NONE, SKIP, Nb201
from harness.statistics.rank import kendall
from harness.trust import trust

SPACE = Nb201()


def proxy(name: str, space: Any = SPACE, **options: Any) -> Any:
    return build("proxy", {"name": name, **options}, SimpleNamespace(space=space, name="made up"), seed=0)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "latency.json"
    write_table(counted(layout_of("digits"), "digits"), path)
    return str(path)


class TestLatencyTable:
    def test_the_faster_the_higher(self, file: str) -> None:
        table, archs = read_table(Path(file)), draw(20, 0)
        found = proxy("latency_table", file=file)
        assert found.score(archs).tolist() == [-table.latency(arch) for arch in archs]
        assert found.score([(SKIP,) * 6])[0] > found.score([(CONV3,) * 6])[0]
        assert found.fingerprint == table.fingerprint
        assert found.score([]).shape == (0,)

    def test_what_cannot_be_looked_up_is_refused(self, file: str) -> None:
        with pytest.raises(BadValue, match="say which table to look in"):
            proxy("latency_table")
        with pytest.raises(BadValue, match=r"are of nb201, not of nats_sss"):
            proxy("latency_table", NatsSss(), file=file)


class TestSummedCost:
    def test_it_finds_a_sum_also_of_operations_that_do_not_matter(self) -> None:
        weights = np.random.default_rng(0).random(30)
        archs = [SPACE.sample(np.random.default_rng(k)) for k in range(300)]
        costs = SPACE.one_hot(archs) @ weights
        found, forest = proxy("summed_cost"), proxy("random_forest")
        for one in (found, forest):
            one.fit(archs[:60], costs[:60])
        assert kendall(found.score(archs[60:]), -costs[60:]) > 0.95
        assert found.score(archs[60:]) == pytest.approx(-costs[60:], abs=0.2)
        assert kendall(forest.score(archs[60:]), -costs[60:]) < 0.6

    def test_few_are_enough_where_an_operation_costs_the_same_everywhere(self) -> None:
        costs_of = np.array([0.0, 0.1, 1.0, 4.0, 2.0])
        archs = [SPACE.sample(np.random.default_rng(k)) for k in range(200)]
        costs = costs_of[np.array(archs)].sum(1)
        found = proxy("summed_cost", train=15)
        found.fit(archs[:15], costs[:15])
        assert kendall(found.score(archs[15:]), -costs[15:]) > 0.85

    def test_any_space_will_do(self) -> None:
        space = NatsSss()
        archs = [space.sample(np.random.default_rng(k)) for k in range(150)]
        costs = np.array(archs) @ [1.0, 2.0, 3.0, 4.0, 5.0]
        found = proxy("summed_cost", space)
        found.fit(archs[:80], costs[:80])
        assert kendall(found.score(archs[80:]), -costs[80:]) > 0.8

    def test_failed_measurements_teach_nothing(self) -> None:
        archs = [SPACE.sample(np.random.default_rng(k)) for k in range(20)]
        costs = np.arange(20.0)
        first, second = proxy("summed_cost"), proxy("summed_cost")
        first.fit(archs, costs)
        second.fit([*archs, (NONE,) * 6, (CONV3,) * 6], np.array([*costs, np.inf, np.nan]))
        assert first.score(archs).tolist() == second.score(archs).tolist()

    def test_mistakes(self) -> None:
        with pytest.raises(BadValue, match=r"train = 1 of summed_cost"):
            proxy("summed_cost", train=1)
        with pytest.raises(BadValue, match="learned nothing yet"):
            proxy("summed_cost").score([(SKIP,) * 6])
        with pytest.raises(BadValue, match="1 finite costs of 2"):
            proxy("summed_cost").fit([(SKIP,) * 6, (CONV3,) * 6], np.array([1.0, np.inf]))


def command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr("sys.argv", ["nasgauge", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0


STUDY = """name = "latency"
[[proxy]]
benchmark = "mine"
truth = { metric = "latency" }
objective = "latency"
proxy = [
    { name = "latency_table", file = "FILE" },
    { name = "negated", proxy = "flops", label = "few FLOPs" },
    { name = "summed_cost", train = 20 },
    { name = "ridge", train = 20 },
]
architectures = 40
seeds = 1
"""


def test_measured_networks_become_a_benchmark_that_proxies_are_judged_by(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path / "data"))
    table = read_table(Path(file))
    monkeypatch.setattr(
        harness.latency.study, "sweep_networks", lambda dataset, archs, clock: (table.latency(arch) for arch in archs)
    )
    csv = tmp_path / "networks.csv"
    command(monkeypatch, "latency", "networks", "--out", csv, "--architectures", 60)
    (advice,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("a benchmark: nasgauge ")]
    command(monkeypatch, *advice.replace("NAME", "mine").split()[3:])
    (tmp_path / "study.toml").write_text(STUDY.replace("FILE", file))
    trust(None)  # the commands have drawn a line
    run(read_experiment(tmp_path / "study.toml"), tmp_path / "out")
    scores = load(tmp_path / "out").scores
    taus = {label: kendall(own["score"], -own["truth"]) for label, own in scores.groupby("proxy")}
    assert taus["latency_table"] == pytest.approx(1)
    assert taus["few FLOPs"] > 0.4
    assert taus["summed_cost"] > 0.4
    assert taus["ridge"] > 0.4


def test_the_commands_measure_and_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "made" / "latency.json"
    command(monkeypatch, "latency", "measure", "--out", path, "--sweeps", 6)
    assert "stage 1 nor_conv_3x3" in capsys.readouterr().out
    command(monkeypatch, "latency", "check", path, "--architectures", 4)
    said = capsys.readouterr().out
    assert "Kendall's tau" in said
    assert "mean relative error" in said
    monkeypatch.setattr("sys.argv", ["nasgauge", "latency", "measure", "--out", str(path), "--space", "nb101"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "give nb201" in capsys.readouterr().err
