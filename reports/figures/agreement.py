"""How far proxies agree with each other and with the truth: a heat map of rank correlations."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

from reports.figures.hover import Hover, hover_matrix
from reports.figures.pen import Pen
from reports.figures.style import BLUE, INK, PAPER, VERMILLION, canvas, small
from reports.numbers import number
from reports.plot import Plot
from reports.summary.agreement import Agreement, extent
from reports.summary.proxy import ProxySummary

DARK, LIGHT = "#080808", "#fefefe"
"""Letters on coloured cells, which the page's dark mode leaves as they are; so they are none of our inks."""
MAP = LinearSegmentedColormap.from_list("agreement", ["#d45d01", "#f7f7f7", "#0171b1"])
WEIGHTS, MIDDLE = (0.2126, 0.7152, 0.0722), 0.183
"""Of red, green and blue in a colour's luminance, and the luminance on which dark and light letters are read alike."""
UNDEFINED = "×"
LEAST = 5.5
"""Points of the smallest numbers that are still read."""
ROOM = 0.88
"""The share of a cell's width that its number may take."""
HIGHEST = 0.34
"""Inches of the highest cell: few proxies make wide cells, not a high figure."""


class Numbers(NamedTuple):
    """What is written into the cells, shape (rows, columns), and in how many points."""

    texts: NDArray[np.object_]
    size: float


def agreement(summary: ProxySummary, found: Agreement | None, pen: Pen) -> Plot | None:
    """The lower triangle of the matrix, the truth first; None where there is nothing to compare."""
    if found is None:
        return None
    figure = draw_agreement(found, pen)
    caption = (
        f"Kendall τ-b of every two proxies, and of each with the truth ({summary.study['truth']['metric']}), on the "
        f"architectures that both scored{extent(found)}. Ordered by average-linkage clustering on 1 - τ, so that "
        "proxies that agree tend to stand side by side."
    )
    if np.isnan(found.kendall).any():
        caption += " A cross stands for a correlation that is undefined: scores are equal, or missing."
    if not _numbered(figure):
        caption += " A minus sign marks negative correlations."
    return Plot(f"agreement_{summary.study['study']}", caption, figure, _data(found), _hover(found))


def _data(found: Agreement) -> pd.DataFrame:
    """A row for each pair, as the cells are read from the left and the top."""
    rows, columns = np.tril_indices(len(found.labels), -1)
    labels = np.array(found.labels, dtype=object)
    return pd.DataFrame(
        {"proxy": labels[rows], "other": labels[columns], "kendall_tau_b": found.kendall[rows, columns]}
    )


def _hover(found: Agreement) -> Hover:
    hover = hover_matrix(found.kendall.tolist(), found.labels, found.labels, low=-1, high=1)
    hover["data"][0]["colorscale"] = [[0, VERMILLION], [0.5, "#f7f7f7"], [1, BLUE]]
    return hover


def draw_agreement(found: Agreement, pen: Pen) -> Figure:
    """A column wide where the numbers fit into the cells, else a page wide, there without them if need be."""
    for wide in (False, True):
        figure, axes = canvas(pen.style, 1.0, wide=wide)
        _draw_cells(axes, found)
        _square(figure, axes)
        numbers = _numbers(axes, found)
        if numbers.size >= LEAST:
            break
    if numbers.size >= LEAST:
        axes.text(1, 1, "Kendall τ-b", ha="right", va="top", transform=axes.transAxes, fontsize=small())
    else:
        numbers = _signs(found, numbers.size)
        _draw_scale(axes)
    _write(axes, found, numbers)
    return figure


def _numbered(figure: Figure) -> bool:
    """Whether there are numbers in the cells, and so no scale beside them."""
    return not figure.axes[0].child_axes


def _triangle(found: Agreement) -> NDArray[np.float64]:
    """The cells that are drawn: a row for each but the truth, a column for each but the last, NaN above."""
    lower = found.kendall[1:, :-1]
    return np.where(np.tri(len(lower), dtype=bool), lower, np.nan)


def _draw_cells(axes: Axes, found: Agreement) -> None:
    taus = _triangle(found)
    axes.pcolormesh(taus, cmap=MAP, vmin=-1, vmax=1, edgecolors=PAPER, linewidth=0.7)
    axes.axvline(1, color=PAPER, linewidth=2.5)
    axes.invert_yaxis()
    middles = np.arange(len(taus)) + 0.5
    axes.set_xticks(middles, found.labels[:-1], rotation=90)
    axes.set_yticks(middles, found.labels[1:])
    axes.tick_params(length=0, pad=2, labelsize=small())
    axes.spines[:].set_visible(False)


def _square(figure: Figure, axes: Axes) -> None:
    """Make the figure as high as it takes for square cells, or for rows of text where cells are narrower than that.

    Labels shrink where lines of text would overlap all the same.
    """
    figure.draw_without_rendering()
    width, height = _inches(axes)
    cells = len(axes.get_xticks())
    cell = min(width / cells, HIGHEST)
    size = min(small(), cell * 72 / 1.2)
    axes.tick_params(labelsize=size)
    figure.set_size_inches(figure.get_figwidth(), figure.get_figheight() - height + cells * cell)
    figure.draw_without_rendering()


def _inches(axes: Axes) -> tuple[float, float]:
    figure = axes.get_figure(root=True)
    assert figure is not None
    box = axes.get_window_extent()
    return box.width / figure.dpi, box.height / figure.dpi


def _numbers(axes: Axes, found: Agreement) -> Numbers:
    """The correlations, without the zero before the point where that makes them larger, as large as cells allow."""
    taus = _triangle(found)
    whole, short = (np.array([[form(tau) for tau in row] for row in taus], dtype=object) for form in (_whole, _short))
    width = 72 * _inches(axes)[0] / len(taus) * ROOM
    sizes = [min(small(), small() * width / _widest(axes, texts[np.tri(len(taus), dtype=bool)]))
             for texts in (whole, short)]  # fmt: skip
    return Numbers(whole, sizes[0]) if sizes[0] > small() - 1 else Numbers(short, sizes[1])


def _whole(tau: float) -> str:
    return number(tau).replace("-", "−") if np.isfinite(tau) else UNDEFINED


def _short(tau: float) -> str:
    return _whole(tau).replace("0.", ".").replace("1.00", "1.0")


def _widest(axes: Axes, texts: NDArray[np.object_]) -> float:
    """The width of the longest text in points when it is small."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    drawn = [Text(0, 0, text, fontsize=small(), figure=figure) for text in sorted(set(texts))]
    return max(text.get_window_extent().width for text in drawn) * 72 / figure.dpi


def _signs(found: Agreement, size: float) -> Numbers:
    """A sign in each negative cell, which looks like a positive one in grey."""
    taus = _triangle(found)
    signs = np.where(np.isnan(taus), UNDEFINED, np.where(taus < 0, "−", ""))
    return Numbers(signs.astype(object), 1.5 * size)


def _write(axes: Axes, found: Agreement, numbers: Numbers) -> None:
    taus = _triangle(found)
    for i, j in zip(*np.tril_indices(len(taus)), strict=True):
        axes.text(j + 0.5, i + 0.5, numbers.texts[i, j], ha="center", va="center_baseline", fontsize=numbers.size,
                  color=_letters(taus[i, j]))  # fmt: skip


def _letters(tau: float) -> str:
    """Dark or light, whichever is read better on the cell's colour; an undefined cell has none."""
    if np.isnan(tau):
        return INK
    luminance = np.dot(WEIGHTS, np.array(MAP((tau + 1) / 2)[:3]) ** 2.2)
    return DARK if luminance > MIDDLE else LIGHT


def _draw_scale(axes: Axes) -> None:
    """The colours' meaning, in the empty triangle."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    place = axes.inset_axes((0.6, 0.93, 0.38, 0.03))
    bar = figure.colorbar(axes.collections[0], cax=place, orientation="horizontal", ticks=[-1, -0.5, 0, 0.5, 1])
    bar.outline.set_visible(False)
    place.set_title("Kendall τ-b", fontsize=small(), pad=3)
    place.tick_params(labelsize=small(), length=2)
