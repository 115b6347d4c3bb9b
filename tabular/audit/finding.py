"""What an audit says of a column, as data."""

from dataclasses import dataclass
from typing import Literal

from harness.core import Fidelity, Metric
from tabular.table import in_words

Training = int | Literal["mean", "any"]
"""Which training a value is from: that of a seed, the mean over those measured, or one of them that varies by row."""

Verdict = Literal["same", "mixed", "coarse", "unknown"]
"""The column equals one source; several, each in its own rows; it cannot tell; it equals nothing that is imported."""

MOST_NAMED = 4
"""Sources that are equally good, and named."""


@dataclass(frozen=True, slots=True)
class Source:
    """Values of a benchmark that a column may hold.

    `fidelity` is None for a cost that holds at every one. `seeds` are those measured in the rows compared, empty where
    only a mean is known. `form` says how the values are written when not in the metric's unit, as `a fraction`.
    """

    benchmark: str
    metric: Metric
    fidelity: Fidelity | None
    training: Training
    seeds: tuple[int, ...]
    form: str = ""

    def in_words(self) -> str:
        """For example `test_accuracy of nats_tss-cifar10, 200 epochs, seed 888 of 777, 888, 999`."""
        name, split = self.metric.name, self.metric.split
        plain = split == "cost" or name.startswith(f"{split}_")
        parts = [f"{name if plain else f'{name} ({split} images)'} of {self.benchmark}"]
        parts += [] if self.fidelity is None else [in_words(self.fidelity)]
        parts += [] if self.form == "" else [f"as {self.form}"]
        return ", ".join([*parts, *self._training()])

    def _training(self) -> list[str]:
        every = ", ".join(map(str, self.seeds))
        if self.training == "any":
            return [f"one seed, a different one by row, of {every}"]
        if self.training == "mean":
            if self.metric.split == "cost":
                return []
            return [f"mean over seeds {every}" if every else "mean over seeds"]
        return [f"seed {self.training}, the only one" if len(self.seeds) == 1 else f"seed {self.training} of {every}"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the column really is, as far as the benchmarks can tell.

    `sources` are, by verdict: `same`, those that are equally good, the one that fits the name best first; `mixed`, the
    parts, the largest first; `unknown`, the nearest one, if any. `shares` are the fractions of the rows compared that
    equal each. `rows` counts the rows of the file that have a number in this column, `compared` those of them that the
    benchmark knows, and `agreement` is the fraction of these that is explained.
    """

    column: str
    verdict: Verdict
    sources: tuple[Source, ...]
    shares: tuple[float, ...]
    compared: int
    rows: int
    agreement: float
    warnings: tuple[str, ...]

    def lines(self) -> list[tuple[str, float | None]]:
        """What the column is: a line of text for each source, with the fraction of the rows compared that equal it."""
        sources = [(source.in_words(), share) for source, share in zip(self.sources, self.shares, strict=True)]
        if self.verdict == "coarse":
            return [("too few different values to tell", None)]
        if self.verdict == "mixed":
            return [("a mixture:", self.agreement), *((f"- {text}", share) for text, share in sources)]
        if self.verdict == "unknown":
            first = "equal to nothing imported" if self.compared else "none of its rows is in the benchmarks"
            return [(first, None), *((f"nearest: {text}", share) for text, share in sources)]
        named = [(f"or {text}" if i else text, share) for i, (text, share) in enumerate(sources[:MOST_NAMED])]
        more = len(sources) - MOST_NAMED
        return [*named, (f"or {more} more", None)] if more > 0 else [*named]
