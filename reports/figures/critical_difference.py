"""Which algorithms differ? Average ranks on an axis, and bars over those that cannot be told apart.

Demsar, JMLR 7, 2006, figure 1; the tests are those of Benavoli et al., JMLR 17, 2016.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.statistics.critical_difference import Diagram, nemenyi_diagram, wilcoxon_diagram
from reports.figures.cd_layout import TINY, Layout, layout_of
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import INK, MUTED, blank, small
from reports.numbers import number
from reports.plot import Plot
from reports.summary.group import Group, few_runs, rows_of

LEAST_LABELS, LEAST_ROWS = 3, 2
TICK, OVER = 3.0, 2.0
"""Points: the length of a tick, and how far a bar sticks out over its outermost algorithms."""
TIGHT = 11.0
"""Ranks that are nearer on the axis, in points, have a number at every second one only."""
NAMES, LETTER = 0.3, 0.52
"""The share of the width that names may take on each side, and the width of a letter, in its size."""


def critical_difference(group: Group, suffix: str, pen: Pen) -> Plot | None:
    """The diagram over all pairs of data set and seed; None with fewer than 3 algorithms or 2 such pairs.

    Signed-rank tests hold differences on one data set against those on another; where metrics or units are not the
    same everywhere, Nemenyi's test takes their place, which knows ranks only.
    """
    rows = rows_of(group) if len(group.labels) >= LEAST_LABELS else np.empty((0, 0))
    if len(rows) < LEAST_ROWS:
        return None
    diagram = wilcoxon_diagram(rows) if group.commensurable else nemenyi_diagram(rows)
    labels = list(group.labels)
    figure = draw_diagram(diagram, labels, pen)
    return Plot(f"critical_difference{suffix}", _caption(group, diagram, len(rows)), figure, _data(diagram, labels))


def draw_diagram(diagram: Diagram, labels: list[str], pen: Pen) -> Figure:
    """The axis of ranks above, names on both sides, and bars between."""
    figure = blank(pen.style, 1.0)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    letters = int(NAMES * 72 * pen.style.column / (LETTER * small()))
    texts = [
        axes.text(0, 0, wrapped(label, letters), fontsize=small(), va="center", linespacing=1.0) for label in labels
    ]
    layout = layout_of(diagram, texts, 72 * pen.style.column)
    figure.set_size_inches(layout.width / 72, layout.height / 72)
    axes.set(xlim=(0, layout.width), ylim=(0, layout.height))
    _draw_axis(figure, layout, diagram)
    for i, label in enumerate(labels):
        name, x = layout.names[i], layout.x(float(diagram.ranks[i]))
        color, towards = pen.strokes[label].color, -1 if name.on_left else 1
        axes.plot([x, x, name.x], [layout.axis, name.y, name.y], color=color, linewidth=1.0, solid_joinstyle="miter")
        sides = ("right", "left") if name.on_left else ("left", "right")
        texts[i].set(position=(name.x + 2 * towards, name.y), ha=sides[0])
        axes.text(name.x - towards, name.y + 0.5, number(float(diagram.ranks[i]), 2), color=MUTED,
                  fontsize=small() - TINY, ha=sides[1], va="bottom")  # fmt: skip
    for clique, y in zip(diagram.cliques, layout.bars, strict=True):
        places = [layout.x(float(diagram.ranks[i])) for i in clique]
        axes.plot([places[0] - OVER, places[-1] + OVER], [y, y], color=INK, linewidth=1.8, zorder=4)
        axes.plot(places, [y] * len(places), "o", color=INK, markersize=3.2, markeredgewidth=0, zorder=4)
    return figure


def _draw_axis(figure: Figure, layout: Layout, diagram: Diagram) -> None:
    """The ranks with their numbers, the title, and Nemenyi's distance where there is one that fits."""
    (axes,) = figure.axes
    axes.plot([layout.left, layout.right], [layout.axis] * 2, color=MUTED, linewidth=0.8)
    step = 1 if layout.x(layout.low + 1) - layout.left >= TIGHT else 2
    for rank in range(layout.low, layout.high + 1):
        x = layout.x(rank)
        axes.plot([x, x], [layout.axis, layout.axis + TICK], color=MUTED, linewidth=0.8)
        if (rank - layout.low) % step == 0:
            axes.text(x, layout.axis + TICK + 1.5, str(rank), ha="center", va="bottom", fontsize=small())
    above = layout.axis + TICK + 1.5 + 1.35 * small()
    axes.text((layout.left + layout.right) / 2, above, "average rank (1 = best)", ha="center", va="bottom")
    if layout.distance:
        y = layout.height - small() / 2 - 2
        axes.plot([layout.left, layout.left + layout.distance], [y, y], color=INK, linewidth=1.2, marker="|",
                  markersize=5)  # fmt: skip
        axes.text(layout.left + layout.distance + 4, y, f"CD = {number(diagram.distance, 2)}", va="center",
                  fontsize=small() - 0.5)  # fmt: skip


def _data(diagram: Diagram, labels: list[str]) -> pd.DataFrame:
    """A row per pair: average ranks, the corrected p-value, and whether a bar joins the two."""
    return pd.DataFrame([
        {"algorithm": a, "average_rank": diagram.ranks[i], "other": labels[j], "other_average_rank": diagram.ranks[j],
         "p": diagram.p[i, j], "joined": any({i, j} <= set(clique) for clique in diagram.cliques)}
        for i, a in enumerate(labels) for j in range(i + 1, len(labels))
    ])  # fmt: skip


def _caption(group: Group, diagram: Diagram, rows: int) -> str:
    k, few = len(group.searches), few_runs(group)
    over = f"{rows:,} pairs of data set and seed from {k} data sets" if k > 1 else f"{rows:,} seeds"
    return (
        f"Critical-difference diagram: average ranks of what runs end with, over {over}. A bar joins algorithms, "
        f"marked on it, of which no two are told apart ({_tests(group, diagram)}). Seeds are repetitions: it speaks of "
        f"{'these data sets' if k > 1 else 'this data set'} only."
        f"{f' Underpowered ({few}): a hint only.' if few else ''}"
    )


def _tests(group: Group, diagram: Diagram) -> str:
    """The tests behind the bars, and why verdicts may differ from them."""
    pairs = len(group.labels) * (len(group.labels) - 1) // 2
    beside = ""
    if group.baseline in group.labels:
        verdicts = f"; verdicts against {group.baseline} alone"
        beside = f"{verdicts} are corrected for fewer and can find more"
        if len(group.searches) > 1 or not group.commensurable:
            beside = f"{verdicts} are tests on each data set, and can differ"
    if group.commensurable:
        return f"signed-rank tests, 5 %, Holm-corrected for all {pairs} pairs{beside}"
    return f"Nemenyi's test, 5 %: ranks that lie less than CD = {number(diagram.distance, 2)} apart{beside}"
