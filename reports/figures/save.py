"""Figures to files: the same bytes for the same input, with fonts that a printer has."""

import io
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from reports.figures.style import PAPER

DPI = 200


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write NAME.pdf and NAME.png."""
    dates = {"CreationDate": None, "Creator": "nasgauge", "Producer": "nasgauge"}
    FigureCanvasPdf(figure).print_pdf(folder / f"{name}.pdf", metadata=dates)
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    figure.set_facecolor(PAPER)
    canvas.print_png(folder / f"{name}.png", metadata={"Software": "nasgauge"})


def to_svg(figure: Figure) -> str:
    """The figure as SVG with real text and without a background."""
    figure.patch.set_visible(False)
    for axes in figure.axes:
        axes.patch.set_visible(False)
    text = io.StringIO()
    FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None})
    figure.patch.set_visible(True)
    return text.getvalue()
