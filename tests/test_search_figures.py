"""Figures across data sets: what they show is what the statistics say, and nothing in them overlaps or is cut off."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from searches import LONG, fabricated, finals, summary_of

from harness.statistics.compare import average_improvement, average_ranks, probability_of_improvement
from harness.statistics.critical_difference import Diagram, wilcoxon_diagram
from harness.statistics.critical_difference import critical_difference as distance_of
from reports.figures.cd_layout import layout_of
from reports.figures.critical_difference import critical_difference, draw_diagram
from reports.figures.ecdf import ecdf, targets_of
from reports.figures.improvement import clear, improvement, percent
from reports.figures.pen import Pen
from reports.figures.ranks import ranks
from reports.figures.style import INK, MUTED, STYLES, strokes, styled
from reports.plot import Plot
from reports.summary.group import Group, groups_of, rows_of
from reports.summary.improvements import improvements_of
from reports.summary.search import SearchSummary
from reports.summary.timeline import timeline_of

RS, RE, LS = LONG[:3]
SETS = [
    fabricated(LONG[:4], runs=30, name=name, number=i, seed=i, seconds=50.0 * (i + 1)) for i, name in enumerate("ab")
]


def group_of(*searches: SearchSummary) -> Group:
    (group,) = groups_of(searches)
    return group


def pen_of(group: Group, style: str = "web") -> Pen:
    return Pen(STYLES[style], strokes(group.all_labels, group.baseline))


def drawn(draw: object, group: Group, style: str = "web") -> Plot:
    with styled("test", STYLES[style]):
        plot = draw(group, "", pen_of(group, style))
        plot.figure.draw_without_rendering()
    return plot


def at(data: pd.DataFrame, label: str, column: str) -> np.ndarray:
    return data[data["algorithm"] == label][column].to_numpy()


def test_success_is_the_share_of_regrets_reached_by_then() -> None:
    """The baseline starts at 8 and ends at 1; the other one reaches 0.5, the smallest, at half of the time."""
    search = summary_of({RS: [[8, 4.1, 2.1, 1.1]] * 3, RE: [[8, 0.5, 0.5, 0.5]] * 3}, seconds=40.0)
    targets = targets_of(search, timeline_of(group_of(search)).curves[0])
    assert targets == pytest.approx(np.geomspace(8, 0.5, 51))
    plot = drawn(ecdf, group_of(search))
    data = plot.data
    assert list(data) == ["algorithm", "seconds", "share_of_targets", "low", "high"]
    seconds = at(data, RS, "seconds")
    assert (seconds[0], seconds[-1]) == pytest.approx((10, 40))
    for label, values in ((RS, (8, 4.1, 2.1, 1.1)), (RE, (8, 0.5, 0.5, 0.5))):
        expected = [np.mean([value <= target * (1 + 1e-12) for target in targets]) for value in values]
        shown = at(data, label, "share_of_targets")
        places = [shown[np.searchsorted(seconds, time * 1.001)] for time in (10, 20, 30)] + [shown[-1]]
        assert places == pytest.approx(expected, abs=1e-9)
    assert "51 regrets" in plot.caption
    assert "median first incumbent of random_search to the smallest reached" in plot.caption
    assert "zero" not in plot.caption


def test_the_easiest_target_is_the_baselines_first_regret() -> None:
    curves = {RS: [[4.0, 3], [6, 3], [20, 3]], RE: [[100, 1.5]] * 3}
    search = summary_of(curves)
    targets = targets_of(search, timeline_of(group_of(search)).curves[0])
    assert (targets[0], targets[-1], len(targets)) == (6.0, 1.5, 51)
    search = summary_of({"a": curves[RS], "b": curves[RE]})
    assert targets_of(search, timeline_of(group_of(search)).curves[0])[0] == 60.0


def test_zero_is_a_target_where_somebody_reached_it() -> None:
    search = summary_of({RS: [[8, 4, 2, 1]] * 3, RE: [[8, 0, 0, 0]] * 3})
    assert targets_of(search, timeline_of(group_of(search)).curves[0])[[0, 50, 51]].tolist() == [8.0, 1.0, 0.0]
    plot = drawn(ecdf, group_of(search))
    assert at(plot.data, RE, "share_of_targets")[-1] == 1.0
    assert at(plot.data, RS, "share_of_targets")[-1] == pytest.approx(51 / 52)
    assert "zero where it was reached" in plot.caption
    all_zero = summary_of({RS: [[0.0, 0.0]] * 2, RE: [[0.0, 0.0]] * 2})
    assert targets_of(all_zero, timeline_of(group_of(all_zero)).curves[0]).tolist() == [0.0]
    never_better = summary_of({RS: [[3.0, 3.0]] * 2, RE: [[3.0, 3.0]] * 2})
    assert targets_of(never_better, timeline_of(group_of(never_better)).curves[0]).tolist() == [3.0]


def test_a_run_that_never_had_an_incumbent_reaches_nothing() -> None:
    search = summary_of({RS: [[8, 4, 1, 1]] * 3, RE: [[8, 4, 1, 1], [np.nan] * 4, [8, 4, 1, 1], [np.nan] * 4]})
    plot = drawn(ecdf, group_of(search))
    assert at(plot.data, RS, "share_of_targets")[-1] == 1.0
    assert at(plot.data, RE, "share_of_targets")[-1] == 0.5


def test_several_data_sets_are_drawn_over_the_share_of_the_budget() -> None:
    plot = drawn(ecdf, group_of(*SETS))
    assert plot.data.columns[1] == "share_of_budget"
    alone = [drawn(ecdf, group_of(search)).data for search in SETS]
    both = at(plot.data, RE, "share_of_targets")[-1]
    assert both == pytest.approx(np.mean([at(data, RE, "share_of_targets")[-1] for data in alone]))
    assert "on each data set" in plot.caption
    assert plot.figure.axes[0].get_xlabel() == "share of the budget"
    assert drawn(ecdf, group_of(SETS[0])).figure.axes[0].get_xlabel() == "simulated time (s)"
    budgets = [search.runs.study["budget"] for search in SETS]
    timeline = timeline_of(group_of(*SETS))
    for search, curves, budget in zip(SETS, timeline.curves, budgets, strict=True):
        own = search.runs.curves(RE)[7]
        assert curves[RE][7].times == pytest.approx(own.times / budget["seconds"])
        assert curves[RE][7].values.tolist() == own.values.tolist()


def test_a_budget_in_evaluations_is_shared_out_in_evaluations() -> None:
    sets = [fabricated((RS, RE), runs=4, name=name, number=i, budget={"evaluations": 30, "continuation": "resume"})
            for i, name in enumerate("ab")]  # fmt: skip
    timeline = timeline_of(group_of(*sets))
    assert max(curve.times[-1] for curve in timeline.curves[0][RE].values()) == pytest.approx(15 / 30)
    alone = timeline_of(group_of(sets[0]))
    assert (alone.key, alone.end) == ("evaluations", 30.0)


def test_without_an_oracle_targets_are_levels_of_the_test_metric() -> None:
    """The tests are 97.3 less what is given as regret."""
    values = {RS: [[8.0, 4.0]] * 3, RE: [[6.0, 1.0]] * 3}
    search = summary_of(values)
    runs = search.runs._replace(measure="test")
    group = group_of(search._replace(runs=runs))
    targets = targets_of(group.searches[0], timeline_of(group).curves[0])
    assert -targets == pytest.approx(np.linspace(89.3, 96.3, 51))
    plot = drawn(ecdf, group)
    assert at(plot.data, RE, "share_of_targets")[-1] == 1.0
    assert at(plot.data, RS, "share_of_targets")[-1] == pytest.approx(np.mean(-targets <= 93.3 + 1e-9))
    assert "51 values of test_accuracy, evenly spaced" in plot.caption
    assert at(drawn(ranks, group).data, RE, "average_rank")[-1] == 1.0


def test_ranks_end_at_the_average_ranks_of_what_runs_end_with() -> None:
    group = group_of(*SETS)
    plot = drawn(ranks, group)
    for i, label in enumerate(group.labels):
        own = [average_ranks(search.loss[list(group.labels)])[i].point for search in SETS]
        assert at(plot.data, label, "average_rank")[-1] == pytest.approx(np.mean(own))
        assert at(plot.data, label, "low")[-1] < np.mean(own) < at(plot.data, label, "high")[-1]
    total = plot.data.groupby("share_of_budget")["average_rank"].sum()
    assert total.to_numpy() == pytest.approx(10)
    assert (
        "over time with 95 % bootstrap bands: the 4 algorithms are ranked within each data set and seed" in plot.caption
    )


def test_a_run_without_an_incumbent_ranks_last_and_ranks_begin_with_the_first() -> None:
    late, none = [[np.nan, np.nan, 1, 1]] * 5, [[np.nan] * 4] * 5
    search = summary_of({RS: [[np.nan, 8, 4, 2]] * 5, RE: late[:4] + none[:1]}, seconds=40.0)
    data = drawn(ranks, group_of(search)).data
    seconds = at(data, RS, "seconds")
    assert (seconds[0], seconds[-1]) == pytest.approx((20, 40))
    assert at(data, RS, "average_rank")[0] == 1.0
    assert at(data, RE, "average_rank")[-1] == pytest.approx((4 * 1 + 2) / 5)


def test_ranks_are_paired_by_seed() -> None:
    search = summary_of({RS: [[4, 1]] * 9, RE: [[4, 2]] * 3})
    assert at(drawn(ranks, group_of(search)).data, RE, "average_rank")[-1] == 2.0
    alone = group_of(summary_of({RS: [[4, 1]] * 9}))
    with styled("test"):
        assert ranks(alone, "", pen_of(alone)) is None
        assert improvement(alone, "", pen_of(alone)) is None
        assert critical_difference(alone, "", pen_of(alone)) is None


def test_the_diagram_is_that_of_the_corrected_tests() -> None:
    group = group_of(*SETS)
    plot = drawn(critical_difference, group)
    expected = wilcoxon_diagram(rows_of(group))
    labels = list(group.labels)
    assert len(plot.data) == 6
    for row in plot.data.itertuples():
        i, j = labels.index(row.algorithm), labels.index(row.other)
        assert row.p == expected.p[i, j]
        assert (row.average_rank, row.other_average_rank) == (expected.ranks[i], expected.ranks[j])
        assert row.joined == (expected.p[i, j] > 0.05)
    assert "over 60 pairs of data set and seed from 2 data sets" in plot.caption
    tests = "of which no two are told apart (signed-rank tests, 5 %, Holm-corrected for all 6 pairs; verdicts against"
    assert tests in plot.caption
    assert f"against {RS} alone are tests on each data set, and can differ). " in plot.caption
    assert plot.caption.endswith(" Underpowered (a and b have fewer than 100 runs): a hint only.")
    one = drawn(critical_difference, group_of(fabricated(LONG[:4], runs=100, steps=3)))
    assert f"against {RS} alone are corrected for fewer and can find more). Seeds are" in one.caption
    assert one.caption.endswith("it speaks of this data set only.")
    none = drawn(critical_difference, group_of(finals({label: np.arange(100.0) for label in "abc"})))
    assert "all 3 pairs). Seeds are" in none.caption
    assert "CD" not in "".join(text.get_text() for text in plot.figure.axes[0].texts)


def test_where_units_differ_the_diagram_is_nemenyis() -> None:
    group = group_of(SETS[0], fabricated(LONG[:4], runs=30, name="c", number=2, unit="bits"))
    plot = drawn(critical_difference, group)
    distance = distance_of(4, 60)
    assert f"CD = {distance:.2f}" in [text.get_text() for text in plot.figure.axes[0].texts]
    assert f"CD = {distance:.2f} apart" in plot.caption
    axis = ticks(plot.figure)
    line = next(line for line in plot.figure.axes[0].lines if line.get_marker() == "|")
    assert np.ptp(line.get_xdata()) == pytest.approx(distance * (axis[3] - axis[2]))
    boxes = [tight(text) for text in plot.figure.axes[0].texts]
    assert all(plot.figure.bbox.contains(*corner) for box in boxes for corner in box.corners())
    assert sum(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i]) == 0


def ticks(figure: Figure) -> dict[int, float]:
    """Where each number of the axis of ranks stands."""
    return {int(t.get_text()): t.get_position()[0] for t in figure.axes[0].texts if t.get_text().isdigit()}


def test_lines_and_bars_stand_at_the_ranks() -> None:
    order, bars = np.array([1.5, 3.25, 2.0, 3.25]), ((0, 2), (1, 3))
    diagram = Diagram(order, float("nan"), np.ones((4, 4)), bars)
    group = group_of(SETS[0])
    with styled("test"):
        figure = draw_diagram(diagram, list(group.labels), pen_of(group))
    axis, axes = ticks(figure), figure.axes[0]
    assert set(axis) == {1, 2, 3, 4}
    wanted = [axis[1] + (axis[2] - axis[1]) * (rank - 1) for rank in order]
    colors = [pen_of(group).strokes[label].color for label in group.labels]
    for x, color in zip(wanted, colors, strict=True):
        assert any(line.get_color() == color and line.get_xdata()[0] == pytest.approx(x) for line in axes.lines)
    dots = [line.get_xdata().tolist() for line in axes.lines if line.get_marker() == "o"]
    assert dots == [pytest.approx([wanted[i] for i in bar]) for bar in bars]
    assert {"1.50", "2.00", "3.25"} <= {text.get_text() for text in axes.texts}


def test_bars_that_overlap_stand_below_each_other() -> None:
    diagram = Diagram(np.array([1.0, 1.6, 2.2, 4.0, 4.4]), float("nan"), np.ones((5, 5)), ((0, 1), (1, 2), (3, 4)))
    with styled("test"):
        figure = Figure(figsize=(4, 2))
        layout = layout_of(diagram, [figure.text(0, 0, label) for label in LONG[:5]], 300)
    assert layout.bars[0] > layout.bars[1]
    assert layout.bars[2] == layout.bars[0]


def test_the_outermost_names_stand_on_top_and_leave_room_for_their_ranks() -> None:
    diagram = Diagram(np.array([4.5, 1.0, 3.5, 2.0, 2.5, 5.0]), float("nan"), np.ones((6, 6)), ())
    with styled("test"):
        figure = Figure(figsize=(4, 2))
        texts = [figure.text(0, 0, label) for label in LONG[:6]]
        layout = layout_of(diagram, texts, 330)
        widest = figure.text(0, 0, "0.00", fontsize=6.0).get_window_extent().width * 72 / figure.dpi
    left = [i for i, name in layout.names.items() if name.on_left]
    assert left == [1, 3, 4]
    for side in ([1, 3, 4], [5, 0, 2]):
        assert [layout.names[i].y for i in side] == sorted((layout.names[i].y for i in side), reverse=True)
    for i, name in layout.names.items():
        towards = 1 if name.on_left else -1
        assert towards * (layout.x(diagram.ranks[i]) - name.x) >= widest
        assert name.x >= 0 if name.on_left else name.x <= 330


def test_two_that_are_alike_are_joined() -> None:
    shift = np.linspace(0, 1, 40)
    group = group_of(finals({RS: 2 + shift, RE: shift, LS: shift + 0.01 * (-1) ** np.arange(40)}))
    joined = drawn(critical_difference, group).data.set_index(["algorithm", "other"])["joined"]
    assert joined.to_dict() == {(RS, RE): False, (RS, LS): False, (RE, LS): True}


def test_all_seeds_equal_are_one_bar() -> None:
    values = np.linspace(1, 2, 20)
    group = group_of(finals(dict.fromkeys((RS, RE, LS), values)))
    plot = drawn(critical_difference, group)
    assert plot.data["joined"].all()
    assert set(plot.data["average_rank"]) == {2.0}
    assert sum(line.get_marker() == "o" for line in plot.figure.axes[0].lines) == 1
    assert drawn(improvement, group).data["probability"].to_numpy() == pytest.approx(0.5)


def test_one_run_is_drawn_without_bands_and_without_a_diagram() -> None:
    group = group_of(summary_of({RS: [[8.0, 4.0]], RE: [[6.0, 1.0]], LS: [[7.0, 3.0]]}))
    for draw in (ecdf, ranks, improvement):
        plot = drawn(draw, group)
        assert plot.data["low"].isna().all()
        assert "bands" not in plot.caption
    assert plot.caption.endswith("a single run allows no interval.")
    assert {text.get_color() for text in plot.figure.axes[0].texts} == {MUTED}
    with styled("test"):
        assert critical_difference(group, "", pen_of(group)) is None


def test_nothing_is_drawn_of_algorithms_without_an_incumbent() -> None:
    group = group_of(finals({RS: [np.nan] * 3, RE: [np.nan] * 3, LS: [np.nan] * 3}))
    with styled("test"):
        assert [draw(group, "", pen_of(group)) for draw in (ecdf, ranks, critical_difference, improvement)] == [
            None
        ] * 4


def test_improvement_is_the_mean_over_data_sets_and_the_best_come_first() -> None:
    group = group_of(*SETS)
    plot = drawn(improvement, group)
    loss = [search.loss for search in SETS]
    for row in plot.data.itertuples():
        expected = average_improvement([t[row.algorithm] for t in loss], [t[row.other] for t in loss], 20).point
        assert row.probability == pytest.approx(expected)
        assert row.low <= row.probability <= row.high
    assert len(plot.data) == 12
    names = [label.get_text() for label in plot.figure.axes[0].get_yticklabels()]
    order = [re.sub(r"\s+\d+$", "", name).replace("\n", "") for name in names]
    assert order == sorted(order, key=lambda label: -plot.data[plot.data["algorithm"] == label]["probability"].mean())
    assert plot.hover["data"][0]["y"] == order
    assert plot.hover["data"][0]["z"][0][0] is None
    first = plot.data[(plot.data["algorithm"] == order[0]) & (plot.data["other"] == order[1])]
    assert first["low"].item() > 0.5
    assert plot.hover["data"][0]["z"][0][1] == pytest.approx(100 * first["probability"].item(), abs=1e-3)


def test_under_a_mouse_improvement_is_in_percent_and_without_colour_where_it_is_not_clear() -> None:
    ends = np.random.default_rng(0).uniform(1, 2, (4, 30)) + np.array([[0.0], [0.0], [0.3], [0.9]])
    group = group_of(finals(dict(zip((RS, RE, LS, LONG[3]), ends, strict=True))))
    plot = drawn(improvement, group)
    (trace,), layout = plot.hover["data"], plot.hover["layout"]
    cells = plot.data.set_index(["algorithm", "other"])
    unclear = (cells["low"] <= 0.5) & (cells["high"] >= 0.5)
    assert 0 < unclear.sum() < len(cells)
    for (a, b), row in cells.iterrows():
        shade = trace["z"][trace["y"].index(a)][trace["x"].index(b)]
        assert shade == pytest.approx(50 if unclear[a, b] else 100 * row["probability"], abs=1e-3)
    inks = {(note["y"], note["x"]): note["font"]["color"] for note in layout["annotations"]}
    assert inks == {place: MUTED if grey else INK for place, grey in unclear.items()}
    texts = {text.get_text() for text in plot.figure.axes[0].texts}
    assert {note["text"] for note in layout["annotations"]} == texts
    assert layout["xaxis"]["ticktext"] == ["1", "2", "3", "4"]


def test_on_one_data_set_improvement_has_the_interval_of_the_table() -> None:
    """Seeds are drawn for both, over more than one chunk of resamples, and without those of which one has no result."""
    draw = np.random.default_rng(1)
    common = draw.normal(size=1300)
    values = common + draw.normal(0, 0.4, (3, 1300))
    values[2, ::5] = np.nan
    search = finals(dict(zip((RS, RE, LS), values.round(1), strict=True)))
    pairs = improvements_of(group_of(search), [RE, LS, RS])
    for row in search.rows:
        if row.improvement is not None:
            assert pairs[row.algorithm, RS] == pytest.approx(row.improvement, abs=1e-12)
    assert pairs[LS, RE] == pytest.approx(probability_of_improvement(*search.loss[[LS, RE]].dropna().to_numpy().T))
    plot = drawn(improvement, group_of(search))
    assert plot.caption.endswith("intervals are not corrected for the number of pairs.")


def test_pairing_narrows_the_interval_of_what_depends_on_the_seed() -> None:
    common = np.random.default_rng(2).normal(size=60)
    searches = [finals({RS: common, RE: common + 0.01}, name=name, number=i) for i, name in enumerate("ab")]
    found = improvements_of(group_of(*searches), [RS, RE])[RS, RE]
    apart = average_improvement(*([search.loss[label] for search in searches] for label in (RS, RE)))
    assert found.point == pytest.approx(apart.point)
    assert found.high - found.low < 0.3 * (apart.high - apart.low)
    single = improvements_of(group_of(searches[0]), [RS, RE])[RS, RE]
    both = improvements_of(group_of(searches[0], finals({RS: common, RE: 9 + common}, number=1)), [RS, RE])[RS, RE]
    assert both == pytest.approx([(end + 1) / 2 for end in single])


def test_a_pair_that_shares_no_seed_is_a_dash() -> None:
    a, b = np.arange(20.0), np.arange(20.0) + 0.5
    a[:10], b[10:] = np.nan, np.nan
    plot = drawn(improvement, group_of(finals({RS: a, RE: b, LS: np.arange(20.0)})))
    missing = plot.data[plot.data["probability"].isna()]
    assert missing[["algorithm", "other"]].to_numpy().tolist() in ([[RS, RE], [RE, RS]], [[RE, RS], [RS, RE]])
    assert [text.get_text() for text in plot.figure.axes[0].texts].count("–") == 2
    assert "single run" not in plot.caption


def test_cells_that_may_be_a_half_have_no_colour() -> None:
    shift = np.linspace(0, 1, 60)
    group = group_of(finals({RS: 1 + shift, RE: 1 + shift[::-1] + 0.01, LS: shift}))
    plot = drawn(improvement, group)
    axes = plot.figure.axes[0]
    colours = {(text.get_position(), text.get_text()): text.get_color() for text in axes.texts}
    muted = {text for (_, text), colour in colours.items() if colour == MUTED}
    certain = [(row.low > 0.5) or (row.high < 0.5) for row in plot.data.itertuples()]
    assert sum(certain) == 4
    assert len(muted) == 2
    assert sorted(patch.get_alpha() > 0 for patch in axes.patches) == [False] * 2 + [True] * 4
    blue = [patch for patch in axes.patches if patch.get_alpha() and patch.get_facecolor()[2] > 0.5]
    assert all(patch.get_xy()[:, 0].mean() > patch.get_xy()[:, 1].mean() for patch in blue)
    assert len(blue) == 2
    assert not clear(plot_interval(0.5, 0.5, 0.7))


def plot_interval(low: float, point: float, high: float) -> object:
    from harness.statistics.bootstrap import Interval

    return Interval(point, low, high)


def test_nearly_certain_is_not_certain() -> None:
    shown = [percent(p) for p in (1.0, 0.997, 0.994, 0.5, 0.004, 0.0)]
    assert shown == ["100", ">99", "99", "50", "<1", "0"]


@pytest.mark.parametrize("style", ["icml", "web"])
def test_names_of_twelve_algorithms_neither_overlap_nor_are_cut_off(style: str) -> None:
    group = group_of(fabricated(LONG, runs=12, steps=5))
    for draw in (ecdf, ranks, critical_difference, improvement):
        figure = drawn(draw, group, style).figure
        texts = [text for text in written(figure) if text.get_text()]
        assert len(texts) > 12
        boxes = [tight(text) for text in texts]
        whole = figure.bbox.padded(1.0)
        assert all(whole.contains(*corner) for box in boxes for corner in box.corners())
        assert [(texts[i].get_text(), texts[j].get_text()) for i, a in enumerate(boxes)
                for j, b in enumerate(boxes[:i]) if a.overlaps(b)] == []  # fmt: skip


def written(figure: Figure) -> list[Text]:
    (axes,) = figure.axes
    if not axes.axison:
        return list(axes.texts)
    ticks = []
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        ticks += [
            tick.label1
            for tick in axis.get_major_ticks()
            if low <= tick.get_loc() <= high and tick.label1.get_visible()
        ]
        ticks += [
            tick.label2
            for tick in axis.get_major_ticks()
            if low <= tick.get_loc() <= high and tick.label2.get_visible()
        ]
    return [*axes.texts, *ticks, axes.xaxis.label, axes.yaxis.label]


def tight(text: Text) -> Bbox:
    box = Text.get_window_extent(text)  # an annotation would count its arrow, too
    return Bbox.from_extents(box.x0 + 0.5, box.y0 + 0.5, box.x1 - 0.5, box.y1 - 0.5)


def test_the_same_input_is_drawn_the_same_and_is_called_as_asked() -> None:
    group = group_of(fabricated(runs=5, steps=4))
    for draw in (ecdf, ranks, critical_difference, improvement):
        with styled("test"):
            first, again = (draw(group, "_2", pen_of(group)) for _ in range(2))
        assert first.name == f"{draw.__name__}_2"
        pd.testing.assert_frame_equal(first.data, again.data)
        assert first.hover == again.hover
