"""The figures: labels keep apart, curves are steps, and points stand where their clock says."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from reports_factory import PROXIES, fabricate, pen

from harness.statistics.anytime import step_values
from reports.figures.anytime import curves_of, draw_anytime
from reports.figures.cost import FREE, MEASURED, SIMULATED, draw_cost, kind_of
from reports.figures.labels import Label, place, spread, wrapped
from reports.figures.learning import draw_learning
from reports.figures.scatter import shown
from reports.figures.style import MARKERS, MUTED, strokes, styled
from reports.page.svg import inline
from reports.summary.learning import learning_curves
from reports.summary.proxy import ProxySummary, summarize_proxies
from reports.summary.runs import Runs, runs_of


@cache
def summary(proxies: tuple[str, ...] = tuple(PROXIES)) -> ProxySummary:
    results = fabricate(algorithms=(), architectures=30, seeds=1, proxies=proxies)
    return summarize_proxies(results.manifest["studies"][0], results.scores, results.truth, results.measured)


def runs(**options: object) -> Runs:
    results = fabricate(proxies=(), **options)
    return runs_of(results.manifest["studies"][0], results.records[0])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.01, 0.1))
def test_spread_things_never_overlap(wanted: list[float], size: float) -> None:
    sizes = np.full(len(wanted), size)
    middles = np.sort(spread(np.array(wanted), sizes, 0.0, 1.0))
    assert (np.diff(middles) >= size - 1e-4).all()
    assert middles[0] >= size / 2 - 1e-9
    assert middles[-1] <= 1 - size / 2 + 1e-9


def test_spread_keeps_the_order_and_what_already_fits() -> None:
    assert spread(np.array([0.8, 0.2, 0.5]), np.full(3, 0.1), 0, 1).tolist() == [0.8, 0.2, 0.5]
    assert spread(np.array([0.51, 0.5]), np.full(2, 0.1), 0, 1).tolist() == pytest.approx([0.555, 0.455])


def overlaps(axes: Axes) -> int:
    boxes = [text.get_window_extent() for text in axes.texts]
    return sum(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_labels_of_crowded_points_keep_apart() -> None:
    figure = Figure(figsize=(5, 4))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    rng = np.random.default_rng(0)
    points = 0.5 + 0.06 * rng.normal(size=(8, 2))
    place(axes, [Label(f"proxy_number_{i}", x, y, y - 0.02, y + 0.02) for i, (x, y) in enumerate(points)], [])
    assert len(axes.texts) == 8
    assert overlaps(axes) == 0
    assert all(
        axes.get_window_extent().contains(*corner) for t in axes.texts for corner in t.get_window_extent().corners()
    )


def test_names_on_the_cost_figure_keep_apart() -> None:
    with styled("test"):
        figure = draw_cost(summary())
        assert figure is not None
        assert {text.get_text() for text in figure.axes[0].texts} >= set(PROXIES)
        assert overlaps(figure.axes[0]) == 0


def test_points_stand_at_the_seconds_of_their_clock() -> None:
    kinds = {row.proxy: kind_of(row) for row in summary().rows}
    assert {kinds["params"], kinds["flops"]} == {FREE}
    assert {kinds["synflow"], kinds["grad_norm"], kinds["jacob_cov"]} == {MEASURED}
    assert {kinds["reduced_epochs"], kinds["random_forest"]} == {SIMULATED}
    with styled("test"):
        figure = draw_cost(summary())
    assert figure is not None
    legend = {text.get_text() for text in figure.legends[0].get_texts()}
    assert legend == {"simulated training seconds", "measured seconds", "practically free"}
    places = sorted(line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() in "oD")
    assert places == pytest.approx([0.004, 0.009, 0.011, 0.21, 0.25, 0.4])
    free = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "<"]
    assert figure.axes[0].get_xlim()[0] < min(free) < max(free) < 0.004


SIZES = tuple(f"{name}(train={size})" for name in ("ridge", "random_forest") for size in (20, 50, 200))


def test_a_learning_curve_has_a_point_per_size_and_its_name_at_the_end() -> None:
    found = summary(proxies=("params", *SIZES))
    with styled("test"):
        curves = learning_curves(found)
        figure = draw_learning(found, curves, pen(curve.label for curve in curves))
    axes = figure.axes[0]
    lines = [line for line in axes.lines if line.get_marker() in MARKERS]
    taus = {row.proxy: row.kendall.point for row in found.rows}
    names = [text.get_text() for text in axes.texts]
    assert names[0].startswith("noise ceiling")
    assert {name.replace("\n", "") for name in names[1:]} == {"ridge", "random_forest"}
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["20", "50", "200"]
    for name, line in zip(names[1:], lines, strict=True):
        name = name.replace("\n", "")
        assert list(line.get_xdata()) == [20, 50, 200]
        assert list(line.get_ydata()) == [taus[f"{name}(train={size})"] for size in (20, 50, 200)]
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == 2


def test_other_figures_show_a_predictor_once() -> None:
    found = summary(proxies=("params", *SIZES))
    with styled("test"):
        figure = draw_cost(found)
    assert figure is not None
    labels = {text.get_text().replace("\n", "") for text in figure.axes[0].texts if "noise" not in text.get_text()}
    assert labels == {"params", "ridge(train=200)", "random_forest(train=200)"}
    assert [row.proxy for row in shown(found)] == [row.proxy for row in found.rows if row.proxy in labels]


def test_no_more_panels_than_a_page_bears() -> None:
    found = summary(proxies=tuple(f"proxy_{i}" for i in range(15)))
    assert [row.proxy for row in shown(found)] == [row.proxy for row in found.rows[:12]]


@pytest.mark.parametrize("seed", [20, 33])
def test_neither_labels_nor_the_lines_to_them_cover_another_label(seed: int) -> None:
    figure = Figure(figsize=(5, 4))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    rng = np.random.default_rng(seed)
    points = np.column_stack([0.6 + 0.01 * rng.normal(size=8), 0.5 + 0.05 * rng.normal(size=8)])
    place(axes, [Label(f"predictor_number_{i}", x, y, y, y) for i, (x, y) in enumerate(points)], [])
    assert overlaps(axes) == 0
    assert len(axes.lines) > 0
    boxes = [text.get_window_extent() for text in axes.texts]
    for line in axes.lines:
        start, end = axes.transData.transform(line.get_xydata())
        steps = [start + share * (end - start) for share in np.linspace(0.02, 1, 50)]
        assert sum(any(box.contains(*step) for step in steps) for box in boxes) <= 1


def test_proxies_that_all_cost_nothing_can_be_drawn() -> None:
    with styled("test"):
        assert draw_cost(summary(proxies=("params",))) is not None


def test_curves_are_the_means_of_the_runs_steps() -> None:
    results = fabricate(proxies=(), runs=6, steps=15)
    curves = curves_of(runs(runs=6, steps=15))
    assert curves is not None
    for label, band in curves.bands.items():
        rows = results.searches[results.searches["algorithm"] == label]
        values = [step_values(r["finished"], r["regret"], curves.times) for _, r in rows.groupby("seed")]
        assert band.mean == pytest.approx(np.mean(values, axis=0), nan_ok=True)
    assert curves.times[-1] == pytest.approx(150.0)


def test_the_reference_line_is_there_only_with_an_oracle() -> None:
    for oracle in (True, False):
        study = runs(runs=4, steps=10, oracle=oracle)
        curves = curves_of(study)
        assert curves is not None
        with styled("test"):
            figure = draw_anytime(study, curves, pen(study.labels))
        axes = figure.axes[0]
        assert bool(figure.legends) == oracle
        assert axes.get_yscale() == ("log" if oracle else "linear")
        assert axes.get_xscale() == "log"


def test_an_algorithm_keeps_its_stroke_and_no_two_share_one() -> None:
    labels = ["random_search", *(f"algorithm_{i}" for i in range(12))]
    found = strokes(labels, "random_search")
    assert found["random_search"].color == MUTED
    assert len({(stroke.color, str(stroke.dashes)) for stroke in found.values()}) == 13


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("hyperband", "hyperband"),
        ("regularized_evolution", "regularized_\nevolution"),
        ("hyperband(eta=3, kind=resume)", "hyperband(\neta=3,\nkind=resume)"),
        ("averyveryverylongname", "averyveryverylongname"),
    ],
)
def test_long_names_take_several_lines(label: str, text: str) -> None:
    assert wrapped(label, 14) == text


def test_inlined_svg_has_ids_of_its_own() -> None:
    svg = (
        '<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://x" width="9pt" viewBox="0 0 9 9"><metadata>m</metadata>'
        '<path id="a" d="M 1.23456 2" style="stroke: #1b1b1b"/><use xlink:href="#a" clip-path="url(#b)"/></svg>'
    )
    assert inline(svg, "fig", 'say "x"') == (
        '<svg viewBox="0 0 9 9" role="img" aria-label="say &quot;x&quot;">'
        '<path id="fig-a" d="M 1.23 2" style="stroke: var(--ink)"/><use href="#fig-a" clip-path="url(#fig-b)"/></svg>'
    )
