"""Latencies: how the time is taken, tables of operations, whole networks, and what is made of them."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import harness.latency.clock
import harness.latency.study
from harness.core import Arch
from harness.costs.nb201 import flops
from harness.errors import BadValue, UnknownName
from harness.latency.check import check_table, clock_of
from harness.latency.clock import Clock, median_of
from harness.latency.counted import CALL, MULTIPLY_ADD, counted
from harness.latency.layout import Layout, Stage, layout, layout_of
from harness.latency.measure import about, measure_table
from harness.latency.networks import cell, images, network, operation, parts, pruned, single
from harness.latency.study import Wanted, beside, draw, measure_study
from harness.latency.table import LatencyTable, StageTimes, Timing, read_table, write_table
from harness.live.official_network import nb201_network
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP, Nb201

QUICK = Clock(sweeps=6, runs=1, warm_up=0, least=1e-6)
DEAD: Arch = (CONV3, NONE, NONE, SKIP, NONE, POOL)
"""Only the skip from the input to the output matters."""


def silent(done: int, total: int, what: str) -> None:
    assert done <= total


def timing(milliseconds: float) -> Timing:
    return Timing(milliseconds, milliseconds, milliseconds, 9)


def table() -> LatencyTable:
    """Two stages whose numbers can be added by hand."""
    operations = {"skip_connect": 0.0, "nor_conv_1x1": 1.0, "nor_conv_3x3": 4.0, "avg_pool_3x3": 2.0}
    times = [
        StageTimes(stage, timing(0.5), timing(0.25), {name: timing(k * ms) for name, ms in operations.items()})
        for k, stage in enumerate((Stage(16, 32, 5), Stage(32, 16, 2)), 1)
    ]
    shape = Layout((3, 32, 10), tuple(one.stage for one in times))
    return LatencyTable("cifar10", shape, {"stem": timing(3.0), "head": timing(1.0)}, tuple(times), about(QUICK))


class Tick:
    """A clock that stands still but for the calls that are timed; each call takes the next of these milliseconds."""

    def __init__(self, *milliseconds: float) -> None:
        self.now, self.calls, self._taken = 0.0, 0, itertools.cycle(milliseconds)

    def thread_time_ns(self) -> float:
        return self.now

    def __call__(self) -> None:
        self.calls += 1
        self.now += 1e6 * next(self._taken)


def test_a_sweep_is_the_median_of_its_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    tick = Tick(2.0, 2.0, 1.0, 50.0, 3.0)  # one to see how long it takes, one to warm up, three that count
    monkeypatch.setattr(harness.latency.clock, "time", tick)
    assert Clock(runs=3, warm_up=1).sweep(tick) == 3.0
    assert tick.calls == 5


def test_short_calls_are_repeated_until_the_clock_can_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    tick = Tick(0.01)
    monkeypatch.setattr(harness.latency.clock, "time", tick)
    assert Clock(runs=2, warm_up=0, least=0.5).sweep(tick) == pytest.approx(0.01)
    assert tick.calls == 1 + 2 + 4 + 8 + 16 + 32 + 64 + 2 * 64


def test_torch_has_its_threads_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = torch.get_num_threads(), []
    monkeypatch.setattr(harness.latency.clock, "cores", lambda: before + 1)
    Clock(threads=before + 1, sweeps=6, runs=1, least=1e-6).sweep(lambda: seen.append(torch.get_num_threads()))
    assert set(seen) == {before + 1}
    assert torch.get_num_threads() == before


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    assert median_of([5.0, 1, 4, 2, 3, 6]) == Timing(3.5, 1, 6, 6)
    assert median_of([float(k) for k in range(1, 10)]) == Timing(5, 2, 8, 9)
    rng = np.random.default_rng(0)
    drawn = [median_of(rng.exponential(size=9).tolist()) for _ in range(2000)]
    held = np.mean([one.low <= np.log(2) <= one.high for one in drawn])
    assert held == pytest.approx(1 - 2 * 10 / 512, abs=0.012)  # binomial: at most one of nine below, or above


@pytest.mark.parametrize(
    ("options", "says"),
    [({"sweeps": 5}, "sweeps = 5"), ({"batch": 0}, "batch = 0"), ({"threads": 0}, "threads"),
     ({"threads": 100_000}, r"threads = 100000: this process may use \d+ cores"), ({"least": 0}, "least"),
     ({"device": "abacus"}, "cannot be used")],
)  # fmt: skip
def test_bad_clocks_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(BadValue, match=says):
        Clock(**options)


def test_layouts_are_those_of_the_benchmarks() -> None:
    assert layout_of("digits") == Layout((1, 8, 10), (Stage(8, 4, 2),))
    assert layout_of("cifar10").stages == (Stage(16, 32, 5), Stage(32, 16, 5), Stage(64, 8, 5))
    assert layout((3, 32, 10), 8, 1).stages == (Stage(8, 32, 1), Stage(16, 16, 1), Stage(32, 8, 1))
    with pytest.raises(UnknownName, match="Did you mean 'digits'"):
        layout_of("digit")


@pytest.mark.parametrize("dataset", ["digits", "cifar10"])
def test_the_parts_make_a_network(dataset: str) -> None:
    found = layout_of(dataset)
    fixed = {part.name: part for part in parts(found, "cpu")}
    x = images(fixed["stem"].shape, 2, "cpu")
    with torch.inference_mode():
        x = fixed.pop("stem").module(x)
        head = fixed.pop("head")
        for stage in found.stages:
            assert x.shape[1:] == (stage.channels, stage.pixels, stage.pixels)
            x = cell(found, stage, (CONV3,) * 6)(x)
            if fixed:
                between = fixed.pop(next(iter(fixed)))
                assert x.shape[1:] == between.shape
                x = between.module(x)
        assert head.module(x).flatten(1).shape == (2, 10)


def test_dead_operations_are_neither_built_nor_counted() -> None:
    assert pruned(DEAD) == single(SKIP)
    assert pruned((CONV3,) * 6) == (CONV3,) * 6
    sizes = [sum(p.numel() for p in network(layout_of("cifar10"), arch).parameters()) for arch in (DEAD, single(SKIP))]
    assert sizes[0] == sizes[1]
    assert table().latency(DEAD) == table().latency(single(SKIP))


def test_pruning_changes_nothing_that_is_computed() -> None:
    arch: Arch = (CONV3, CONV1, NONE, SKIP, NONE, NONE)
    x = images((3, 32, 32), 2, "cpu")
    whole, lean = nb201_network(arch, 10).eval(), network(layout_of("cifar10"), arch)
    state = whole.state_dict()
    lean.load_state_dict({name: state[name] for name in lean.state_dict()})
    with torch.inference_mode():
        assert torch.equal(whole(x), lean(x))


def test_a_tables_sum_is_added_up_by_hand() -> None:
    # fixed 4; cells 7 x 0.5; weights of an operation: 5 x once + 2 x twice = 9; an addition: 7 x 0.25
    rest = 4 + 3.5
    assert table().rest == rest
    assert table().operations().tolist() == [0, 0, 9, 36, 18]
    assert table().latency((NONE,) * 6) == rest
    assert table().latency(single(CONV3)) == rest + 36
    assert table().latency((CONV3, NONE, NONE, CONV1, SKIP, NONE)) == rest + 36 + 9 + 1.75
    assert table().latency((SKIP,) * 6) == rest + 3 * 1.75


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_table(table(), tmp_path / "latency.json")
    found = read_table(tmp_path / "latency.json")
    assert found._replace(fingerprint="") == table()
    assert len(found.fingerprint) == 64


@pytest.mark.parametrize(
    "change",
    [{"format": 2}, {"unit": "s"}, {"space": "nb101"}, {"stages": []}, {"fixed": {"stem": {"median": 1}}},
     {"fixed": {"stem": {"median": -1, "low": -1, "high": 1, "sweeps": 9}}}],
)  # fmt: skip
def test_what_is_no_table_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "latency.json"
    write_table(table(), path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BadValue, match=r"is no table of latencies.*nasgauge latency measure"):
        read_table(path)
    path.write_text("{")
    with pytest.raises(BadValue, match="is no table of latencies"):
        read_table(path)
    with pytest.raises(BadValue, match=r"cannot be read.*nasgauge latency measure"):
        read_table(tmp_path / "nowhere.json")


def test_measured_times_are_plausible() -> None:
    found = measure_table("cifar10", Clock(sweeps=6, runs=1, warm_up=1), silent)
    assert list(found.fixed) == ["stem", "block 1", "block 2", "head"]
    assert found.layout == layout_of("cifar10")
    for times in found.stages:
        assert times.operations["nor_conv_3x3"].median > 5 * times.operations["skip_connect"].median
    assert found.fixed["block 1"].median > found.fixed["head"].median
    assert clock_of(found) == Clock(sweeps=6, runs=1, warm_up=1)
    assert found.about["machine"]["processor"]


def test_counting_gives_the_multiply_adds_of_the_official_network() -> None:
    found = counted(layout_of("cifar10"), "cifar10")
    for arch in [(CONV3,) * 6, (CONV1, SKIP, CONV3, NONE, CONV1, CONV3)]:
        convolutions = 15 * sum(option in (CONV1, CONV3) for option in arch)
        calls = (convolutions + 1 + 1 + 2 * 4) * CALL  # stem, head, blocks
        multiply_adds = flops(arch, 10) * 1e6 - 10  # which counts the head's biases too
        assert found.latency(arch) == pytest.approx(calls + multiply_adds * MULTIPLY_ADD)


def test_operations_are_what_they_are_called() -> None:
    found = layout_of("digits")
    (stage,) = found.stages
    kinds = [type(operation(found, stage, option)).__name__ for option in (SKIP, CONV1, CONV3, POOL)]
    assert kinds == ["Identity", "ReluConvBn", "ReluConvBn", "AvgPool2d"]


class TestStudy:
    WANTED = Wanted("digits", 5, 3)

    def faked(self, monkeypatch: pytest.MonkeyPatch, fail_after: int | None = None) -> list[int]:
        """Each network takes as many milliseconds as its place in the list says; returns how often it was asked."""
        asked: list[int] = []

        def sweep(dataset: str, archs: list[Arch], clock: Clock) -> Iterator[float]:
            if fail_after is not None and len(asked) == fail_after:
                raise KeyboardInterrupt
            asked.append(len(archs))
            yield from (k + 1.0 for k in range(len(archs)))

        monkeypatch.setattr(harness.latency.study, "sweep_networks", sweep)
        return asked

    def test_an_interrupted_study_goes_on(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        path = tmp_path / "new" / "latency.csv"
        self.faked(monkeypatch, fail_after=2)
        with pytest.raises(KeyboardInterrupt):
            measure_study(path, self.WANTED, QUICK, silent)
        assert np.isnan(pd.read_csv(path)["low_ms"]).all()
        asked = self.faked(monkeypatch)
        frame = measure_study(path, self.WANTED, QUICK, silent)
        assert asked == [5] * 4
        assert frame["latency_ms"].tolist() == [1, 2, 3, 4, 5]
        assert [Nb201().decode(text) for text in frame["arch"]] == draw(5, 3)
        pd.testing.assert_frame_equal(pd.read_csv(path), frame)
        assert self.faked(monkeypatch) == []
        pd.testing.assert_frame_equal(measure_study(path, self.WANTED, QUICK, silent), frame)
        more = measure_study(path, self.WANTED, Clock(sweeps=7, runs=1, warm_up=0, least=1e-6), silent)
        assert len(more.columns) == len(frame.columns) + 1

    def test_another_measurement_is_not_mixed_in(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.faked(monkeypatch)
        path = tmp_path / "latency.csv"
        measure_study(path, self.WANTED, QUICK, silent)
        for wanted, clock in ((Wanted("digits", 5, 4), QUICK), (self.WANTED, Clock(batch=2))):
            with pytest.raises(BadValue, match=r"was measured otherwise.*--out"):
                measure_study(path, wanted, clock, silent)
        whole = path.read_text()
        for time in ("9" * 400, "-" + "9" * 5000, "0", ""):
            path.write_text(f"{whole.rpartition(',')[0]},{time}\n")
            with pytest.raises(BadValue, match="is damaged"):
                measure_study(path, self.WANTED, QUICK, silent)
        path.write_text(whole + "a,b\n" + "a,1\n" * 200_000 + "a,b\n")
        with pytest.raises(BadValue, match="is damaged"):
            measure_study(path, self.WANTED, QUICK, silent)
        path.write_text(whole)
        beside(path).unlink()
        with pytest.raises(BadValue, match="is damaged"):
            measure_study(path, self.WANTED, QUICK, silent)

    def test_architectures_are_different_classes(self) -> None:
        archs = draw(40, 0)
        assert len(set(archs)) == 40
        assert [Nb201().canonical(arch) for arch in archs] == archs
        assert draw(40, 1) != archs
        with pytest.raises(BadValue, match="give 2 to 6466"):
            draw(6467, 0)

    def test_a_true_table_agrees_with_the_networks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def sweep(dataset: str, archs: list[Arch], clock: Clock) -> Iterator[float]:
            yield from (2 * table().latency(arch) for arch in archs)

        monkeypatch.setattr(harness.latency.study, "sweep_networks", sweep)
        found = check_table(table(), 30, 0, silent)
        assert found.tau == pytest.approx(1)
        assert found.rho == pytest.approx(1)
        assert found.error == pytest.approx(0.5)
        assert found.bias == pytest.approx(-0.5)

    def test_a_table_that_nobody_measured_cannot_be_checked(self) -> None:
        with pytest.raises(BadValue, match="does not say how it was measured"):
            check_table(counted(layout_of("digits"), "digits"), 5, 0, silent)

    def test_real_networks_are_timed(self, tmp_path: Path) -> None:
        frame = measure_study(tmp_path / "a.csv", Wanted("digits", 3, 0), QUICK, silent)
        assert (frame["latency_ms"] > 0).all()
        assert ((frame["low_ms"] <= frame["latency_ms"]) & (frame["latency_ms"] <= frame["high_ms"])).all()


def test_nothing_global_is_drawn_from() -> None:
    before = torch.get_rng_state()
    network(layout_of("digits"), (CONV3,) * 6)
    parts(layout_of("cifar10"), "cpu")
    cell(layout_of("digits"), Stage(8, 4, 2), DEAD)
    assert torch.equal(torch.get_rng_state(), before)
