"""Several proxies whose scores are compared within the architectures that they are given."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from harness import registry
from harness.core import Arch, Benchmark, Proxy
from harness.errors import BadValue

Scores = NDArray[np.float64]

OPTIONS = ("dataset", "batch", "precision")
"""What an ensemble passes on to the proxies that take it."""


class Ensemble(Proxy):
    """The scores of `members`, by name, `combine`d: shape (members, architectures) to (architectures,).

    A score says how an architecture stands among those that it is scored with, and so they are always scored as one.
    An architecture that a member does not know is undefined, and the others are scored as if it were not there.
    """

    def __init__(self, members: Mapping[str, Proxy], combine: Callable[[Scores], Scores]) -> None:
        self.members, self._combine = tuple(members.values()), combine
        self.train = max(member.train for member in self.members)
        self.fingerprint = "+".join(member.fingerprint for member in self.members if member.fingerprint)
        self.definition = {
            "proxies": "+".join(members),
            "degenerate": "undefined where one of them is",
            "compared with": "the architectures scored at once",
        } | {f"{name}: {key}": value for name, member in members.items() for key, value in member.definition.items()}

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Members that learn do so."""
        for member in self.members:
            if member.train:
                member.fit(archs, losses)

    def score(self, archs: Sequence[Arch]) -> Scores:
        """Shape (architectures,); NaN where a member is undefined."""
        values = _score(self.members, archs)
        self.spent = sum(member.spent for member in self.members)
        known = ~np.isnan(values).any(axis=0)
        scores = np.full(len(archs), np.nan)
        scores[known] = self._combine(values[:, known])
        return scores


def members_of(benchmark: Benchmark, proxies: str, seed: int, options: Mapping[str, object]) -> dict[str, Proxy]:
    """The proxies that `proxies` names, joined by +; options that are not None go to each that takes them."""
    if not isinstance(proxies, str) or not proxies:
        raise BadValue(f"proxies = {proxies!r} cannot be used: give names joined by +, such as 'synflow+jacob_cov'")
    names = [name.strip() for name in proxies.split("+")]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise BadValue(f"proxies = {proxies!r} names {twice[0]} twice: name each once")
    return {name: _member(benchmark, name, seed, options) for name in names}


def ranks(values: Scores) -> Scores:
    """Ranks from 1, lowest first, along the last axis; equal values share the mean of their ranks."""
    return np.stack([_ranks(row) for row in values])


def _ranks(row: Scores) -> Scores:
    _, places, counts = np.unique(row, return_inverse=True, return_counts=True)
    shared: Scores = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return shared


def _member(benchmark: Benchmark, name: str, seed: int, options: Mapping[str, object]) -> Proxy:
    taken = {key: value for key, value in options.items() if value is not None and registry.accepts("proxy", name, key)}
    member: Proxy = registry.load("proxy", name)(benchmark, seed=seed, **taken)
    return member


def _score(members: Sequence[Proxy], archs: Sequence[Arch]) -> Scores:
    """Shape (members, architectures); members that can share work do."""
    values = np.full((len(members), len(archs)), np.nan)
    alone = [place for place, member in enumerate(members) if member.together is None]
    for place in alone:
        values[place] = members[place].score(archs)
    for together in {id(member.together): member.together for member in members}.values():
        if together is not None:
            places = [place for place, member in enumerate(members) if member.together is together]
            values[places] = together([members[place] for place in places], archs).values
    return values
