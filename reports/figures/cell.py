"""One architecture, drawn for a paper: operations in words and colours, its numbers below."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from reports.diagram import Diagram, diagram_of
from reports.figures.drawing import draw_diagram
from reports.figures.pen import Pen
from reports.numbers import number
from reports.plot import Plot
from reports.summary.proxy import ProxySummary


def cell(study: Mapping[str, Any], index: int, numbers: Mapping[str, str], pen: Pen) -> Plot | None:
    """The architecture with this official index, with `numbers` by their names; None where its space has no drawing."""
    diagram = diagram_of(study["space"], index)
    if diagram is None:
        return None
    figure = draw_diagram(diagram, numbers, pen.style)
    caption = f"Architecture {index:,} of {study['space']}, {diagram.text}."
    if any(edge.label for edge in diagram.edges):
        caption += " Where no edge is drawn, the operation is none."
    return Plot(f"cell_{study['study']}", caption, figure, _data(diagram, numbers))


def best_cell(summary: ProxySummary, pen: Pen) -> Plot | None:
    """The architecture with the best truth among those of the first seed; None without a truth or a drawing.

    Of several that are equally good it is the first in the space's order.
    """
    frame, study = summary.frame, summary.study
    if frame.empty:
        return None
    known = frame[(frame["seed"] == frame["seed"].min()) & np.isfinite(frame["truth"].astype(float))]
    archs = known.drop_duplicates("arch").sort_values(["truth", "arch"], ascending=[False, True])
    if archs.empty:
        return None
    best = archs.iloc[0]
    plot = cell(study, int(best["arch"]), _numbers(summary, known, best), pen)
    if plot is None:
        return None
    what = f"The best by {study['truth']['metric']} of the {len(archs):,} architectures of the first seed"
    return plot._replace(caption=f"{what}. {plot.caption}")


def _numbers(summary: ProxySummary, known: pd.DataFrame, best: pd.Series) -> dict[str, str]:
    """Truth, size, and the rank that the best proxy gives it."""
    study = summary.study
    unit = f" {study['unit']}" if study.get("unit") else ""
    truth = best["truth"] if study["maximize"] else -best["truth"]
    numbers = {study["truth"]["metric"]: f"{number(truth)}{unit}"}
    if "params" in best and np.isfinite(best["params"]):
        numbers["params"] = f"{best['params']:,.10g}"
    row = summary.rows[0]
    own = known[(known["proxy"] == row.proxy) & known["score"].notna()]
    place = np.flatnonzero(own["arch"] == best["arch"])
    if len(place) and np.isfinite(row.kendall.point):
        rank = rankdata(-own["score"].to_numpy(float))[place[0]]
        numbers[f"rank by {row.proxy}"] = f"{rank:,.10g} of {len(own):,}"
    return numbers


def _data(diagram: Diagram, numbers: Mapping[str, str]) -> pd.DataFrame:
    """A row per node, per edge (from `source` to `target`, nodes by number), and per number."""
    nodes = [{"part": "node", "label": n.label, "node": i, "x": n.x, "y": n.y} for i, n in enumerate(diagram.nodes)]
    edges = [{"part": "edge", **edge._asdict()} for edge in diagram.edges]
    values = [{"part": "number", "label": name, "value": value} for name, value in numbers.items()]
    columns = ["part", "label", "node", "x", "y", "source", "target", "bend", "value"]
    frame = pd.DataFrame([*nodes, *edges, *values], columns=columns)
    return frame.astype({"node": "Int64", "source": "Int64", "target": "Int64"})
