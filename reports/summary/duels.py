"""Pairs of algorithms by what their runs end with: who is better, and whether that is more than chance."""

from collections.abc import Hashable, Mapping
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from harness.statistics.corrections import holm
from harness.statistics.signed_rank import signed_rank

ALPHA = 0.05
"""The probability of calling any difference real where there is none."""

Word = Literal["beats", "loses to", "cannot be told apart from"]
Key = TypeVar("Key", bound=Hashable)


class Duel(NamedTuple):
    """One algorithm against another, paired by seed over the runs with which both ended up with an incumbent.

    `p` is that of the signed-rank test; `lead` is 1 where the sum of signed ranks speaks for the first, -1 where it
    speaks for the other, and 0 where it speaks for neither.
    """

    p: float
    lead: int
    runs: int
    equal: bool
    """Whether both end with the same in every run."""

    @property
    def word(self) -> Word:
        """The verdict; `p` must have been corrected for the other duels that are looked at."""
        if self.p > ALPHA:
            return "cannot be told apart from"
        return "beats" if self.lead > 0 else "loses to"


def duel(loss: pd.DataFrame, label: str, against: str) -> Duel:
    """Two columns of losses (seeds, algorithms), lower = better; rows with a NaN are dropped."""
    a, b = loss[[label, against]].dropna().to_numpy(float).T
    if not len(a):
        return Duel(1.0, 0, 0, equal=False)
    difference = b - a
    lead = np.sign(difference) @ rankdata(np.abs(difference))
    return Duel(signed_rank(a, b).p, int(np.sign(lead)), len(a), equal=not difference.any())


def corrected(duels: Mapping[Key, Duel]) -> dict[Key, Duel]:
    """The same duels with Holm's correction for all that have a pair of runs; without one there is no test."""
    tested = [key for key, one in duels.items() if one.runs]
    p = dict(zip(tested, holm([duels[key].p for key in tested]).tolist(), strict=True)) if tested else {}
    return {key: one._replace(p=p.get(key, one.p)) for key, one in duels.items()}


def hopeless(runs: int, tests: int) -> bool:
    """Whether so many runs are too few for any of so many corrected tests to find anything, however clear it is."""
    return tests * 2.0 ** (1 - runs) > ALPHA
