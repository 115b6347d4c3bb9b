"""Searches of several objectives: what is recorded of them, and what reports make of it."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import test_search
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_factory import fabricate, pen

from harness.core import Fidelity, TabularBenchmark
from harness.experiment.build import open_benchmark
from harness.experiment.config import read_experiment
from harness.experiment.runner import run
from harness.recorder import worth_columns, worth_of
from harness.results import Results, load
from harness.statistics.pareto import non_dominated
from harness.statistics.reference import reference_point, unit_scale
from reports.figures.fronts import fronts, staircase, view_of
from reports.figures.hypervolume import hypervolume, is_log
from reports.figures.style import MUTED, STYLES, styled
from reports.page.front_sentences import front_sentences
from reports.parts import parts_of
from reports.plot import Plot
from reports.summary.front_runs import front_run, runs_in, target_of, told_fronts
from reports.summary.fronts import Fronts, fronts_of
from reports.tables.front_coverage_table import front_coverage_table
from reports.tables.table import cells

ALGORITHMS = ("random_search", "nsga2", "parego")
ACCURACY = {"unit": "%", "maximize": True, "split": "test"}
LATENCY = {"unit": "ms", "maximize": False, "split": "cost"}
SIGN = np.array([-1.0, 1.0])
TABLE = np.random.default_rng(0).uniform((60, 1), (95, 40), (400, 2))


def study(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = fabricate(algorithms=ALGORITHMS, proxies=(), runs=6).manifest["studies"][0]
    losses = SIGN * TABLE
    front = np.unique(losses[non_dominated(losses)], axis=0)
    return found | {
        "objectives": ["valid_accuracy", "latency"],
        "budget": {"evaluations": 60, "continuation": "resume"},
        "metrics": {"test_accuracy": ACCURACY, "valid_accuracy": ACCURACY | {"split": "valid"}, "latency": LATENCY},
        "front": (SIGN * front).tolist(),
        "reference": (SIGN * reference_point(losses)).tolist(),
        **changes,
    }


def records(label: str, seeds: int = 6, steps: int = 60, good: float = 0.0, objectives: int = 2) -> pd.DataFrame:
    """Random questions at two fidelities, some asked twice and some failing; the higher `good`, the better ones."""
    rng = np.random.default_rng([len(label), steps])
    order = np.argsort(TABLE[:, 1] - TABLE[:, 0])
    parts = []
    for seed in range(seeds):
        places = (rng.uniform(size=steps) ** (1 + good) * len(TABLE)).astype(int)
        archs = order[places]
        failed = rng.uniform(size=steps) < 0.1
        told = SIGN * TABLE[archs] + (rng.normal(size=(400, 2)) * (2, 0))[archs]
        told[failed] = np.inf
        parts.append(
            pd.DataFrame(
                {"algorithm": label, "seed": seed, "step": np.arange(steps), "arch": archs, "loss": told[:, 0],
                 "loss2": told[:, 1], "true1": TABLE[archs, 0], "true2": TABLE[archs, 1],
                 "fidelity": (rng.uniform(size=steps) < 0.5).astype(int), "reason": np.where(failed, "lost", "")}
            )
        )  # fmt: skip
        if objectives == 3:
            parts[-1] = parts[-1].assign(loss3=told[:, 1] ** 2, true3=TABLE[archs, 1] ** 2)
    return pd.concat(parts, ignore_index=True)


@cache
def frames() -> tuple[pd.DataFrame, ...]:
    return tuple(records(label, good=good) for label, good in zip(ALGORITHMS, (0.0, 1.0, 0.3), strict=True))


@cache
def some() -> Fronts:
    found = fronts_of(study(), frames())
    assert found is not None
    return found


def brute_force(rows: pd.DataFrame) -> set[int]:
    """The architectures that no other dominates by what was told at the highest fidelity, by definition."""
    rows = rows[rows["reason"] == ""]
    rows = rows[rows["fidelity"] == rows["fidelity"].max()]
    told = dict(zip(rows["arch"], zip(rows["loss"], rows["loss2"], strict=True), strict=True))

    def dominated(own: tuple[float, float]) -> bool:
        return any(one != own and one[0] <= own[0] and one[1] <= own[1] for one in told.values())

    return {arch for arch, own in told.items() if not dominated(own)}


class TestWhatARunTakes:
    @pytest.mark.parametrize("label", ALGORITHMS)
    def test_front_is_that_of_the_definition_after_every_evaluation(self, label: str) -> None:
        for rows in runs_in(records(label, seeds=3, steps=30)):
            counts = range(1, 31)
            for count, held in zip(counts, told_fronts(rows, 2, counts), strict=True):
                archs = rows["arch"].to_numpy()[held]
                assert len(archs) == len(set(archs))
                assert set(archs) == brute_force(rows.iloc[:count])

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(1, 60), min_size=1, max_size=5, unique=True).map(sorted))
    def test_front_does_not_depend_on_when_one_looks(self, counts: list[int]) -> None:
        rows = next(runs_in(frames()[1]))
        every = list(told_fronts(rows, 2, range(1, 61)))
        for count, held in zip(counts, told_fronts(rows, 2, counts), strict=True):
            assert held.tolist() == every[count - 1].tolist()

    def test_a_higher_fidelity_counts_alone_and_a_failure_reaches_none(self) -> None:
        rows = pd.DataFrame(
            {"loss": [1.0, 9, 0, 8], "loss2": [1.0, 9, 0, 10], "fidelity": [0, 1, 2, 1], "arch": range(4),
             "reason": ["", "", "lost", ""]}
        )  # fmt: skip
        assert [held.tolist() for held in told_fronts(rows, 2, (1, 2, 3, 4, 9))] == [[0], [1], [1], [1, 3], [1, 3]]

    def test_an_architecture_asked_again_counts_once_and_what_has_no_finite_loss_never(self) -> None:
        rows = pd.DataFrame(
            {"loss": [1.0, 1, 2, 0], "loss2": [2.0, 2, 1, np.inf], "fidelity": 0, "arch": [5, 5, 6, 7], "reason": ""}
        )
        assert [held.tolist() for held in told_fronts(rows, 2, (1, 2, 3, 4))] == [[0], [0], [0, 2], [0, 2]]

    def test_what_is_taken_is_judged_by_what_it_is_worth(self) -> None:
        """What looks best is worth little, and what is worth most was not taken."""
        rows = pd.DataFrame(
            {"algorithm": "a", "seed": 0, "loss": [-99.0, -50], "loss2": [1.0, 2], "true1": [60.0, 90],
             "true2": [1.0, 2], "fidelity": 0, "arch": [0, 1], "reason": ""}
        )  # fmt: skip
        target = target_of(np.array([[-90.0, 1]]), np.array([-50.0, 11.0]))
        found = front_run(rows, SIGN, target, (1, 2))
        assert found.shares.tolist() == pytest.approx([10 * 10 / 400] * 2)
        assert (found.values * SIGN).tolist() == [[60, 1]]

    @pytest.mark.parametrize("objectives", [2, 3])
    def test_numbers_are_those_of_moocore(self, objectives: int) -> None:
        moocore = pytest.importorskip("moocore")
        sign = np.array([-1.0, 1, 1])[:objectives]
        table = sign * np.column_stack([TABLE, TABLE[:, 1] ** 2])[:, :objectives]
        front, reference = np.unique(table[non_dominated(table)], axis=0), reference_point(table)
        volume = moocore.hypervolume(front, ref=reference)
        for rows in runs_in(records("nsga2", seeds=4, objectives=objectives)):
            found = front_run(rows, sign, target_of(front, reference), (10, 60))
            for share, count in zip(found.shares, (10, 60), strict=True):
                archs = sorted(brute_force(rows.iloc[:count]))
                assert share == pytest.approx(moocore.hypervolume(table[archs], ref=reference) / volume)
            worth, scaled = unit_scale(table[archs], table), unit_scale(front, table)
            assert found.igd_plus == pytest.approx(moocore.igd_plus(worth, ref=scaled))
            assert found.epsilon == pytest.approx(moocore.epsilon_additive(worth, ref=scaled))
            assert found.size == len(archs)


class TestAStudy:
    def test_rows_go_from_the_largest_share(self) -> None:
        found = some()
        assert [row.algorithm for row in found.rows] == ["nsga2", "parego", "random_search"]
        for row in found.rows:
            own = found.table[found.table["algorithm"] == row.algorithm]
            assert row.share.point == pytest.approx(own["hypervolume_share"].mean())
            assert row.igd_plus.point == pytest.approx(own["igd_plus"].mean())
            assert row.size.point == pytest.approx(own["size"].mean())
            assert row.runs == len(own) == 6
            assert found.bands[row.algorithm].mean[-1] == pytest.approx(row.share.point)
        assert found.table["hypervolume_share"].between(0, 1).all()

    def test_curves_are_means_over_runs(self) -> None:
        found = some()
        assert found.counts[0] == 1
        assert found.counts[-1] == 60
        target = target_of(SIGN * found.front, SIGN * found.reference)
        runs = [front_run(rows, SIGN, target, found.counts.tolist()) for rows in runs_in(frames()[2])]
        np.testing.assert_allclose(found.bands["parego"].mean, np.mean([one.shares for one in runs], axis=0))
        middle = sorted(runs, key=lambda one: one.shares[-1])[2]
        np.testing.assert_array_equal(found.found["parego"], SIGN * middle.values)

    def test_one_frame_or_several_and_the_order_of_rows_change_nothing(self) -> None:
        whole = pd.concat(frames()).sample(frac=1, random_state=0)
        found = fronts_of(study(), [whole])
        assert found is not None
        assert found.rows == some().rows

    def test_a_run_that_ended_early_keeps_its_front_and_its_curve_ends(self) -> None:
        found = fronts_of(study(), [frames()[0], records("nsga2", steps=25, good=3)])
        assert found is not None
        known = np.isfinite(found.bands["nsga2"].mean)
        assert known.tolist() == [count <= found.counts[known].max() for count in found.counts]
        assert 25 <= found.counts[known].max() < 60
        share = next(row.share.point for row in found.rows if row.algorithm == "nsga2")
        assert found.bands["nsga2"].mean[known][-1] == pytest.approx(share)

    def test_without_an_exact_front_all_that_was_evaluated_is_the_target(self) -> None:
        found = fronts_of(study(front=None, reference=None, live=True), frames())
        assert found is not None
        assert not found.exact
        seen = SIGN * pd.concat(frames())[["true1", "true2"]].to_numpy()
        np.testing.assert_array_equal(SIGN * found.front, np.unique(seen[non_dominated(seen)], axis=0))
        np.testing.assert_allclose(SIGN * found.reference, reference_point(seen))
        assert "all that the study's runs evaluated" in front_coverage_table(found).notes[0]
        assert "of all that was evaluated" in front_sentences(found)[0]

    def test_one_architecture_may_be_the_whole_target(self) -> None:
        """The best in both: the extent of all that was evaluated gives the scale."""
        rows = records("nsga2", seeds=1, steps=2).assign(true1=[90.0, 70], true2=[1.0, 31], fidelity=0, reason="")
        found = fronts_of(
            study(front=None, reference=None), [rows.assign(arch=[0, 1], loss=[-9.0, -7], loss2=[1.0, 2])]
        )
        assert found is not None
        assert found.front.tolist() == [[90, 1]]
        assert found.reference.tolist() == pytest.approx([90 - 2, 1 + 3])
        assert found.rows[0].share.point == 1

    def test_nothing_to_say(self) -> None:
        (single,) = fabricate(algorithms=ALGORITHMS, proxies=()).manifest["studies"]
        assert fronts_of(single | {"objectives": ["valid_accuracy"]}, frames()) is None
        assert fronts_of(single | {"objectives": ["valid_accuracy", "latency"]}, frames()) is None, "an old folder"
        old = [frame.drop(columns=["true1", "true2"]) for frame in frames()]
        assert fronts_of(study(), old) is None
        assert fronts_of(study(), []) is None

    def test_where_everything_failed(self) -> None:
        failed = [frame.assign(loss=np.inf, loss2=np.inf, reason="lost") for frame in frames()]
        found = fronts_of(study(), failed)
        assert found is not None
        assert {row.share.point for row in found.rows} == {0.0}
        assert all(np.isnan(row.igd_plus.point) for row in found.rows)
        assert "nothing tells them apart" in " ".join(front_sentences(found))
        assert front_coverage_table(found).notes[-1] == "a: a run ended without a front."
        with styled("test"):
            plots = [fronts(found, pen(ALGORITHMS)), hypervolume(found, pen(ALGORITHMS))]
        assert [plot.name for plot in plots if plot] == ["fronts_0", "hypervolume_0"]


class TestFigures:
    def draw(self, found: Fronts | None = None) -> tuple[Plot, Plot]:
        with styled("test"):
            one, other = (draw(found or some(), pen(ALGORITHMS)) for draw in (fronts, hypervolume))
        assert one is not None
        assert other is not None
        return one, other

    def test_data_are_all_that_is_drawn(self) -> None:
        one, other = self.draw()
        assert set(one.data) == {"front", "test_accuracy (%)", "latency (ms)"}
        for label, values in {"exact front": some().front, **some().found}.items():
            np.testing.assert_array_equal(one.data[one.data["front"] == label].iloc[:, 1:], values)
        assert len(other.data) == 3 * len(some().counts)
        assert other.data["hypervolume_share"].between(0, 1).all()

    def test_axes_say_which_way_is_better(self) -> None:
        figure = self.draw()[0].figure
        assert figure.axes[0].get_xlabel() == "latency (ms, lower is better)"
        assert figure.axes[0].get_ylabel() == "test_accuracy (%, higher is better)"

    @pytest.mark.parametrize("maximize", [(True, False), (False, True), (True, True), (False, False)])
    def test_a_line_bounds_what_its_front_dominates(self, maximize: tuple[bool, bool]) -> None:
        sign = np.array([-1.0 if up else 1.0 for up in maximize])
        first, second = (one._replace(maximize=up) for one, up in zip(some().objectives, maximize, strict=True))
        values = sign * np.array([[1.0, 9], [3, 4], [8, 2]])
        found = some()._replace(objectives=(first, second), front=values, found={})
        corners = sign[::-1] * staircase(values, found, view_of(found))
        assert corners[1:-1].tolist() == [[2, 8], [4, 8], [4, 3], [9, 3], [9, 1]]
        assert corners[0][0] == 2
        assert corners[0][1] > 8
        assert corners[-1][1] == 1
        assert corners[-1][0] > 9

    def test_a_cost_over_decades_has_a_log_axis_and_an_accuracy_has_none(self) -> None:
        assert not view_of(some()).log_x
        wide = some()._replace(front=np.array([[94.0, 202], [90, 50], [85, 2]]), found={})
        assert not view_of(wide._replace(front=np.array([[94.0, 198], [90, 50], [85, 2]]))).log_x
        assert (view_of(wide).log_x, view_of(wide).log_y) == (True, False)
        with styled("test"):
            plot = fronts(wide, pen(ALGORITHMS))
        assert plot is not None
        assert plot.figure.axes[0].get_xscale() == "log"

    def test_the_few_points_at_chance_level_do_not_stretch_the_axis(self) -> None:
        front = np.array([[94.0, 50], [93, 40], [92, 30], [91, 20], [10, 0.01]])
        view = view_of(some()._replace(front=front, found={}))
        assert view.outside == 1
        assert view.y[0] > 90
        assert view.x[0] > 10
        even = np.array([[94.0, 50], [74, 40], [54, 30], [34, 20], [14, 1]])
        assert view_of(some()._replace(front=even, found={})).outside == 0
        caption = self.draw(some()._replace(front=front))[0].caption
        assert "1 of its 5 points lies outside the axes" in caption
        assert caption.startswith("For each algorithm, the run with the median hypervolume: the set it holds")

    def test_what_is_nearly_covered_is_drawn_by_what_is_missing(self) -> None:
        def shares(last: float) -> Fronts:
            bands = {label: band._replace(mean=band.mean * 0 + last) for label, band in some().bands.items()}
            return some()._replace(bands=bands)

        assert is_log(shares(0.95))
        assert not is_log(shares(0.5))
        assert not is_log(shares(1.0))
        axes = self.draw(shares(0.99))[1].figure.axes[0]
        (line, *_) = axes.lines
        assert np.asarray(line.get_ydata()).tolist() == pytest.approx([2.0] * len(some().counts))
        assert axes.yaxis.get_major_formatter()(2.0) == "99 %"
        assert self.draw(shares(0.5))[1].figure.axes[0].yaxis.get_major_formatter()(0.5) == "50 %"

    def test_many_long_names_fit_into_a_column(self) -> None:
        labels = [f"an_algorithm_of_long_name(option={i}, other={i})" for i in range(12)]
        found = some()._replace(found={label: some().front for label in labels})
        narrow = pen(labels)._replace(style=STYLES["acl"])
        with styled("test", narrow.style):
            plot = fronts(found, narrow)
            assert plot is not None
            plot.figure.draw_without_rendering()
        (legend,), (axes,) = plot.figure.legends, plot.figure.axes
        names = ["".join(text.get_text().split()) for text in legend.get_texts()]
        assert names[1:] == [label.replace(" ", "") for label in labels]
        box, whole = legend.get_window_extent(), plot.figure.bbox
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1
        assert axes.get_window_extent().y1 < box.y0 < box.y1 <= whole.y1
        assert axes.get_window_extent().height > 100

    def test_three_objectives_have_a_hypervolume_alone(self) -> None:
        energy = LATENCY | {"unit": "mJ"}
        three = study(objectives=["valid_accuracy", "latency", "energy"], front=None)
        found = fronts_of(three | {"metrics": three["metrics"] | {"energy": energy}},
                          [records(label, objectives=3, steps=20, seeds=2) for label in ALGORITHMS])  # fmt: skip
        assert found is not None
        assert len(found.objectives) == 3
        with styled("test"):
            assert fronts(found, pen(ALGORITHMS)) is None
            assert hypervolume(found, pen(ALGORITHMS)) is not None


class TestWords:
    def test_table(self) -> None:
        live = some()._replace(study=some().study | {"live": True})
        table = front_coverage_table(live)
        assert table.name == "front_coverage_0"
        body, _ = cells(table)
        assert [row[0].text for row in body] == ["nsga2", "parego", "random_search"]
        assert [cell.best for cell in body[0]] == [False, True, True, True, False, False]
        assert [row[-1].text for row in body] == ["6"] * 3
        assert [row[1].tied for row in body] == [False, True, True]
        weak = front_coverage_table(some())
        assert not any(row[1].tied for row in cells(weak)[0])
        assert [weak.notes[0], *table.notes[:-1]] == [*weak.notes]
        assert weak.notes[0] == "No tests: fewer runs than a claim takes."
        assert float(body[0][1].text.split()[0]) == pytest.approx(100 * some().rows[0].share.point, abs=1)

    def test_sentences(self) -> None:
        first, beside, hint = front_sentences(some())
        assert first.startswith("On digits201, within 60 evaluations, nsga2 covers ")
        assert first.endswith("front of test_accuracy and latency, mean over 6 runs: the largest share.")
        apart = front_sentences(some()._replace(study=some().study | {"live": True}))[1]
        assert apart == "6 runs paired by seed cannot tell any two of them apart, whatever they cover."
        lead = some().loss["random_search"] - some().loss["nsga2"]
        assert beside.startswith("random_search covers ")
        assert beside.endswith(" points on average.")
        assert "[" not in beside
        assert float(beside.split("leads it by ")[1].split()[0]) == pytest.approx(100 * lead.mean(), abs=0.6)
        assert hint == "Underpowered: with 6 runs, take the order of the fronts as a hint only."

    def test_leads_are_tested(self) -> None:
        parts = [records("random_search", seeds=12), records("nsga2", seeds=12, good=1)]
        found = fronts_of(study(live=True), parts)
        assert found is not None
        assert front_sentences(found)[1].startswith("By signed ranks it is better than every other (paired by seed, ")
        found = fronts_of(study(live=True), [*parts, parts[1].assign(algorithm="parego")])
        assert found is not None
        assert front_sentences(found)[1].startswith("parego cannot be told apart from it (paired by seed, ")
        assert front_sentences(found)[1].endswith("; random_search is worse.")
        assert found.family.tests == 3

    def test_random_search_may_be_the_best(self) -> None:
        found = fronts_of(study(), [records("random_search", good=5), frames()[2]])
        assert found is not None
        assert "No algorithm covers more on average than random_search." in front_sentences(found)

    def test_one_algorithm_and_one_run(self) -> None:
        found = fronts_of(study(), [records("nsga2", seeds=1)])
        assert found is not None
        first, hint = front_sentences(found)
        assert first.endswith("mean over 1 run.")
        assert "with 1 run," in hint


EXPERIMENT = """name = "two"
[[search]]
benchmark = "synthetic"
objective = ["valid_accuracy", "params"]
algorithm = ["random_search", "nsga2"]
seeds = 3
budget = { evaluations = 30 }
[[search]]
benchmark = "synthetic"
algorithm = "random_search"
seeds = 1
budget = { evaluations = 3 }
[[proxy]]
benchmark = "synthetic"
truth = { metric = "params" }
proxy = ["params"]
architectures = 30
seeds = 1
"""
SINGLE = {
    "study", "benchmark", "algorithm", "step", "arch", "epochs", "schedule", "data", "trial", "loss", "charged",
    "finished", "incumbent", "valid", "test", "reason", "seed", "regret",
}  # fmt: skip


def test_under_a_mouse_the_target_is_a_thick_grey_line_and_others_have_marks_at_their_points() -> None:
    found = some()
    with styled("test"):
        plot = fronts(found, pen(ALGORITHMS))
    assert plot is not None
    assert plot.hover is not None
    target, *others = plot.hover["data"]
    assert (target["mode"], target["line"]["color"], target["line"]["width"]) == ("lines", MUTED, 7)
    assert len(others) == len(ALGORITHMS)
    for trace in others:
        seen = [i for i, opacity in enumerate(trace["marker"]["opacity"]) if opacity]
        points = sorted((trace["x"][i], trace["y"][i]) for i in seen)
        front = found.found[trace["name"]]
        assert np.array(points) == pytest.approx(front[np.argsort(front[:, 1])][:, ::-1], rel=1e-4)
        assert [i for i, said in enumerate(trace["hoverinfo"]) if said == "all"] == seen
    assert plot.hover["layout"]["yaxis"]["range"] == pytest.approx(plot.figure.axes[0].get_ylim())


@pytest.mark.parametrize("share", [0.5, 0.97])
def test_under_a_mouse_the_hypervolume_has_the_axis_that_is_drawn(share: float) -> None:
    found = some()
    bands = {label: band._replace(mean=share * band.mean / band.mean.max()) for label, band in found.bands.items()}
    found = found._replace(bands=bands)
    with styled("test"):
        plot = hypervolume(found, pen(ALGORITHMS))
    assert plot is not None
    assert plot.hover is not None
    axes, axis = plot.figure.axes[0], plot.hover["layout"]["yaxis"]
    assert is_log(found) is (share > 0.9)
    assert axis["range"] == pytest.approx(axes.get_ylim())
    traces = [trace for trace in plot.hover["data"] if "text" in trace]
    expected = -np.log10(1 - share) if is_log(found) else share
    assert [trace["y"][-1] for trace in traces] == pytest.approx([expected] * len(traces), rel=1e-4)
    assert all(trace["text"][-1].startswith(f"{100 * share:g} % [") for trace in traces)
    assert ("tickvals" in axis) is is_log(found)
    if is_log(found):
        axes.figure.draw_without_rendering()
        assert axis["ticktext"] == [label.get_text() for label in axes.get_yticklabels()]


@pytest.fixture(scope="module")
def results(synthetic_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("two")
    (folder / "two.toml").write_text(EXPERIMENT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASGAUGE_DATA", str(synthetic_data))
        run(read_experiment(folder / "two.toml"), folder / "out")
    return load(folder / "out")


class TestRecords:
    def test_each_architecture_is_recorded_with_what_it_is_worth(self, data: Path, results: Results) -> None:
        (frame, *_), table = results.records[0], open_benchmark({"name": "synthetic"})
        assert isinstance(table, TabularBenchmark)
        full, archs = Fidelity(4, 4), frame["arch"].to_numpy()
        assert frame["true1"].tolist() == table.table("test_accuracy", full)[archs].tolist()
        assert frame["true2"].tolist() == table.table("params", full)[archs].tolist() == frame["loss2"].tolist()
        assert frame["fidelity"].tolist() == [table.fidelities.index(full)] * len(frame)

    def test_one_objective_is_recorded_as_ever(self, results: Results) -> None:
        (frame,) = results.records[1]
        assert set(frame) == SINGLE
        assert set(next(iter(results.records[0]))) == SINGLE | {"loss2", "true1", "true2", "fidelity"}

    def test_the_manifest_knows_units_and_the_exact_front(self, data: Path, results: Results) -> None:
        several, single, proxy = results.manifest["studies"]
        assert several["metrics"] == {
            "valid_accuracy": {"unit": "%", "maximize": True, "split": "valid"},
            "params": {"unit": "count", "maximize": False, "split": "cost"},
            "test_accuracy": {"unit": "%", "maximize": True, "split": "test"},
        }
        table = open_benchmark({"name": "synthetic"})
        assert isinstance(table, TabularBenchmark)
        losses = np.stack(
            [-table.table("test_accuracy", Fidelity(4, 4)), table.table("params", Fidelity(4, 4))], axis=1
        )
        front = SIGN * np.array(several["front"])
        np.testing.assert_array_equal(front, np.unique(losses[non_dominated(losses)], axis=0))
        np.testing.assert_allclose(SIGN * several["reference"], reference_point(losses))
        assert list(single["metrics"]) == ["valid_accuracy", "test_accuracy"]
        assert "front" not in single
        assert proxy["truth"]["split"] == "cost"

    def test_the_seeds_of_an_accuracy_are_no_ceiling_for_a_cost(self, results: Results) -> None:
        assert results.manifest["studies"][2]["ceiling_metric"] == "params"
        assert results.truth.empty

    def test_the_report_says_who_covers_the_front(self, results: Results) -> None:
        part = parts_of([results])[0]
        found = fronts_of(part.study, part.records)
        assert found is not None
        assert found.exact
        assert found.table["hypervolume_share"].between(0.2, 1).all()
        assert [one.name for one in found.objectives] == ["test_accuracy", "params"]
        assert fronts_of(*parts_of([results])[1][:2]) is None

    def test_of_live_training_its_own_measurements_are_kept(self) -> None:
        toy, queries = test_search.Toy(), [test_search.ask(1, 1, 1), test_search.ask(2, 0, 1, epochs=2)]
        records = test_search.run(test_search.Script(list(queries)))
        records.append(records[0]._replace(metrics={}, reason="lost"))
        worth = worth_of(toy, test_search.TEST, (test_search.VALID, test_search.VALID))
        assert worth.values is None
        columns = worth_columns(records, toy, worth)
        assert columns["fidelity"] == [2, 1, 2]
        assert columns["true1"].tolist()[:2] == [record.metrics["test_accuracy"] for record in records[:2]]
        assert columns["true2"].tolist()[:2] == [record.metrics["valid_accuracy"] for record in records[:2]]
        assert np.isnan([columns["true1"][2], columns["true2"][2]]).all()
