"""Pairs of algorithms by what their runs end with: who is better, and whether that is more than chance."""

from collections.abc import Hashable, Mapping
from itertools import combinations
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
Pair = tuple[str, str]


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


def corrected(duels: Mapping[Key, Duel], least: int = 1) -> dict[Key, Duel]:
    """The same duels with Holm's correction for all that have `least` pairs of runs; with fewer there is no test."""
    tested = [key for key, one in duels.items() if one.runs >= least]
    p = dict(zip(tested, holm([duels[key].p for key in tested]).tolist(), strict=True)) if tested else {}
    return {key: one._replace(p=p.get(key, 1.0)) for key, one in duels.items()}


class Family(NamedTuple):
    """All pairs of algorithms of one data set, corrected for each other: the best one is chosen by the same runs.

    `pairs` holds each algorithm against each one before it, the best first; those with fewer than `least` pairs of runs
    are not tested.
    """

    pairs: dict[Pair, Duel]
    least: int

    @property
    def duels(self) -> dict[str, Duel]:
        """Each other algorithm against the best one, tested or not, in their order."""
        best = next((against for _, against in self.pairs), None)
        return {label: one for (label, against), one in self.pairs.items() if against == best}

    @property
    def tested(self) -> dict[str, Duel]:
        """Those of `duels` that have runs enough."""
        return {label: one for label, one in self.duels.items() if one.runs >= self.least}

    @property
    def tests(self) -> int:
        """How many tests were corrected for each other."""
        return sum(one.runs >= self.least for one in self.pairs.values())


def family_of(loss: pd.DataFrame, least: int) -> Family:
    """All pairs of the columns of losses, the best algorithm first; a column without a value is left out."""
    known = [str(label) for label in loss if loss[label].notna().any()]
    pairs = {(label, before): duel(loss, label, before) for before, label in combinations(known, 2)}
    return Family(corrected(pairs, least), least)


def hopeless(runs: int, tests: int) -> bool:
    """Whether so many runs are too few for any of so many corrected tests to find anything, however clear it is."""
    return tests * 2.0 ** (1 - runs) > ALPHA
