"""What stands behind a mean over runs: its interval, or the standard deviation of the runs."""

from typing import Literal

import pandas as pd

from harness.statistics.bootstrap import Interval
from reports.numbers import Deviation
from reports.tables.table import Missing

Spread = Literal["interval", "std"]

NO_INCUMBENT = "no run ended with an incumbent"

MEANING = {
    "interval": "± is half the width of the mean's 95 % interval over runs.",
    "std": "± is the standard deviation over runs.",
}


def spread_of(mean: Interval, runs: pd.Series, spread: Spread) -> Interval | Deviation | Missing:
    """The mean of `runs`, one value per seed, NaN without an incumbent, with what is to stand behind it."""
    if mean.point != mean.point:
        return Missing(NO_INCUMBENT)
    return mean if spread == "interval" else Deviation(mean.point, float(runs.std(ddof=1)))
