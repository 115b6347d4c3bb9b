"""What is made of the beginning of a learning curve."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import trained as t
from curves_table import DIVERGED, FINAL, FLAT, HOLES, CurvesTable, OtherTask, Untracked
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from harness.algorithms._curves import chance_below
from harness.benchmarks.digits_live import DigitsLive
from harness.core import Fidelity, Proxy, Query
from harness.errors import BadValue, UnknownName, Unmeasured
from harness.live.training import Recipe, Training
from harness.registry import load
from harness.statistics.rank import kendall
from proxies.low_fidelity.power_law import extrapolate

TABLE = CurvesTable()
ARCHS = TABLE.space.all()
LOSS, ACCURACY = TABLE.values["train_loss"][0], TABLE.values["valid_accuracy"][0]
FORMULAS = ("last_value", "sotl", "sotl_e", "sotl_ema", "power_law", "curve_ensemble")
EVERY = (*FORMULAS, "lc_svr")


def make(name: str, benchmark: Any = TABLE, seed: int = 0, **options: Any) -> Proxy:
    """The proxy, taught the final losses of twenty architectures where it learns."""
    proxy: Proxy = load("proxy", name)(benchmark, seed=seed, **({"train": 20} if name == "lc_svr" else {}) | options)
    if proxy.train:
        proxy.fit(ARCHS[:20], -ACCURACY[:20, -1])
    return proxy


class TestSums:
    @pytest.mark.parametrize(
        ("name", "options", "formula"),
        [
            ("sotl", {"epochs": 5}, lambda losses: losses[:, :5].sum(1)),
            ("sotl", {}, lambda losses: losses[:, 0] + losses[:, 1]),
            ("sotl", {"epochs": 1}, lambda losses: losses[:, 0]),
            ("sotl_e", {"epochs": 5}, lambda losses: losses[:, 4]),
            ("sotl_e", {"epochs": 5, "last": 3}, lambda losses: losses[:, 2] + losses[:, 3] + losses[:, 4]),
            ("sotl_ema", {"epochs": 3, "gamma": 0.5}, lambda x: x[:, 0] / 4 + x[:, 1] / 2 + x[:, 2]),
            ("sotl_ema", {"epochs": 2}, lambda losses: 0.999 * losses[:, 0] + losses[:, 1]),
            ("sotl_ema", {"epochs": 4, "gamma": 0}, lambda losses: losses[:, 3]),
            ("sotl_ema", {"epochs": 4, "gamma": 1}, lambda losses: losses[:, :4].sum(1)),
            ("last_value", {"epochs": 6, "metric": "train_loss"}, lambda losses: losses[:, 5]),
        ],
    )
    def test_of_training_losses(
        self, name: str, options: dict[str, Any], formula: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    ) -> None:
        scores, expected = make(name, **options).score(ARCHS), -formula(LOSS)
        kept = np.isfinite(LOSS[:, :2]).all(1) if options.get("epochs") != 1 else np.full(len(LOSS), True)
        np.testing.assert_allclose(scores[kept], expected[kept], rtol=1e-12)
        assert np.isnan(scores[~kept]).all()

    def test_what_is_to_be_maximised_is_not_negated(self) -> None:
        np.testing.assert_allclose(make("sotl", metric="valid_accuracy").score(ARCHS[:3]), ACCURACY[:3, :2].sum(1))
        np.testing.assert_array_equal(make("last_value", epochs=4).score(ARCHS[8:12]), ACCURACY[8:12, 3])

    @pytest.mark.parametrize(("options", "column"), [({"trial": 1}, 1), ({"seed": 3}, 1), ({"seed": 2}, 0)])
    def test_the_seeds_take_turns(self, options: dict[str, Any], column: int) -> None:
        expected = TABLE.values["valid_accuracy"][column, 0, 1]
        assert make("last_value", **options).score([ARCHS[0]]) == expected
        mean = make("last_value", trial="mean").score([ARCHS[0]])
        assert mean == TABLE.values["valid_accuracy"][:, 0, 1].mean()


def scipy_power_law(curve: NDArray[np.float64], final: int) -> float:
    epochs = np.arange(1.0, len(curve) + 1)
    start = (curve[-1], max(curve[-1] - curve[0], 0.1), 1.0)
    bounds = ([-np.inf, 0, 0.01], [np.inf, np.inf, 10])
    (a, b, c), _ = curve_fit(lambda x, a, b, c: a - b * x**-c, epochs, curve, start, bounds=bounds, max_nfev=20000)
    return float(a - b * final**-c)


class TestPowerLaw:
    def test_a_power_law_is_found(self) -> None:
        epochs, c = np.arange(1, 7), np.array([0.03, 0.5, 1.0, 3.0])
        a, b = np.array([90.0, 80.0, -3.0, 70.0]), np.array([100.0, 0.1, 2.0, 30.0])
        rows = a[:, None] - b[:, None] * epochs ** -c[:, None]
        np.testing.assert_allclose(extrapolate(rows, 200), a - b * 200.0**-c, rtol=1e-6)

    @pytest.mark.parametrize("epochs", [4, 6])
    def test_it_is_the_least_squares_of_scipy(self, epochs: int) -> None:
        rows = ACCURACY[8:20, :epochs]
        expected = [scipy_power_law(row, FINAL) for row in rows]
        np.testing.assert_allclose(make("power_law", epochs=epochs).score(ARCHS[8:20]), expected, rtol=1e-4)

    def test_three_points_are_gone_through(self) -> None:
        row = np.array([[50.0, 70.0, 78.0]])
        assert extrapolate(row, 3) == pytest.approx(78.0)
        assert 78 < extrapolate(row, 12).item() < 100

    def test_constant_and_falling_curves_are_extrapolated_by_their_mean(self) -> None:
        rows = np.array([[7.0, 7.0, 7.0, 7.0], [4.0, 3.0, 2.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
        np.testing.assert_allclose(extrapolate(rows, 100), [7.0, 2.5, 0.0])
        for name in ("power_law", "curve_ensemble"):
            assert make(name, epochs=3).score([ARCHS[FLAT]]) == pytest.approx(ACCURACY[FLAT, 0])

    def test_scale_and_shift_go_through(self) -> None:
        rows = ACCURACY[8:20, :5]
        np.testing.assert_allclose(extrapolate(1000 * rows - 5, 8), 1000 * extrapolate(rows, 8) - 5, rtol=1e-6)


class TestCurveEnsemble:
    def test_it_lies_where_the_chance_of_more_is_a_half(self) -> None:
        """The mixture that `chance_below` integrates: nearly symmetric where the families agree."""
        curve = ACCURACY[FLAT + 1, :7]
        score = make("curve_ensemble", epochs=7).score([ARCHS[FLAT + 1]]).item()
        assert chance_below(-curve, tuple(range(1, 9)), -score) == pytest.approx(0.5, abs=0.1)

    def test_it_is_between_the_families(self) -> None:
        rows = np.array([90 - 40 * np.arange(1, 6) ** -1.0])
        score = make("curve_ensemble", benchmark=Given(rows), epochs=5).score([ARCHS[0]]).item()
        assert rows[0, -1] < score < 90
        assert score == pytest.approx(90 - 40 / 8, abs=0.7)

    def test_of_a_complete_curve_it_is_the_smoothed_end(self) -> None:
        end = make("curve_ensemble", epochs=FINAL).score(ARCHS[8:])
        np.testing.assert_allclose(end, ACCURACY[8:, -1], atol=1.0)


class Given(CurvesTable):
    """A table whose first architectures have the given validation curves."""

    def __init__(self, rows: NDArray[np.float64]) -> None:
        super().__init__()
        self.values["valid_accuracy"][:, : len(rows), : rows.shape[1]] = rows


class TestLcSvr:
    def test_it_learns_the_end_from_the_beginning(self) -> None:
        rest = np.arange(20, 60)
        scores = make("lc_svr", epochs=4).score([ARCHS[i] for i in rest])
        assert kendall(scores, ACCURACY[rest, -1]) > 0.7
        assert np.abs(scores - ACCURACY[rest, -1]).mean() < 5

    def test_its_features(self) -> None:
        proxy: Any = make("lc_svr", epochs=4, encoding="one_hot")
        rows = proxy._rows([ARCHS[9]])[0]
        curve = ACCURACY[9, :4]
        np.testing.assert_allclose(rows[:4], curve)
        np.testing.assert_allclose(rows[4:7], curve[1:] - curve[:-1])
        np.testing.assert_allclose(rows[7:9], curve[2:] - 2 * curve[1:-1] + curve[:-2])
        np.testing.assert_array_equal(rows[9:], TABLE.space.one_hot([ARCHS[9]])[0])
        assert len(make("lc_svr", epochs=1)._rows([ARCHS[9]])[0]) == 1  # type: ignore[attr-defined]

    def test_the_encoding_counts(self) -> None:
        plain, encoded = (make("lc_svr", **options).score(ARCHS[20:]) for options in ({}, {"encoding": "one_hot"}))
        assert not np.allclose(plain, encoded)

    def test_failures_and_gaps_teach_nothing(self) -> None:
        scores = []
        for chosen, losses in (
            ([8, 9, 10, 11], [1.0, 3, 2, 5]),
            ([8, HOLES, 9, 10, 11, 12], [1.0, 9, 3, 2, 5, np.inf]),
        ):
            proxy = load("proxy", "lc_svr")(TABLE, seed=0, train=4)
            proxy.fit([ARCHS[i] for i in chosen], np.array(losses))
            scores.append(proxy.score(ARCHS))
        np.testing.assert_array_equal(*scores)
        assert np.flatnonzero(np.isnan(scores[0])).tolist() == [HOLES]

    def test_curves_of_what_it_learned_from_are_paid_already(self) -> None:
        proxy = make("lc_svr", epochs=2)
        assert proxy.spent == 0
        proxy.score([ARCHS[20]])
        assert proxy.spent == pytest.approx(2 * 1.2)
        elsewhere = make("lc_svr", epochs=2, source="curves_table:OtherTask")
        assert elsewhere.spent == pytest.approx(sum(2 * (1 + i / 100) for i in range(20) if i != HOLES))

    def test_mistakes(self) -> None:
        for options in ({"train": 1}, {"nu": 0}, {"nu": 1.5}, {"penalty": 0}, {"penalty": "1"}):
            with pytest.raises(BadValue, match=rf"{next(iter(options))} = .* cannot be used: give a"):
                make("lc_svr", **options)
        with pytest.raises(UnknownName, match="one_hot"):
            make("lc_svr", encoding="one_hut")
        fresh: Proxy = load("proxy", "lc_svr")(TABLE, seed=0)
        with pytest.raises(BadValue, match="learned nothing yet: give fit"):
            fresh.score(ARCHS[:2])
        with pytest.raises(BadValue, match="one loss for each"):
            fresh.fit(ARCHS[:2], np.array([1.0]))
        with pytest.raises(BadValue, match="1 finite losses and curves of 2"):
            fresh.fit([ARCHS[8], ARCHS[HOLES]], np.array([1.0, 2.0]))


@pytest.mark.parametrize("name", EVERY)
class TestEvery:
    def test_gaps_are_missing(self, name: str) -> None:
        scores = make(name, epochs=4).score(ARCHS)
        missing = {HOLES, DIVERGED} if name.startswith("sotl") else {HOLES}
        assert set(np.flatnonzero(~np.isfinite(scores))) == missing
        assert np.isnan(scores[list(missing)]).all()
        assert np.isnan(make(name, epochs=4).score([ARCHS[HOLES]])).all()
        assert make(name, epochs=4).score([]).shape == (0,)

    def test_a_table_and_asking_one_by_one_agree(self, name: str) -> None:
        asked = Untracked()
        scores = make(name, asked, epochs=4).score(ARCHS[20:25])
        np.testing.assert_allclose(scores, make(name, epochs=4).score(ARCHS[20:25]), rtol=1e-7)
        assert asked.asked[-4:] == [1, 2, 3, 4]

    def test_seconds_are_those_of_the_last_epoch(self, name: str) -> None:
        proxy = make(name, epochs=5)
        proxy.score([ARCHS[30], ARCHS[HOLES]])
        proxy.score([ARCHS[40]])
        assert proxy.spent == pytest.approx(5 * (1.3 + 1.4) + 5 * (1 + HOLES / 100))

    def test_what_keeps_no_track_is_paid_for_every_question(self, name: str) -> None:
        proxy = load("proxy", name)(Untracked(), seed=0, epochs=3)
        if name == "lc_svr":
            proxy.fit(ARCHS[20:22], np.array([1.0, 2.0]))
        before = proxy.spent
        proxy.score([ARCHS[30]])
        assert proxy.spent - before == pytest.approx((1 + 2 + 3) * 1.3)

    def test_another_task_is_read_by_name(self, name: str) -> None:
        options: dict[str, Any] = {"metric": "valid_accuracy", "epochs": 3, "source": "curves_table:OtherTask"}
        proxy, there = make(name, **options), make(name, OtherTask(), metric="valid_accuracy", epochs=3)
        np.testing.assert_array_equal(proxy.score(ARCHS), there.score(ARCHS))
        assert proxy.fingerprint == there.fingerprint != make(name).fingerprint
        with pytest.raises(BadValue, match=r"of the space nb_macro, and curves_table of grid: .* same space"):
            make(name, **options | {"source": "curves_table:OtherSpace"})

    @pytest.mark.parametrize("epochs", [0, 9, 2.5, "3", True])
    def test_impossible_epochs(self, name: str, epochs: Any) -> None:
        least = 3 if name in ("power_law", "curve_ensemble") else 1
        with pytest.raises(
            BadValue, match=rf"epochs = {epochs!r} cannot be used: give a whole number from {least} to 8"
        ):
            make(name, epochs=epochs)

    def test_no_curve(self, name: str) -> None:
        benchmark = CurvesTable()
        benchmark.fidelities = (Fidelity(4, 4), Fidelity(8, 8))
        with pytest.raises(
            BadValue, match=r"no learning curve of \w+: of epochs 1 to 4 of its 8-epoch .* none; choose"
        ):
            make(name, benchmark, epochs=4)

    def test_a_curve_with_epochs_left_out(self, name: str) -> None:
        match = r"curve of test_accuracy: of epochs 1 to 8 .* measured 8; it has those of train_loss, valid_accuracy"
        with pytest.raises(BadValue, match=match):
            make(name, metric="test_accuracy", epochs=FINAL)

    def test_mistakes(self, name: str) -> None:
        with pytest.raises(BadValue, match="no trial 2; give one of 0, 1, mean"):
            make(name, trial=2)
        with pytest.raises(UnknownName, match="Did you mean 'train_loss'"):
            make(name, metric="train_los")
        with pytest.raises(UnknownName, match="no benchmark is called"):
            make(name, source="nowhere")


def test_short_trainings_have_no_three_epochs() -> None:
    benchmark = CurvesTable()
    benchmark.fidelities = (Fidelity(1, 2), Fidelity(2, 2))
    with pytest.raises(BadValue, match="trains for 2 epochs: a curve of at least 3 is needed"):
        make("power_law", benchmark)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("sotl_e", {"epochs": 3, "last": 4}, "last = 4 epochs of a curve of 3: give 1 to 3"),
        ("sotl_e", {"last": 0}, "last = 0 cannot be used"),
        ("sotl_ema", {"gamma": 1.1}, "gamma = 1.1 cannot be used: give a number from 0 to 1"),
        ("sotl_ema", {"gamma": math.nan}, "gamma = nan"),
    ],
)
def test_options_out_of_range(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        make(name, **options)


def test_a_trial_that_lacks_an_epoch() -> None:
    class Gap(CurvesTable):
        def table(self, metric: str, fidelity: Fidelity, seed: int | None = None) -> NDArray[np.float64]:
            if fidelity.epochs == 1 and seed == 1:
                raise Unmeasured("not with seed 1.")
            return super().table(metric, fidelity, seed)

    with pytest.raises(Unmeasured, match=r'not with seed 1\. Choose another trial; trial = "mean"'):
        make("sotl", Gap(), trial=1)
    assert np.isfinite(make("sotl", Gap(), trial="mean").score([ARCHS[0]]))


class TestLive:
    def test_one_training_gives_the_curve(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run: list[int] = []
        run_epoch = Training.run_epoch

        def counted(training: Training) -> object:
            run.append(training.epoch + 1)
            return run_epoch(training)

        monkeypatch.setattr(Training, "run_epoch", counted)
        live = DigitsLive()
        sotl, power_law = make("sotl", live, epochs=3), make("power_law", live, epochs=3)
        assert sotl.chunk == power_law.chunk == 20
        scores = sotl.score([t.ARCH, t.DEAD])
        assert run == [1, 2, 3, 1, 2, 3]
        curve = live.curve(Query(t.ARCH, Fidelity(3, 12)), 0)
        assert scores[0] == pytest.approx(-sum(point.metrics["train_loss"] for point in curve))
        assert scores[1] == pytest.approx(-3 * math.log(10), abs=0.2)
        valid = np.array([[point.metrics["valid_accuracy"] for point in curve]])
        assert power_law.score([t.ARCH]) == extrapolate(valid, 12)

    def test_its_seconds_are_every_epoch_and_one_validation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a clock that moves a second at each look, an epoch takes one second to train and one to validate."""
        ticks = iter(range(1000))
        monkeypatch.setattr("time.thread_time", lambda: float(next(ticks)))
        proxy = make("sotl", DigitsLive(), epochs=3)
        proxy.score([t.DEAD, t.DEAD])
        assert proxy.spent == 2 * (3 + 1)

    def test_it_trains_for_a_table(self) -> None:
        digits201 = load("benchmark", "digits201")()
        live = make("last_value", digits201, epochs=1, source="digits_live", metric="train_loss")
        stored = make("last_value", digits201, epochs=1, metric="train_loss")
        assert live.chunk == 20
        assert stored.chunk is None
        assert live.fingerprint != stored.fingerprint
        np.testing.assert_allclose(live.score([t.ARCH, t.DEAD]), stored.score([t.ARCH, t.DEAD]), rtol=0.02)

    def test_a_training_that_diverges_has_no_score_and_is_paid(self) -> None:
        live = DigitsLive()
        live._recipe = Recipe(lr=1e30)
        proxy = make("sotl", live, epochs=2)
        assert np.isnan(proxy.score([t.ARCH]))
        assert proxy.spent > 0


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("last_value", 0.58),
        ("sotl", 0.53),
        ("sotl_e", 0.58),
        ("sotl_ema", 0.53),
        ("power_law", 0.45),
        ("curve_ensemble", 0.45),
    ],
)
def test_three_epochs_tell_of_twelve(name: str, least: float) -> None:
    """On the canonical cells: 0.61, 0.57, 0.61, 0.57, 0.48, 0.48 were measured: on three points, fits add noise."""
    table = load("benchmark", "digits201")()
    archs = [arch for arch in table.space.all()[:6000] if table.space.canonical(arch) == arch]
    truth = table.table("test_accuracy", Fidelity(12, 12))[[table.space.index(arch) for arch in archs]]
    assert kendall(make(name, table, epochs=3).score(archs), truth) > least
