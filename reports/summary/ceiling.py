"""How well the truth ranks itself."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from harness.statistics.bootstrap import Interval, bootstrap
from harness.statistics.ceiling import noise_ceiling
from reports.summary.over_seeds import resamples


class Ceiling(NamedTuple):
    """How well one training seed of the truth ranks what another one measured."""

    kendall: Interval
    spearman: Interval
    n: int
    seeds: int


def ceiling_of(study: dict[str, Any], truth: pd.DataFrame) -> Ceiling | None:
    """The noise ceiling of a study; None where the truth has one seed only."""
    rows = truth[truth["study"] == study["study"]] if not truth.empty else truth
    if rows.empty or rows["seed"].nunique() < 2:
        return None
    values = rows.pivot(index="arch", columns="seed", values="value").to_numpy(float)
    columns = list(values.T)
    draws = resamples(len(values) * len(columns), 1)
    return Ceiling(
        bootstrap(lambda *seeds: noise_ceiling(np.stack(seeds, axis=1)).kendall, *columns, resamples=draws),
        bootstrap(lambda *seeds: noise_ceiling(np.stack(seeds, axis=1)).spearman, *columns, resamples=draws),
        len(values),
        len(columns),
    )
