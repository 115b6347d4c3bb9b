"""The figures: labels keep apart, curves are steps, and points stand where their clock says."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from reports_factory import PROXIES, fabricate, pen
from scipy.stats import kendalltau, rankdata

from harness.spaces.nb201 import Nb201
from harness.statistics.anytime import step_values
from reports.figures.anytime import anytime, curves_of, draw_anytime
from reports.figures.cost import draw_cost
from reports.figures.kinds import BRIEF, FREE, UNTRAINED, kind_of
from reports.figures.labels import Label, place, spread, wrapped
from reports.figures.learning import draw_learning
from reports.figures.pen import Pen
from reports.figures.scatter import ranks_of, scatter, shown
from reports.figures.style import MARKERS, MUTED, STYLES, strokes, styled
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


def longer(count: int) -> ProxySummary:
    """A summary of so many proxies that all score alike."""
    found, row = summary(), summary().rows[0]
    names = [f"a_proxy_with_a_long_name_{i}" for i in range(count)]
    own = found.frame[found.frame["proxy"] == row.proxy]
    rows = tuple(row._replace(proxy=name) for name in names)
    return found._replace(rows=rows, frame=pd.concat([own.assign(proxy=name) for name in names]))


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
    kinds = {row.proxy: kind_of(row, summary().study) for row in summary().rows}
    assert {kinds["params"], kinds["flops"]} == {FREE}
    assert {kinds["synflow"], kinds["grad_norm"], kinds["jacob_cov"]} == {UNTRAINED}
    assert {kinds["reduced_epochs"], kinds["reduced_data"], kinds["random_forest"]} == {BRIEF}
    with styled("test"):
        figure = draw_cost(summary())
    assert figure is not None
    legend = {text.get_text() for text in figure.legends[0].get_texts()}
    assert legend == {"trained briefly", "untrained network", "free"}
    assert figure.axes[0].get_xlabel() == "seconds per architecture (filled: simulated, open: measured)"
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
    assert labels == {"params", "ridge", "random_forest"}
    assert {row.proxy for row in shown(found)} == {"params", "ridge(train=200)", "random_forest(train=200)"}


def test_no_more_panels_than_a_page_bears() -> None:
    found = longer(15)
    assert [row.proxy for row in shown(found)] == [row.proxy for row in found.rows[:12]]


def test_scatter_ranks_are_those_of_the_first_seed_with_ties_in_the_middle() -> None:
    found = summary()
    with styled("test"):
        plot = scatter(found, pen([]))
    assert plot is not None
    for name, part in plot.data.groupby("proxy"):
        own = found.frame[(found.frame["proxy"] == name) & (found.frame["seed"] == 0)].sort_values("arch")
        assert part["arch"].tolist() == own["arch"].tolist()
        better = [(own["score"].to_numpy() > score).sum() for score in own["score"]]
        equal = [(own["score"].to_numpy() == score).sum() for score in own["score"]]
        assert part["rank_by_score"].tolist() == [b + (e + 1) / 2 for b, e in zip(better, equal, strict=True)]
        assert part["rank_by_truth"].tolist() == rankdata(-own["truth"]).tolist()
    assert len(plot.panels) == len(found.rows)
    assert f"top {found.rows[0].k} of both" in plot.caption
    assert plot.hover is None
    titles = {text.split("\n")[0]: text for text in (axes.get_title() for axes in plot.figure.axes)}
    assert {name for name, text in titles.items() if "ties" in text} == {"params"}


def test_titles_of_panels_are_of_what_is_drawn_and_not_of_all_seeds() -> None:
    results = fabricate(algorithms=(), architectures=30, seeds=3, proxies=("synflow", "reduced_epochs"))
    found = summarize_proxies(results.manifest["studies"][0], results.scores, results.truth, results.measured)
    with styled("test"):
        plot = scatter(found, pen([]))
    assert plot is not None
    taus = {row.proxy: row.kendall.point for row in found.rows}
    for axes in plot.figure.axes:
        name, told = axes.get_title().split("\n")
        part = plot.data[plot.data["proxy"] == name]
        assert told == f"τ-b {kendalltau(part['score'], part['truth']).statistic:.2f}" != f"τ-b {taus[name]:.2f}"
    assert "a title tells the τ-b of these architectures" in plot.caption


def test_isomorphic_cells_are_grey_and_counted_only_where_a_study_may_hold_some() -> None:
    found = summary()
    twice = found._replace(study=found.study | {"unique": False})
    own = ranks_of(twice, found.rows[0])
    space = Nb201()
    firsts = [space.canonical(space.all()[arch]) for arch in own.arch]
    assert own.again.tolist() == [arch in firsts[:i] for i, arch in enumerate(firsts)]
    assert 0 < own.again.sum() < 30
    assert not ranks_of(found, found.rows[0]).again.any()
    with styled("test"):
        plot, once = scatter(twice, pen([])), scatter(found, pen([]))
    assert plot is not None
    assert once is not None
    assert f"{own.again.sum()} of 30 architectures are isomorphic" in plot.caption
    assert "isomorphic" not in once.caption
    grey, blue = plot.figure.axes[0].collections[:2]
    assert (len(grey.get_offsets()), len(blue.get_offsets())) == (own.again.sum(), (~own.again).sum())


@pytest.mark.parametrize(("style", "count"), [("icml", 12), ("neurips", 12), ("web", 1)])
def test_panels_fill_the_figure_and_no_title_meets_another(style: str, count: int) -> None:
    found = longer(count)
    with styled("test", STYLES[style]):
        plot = scatter(found, Pen(STYLES[style], {}))
        assert plot is not None
        plot.figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in plot.figure.axes]
    assert len(boxes) == count
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert plot.figure.get_figwidth() == (STYLES[style].page if count == 12 else STYLES[style].column)


@pytest.mark.parametrize("style", ["icml", "web"])
def test_names_of_many_learning_curves_stay_in_the_figure(style: str) -> None:
    found, row = summary(), summary().rows[0]
    names = {f"a_very_long_predictor_{i}(train={size})": size for i in range(13) for size in (20, 200)}
    rows = tuple(row._replace(proxy=name, trained=size) for name, size in names.items())
    hyper = {name: {"train": size} for name, size in names.items()}
    found = found._replace(rows=rows, study=found.study | {"hyper": hyper})
    with styled("test", STYLES[style]):
        curves = learning_curves(found)
        labels = strokes([curve.label for curve in curves])
        figure = draw_learning(found, curves, Pen(STYLES[style], labels))
        figure.draw_without_rendering()
    ends = [Text.get_window_extent(text) for text in figure.axes[0].texts if "noise" not in text.get_text()]
    assert len(ends) == 13
    assert not any(a.overlaps(b) for i, a in enumerate(ends) for b in ends[:i])
    assert all(box.y0 >= 0 and box.y1 <= figure.bbox.height + 1 and box.x1 <= figure.bbox.width + 1 for box in ends)


@pytest.mark.parametrize("seed", [20, 33])
def test_neither_labels_nor_the_lines_to_them_cover_another_label(seed: int) -> None:
    figure = Figure(figsize=(5, 4))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    rng = np.random.default_rng(seed)
    points = np.column_stack([0.6 + 0.01 * rng.normal(size=14), 0.5 + 0.05 * rng.normal(size=14)])
    place(axes, [Label(f"predictor_number_{i}", x, y, y, y) for i, (x, y) in enumerate(points)], [])
    assert overlaps(axes) == 0
    assert len(axes.lines) > 0
    boxes = [text.get_window_extent() for text in axes.texts]
    for line in axes.lines:
        start, end = axes.transData.transform(line.get_xydata())
        steps = [start + share * (end - start) for share in np.linspace(0.02, 1, 50)]
        assert sum(any(box.contains(*step) for step in steps) for box in boxes) <= 1


def test_proxies_that_all_cost_nothing_have_no_figure_of_cost() -> None:
    with styled("test"):
        assert draw_cost(summary(proxies=("params",))) is None


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
        ("n" * 50, "n" * 28 + "\n" + "n" * 22),
        ("m" * 200, "m" * 28 + "\n" + "m" * 16 + "…" + "m" * 11 + "\n" + "m" * 5),
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


def test_the_caption_says_what_a_curve_leaves_out_and_carries_on() -> None:
    results = fabricate(proxies=(), runs=4, steps=8)
    study, frame = results.manifest["studies"][0], results.searches
    labels = pen(study["algorithms"])
    with styled("test"):
        whole = anytime(runs_of(study, [frame]), labels)
        frame.loc[frame["algorithm"] == "local_search", "regret"] = 0.0
        frame.loc[(frame["algorithm"] == "hyperband") & (frame["seed"] == 1), "regret"] = np.nan
        odd = anytime(runs_of(study | {"budget": {"evaluations": 8, "continuation": "resume"}}, [frame]), labels)
    assert whole is not None
    assert odd is not None
    assert "Dash-dotted: what random search is expected to have" in whole.caption
    assert "regret 0" not in whole.caption
    assert "left out" not in whole.caption
    assert "A curve that leaves the log axis below has reached regret 0 in every run." in odd.caption
    assert "Runs that never had an incumbent are left out (1)." in odd.caption
