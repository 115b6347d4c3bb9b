"""Figures of proxies: the heat map, bins of the truth, and bias by operation, in every style and from hostile data."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from reports_factory import PROXIES, fabricate

from harness.statistics.bootstrap import Interval
from reports.figures import agreement as heat
from reports.figures.agreement import agreement
from reports.figures.bias import bias
from reports.figures.bins import NAMED, bins, parted
from reports.figures.pen import Pen
from reports.figures.style import PAPER, STYLES, strokes, styled
from reports.operations import operation_words
from reports.plot import Plot
from reports.summary.agreement import TRUTH, Agreement
from reports.summary.bias import Bias, BiasRow
from reports.summary.bins import BinRow, Bins
from reports.summary.proxy import ProxySummary, summarize_proxies

NAMES = tuple(PROXIES)
UNKNOWN = Interval(np.nan, np.nan, np.nan)


@cache
def summary(proxies: tuple[str, ...] = NAMES) -> ProxySummary:
    results = fabricate(algorithms=(), architectures=15, seeds=1, proxies=proxies)
    return summarize_proxies(results.manifest["studies"][0], results.scores, results.truth, results.measured)


def pen(style: str = "web", labels: tuple[str, ...] = NAMES) -> Pen:
    return Pen(STYLES[style], strokes(labels))


def matrix(count: int, labels: tuple[str, ...] = ()) -> Agreement:
    rng = np.random.default_rng(0)
    taus = np.corrcoef(rng.normal(size=(count, 3)) + 0.3) * 0.9
    np.fill_diagonal(taus, 1)
    names = labels or (TRUTH, *(f"proxy_{i}" for i in range(1, count)))
    return Agreement(names, taus, 100, 1, 100, 1)


def heat_map(found: Agreement, style: str = "web") -> Plot:
    with styled("test", STYLES[style]):
        plot = agreement(summary(), found, pen(style))
        assert plot is not None
        plot.figure.draw_without_rendering()
    return plot


def cut_off(figure: Figure) -> list[str]:
    """The texts that leave the figure."""
    box, texts = figure.bbox, []
    for axes in figure.axes:
        texts += [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            texts += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text() and text.get_visible()]
    return [text for text, e in boxes if e.x0 < -1 or e.y0 < -1 or e.x1 > box.width + 1 or e.y1 > box.height + 1]


@pytest.mark.parametrize(("style", "count"), [("web", 3), ("web", 13), ("icml", 13), ("neurips", 13)])
def test_numbers_of_the_heat_map_fit_their_cells_in_a_column(style: str, count: int) -> None:
    figure = heat_map(matrix(count), style).figure
    assert figure.get_figwidth() == STYLES[style].column
    assert cut_off(figure) == []
    axes = figure.axes[0]
    cell = axes.get_window_extent().width / (count - 1)
    cells = [text for text in axes.texts if text.get_text() != "Kendall τ-b"]
    assert len(cells) == count * (count - 1) / 2
    assert all(text.get_window_extent().width <= cell and text.get_fontsize() >= 5.5 for text in cells)


def test_cells_show_their_correlation_where_they_stand() -> None:
    found = matrix(5)
    axes = heat_map(found).figure.axes[0]
    for text in axes.texts[1:]:
        x, y = text.get_position()
        row, column = int(y) + 1, int(x)
        assert float(text.get_text().replace("−", "-")) == pytest.approx(found.kendall[row, column], abs=0.0051)
    assert [t.get_text() for t in axes.get_xticklabels()] == list(found.labels[:-1])
    assert [t.get_text() for t in axes.get_yticklabels()] == list(found.labels[1:])
    assert axes.yaxis_inverted()


def test_many_proxies_take_a_page_and_their_signs_are_read_in_grey(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heat, "LEAST", 9.0)  # as if there were so many that no number fits
    found = matrix(13)
    plot = heat_map(found, "icml")
    assert plot.figure.get_figwidth() == STYLES["icml"].page
    assert "A minus sign marks negative correlations." in plot.caption
    signs = [text.get_text() for text in plot.figure.axes[0].texts]
    assert signs.count("−") == (found.kendall[np.tril_indices(13, -1)] < 0).sum()
    assert plot.figure.axes[0].child_axes
    assert cut_off(plot.figure) == []


def test_undefined_correlations_are_crosses() -> None:
    found = matrix(4)
    found.kendall[3, :3] = found.kendall[:3, 3] = np.nan
    plot = heat_map(found)
    assert [text.get_text() for text in plot.figure.axes[0].texts].count("×") == 3
    assert "A cross stands for a correlation that is undefined" in plot.caption
    assert "cross" not in heat_map(matrix(4)).caption
    assert "proxies that agree tend to stand side by side" in plot.caption
    assert plot.hover is not None
    assert plot.hover["data"][0]["z"][3] == [None, None, None, 1.0]


def test_letters_can_be_read_on_their_cells() -> None:
    for tau in np.linspace(-1, 1, 21):
        red, green, blue, _ = heat.MAP((tau + 1) / 2)
        cell = contrast_part(red, green, blue)
        letters = contrast_part(*(int(heat._letters(tau)[i : i + 2], 16) / 255 for i in (1, 3, 5)))
        high, low = max(cell, letters), min(cell, letters)
        assert (high + 0.05) / (low + 0.05) > 4.3, tau


def contrast_part(*channels: float) -> float:
    """Relative luminance (Web Content Accessibility Guidelines 2.1)."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_the_heat_map_keeps_each_pair_once() -> None:
    found = matrix(4)
    data = heat_map(found).data
    assert len(data) == 6
    for row in data.itertuples():
        i, j = found.labels.index(row.proxy), found.labels.index(row.other)
        assert row.kendall_tau_b == found.kendall[i, j]
    assert agreement(summary(), None, pen()) is None


def binned(labels: tuple[str, ...] = NAMES) -> Bins:
    edges = ((50.0, 60.5), (60.5, 70.0), (70.0, 80.0), (80.0, 90.0), (90.0, 92.0))
    rows = tuple(
        BinRow(label, tuple(Interval(0.1 * i + 0.05 * j, 0.1 * i - 0.1, 0.1 * i + 0.3) for j in range(5)))
        for i, label in enumerate(labels)
    )
    return Bins(edges, rows)


@pytest.mark.parametrize("style", ["web", "icml", "neurips"])
def test_bins_name_the_best_and_draw_the_others_faint(style: str) -> None:
    with styled("test", STYLES[style]):
        plot = bins(summary(), binned(), pen(style))
        assert plot is not None
        plot.figure.draw_without_rendering()
    axes = plot.figure.axes[0]
    assert {text.get_text().replace("\n", "") for text in axes.texts} == set(NAMES[:NAMED])
    assert cut_off(plot.figure) == []
    assert axes.get_xticklabels()[0].get_text() == "50.0\nto 60.5"
    assert "test_accuracy (%)" in axes.get_xlabel()
    assert "correlations tend to be lower than over all" in plot.caption
    assert f"the {NAMED} best over all; grey: the {len(NAMES) - NAMED} others" in plot.caption
    first = next(line for line in axes.lines if line.get_linewidth() == 1.1)
    assert first.get_ydata().tolist() == pytest.approx([0, 0.05, 0.1, 0.15, 0.2])


def test_intervals_of_bins_lie_within_the_axes() -> None:
    with styled("test"):
        plot = bins(summary(), binned(), pen())
    assert plot is not None
    low, high = plot.figure.axes[0].get_ylim()
    assert low < -0.1
    assert high > 0.8


def test_the_data_of_bins_are_whole_and_follow_the_direction_of_the_metric() -> None:
    loss = summary()._replace(study=summary().study | {"maximize": False, "unit": None})
    with styled("test"):
        plot, turned = bins(summary(), binned(), pen()), bins(loss, binned(), pen())
        assert plot is not None
        assert turned is not None
        assert turned.figure.axes[0].get_xticklabels()[0].get_text() == "−50.0\nto −60.5"
    assert len(plot.data) == 5 * len(NAMES)
    row = plot.data[(plot.data["proxy"] == NAMES[2]) & (plot.data["bin"] == 4)].iloc[0]
    assert row[["truth_from", "truth_to", "kendall_tau_b", "low", "high"]].tolist() == pytest.approx(
        [80, 90, 0.35, 0.1, 0.5]
    )
    assert turned.data["truth_from"].iloc[0] == -50


def test_bins_under_a_mouse_have_bars_ranges_and_no_name_for_the_faint() -> None:
    with styled("test"):
        plot = bins(summary(), binned(), pen())
    assert plot is not None
    assert plot.hover is not None
    named, others = parted(binned())
    axis, axes = plot.hover["layout"]["xaxis"], plot.figure.axes[0]
    assert [text.replace("<br>", "\n") for text in axis["ticktext"]] == [t.get_text() for t in axes.get_xticklabels()]
    assert axis["title"]["text"] == axes.get_xlabel()
    traces = plot.hover["data"]
    assert [trace["name"] for trace in traces if trace["showlegend"]] == [row.proxy for row in named]
    assert [trace["name"] for trace in traces if "error_y" in trace] == [row.proxy for row in named]
    assert len(traces) == len(named) + len(others)
    assert len({trace["x"][0] for trace in traces if trace["showlegend"]}) == len(named)


def test_a_proxy_without_any_correlation_has_no_line() -> None:
    found = binned()
    lost = found._replace(rows=(BinRow("lost", (UNKNOWN,) * 5), *found.rows[:2]))
    assert [row.proxy for row in parted(lost)[0]] == list(NAMES[:2])
    assert bins(summary(), lost._replace(rows=lost.rows[:1]), pen()) is None
    assert bins(summary(), None, pen()) is None


def biased(labels: tuple[str, ...] = NAMES) -> Bias:
    values = (-8.0, 3.0, 0.2, 5.0, -0.2)
    rows = tuple(BiasRow(label, tuple(Interval(v + i, v + i - 1, v + i + 1) for v in values))
                 for i, label in enumerate(labels))  # fmt: skip
    return Bias(("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"), rows)


@pytest.mark.parametrize("style", ["web", "icml", "neurips"])
def test_bias_has_a_panel_per_operation_and_a_mark_per_proxy(style: str) -> None:
    with styled("test", STYLES[style]):
        plot = bias(summary(), biased(), pen(style))
        assert plot is not None
        plot.figure.draw_without_rendering()
    panels = plot.figure.axes
    assert [axes.get_title() for axes in panels] == ["none", "skip", "1×1\nconv.", "3×3\nconv.", "3×3\navg.\npool"]
    assert cut_off(plot.figure) == []
    assert [text.get_text().replace("\n", "") for text in panels[0].get_yticklabels()] == list(NAMES)
    places = [line.get_xdata()[0] for line in panels[0].lines if line.get_marker() != "None"]
    assert places == pytest.approx([-8.0 + i for i in range(len(NAMES))])
    low, high = panels[0].get_xlim()
    assert low == -high
    assert high > 12 + 1
    titles = [axes.title.get_window_extent() for axes in panels]
    assert not any(a.overlaps(b) for i, a in enumerate(titles) for b in titles[:i])


def test_a_mark_is_hollow_where_its_interval_holds_zero() -> None:
    with styled("test"):
        plot = bias(summary(), biased(NAMES[:1]), pen())
    assert plot is not None
    faces = [
        to_hex(line.get_markerfacecolor()) == PAPER
        for axes in plot.figure.axes for line in axes.lines if line.get_marker() != "None"
    ]  # fmt: skip
    assert faces == [False, False, True, False, True]


def test_bias_under_a_mouse_has_the_panels_and_the_marks_as_they_are_drawn() -> None:
    with styled("test"):
        plot = bias(summary(), biased(), pen())
    assert plot is not None
    assert plot.hover is not None
    layout, panels = plot.hover["layout"], plot.figure.axes
    assert [note["text"].replace("<br>", "\n") for note in layout["annotations"][1:]] == [a.get_title() for a in panels]
    for i in range(len(panels)):
        axis = layout[f"xaxis{i + 1}" if i else "xaxis"]
        assert axis["range"] == pytest.approx(panels[i].get_xlim())
        assert axis["tickvals"] == pytest.approx(panels[i].get_xticks())
        assert axis["zeroline"]
    first, low = layout["yaxis"]["categoryarray"], [trace["x"][0] - trace["error_x"]["arrayminus"][0]
                                                    for trace in plot.hover["data"]]  # fmt: skip
    assert first == list(NAMES)
    assert len(plot.hover["data"]) == len(plot.data)
    marks = {(t["y"][0], t["xaxis"]): t["marker"]["symbol"].endswith("-open") for t in plot.hover["data"]}
    assert low == pytest.approx(plot.data.sort_values("operation", key=_panel, kind="stable")["low"].tolist())
    holds = (plot.data["low"] <= 0) & (plot.data["high"] >= 0)
    assert sum(marks.values()) == holds.sum() > 0


def _panel(operations: pd.Series) -> pd.Series:
    return operations.map({name: place for place, name in enumerate(operations.unique())})


def test_the_data_of_bias_are_whole_and_a_proxy_that_ranks_nothing_is_left_out() -> None:
    rows = tuple(
        row._replace(kendall=UNKNOWN) if row.proxy == "synflow" else row for row in summary().rows
    )  # fmt: skip
    with styled("test"):
        plot = bias(summary()._replace(rows=rows), biased(), pen())
    assert plot is not None
    assert set(plot.data["proxy"]) == set(NAMES) - {"synflow"}
    assert "Left out, for they have no correlation: synflow." in plot.caption
    assert "percentage points of rank one more of an operation in place of an average one" in plot.caption
    row = plot.data[(plot.data["proxy"] == "flops") & (plot.data["operation"] == "nor_conv_3x3")].iloc[0]
    assert row[["bias_percentage_points_of_rank", "low", "high"]].tolist() == [6, 5, 7]
    assert bias(summary(), None, pen()) is None
    assert bias(summary(), Bias(("none",), (BiasRow("params", (UNKNOWN,)),)), pen()) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [("nor_conv_3x3", "3×3 conv."), ("conv_1x1", "1×1 conv."), ("skip_connect", "skip"), ("sep_mix", "sep mix"),
     ("none", "none"), ("max_pool_3x3", "3×3 max. pool")],
)  # fmt: skip
def test_operations_in_words(name: str, words: str) -> None:
    assert operation_words(name) == words
