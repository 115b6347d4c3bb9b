"""What a second of proxy buys: rank correlation against the seconds that one architecture costs."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.statistics.bootstrap import Interval
from reports.figures.cost_hover import cost_hover
from reports.figures.front import on_fronts
from reports.figures.kinds import MEASURED, OTHERS, SIMULATED, UNKNOWN, seconds_of
from reports.figures.pen import Pen
from reports.figures.plane import Plane, draw_plane, plane_of, same_size
from reports.figures.style import WEB, Style
from reports.plot import Plot
from reports.summary.proxy import ProxySummary
from reports.summary.spread_costs import spread_note


def cost(summary: ProxySummary, pen: Pen) -> Plot | None:
    """The plane of cost and correlation; None where no proxy with a correlation costs anything known."""
    plane = plane_of(summary, pen.style)
    if plane is None:
        return None
    figure, names = draw_plane(plane, summary, pen.style)
    hover = cost_hover(plane, summary.ceiling, figure.axes[0])
    caption = f"{_caption(plane, len(names))} {spread_note([summary])}".rstrip()
    return Plot(f"cost_{summary.study['study']}", caption, figure, _data(plane, summary), hover)


def draw_cost(summary: ProxySummary, style: Style = WEB) -> Figure | None:
    """The plane with intervals, fronts, the noise ceiling and names; None like `cost`."""
    plane = plane_of(summary, style)
    return None if plane is None else draw_plane(plane, summary, style)[0]


def _caption(plane: Plane, names: int) -> str:
    """What is shown, how the fronts are made, and what is not named."""
    text = "What a second of proxy buys: Kendall τ-b with 95 % intervals against the seconds of one architecture."
    text += _fronts(plane)
    if same_size(plane):
        named = "Named predictors" if plane.smaller else "Predictors"
        text += f" {named} have learned from {same_size(plane):,} architectures."
    if plane.smaller:
        text += " Predictors that learned from fewer than their namesakes are small, without a name and an interval."
    kinds = [point.kind for point in plane.main]
    if OTHERS in kinds:
        text += " Seconds of others' scores are those that their file states, and have no front."
    if UNKNOWN in kinds:
        text += " What a score cost that stands at the right is not known."
    if names < len(kinds):
        others = "other proxies" if plane.smaller else "proxies"
        text += f" {len(kinds) - names} of the {len(kinds)} {others} are drawn small and without a name."
    return text


def _fronts(plane: Plane) -> str:
    clocks = [front.kind.clock for front in plane.fronts]
    steps = " Steps join the proxies, by their point estimates, that no cheaper one beats"
    if len(clocks) > 1:
        return (
            f"{steps} on the same clock: {SIMULATED} training seconds (filled) and {MEASURED} ones (open) do not "
            "compare, and what is practically free counts for both."
        )
    return f"{steps}; seconds are {clocks[0]}." if clocks else ""


def _data(plane: Plane, summary: ProxySummary) -> pd.DataFrame:
    """A row per proxy, and the noise ceiling; seconds are per architecture."""
    best = on_fronts(plane.fronts)
    rows = [
        {"proxy": row.proxy, "kind": kind.legend, "clock": kind.clock,
         "seconds": np.nan if kind is UNKNOWN else seconds_of(row),
         "simulated_seconds": row.simulated, "measured_seconds": row.measured, **_tau(row.kendall),
         "on_front": row.proxy in best, "architectures": row.n, "seeds": row.seeds, "learned_from": row.trained}
        for row, kind, _ in plane.points
    ]  # fmt: skip
    ceiling = summary.ceiling
    if ceiling is not None:
        end = {"on_front": False, "architectures": ceiling.n, "seeds": ceiling.seeds, "learned_from": 0}
        rows.append({"proxy": "noise ceiling", "kind": "noise ceiling", **_tau(ceiling.kendall), **end})
    return pd.DataFrame(rows)


def _tau(tau: Interval) -> dict[str, float]:
    return {"kendall_tau_b": tau.point, "low": tau.low, "high": tau.high}
