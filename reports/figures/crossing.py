"""Do the fast learners end up good? Learning curves, and how the ranks of the best cross on the way."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator
from numpy.typing import NDArray
from scipy.stats import rankdata

from reports.figures.crossing_hover import hover_crossing, is_log
from reports.figures.ends import name_ends
from reports.figures.pen import Pen
from reports.figures.style import INK, PAPER, RULE, Stroke, blank, small, strokes
from reports.numbers import number
from reports.plot import Plot
from reports.summary.crossing import Crossing
from reports.summary.proxy import ProxySummary
from reports.words import unit_of

BEST, OTHERS = 10, 30
"""Architectures that are drawn in colour, and at most so many in grey, evenly spread over the others by truth."""
GAP = 0.35
"""How much farther the truth stands from the last number of epochs than these from each other."""


def crossing(summary: ProxySummary, found: Crossing | None, pen: Pen) -> Plot | None:
    """Curves above, ranks below; None where no two proxies differ in epochs alone."""
    if found is None:
        return None
    best, others = shown(found)
    figure = draw_crossing(summary, found, pen)
    named = names(found, best)
    name = f"crossing_{summary.study['study']}"
    return Plot(
        name,
        _caption(summary, found),
        figure,
        _data(found, best, others),
        hover_crossing(found, (best, others), ranks(found), named, _measure(summary, found)),
    )


def _caption(summary: ProxySummary, found: Crossing) -> str:
    best, others = shown(found)
    truth, own = summary.study["truth"], ", each in a schedule of its own" if found.schedule == "own" else ""
    text = (
        f"Above: {found.metric} of the first seed's architectures after so many epochs{own}, the {len(best)} best by "
        f"truth ({truth['metric']}) in colour and {len(others)} others in grey. Below: the ranks of the best among all "
        f"{len(found.archs):,}; in percent, of the pairs of architectures that the truth orders, those swapped: "
        "ordered the other way round so early, equal scores counted half."
    )
    if found.epochs[-1] == truth["epochs"]:
        other = "" if found.metric == truth["metric"] else f", and the difference to {truth['metric']}"
        text += f" What all {found.epochs[-1]} epochs swap is the noise of training{other}."
    return text


def draw_crossing(summary: ProxySummary, found: Crossing, pen: Pen) -> Figure:
    """Two panels, one above the other; a colour, a dash and a marker mean the same architecture in both."""
    figure = blank(pen.style, 1.28)
    above, below = figure.subplots(2, 1, height_ratios=[1, 1.15])
    best, others = shown(found)
    named = names(found, best)
    _draw_curves(above, found, others, list(zip(best, named.values(), strict=True)))
    above.set_ylabel(_measure(summary, found))
    above.set_xlabel("epochs" if above.get_xscale() == "linear" else "epochs (log scale)", labelpad=1)
    _draw_ranks(below, found, list(zip(best, named.values(), strict=True)))
    below.set_title(title(found), pad=5, color=INK)
    ends = 1 / ranks(found)[best, -1]
    name_ends(figure, below, {name: float(end) for name, end in zip(named, ends, strict=True)}, named)
    return figure


def _measure(summary: ProxySummary, found: Crossing) -> str:
    """What the curves show; the unit is known where the truth is a metric of the same kind."""
    kinds = {metric.rpartition("_")[2] for metric in (found.metric, summary.study["truth"]["metric"])}
    negated = ", negated" if found.scores.max() <= 0 else ""
    return f"{found.metric}{negated}{unit_of(summary.study) if len(kinds) == 1 else ''}"


def shown(found: Crossing) -> tuple[list[int], list[int]]:
    """The rows of the best by truth, best first, and of the others that are drawn."""
    order = np.argsort(-found.truth, kind="stable")
    rest = order[BEST:]
    places = np.linspace(0, len(rest) - 1, min(OTHERS, len(rest))).round().astype(int)
    return order[:BEST].tolist(), rest[places].tolist()


def names(found: Crossing, best: Sequence[int]) -> dict[str, Stroke]:
    """What the best are called, by their official index, and how they are drawn."""
    return strokes([f"no. {found.archs[row]}" for row in best])


def ranks(found: Crossing) -> NDArray[np.float64]:
    """The rank of each architecture at each number of epochs and by truth, shape (architectures, stages), 1 = best.

    Equal ones share their average rank.
    """
    values = np.column_stack([found.scores, found.truth])
    ranked: NDArray[np.float64] = rankdata(-values, axis=0)
    return ranked


def title(found: Crossing) -> str:
    """What the earliest and the latest stop do to the order of pairs."""
    first, last = found.epochs[0], found.epochs[-1]
    epochs = "epoch swaps" if first == 1 else "epochs swap"
    swaps = f"{first} {epochs} {_percent(found, 0)}, {last} epochs {_percent(found, -1)}"
    return f"Of the pairs that the truth orders,\n{swaps}"


def _percent(found: Crossing, stage: int) -> str:
    return f"{number(100 * found.swapped[stage].point, 0)} %"


def _draw_curves(axes: Axes, found: Crossing, others: Sequence[int], best: Sequence[tuple[int, Stroke]]) -> None:
    axes.plot(found.epochs, found.scores[others].T, color=RULE, linewidth=0.7, zorder=1)
    for row, stroke in reversed(best):
        axes.plot(found.epochs, found.scores[row], color=stroke.color, linestyle=stroke.dashes, linewidth=1.1, zorder=2)
    if is_log(found.epochs):
        axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([float(epochs) for epochs in found.epochs]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def _draw_ranks(axes: Axes, found: Crossing, best: Sequence[tuple[int, Stroke]]) -> None:
    places, ranked = _places(found), ranks(found)
    axes.axvspan(places[-1] - 0.5, places[-1] + 0.25, color=RULE, alpha=0.5, linewidth=0, zorder=0)
    for row, stroke in reversed(best):
        axes.plot(places, 1 / ranked[row], color=stroke.color, linestyle=stroke.dashes, linewidth=1.1,
                  marker=stroke.marker, markersize=3.5, markeredgecolor=PAPER, markeredgewidth=0.4)  # fmt: skip
    axes.set_yscale("log")  # of one over the rank, so that the best is on top
    axes.set_ylim(0.8 / max(ranked[[row for row, _ in best]].max(), 2), 1.25)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{1 / value:,.0f}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(-0.25, places[-1] + 0.25)
    swapped = [_percent(found, stage) for stage in range(len(found.epochs))]
    axes.set_xticks(places, [*(f"{e}\n{s}" for e, s in zip(found.epochs, swapped, strict=True)), "truth"])
    axes.tick_params(axis="x", labelsize=small())
    axes.set_xlabel("epochs, and pairs that they swap")
    axes.set_ylabel(f"rank among {len(found.archs):,}")
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def _places(found: Crossing) -> list[float]:
    """Where the stages stand: the numbers of epochs side by side, the truth set apart."""
    count = len(found.epochs)
    return [*(float(i) for i in range(count)), count + GAP]


def _data(found: Crossing, best: Sequence[int], others: Sequence[int]) -> pd.DataFrame:
    """A row for each architecture that is drawn and each stage; the truth has no epochs and swaps nothing."""
    ranked = ranks(found)
    stages = [*zip(found.labels, found.epochs, found.swapped, strict=True), ("truth", "", ("", "", ""))]
    rows = [
        {"arch": found.archs[row], "best": row in best, "stage": label, "epochs": epochs,
         "value": found.scores[row, i] if i < len(found.epochs) else found.truth[row], "rank": ranked[row, i],
         "swapped_share": share[0], "low": share[1], "high": share[2]}
        for row in (*best, *others)
        for i, (label, epochs, share) in enumerate(stages)
    ]  # fmt: skip
    return pd.DataFrame(rows)
