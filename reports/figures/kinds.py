"""What a proxy is paid for, and on whose clock: how its point looks on the plane of cost and correlation."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from reports.figures.style import BLUE, GREEN, MUTED, PAPER, PURPLE, VERMILLION, Stroke
from reports.summary.proxy import ProxyRow
from reports.words import name_of


class Kind(NamedTuple):
    """A family of proxies; `clock` says whose seconds its points stand at, `dashes` how the clock's front is drawn."""

    legend: str
    clock: str
    color: str
    marker: str
    face: str
    dashes: Any = None

    @property
    def stroke(self) -> Stroke:
        """How the family is drawn under a mouse."""
        return Stroke(self.color, self.dashes or "-", self.marker)


SIMULATED, MEASURED, STATED, NEGLIGIBLE_COST, NOT_KNOWN = "simulated", "measured", "stated", "free", "unknown"
BRIEF = Kind("trained briefly", SIMULATED, BLUE, "o", BLUE, "-")
PREDICTOR = Kind("predictor", SIMULATED, BLUE, "s", BLUE, "-")
UNTRAINED = Kind("untrained network", MEASURED, VERMILLION, "D", PAPER, (0, (4, 1.6)))
LEARNED = Kind("predictor (measured)", MEASURED, VERMILLION, "s", PAPER, (0, (4, 1.6)))
SUPERNET = Kind("supernet", MEASURED, VERMILLION, "v", PAPER, (0, (4, 1.6)))
COUNTED = Kind("counted", MEASURED, VERMILLION, ">", PAPER, (0, (4, 1.6)))
OTHERS = Kind("scores of others", STATED, PURPLE, "^", PURPLE)
FREE = Kind("free", NEGLIGIBLE_COST, GREEN, "<", PAPER, "-")
UNKNOWN = Kind("cost unknown", NOT_KNOWN, MUTED, "X", MUTED)
KINDS = (BRIEF, PREDICTOR, UNTRAINED, LEARNED, SUPERNET, COUNTED, OTHERS, FREE, UNKNOWN)
"""Filled markers stand at simulated seconds, open ones at measured ones; a kind without dashes has no front."""

NEGLIGIBLE = 1e-5
"""Seconds below which a proxy has looked something up and computed nothing: they would stretch the axis for no news."""
GIVEN = "column"
"""The proxy that reads scores, and what they cost, from somebody's file."""
ADDED_UP = ("flops", "latency_table", "params")
"""Proxies that count operations or look them up, and run no network."""


def kind_of(row: ProxyRow, study: Mapping[str, Any], trained: Collection[str] = ()) -> Kind:
    """The family of a proxy: training seconds where it trains, else the seconds that the clock measured.

    `trained` are the labels that train a supernet. Predictors whose lessons cost no seconds stand at measured ones.
    """
    name = name_of(study, row.proxy)
    given = name == GIVEN
    stated = "seconds" in study.get("hyper", {}).get(row.proxy, {})
    if (given and not stated) or np.isnan(row.simulated) or (row.simulated == 0 and not np.isfinite(row.measured)):
        return UNKNOWN
    if row.simulated > 0:
        return OTHERS if given else PREDICTOR if row.trained else BRIEF
    if row.proxy in trained:
        return SUPERNET
    if row.measured < NEGLIGIBLE:
        return FREE
    if row.trained:
        return LEARNED
    return COUNTED if name in ADDED_UP else UNTRAINED


def seconds_of(row: ProxyRow) -> float:
    """The seconds that place a proxy on the axis; NaN where its cost is not known."""
    return row.simulated if row.simulated > 0 or np.isnan(row.simulated) else row.measured
