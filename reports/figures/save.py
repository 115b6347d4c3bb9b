"""Figures to files: the same bytes for the same input, with fonts that a printer has."""

import io
from pathlib import Path

from matplotlib.figure import Figure

from reports.figures.style import PAPER
from reports.plot import Plot
from reports.spreadsheet import inert_frame

DPI = 200


FONTS = {
    "'DejaVu Sans'": "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif",
    "'STIXGeneral'": "STIXGeneral, 'STIX Two Text', 'Times New Roman', Times, serif",
}
"""What an SVG asks for where the reader's machine lacks our font."""


def save(plot: Plot, folder: Path) -> str:
    """Write NAME.pdf, NAME.svg, NAME.png, and what the figure shows as NAME.csv; returns the SVG."""
    undated = {"CreationDate": None, "Creator": "nasgauge", "Producer": "nasgauge"}
    name, figure = plot.name, plot.figure
    figure.savefig(folder / f"{name}.pdf", metadata=undated)
    figure.savefig(folder / f"{name}.png", metadata={"Software": "nasgauge"}, dpi=DPI, facecolor=PAPER)
    svg = to_svg(figure)
    (folder / f"{name}.svg").write_text(svg, encoding="utf-8", newline="\n")
    inert_frame(plot.data).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    return svg


def to_svg(figure: Figure) -> str:
    """The figure as SVG with real text and without a background."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    svg = text.getvalue()
    for font, family in FONTS.items():
        svg = svg.replace(font, family)
    return svg
