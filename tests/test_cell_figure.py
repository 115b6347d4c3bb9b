"""The drawing of an architecture: every operation is there in words, nothing overlaps, and its numbers are right."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text
from reports_factory import fabricate

from harness.registry import load
from reports.diagram import diagram_of
from reports.figures.cell import best_cell, cell
from reports.figures.colours import OPERATIONS, colour_of
from reports.figures.pen import Pen
from reports.figures.style import MUTED, STYLES, styled
from reports.page.svg import VARIABLES
from reports.plot import Plot
from reports.summary.proxy import ProxySummary, summarize_proxies

NUMBERS = {
    "test_accuracy": "97.31 %", "params": "1,024,512", "rank by truth": "1 of 300",
    "rank by gradient_boosting(train=1000)": "12.5 of 300",
}  # fmt: skip
TIP = 3.0
"""Pixels that an arrow's line ends before its tip."""
CELLS = [
    ("nb201", 7441), ("nb201", 13714), ("nb101", 400_000), ("nb101", 12_345), ("nb_macro", 3000),
    ("transnas_macro", 2000), ("nats_sss", 20_000), ("transnas_micro", 4095),
]  # fmt: skip


@cache
def drawn(space: str, index: int, style: str = "icml") -> Plot:
    with styled("test", STYLES[style]):
        plot = cell({"space": space, "study": 3}, index, NUMBERS, Pen(STYLES[style], {}))
        assert plot is not None
        plot.figure.draw_without_rendering()
    return plot


@cache
def summary(**changes: object) -> ProxySummary:
    results = fabricate(algorithms=(), architectures=40, seeds=2, proxies=("synflow", "params"))
    study = results.manifest["studies"][0] | changes
    return summarize_proxies(study, results.scores, results.truth, results.measured)


@pytest.mark.parametrize("style", ["icml", "neurips"])
@pytest.mark.parametrize(("space", "index"), CELLS)
def test_all_words_are_there_apart_and_on_the_page(space: str, index: int, style: str) -> None:
    plot, diagram = drawn(space, index, style), diagram_of(space, index)
    assert diagram is not None
    axes = plot.figure.axes[0]
    words = sorted(text.get_text().replace("\n", " ") for text in axes.texts)
    names = [name for name in words if name.replace(" ", "") in {key.replace(" ", "") for key in NUMBERS}]
    labels = [node.label for node in diagram.nodes] + [edge.label for edge in diagram.edges if edge.label]
    assert len(names) == len(NUMBERS)
    assert sorted([*labels, *NUMBERS.values(), *names]) == words
    boxes = [Text.get_window_extent(text) for text in axes.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    page = plot.figure.bbox
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1 for box in boxes)
    assert plot.figure.get_figwidth() == STYLES[style].column


@pytest.mark.parametrize(("space", "index"), CELLS)
def test_words_stand_in_their_boxes_and_arrows_on_the_page(space: str, index: int) -> None:
    plot, diagram = drawn(space, index), diagram_of(space, index)
    assert diagram is not None
    axes = plot.figure.axes[0]
    boxes = [patch.get_window_extent() for patch in axes.patches if isinstance(patch, FancyBboxPatch)][::2]
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    assert len(boxes) == len(diagram.nodes)
    assert all(b.x0 - a.x1 >= 5 for a, b in pairwise(boxes))
    assert len(arrows) == len(diagram.edges)
    assert min(box.x0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= plot.figure.bbox.x1
    for text, box in zip([text for text in axes.texts if text.get_zorder() == 4], boxes, strict=True):
        inner = text.get_window_extent()
        assert box.x0 <= inner.x0
        assert inner.x1 <= box.x1
        assert box.y0 <= inner.y0
        assert inner.y1 <= box.y1
    for arrow, edge in zip(arrows, diagram.edges, strict=True):
        ends = arrow.get_path().get_extents().transformed(axes.transData)
        assert boxes[edge.source].x0 < ends.x0 < boxes[edge.source].x1 + 1
        assert boxes[edge.target].x0 - TIP < ends.x1 < boxes[edge.target].x1
        assert ends.y0 >= 0
        assert ends.y1 <= plot.figure.bbox.y1
        assert to_hex(arrow.get_edgecolor()) == colour_of(edge.label)


def test_colours_are_those_that_a_dark_page_changes() -> None:
    assert set(OPERATIONS.values()) <= set(VARIABLES)
    assert colour_of("input") == MUTED
    assert len({colour_of(name) for name in ("skip", "1x1 conv", "3x3 conv", "avg pool")}) == 4


def test_the_caption_and_the_data_hold_the_whole_cell() -> None:
    plot, diagram = drawn("nb201", 7441), diagram_of("nb201", 7441)
    assert diagram is not None
    assert plot.name == "cell_3"
    assert diagram.text in plot.caption
    assert "the operation is none" in plot.caption
    assert "none" not in drawn("nats_sss", 5).caption
    edges = plot.data[plot.data["part"] == "edge"]
    assert list(edges[["source", "target", "label", "bend"]].itertuples(index=False, name=None)) == list(diagram.edges)
    nodes = plot.data[plot.data["part"] == "node"]
    assert list(zip(nodes["x"], nodes["y"], nodes["label"], strict=True)) == list(diagram.nodes)
    values = plot.data[plot.data["part"] == "number"]
    assert dict(zip(values["label"], values["value"], strict=True)) == NUMBERS


def test_a_space_without_a_drawing_and_a_cell_without_numbers() -> None:
    with styled("test"):
        assert cell({"space": "elsewhere", "study": 0}, 1, NUMBERS, Pen(STYLES["web"], {})) is None
        bare = cell({"space": "nb201", "study": 0}, 1, {}, Pen(STYLES["web"], {}))
    assert bare is not None
    assert "number" not in set(bare.data["part"])


@pytest.mark.parametrize("maximize", [True, False])
def test_the_best_cell_has_the_best_truth_of_the_first_seed(maximize: bool) -> None:
    found = summary(maximize=maximize)
    with styled("test"):
        plot = best_cell(found, Pen(STYLES["web"], {}))
    assert plot is not None
    first = found.frame[found.frame["seed"] == 0]
    arch = int(first.loc[first["truth"].idxmax(), "arch"])
    assert load("space", "nb201")().encode(load("space", "nb201")().all()[arch]) in plot.caption
    assert "of the 40 architectures of the first seed" in plot.caption
    numbers = plot.data[plot.data["part"] == "number"].set_index("label")["value"]
    truth = first["truth"].max() * (1 if maximize else -1)
    assert numbers["test_accuracy"] == f"{truth:.2f} %"
    assert numbers["params"] == f"{first.set_index('arch').loc[arch, 'params'].iloc[0]:,}"
    own = first[first["proxy"] == found.rows[0].proxy]
    better = (own["score"] > own.set_index("arch").loc[arch, "score"]).sum()
    assert numbers[f"rank by {found.rows[0].proxy}"] == f"{better + 1} of 40"


def test_the_first_of_equally_good_ones_is_taken_and_without_truth_none() -> None:
    found = summary()
    level = found._replace(frame=found.frame.assign(truth=90.0))
    with styled("test"):
        plot = best_cell(level, Pen(STYLES["web"], {}))
        nothing = best_cell(found._replace(frame=found.frame.assign(truth=np.nan)), Pen(STYLES["web"], {}))
        empty = best_cell(found._replace(frame=found.frame.iloc[:0]), Pen(STYLES["web"], {}))
    assert plot is not None
    assert "Architecture 0 of nb201" in plot.caption
    assert nothing is None
    assert empty is None
