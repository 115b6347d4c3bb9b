"""A search space in which a proxy says what to draw first and where to step; a search notices nothing else of it."""

from collections.abc import Iterable, Sequence

import numpy as np

from harness.core import Arch, Benchmark, Proxy, SearchSpace
from harness.errors import BadValue
from harness.registry import load
from harness.space import Catalogue


class Guide:
    """The scores of a proxy, each architecture scored once."""

    def __init__(self, benchmark: Benchmark, name: str, seed: int) -> None:
        self._proxy: Proxy = load("proxy", name)(benchmark, seed=seed)
        self._scores: dict[Arch, float] = {}
        if self._proxy.train:
            raise BadValue(f"{name} has to learn from evaluations first: choose a proxy that scores without")

    @property
    def spent(self) -> float:
        """Seconds of training that the scores were read from."""
        return self._proxy.spent

    def rank(self, archs: Sequence[Arch]) -> list[Arch]:
        """The architectures, the best score first; those without a score last, and of equal ones the first given."""
        new = [arch for arch in dict.fromkeys(archs) if arch not in self._scores]
        if new:
            self._scores.update(zip(new, self._proxy.score(new).tolist(), strict=True))
        return sorted(archs, key=self._loss)

    def _loss(self, arch: Arch) -> float:
        score = self._scores[arch]
        return -score if score == score else np.inf


class GuidedSpace(SearchSpace):
    """The space of a search, drawn from a list first, and mutated to the best of `proposals`."""

    def __init__(self, space: SearchSpace, first: Iterable[Arch] = (), guide: Guide | None = None, proposals: int = 1):
        self.name, self.choices, self.pool = space.name, space.choices, space.pool
        self._space, self._guide, self._proposals = space, guide, proposals
        self._first = iter(first)

    @property
    def size(self) -> int:
        """The number of architectures."""
        return self._space.size

    def encode(self, arch: Arch) -> str:
        """Write the architecture in the field's own notation."""
        return self._space.encode(arch)

    def decode(self, text: str) -> Arch:
        """Read the field's own notation."""
        return self._space.decode(text)

    def canonical(self, arch: Arch) -> Arch:
        """Return the one representative of all architectures that compute the same function."""
        return self._space.canonical(arch)

    def admits(self, arch: Sequence[int]) -> bool:
        """Whether the options go together."""
        return self._space.admits(arch)

    def catalogue(self) -> Catalogue:
        """Every architecture."""
        return self._space.catalogue()

    def recommend(self) -> Arch | None:
        """The next of the list; nothing once it is used up."""
        return next(self._first, None) or self._space.recommend()

    def sample(self, rng: np.random.Generator) -> Arch:
        """What is recommended, then any."""
        return self.recommend() or self._space.sample(rng)

    def mutate(self, arch: Arch, rng: np.random.Generator) -> Arch:
        """The mutant that the proxy likes best."""
        mutants = [self._space.mutate(arch, rng) for _ in range(self._proposals)]
        return mutants[0] if self._guide is None else self._guide.rank(mutants)[0]
