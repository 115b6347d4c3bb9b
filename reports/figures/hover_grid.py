"""Several hover figures as one, in a grid."""

from collections.abc import Sequence

from reports.figures.hover import Hover

GAP = 0.08
"""What stays free between two panels, as a share of the width; twice as much of the height."""


def hover_grid(panels: Sequence[Hover], columns: int) -> Hover:
    """The panels in rows from the upper left; a name stands once in the legend and shows or hides all its curves."""
    rows, seen = -(-len(panels) // columns), set()
    found: Hover = {"data": [], "layout": {"hovermode": "closest"}}
    for i, panel in enumerate(panels):
        suffix = "" if i == 0 else str(i + 1)
        across = _part(i % columns, columns, GAP)
        up = _part(rows - 1 - i // columns, rows, 2 * GAP)
        found["layout"][f"xaxis{suffix}"] = panel["layout"]["xaxis"] | {"domain": across, "anchor": f"y{suffix}"}
        found["layout"][f"yaxis{suffix}"] = panel["layout"]["yaxis"] | {"domain": up, "anchor": f"x{suffix}"}
        for trace in panel["data"]:
            name, shown = trace["name"], trace.get("showlegend", True)
            own = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}", "legendgroup": name}
            found["data"].append(trace | own | {"showlegend": shown and name not in seen})
            seen |= {name} if shown else set()
    return found


def _part(place: int, count: int, gap: float) -> list[float]:
    """Where one of several equal parts of a side begins and ends."""
    size = (1 - gap * (count - 1)) / count
    return [round(place * (size + gap), 4), round(place * (size + gap) + size, 4)]
