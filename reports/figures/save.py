"""Figures to files: the same bytes for the same input, with fonts that a printer has."""

import io
from pathlib import Path

from matplotlib.figure import Figure

from reports.figures.style import PAPER

DPI = 200


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write NAME.pdf and NAME.png."""
    undated = {"CreationDate": None, "Creator": "nasgauge", "Producer": "nasgauge"}
    figure.savefig(folder / f"{name}.pdf", metadata=undated)
    figure.savefig(folder / f"{name}.png", metadata={"Software": "nasgauge"}, dpi=DPI, facecolor=PAPER)


def to_svg(figure: Figure) -> str:
    """The figure as SVG with real text and without a background."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    return text.getvalue()
