"""What a predictor looks at: the columns of encodings, and scores of other proxies (White et al., NeurIPS 2021)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Proxy
from harness.encodings import Encoder
from harness.errors import BadValue, unknown
from harness.registry import accepts, load, names
from proxies.predictors._scores import Scores


class Part(NamedTuple):
    """Columns of one origin: of an encoding, or the two of a proxy's scores."""

    columns: slice
    scored: bool


class Features:
    """The rows of an encoding such as `one_hot+synflow+params`: its parts side by side, of canonical architectures.

    A part is the name of an encoding or of a proxy that scores without learning; the proxy gets the benchmark and the
    seed. Scores are computed once for each architecture, and scaled by those learned from; see `Scores`.

    An `UnknownName` when nothing goes by a part's name; a `BadValue` when a proxy learns, or there is no benchmark.
    """

    def __init__(self, benchmark: Benchmark, encoding: str, seed: int) -> None:
        self._space = benchmark.space
        self._parts = [_part(benchmark, name, encoding, seed) for name in _names(encoding)]

    @property
    def spent(self) -> float:
        """Seconds of training that the scores were read from so far."""
        return float(sum(part.spent for part in self._scored()))

    @property
    def fingerprint(self) -> str:
        """What the scores were read from; empty where that is the benchmark alone."""
        return "+".join(part.fingerprint for part in self._scored() if part.fingerprint)

    @property
    def parts(self) -> list[Part]:
        """Which columns of a row belong together."""
        parts, start = [], 0
        for part in self._parts:
            end = start + part.rows([]).shape[1]
            parts.append(Part(slice(start, end), isinstance(part, Scores)))
            start = end
        return parts

    def learn(self, archs: Sequence[Arch]) -> None:
        """Scale scores by those of these architectures from now on."""
        canonical = [self._space.canonical(arch) for arch in archs]
        for part in self._scored():
            part.learn(canonical)

    def rows(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """One row for each architecture, shape (architectures, columns)."""
        canonical = [self._space.canonical(arch) for arch in archs]
        rows = [part.rows(canonical) for part in self._parts]
        return rows[0] if len(rows) == 1 else np.concatenate(rows, axis=1)

    def distinct(self, archs: Sequence[Arch]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """The rows of the different canonical architectures in sorted order, and the place of each architecture's row.

        What is computed from these rows does not depend on the order of the architectures, not even in the last digit.
        """
        canonical = [self._space.canonical(arch) for arch in archs]
        every = sorted(set(canonical))
        places = {arch: place for place, arch in enumerate(every)}
        return self.rows(every), np.array([places[arch] for arch in canonical], dtype=np.intp)

    def _scored(self) -> list[Scores]:
        return [part for part in self._parts if isinstance(part, Scores)]


def _names(encoding: str) -> list[str]:
    """The parts' names, in the order given."""
    if not isinstance(encoding, str):
        raise BadValue(f"encoding = {encoding!r} cannot be used: give names joined by +, such as 'one_hot+synflow'")
    parts = [part.strip() for part in encoding.split("+")]
    twice = [part for part in parts if parts.count(part) > 1]
    if twice:
        raise BadValue(f"encoding = {encoding!r} names {twice[0]} twice: name each part once")
    return parts


def _part(benchmark: Benchmark, name: str, encoding: str, seed: int) -> Encoder | Scores:
    if _encodes(name):
        return Encoder(benchmark.space, name)
    if ":" not in name and name not in names("proxy"):
        raise unknown("encoding or proxy", name, [*names("encoding"), *names("proxy")])
    if not isinstance(benchmark, Benchmark):
        raise BadValue(
            f"encoding = {encoding!r}: {name} scores the architectures of a benchmark, and a search knows no more than "
            f"its space: give encodings only, such as {', '.join(names('encoding'))}"
        )
    proxy: Proxy = load("proxy", name)(benchmark, seed=seed)
    if proxy.train:
        raise BadValue(f"encoding = {encoding!r}: {name} has to learn first: give a proxy that scores without")
    return Scores(proxy)


def _encodes(name: str) -> bool:
    """Whether it is an encoding; what is in the user's own code, `module:attribute`, is a proxy if it takes a seed."""
    return not accepts("proxy", name, "seed") if ":" in name else name in names("encoding")
