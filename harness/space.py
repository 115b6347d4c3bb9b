"""Search spaces: architectures as tuples of options, in an official order."""

import itertools
import math
import random
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue

Arch = tuple[int, ...]
"""One option per decision: hashable, and a JSON array."""


class Catalogue(NamedTuple):
    """The architectures of a space in official order, and the index of each; `indices` may know equivalent ones too."""

    archs: Sequence[Arch]
    indices: Mapping[Arch, int]


class SearchSpace(ABC):
    """Architectures as tuples of options; `choices` holds how many options each decision has."""

    name: str
    choices: tuple[int, ...]
    pool: Sequence[Arch] | None = None
    """The only architectures that are drawn, where these are fewer than the options make."""

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of architectures, counted as the official order counts them."""

    @abstractmethod
    def encode(self, arch: Arch) -> str:
        """Write the architecture in the field's own notation."""

    @abstractmethod
    def decode(self, text: str) -> Arch:
        """Read the field's own notation; a `BadValue` says what is wrong with the text."""

    @abstractmethod
    def canonical(self, arch: Arch) -> Arch:
        """Return the one representative of all architectures that compute the same function."""

    @abstractmethod
    def admits(self, arch: Sequence[int]) -> bool:
        """Whether decisions with these options, each in its range, make an architecture."""

    @abstractmethod
    def catalogue(self) -> Catalogue:
        """Every architecture of the space; it is asked for once."""

    def recommend(self) -> Arch | None:
        """What is to be drawn next instead of a random architecture: nothing, unless a search is helped."""
        return None

    def is_valid(self, arch: Sequence[int]) -> bool:
        """Whether `arch` has one option for each decision, and they go together."""
        in_range = len(arch) == len(self.choices) and all(0 <= a < n for a, n in zip(arch, self.choices, strict=True))
        return in_range and self.admits(arch)

    def sample(self, rng: np.random.Generator) -> Arch:
        """Draw options uniformly until they make an architecture."""
        while True:
            draws = rng.random(len(self.choices)).tolist()
            arch = tuple([int(u * n) for u, n in zip(draws, self.choices, strict=True)])
            if self.admits(arch):
                return arch

    def neighbors(self, arch: Arch) -> list[Arch]:
        """All architectures that differ from `arch` in exactly one decision, in a fixed order."""
        changed = (
            (*arch[:i], option, *arch[i + 1 :])
            for i, n in enumerate(self.choices)
            for option in range(n)
            if option != arch[i]
        )
        return [other for other in changed if self.admits(other)]

    def mutate(self, arch: Arch, rng: np.random.Generator) -> Arch:
        """Give one decision, drawn uniformly, another option, drawn uniformly, until that makes an architecture."""
        while True:
            where, shift = rng.random(2).tolist()
            i = int(where * len(self.choices))
            n = self.choices[i]
            other = (*arch[:i], (arch[i] + 1 + int(shift * (n - 1))) % n, *arch[i + 1 :])
            if self.admits(other):
                return other

    def one_hot(self, archs: Iterable[Arch]) -> NDArray[np.float64]:
        """One column per option of each decision; shape (architectures, sum of choices)."""
        options = np.asarray(list(archs), dtype=int)
        return np.concatenate([np.eye(n)[options[:, i]] for i, n in enumerate(self.choices)], axis=1)

    def all(self) -> Sequence[Arch]:
        """Every architecture in the space's official order; position i is index i everywhere."""
        return self._catalogue.archs

    def index(self, arch: Arch) -> int:
        """The official index of `arch`; a `BadValue` when it is not of this space."""
        try:
            return self._catalogue.indices[arch]
        except (KeyError, TypeError):
            raise BadValue(
                f"{arch!r} is no architecture of {self.name}: it takes {len(self.choices)} decisions with options "
                f"0 to {max(self.choices) - 1}"
            ) from None

    @cached_property
    def _catalogue(self) -> Catalogue:
        return self.catalogue()


class ProductSpace(SearchSpace):
    """A space where any options go together: the product of its choices.

    The official order of some is the lexicographic one shuffled by `random.Random(shuffle_seed)`.
    """

    shuffle_seed: int | None = None

    @property
    def size(self) -> int:
        """The product of its choices, duplicates in function included."""
        return math.prod(self.choices)

    def admits(self, arch: Sequence[int]) -> bool:
        """Any options go together."""
        return True

    def catalogue(self) -> Catalogue:
        """The product of all options, the last decision changing fastest, shuffled if the official order is."""
        archs = list(itertools.product(*map(range, self.choices)))
        if self.shuffle_seed is not None:
            random.Random(self.shuffle_seed).shuffle(archs)
        return catalogue_of(archs)


def catalogue_of(archs: Sequence[Arch]) -> Catalogue:
    """The catalogue of these architectures in this order."""
    return Catalogue(archs, {arch: i for i, arch in enumerate(archs)})
