"""The plane of cost and correlation: fronts by brute force, labels that cover nothing, and all numbers in the data."""

import json
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.transforms import Bbox
from reports_factory import fabricate, pen

from harness.statistics.bootstrap import Interval
from reports.figures.cost import cost
from reports.figures.front import Point, fronts_of, lines_of
from reports.figures.kinds import (
    BRIEF,
    COUNTED,
    FREE,
    KINDS,
    LEARNED,
    MEASURED,
    OTHERS,
    PREDICTOR,
    SUPERNET,
    UNKNOWN,
    UNTRAINED,
    Kind,
    kind_of,
)
from reports.figures.labels import Placed, keep_clear
from reports.figures.pen import Pen
from reports.figures.plane import NAMED, Plane, notable, plane_of, walls
from reports.figures.seconds import draw_seconds, placed
from reports.figures.style import STYLES, WEB, canvas, styled
from reports.plot import Plot
from reports.summary.ceiling import Ceiling
from reports.summary.proxy import ProxyRow, ProxySummary, summarize_proxies

BASE = fabricate(algorithms=(), architectures=30, seeds=1, proxies=("params",))
ROW = summarize_proxies(BASE.manifest["studies"][0], BASE.scores, BASE.truth, BASE.measured).rows[0]
NAN = float("nan")


def row(name: str, tau: float, half: float, simulated: float, measured: float, trained: int = 0) -> ProxyRow:
    return ROW._replace(proxy=name, kendall=Interval(tau, tau - half, tau + half), simulated=simulated,
                        measured=measured, trained=trained)  # fmt: skip


def many(count: int, seed: int) -> ProxySummary:
    """Proxies of all kinds, the dearer ones better on the whole, with names of all lengths."""
    rng = np.random.default_rng(seed)
    rows = [row("params", 0.5, 0.04, 0.0, 1e-6), row("flops", 0.48, 0.04, 0.0, 0.0)]
    for i in range(count - 2):
        name = "an_untrained_network_proxy"[: rng.integers(4, 26)] + str(i)
        half, noise = rng.uniform(0.01, 0.06), rng.normal(0, 0.1)
        if i % 3 == 0:
            seconds = 10 ** rng.uniform(-2.5, 0.5)
            rows.append(row(name, 0.45 + noise, half, 0.0, seconds))
        elif i % 3 == 1:
            rows.append(row(f"reduced_epochs(epochs={i})", 0.6 + noise, half, 10 ** rng.uniform(0.5, 3), 1e-5))
        else:
            rows.append(row(f"{name}(train=200)", 0.65 + noise, half, 10 ** rng.uniform(1, 2.5), 1e-4, 200))
    rows.sort(key=lambda one: -one.kendall.point)
    study = BASE.manifest["studies"][0] | {"names": {}, "hyper": {}}
    level = Interval(0.9, 0.88, 0.91)
    return ProxySummary(study, pd.DataFrame(), tuple(rows), Ceiling(level, level, 100, 3))


def drawn(summary: ProxySummary, style: str = "web") -> tuple[Plot, Plane]:
    with styled("test", STYLES[style]):
        plot, plane = cost(summary, Pen(STYLES[style], {})), plane_of(summary, STYLES[style])
    assert plot is not None
    assert plane is not None
    return plot, plane


@cache
def crowd(count: int, style: str) -> tuple[Plot, Plane]:
    return drawn(many(count, count), style)


@pytest.mark.parametrize("style", ["web", "icml", "neurips"])
@pytest.mark.parametrize("count", [8, 24, 40])
def test_labels_cover_neither_each_other_nor_the_fronts_nor_the_edge(count: int, style: str) -> None:
    plot, plane = crowd(count, style)
    axes = plot.figure.axes[0]
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    labels = [text.get_window_extent() for text in axes.texts if "noise" not in text.get_text()]
    fronts = [wall for line in lines_of(plane.fronts) for wall in walls(axes, line.corners)]
    assert len(fronts) > 4
    assert not any(label.overlaps(wall) for label in labels for wall in fronts)
    page = plot.figure.bbox
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1 for box in labels)
    assert plot.figure.legends[0].get_window_extent().width <= page.width
    wanted = len(notable(plane))
    assert len(labels) >= {8: wanted, 24: 0.85 * wanted, 40: 0.85 * wanted}[count]
    assert (wanted == count) == (count <= NAMED)
    hidden = count - len(labels)
    assert (f"{hidden} of the {count} proxies are drawn small" in plot.caption) == (hidden > 0)


@pytest.mark.parametrize("span", [(0.011, 0.9), (1e-4, 0.05), (3.0, 4e4), (0.2, 0.2)])
def test_ticks_of_seconds_keep_apart_and_end_with_the_points(span: tuple[float, float]) -> None:
    rows = [row("params", 0.5, 0.1, 0.0, 0.0), *(row("snip", 0.5, 0.1, 0.0, seconds) for seconds in span)]
    with styled("test", STYLES["icml"]):
        figure, axes = canvas(STYLES["icml"], 0.7)
        axis, _ = placed(rows, [FREE, UNTRAINED, UNTRAINED], 0.3)
        draw_seconds(axes, axis)
        figure.draw_without_rendering()
    boxes = sorted((label.get_window_extent() for label in axes.get_xticklabels()), key=lambda box: box.x0)
    assert len(boxes) > 2
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))
    assert max(axes.get_xticks()) <= 3 * span[1]
    assert max(axes.get_xticks(minor=True), default=0) <= 3 * span[1]


@pytest.mark.parametrize("style", ["web", "icml"])
def test_a_legend_of_all_kinds_fits_the_column(style: str) -> None:
    rows = (row("column", 0.4, 0.1, 2.0, 0.0), row("given", 0.3, 0.1, NAN, 0.1),
            row("latency_table", 0.3, 0.1, 0.0, 0.1), row("net", 0.3, 0.1, 0.0, 1.0),
            row("summed_cost", 0.3, 0.1, 0.0, 0.2, 50))  # fmt: skip
    found = many(8, 2)
    study = found.study | {
        "names": {"column": "column", "net": "inherited_fine_tune"},
        "hyper": {"column": {"seconds": 1.0}},
    }
    plot, plane = drawn(found._replace(rows=(*found.rows, *rows), study=study), style)
    legend = plot.figure.legends[0]
    assert {point.kind for point in plane.points} == set(KINDS)
    assert [text.get_text() for text in legend.get_texts()] == [kind.legend for kind in KINDS]
    assert legend.get_window_extent().width <= plot.figure.bbox.width


def test_the_first_of_two_labels_in_one_place_stays() -> None:
    figure, axes = canvas(WEB, 0.7)
    figure.set_layout_engine("none")
    written = [Placed(axes.text(x, 0.5, "name"), axes.plot([0, x], [0, 0.5])[0]) for x in (0.1, 0.11, 0.5, 0.9)]
    wall = Bbox(axes.transData.transform([(0.51, 0.0), (0.52, 1.0)]))
    assert keep_clear(written, [wall]) == [written[0], written[3]]
    assert list(axes.texts) == [written[0].text, written[3].text]
    assert list(axes.lines) == [written[0].leader, written[3].leader]


def brute(rows: list[tuple[str, Kind, float, float]], clock: str) -> set[str]:
    """Who is beaten by nobody: nobody is at most as dear and at least as good, and one of it strictly."""
    price = {name: 0.0 if kind is FREE else seconds for name, kind, seconds, _ in rows}
    able = [(name, price[name], tau) for name, kind, _, tau in rows if kind is FREE or kind.clock == clock]
    return {
        name for name, cost, tau in able
        if not any(c <= cost and t >= tau and (c < cost or t > tau) for _, c, t in able)
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_a_front_holds_exactly_those_that_none_on_its_clock_beats(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [(f"p{i}", KINDS[rng.integers(len(KINDS))], float(rng.integers(1, 6)), float(rng.integers(0, 6)) / 10)
            for i in range(12)]  # fmt: skip
    points = [
        Point(
            row(name, tau, 0.1, 0.0 if kind is FREE or kind.clock == MEASURED else x, x),
            kind,
            1e-6 if kind is FREE else x,
        )
        for name, kind, x, tau in rows
    ]
    fronts = {front.kind.clock: front for front in fronts_of(points)}
    paid = {kind.clock for _, kind, *_ in rows} & {"simulated", "measured"}
    assert set(fronts) == paid
    for clock, front in fronts.items():
        assert {point.row.proxy for point in front.points} == brute(rows, clock)
        assert front.end == max(point.x for point in points if point.kind.clock == clock)


@pytest.mark.parametrize("seed", range(10))
def test_a_staircase_stands_at_the_best_for_the_money(seed: int) -> None:
    plane = plane_of(many(15, seed), WEB)
    assert plane is not None
    free = max(point.row.kendall.point for point in plane.points if point.kind is FREE)
    lines = {line.kind.clock: line.corners for line in lines_of(plane.fronts)}
    assert lines["free"][:, 1].tolist() == [free, free]
    for clock in ("simulated", "measured"):
        own = [point for point in plane.points if point.kind.clock == clock]
        corners = lines.get(clock)
        if corners is None:
            assert max(point.row.kendall.point for point in own) <= free
            continue
        assert (np.diff(corners[:, 0]) >= 0).all()
        assert (np.diff(corners, axis=0) == 0).any(axis=1).all()
        assert (np.diff(corners[:, 1]) >= 0).all()
        assert corners[0, 1] == free
        for point in own:
            height = corners[corners[:, 0] <= point.x, 1].max(initial=free)
            assert height == max([free, *(p.row.kendall.point for p in own if p.x <= point.x)])


def test_no_clock_has_the_other_ones_proxies_on_its_front() -> None:
    rows = (row("dear", 0.9, 0.01, 100.0, 0.0), row("cheap", 0.8, 0.01, 0.0, 5.0), row("worse", 0.7, 0.01, 50.0, 0.0))
    plot, plane = drawn(many(8, 0)._replace(rows=rows))
    assert [[p.row.proxy for p in front.points] for front in plane.fronts] == [["worse", "dear"], ["cheap"]]
    assert "do not compare" in plot.caption
    assert plot.data.set_index("proxy")["on_front"].to_dict() == {
        "dear": True, "cheap": True, "worse": True, "noise ceiling": False,
    }  # fmt: skip


def test_kinds_follow_from_seconds_training_and_who_made_the_scores() -> None:
    study = {
        "names": {"a": "column", "b": "column", "c": "column"},
        "hyper": {"a": {"seconds": "t"}, "b": {}, "c": {"seconds": 0.0}},
    }
    assert kind_of(row("a", 0.5, 0, 2.0, 1e-6), study) is OTHERS
    assert kind_of(row("b", 0.5, 0, 0.0, 1e-6), study) is UNKNOWN
    assert kind_of(row("c", 0.5, 0, 0.0, 1e-6), study) is FREE
    assert kind_of(row("ridge", 0.5, 0, 2.0, 1e-6, 100), study) is PREDICTOR
    assert kind_of(row("sotl", 0.5, 0, 2.0, 1e-6), study) is BRIEF
    assert kind_of(row("snip", 0.5, 0, 0.0, 0.3), study) is UNTRAINED
    assert kind_of(row("params", 0.5, 0, 0.0, 9e-6), study) is FREE
    assert kind_of(row("x", 0.5, 0, NAN, 0.3), study) is UNKNOWN
    assert kind_of(row("latency_table", 0.5, 0, 0.0, 1e-3), study) is COUNTED
    assert kind_of(row("params", 0.5, 0, 0.0, 1e-3), study) is COUNTED
    assert kind_of(row("summed_cost", 0.5, 0, NAN, 1e-3, 50), study) is UNKNOWN
    assert kind_of(row("summed_cost", 0.5, 0, 0.0, 1e-3, 50), study) is LEARNED
    assert kind_of(row("darts", 0.5, 0, 0.0, 1e-3), study, {"darts"}) is SUPERNET


def test_what_trains_a_supernet_of_which_nothing_is_watched_is_no_untrained_network() -> None:
    rows = (row("tuned", 0.5, 0.1, 0.0, 2.0), row("snip", 0.4, 0.1, 0.0, 1.0))
    found = many(8, 0)
    study = found.study | {"names": {"tuned": "inherited_fine_tune"}}
    plane = plane_of(found._replace(rows=rows, study=study), WEB)
    assert plane is not None
    assert [point.kind for point in plane.points] == [SUPERNET, UNTRAINED]


def test_what_costs_nobody_knows_stands_apart_and_on_no_front() -> None:
    found = many(8, 0)
    best = row("mystery", 0.99, 0.001, NAN, 0.1)
    plot, plane = drawn(found._replace(rows=(best, *found.rows)))
    places = {point.row.proxy: point.x for point in plane.points}
    assert places["mystery"] > max(x for name, x in places.items() if name != "mystery")
    assert "not known" in plot.caption
    data = plot.data.set_index("proxy")
    assert np.isnan(data.loc["mystery", "seconds"])
    assert not data.loc["mystery", "on_front"]
    assert "unknown" in [label.get_text() for label in plot.figure.axes[0].get_xticklabels()]


def test_the_size_that_all_predictors_learned_from_is_said_once() -> None:
    rows = [row(f"{name}(train=50)", tau, 0.02, 3.0, 0.0, 50) for name, tau in (("ridge", 0.6), ("knn", 0.5))]
    found = many(8, 0)._replace(rows=tuple(rows))
    plot, _ = drawn(found)
    assert {"ridge", "knn"} <= {text.get_text() for text in plot.figure.axes[0].texts}
    assert "50 architectures" in plot.caption
    mixed = found._replace(rows=(*rows, row("gcn(train=99)", 0.4, 0.02, 5.0, 0.0, 99)))
    plot, _ = drawn(mixed)
    assert "ridge(train=50)" in {text.get_text().replace("\n", "") for text in plot.figure.axes[0].texts}
    assert "have learned from" not in plot.caption


def test_smaller_training_sets_are_on_the_front_in_the_data_and_under_the_mouse_but_have_no_name() -> None:
    sizes = ((500, 0.77, 4.8), (200, 0.71, 1.9), (20, 0.4, 0.2))
    forests = [row(f"forest(train={n})", tau, 0.02, s, 0.0, n)._replace(n=590, dropped=10) for n, tau, s in sizes]
    rows = (*forests, row("free", 0.65, 0.02, 0.0, 0.0))
    study = BASE.manifest["studies"][0] | {"names": {}, "hyper": {r.proxy: {"train": r.trained} for r in forests}}
    plot, plane = drawn(ProxySummary(study, pd.DataFrame(), rows, None))
    data = plot.data.set_index("proxy")
    assert set(data.index[data["on_front"]]) == {"free", "forest(train=200)", "forest(train=500)"}
    assert set(data.index) == {one.proxy for one in rows}
    hovered = "".join(text for trace in plot.hover["data"] for text in trace.get("text", ()))
    assert all(f"<b>{one.proxy}</b>" in hovered for one in rows)
    axes, traces = plot.figure.axes[0], plot.hover["data"]
    assert [trace["name"] for trace in traces if trace["showlegend"]] == ["predictor", "free"]
    assert {t["marker"]["size"]: "error_y" in t for t in traces if t["mode"] == "markers"} == {5: False, 10: True}
    symbols = {trace["name"]: trace["marker"]["symbol"] for trace in traces if trace["mode"] == "markers"}
    assert symbols == {"predictor": "square", "free": "triangle-left-open"}
    assert plot.hover["layout"]["xaxis"]["title"]["text"] == axes.get_xlabel()
    assert plot.hover["layout"]["xaxis"]["range"] == pytest.approx(np.log10(axes.get_xlim()))
    assert {text.get_text() for text in axes.texts} == {"forest", "free"}
    marks = {line.get_ydata()[0]: line.get_markersize() for line in axes.lines if line.get_marker() in ("s", "<")}
    assert marks[0.71] == marks[0.4] < marks[0.77] == marks[0.65]
    assert (1.9, 0.71) in {tuple(corner) for line in lines_of(plane.fronts) for corner in line.corners.tolist()}
    assert "Named predictors have learned from 500 architectures." in plot.caption
    assert "small, without a name and an interval" in plot.caption
    assert "of the 2 proxies" not in plot.caption
    assert "divided by the 600 it scores: with more to score it is cheaper." in plot.caption


def test_without_a_price_there_is_no_figure() -> None:
    rows = (row("params", 0.5, 0.1, 0.0, 0.0), row("mystery", 0.4, 0.1, NAN, 0.1))
    with styled("test"):
        assert cost(many(8, 0)._replace(rows=rows), pen([])) is None
        assert cost(many(8, 0)._replace(rows=(*rows, row("snip", 0.3, 0.1, 0.0, 0.1))), pen([])) is not None


def test_data_and_hover_hold_all_numbers_of_every_proxy() -> None:
    found = many(40, 40)
    plot, plane = crowd(40, "web")
    data = plot.data.set_index("proxy")
    texts = "".join(text for trace in plot.hover["data"] for text in trace.get("text", ()))
    for one in found.rows:
        line = data.loc[one.proxy]
        assert (line["kendall_tau_b"], line["low"], line["high"]) == tuple(one.kendall)
        assert (line["simulated_seconds"], line["measured_seconds"]) == (one.simulated, one.measured)
        assert line["seconds"] == (one.simulated or one.measured)
        assert f"<b>{one.proxy}</b>" in texts
    assert data.loc["noise ceiling", "kendall_tau_b"] == 0.9
    assert set(data.index[data["on_front"]]) == {p.row.proxy for front in plane.fronts for p in front.points}
    names = {trace["name"] for trace in plot.hover["data"]}
    assert {"noise ceiling", "free", "predictor", "front, simulated seconds"} <= names
    assert json.loads(json.dumps(plot.hover)) == plot.hover


def test_the_same_study_gives_the_same_file() -> None:
    found = many(8, 5)
    with styled("test"):
        one, two = (cost(found, pen([])) for _ in range(2))
    assert one is not None
    assert two is not None
    texts = [[(text.get_text(), text.get_position()) for text in plot.figure.axes[0].texts] for plot in (one, two)]
    assert texts[0] == texts[1]
    assert one.caption == two.caption
