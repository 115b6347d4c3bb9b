"""What a column's name claims, and where that contradicts what the column is."""

import re
from dataclasses import dataclass

from tabular.audit.finding import Source

SEEDS = (111, 777, 888, 999)
"""The seeds of the official benchmarks: such a number in a name is a seed, not an epoch."""

_NOISE = re.compile(
    r"nas[-_ ]?bench[-_ ]?\d*(v\d+)?|nats|nb\d+(v\d+)?|(?<![a-z])v\d+|top[-_ ]?[15](?!\d)|acc[15](?!\d)"
    r"|\d+\.\d+|\d+k(?![a-z])|\d+[-_ ]?(seeds|runs|trials)"
)
"""Numbers in a name that are neither epochs nor seeds."""

_DATASETS = {
    "CIFAR-100": re.compile(r"cifar[-_ ]?100|(?<![a-z])c100(?!\d)"),
    "CIFAR-10": re.compile(r"cifar[-_ ]?10(?!\d)|(?<![a-z])c10(?!\d)"),
    "ImageNet16-120": re.compile(r"imagenet[-_ ]?(16)?[-_ ]?(120)?|(?<![a-z])in16[-_ ]?(120)?"),
}
_SPLITS = {
    "valid": re.compile(r"(?<![a-z])(x|test|train)?val(?!ue)|(?<![a-z])dev(?![a-z])"),
    "test": re.compile(r"(?<![a-z])(x|ori|val|valid)?test"),
    "train": re.compile(r"(?<![a-z])train(?!ing|ed|able|[-_ ]?time|[-_ ]?sec)"),
}
_QUANTITIES = {
    "accuracy": re.compile(r"acc|top[-_ ]?1|err"),
    "loss": re.compile(r"loss"),
    "params": re.compile(r"param"),
    "flops": re.compile(r"flop|(?<![a-z])macs?(?![a-z])|madd"),
    "latency": re.compile(r"latency"),
    "energy": re.compile(r"energy|joule"),
    "seconds": re.compile(r"time|second|hours|(?<![a-z])secs?(?![a-z])"),
}
_MEAN = re.compile(r"mean|avg|average")
_ONE = re.compile(
    r"one[-_ ]?(seed|run)|single|seed(?!s)|(?<![a-z])(run|trial)[-_ ]?\d|(?<![a-z])s\d+(?!\d)|[-_ ][0-3]$"
)
_SEED = re.compile(r"seed[-_ ]?(\d+)|(?<![a-z])(?:s|run|trial)[-_ ]?(\d+)(?!\d)|(?<!\d)(111|777|888|999)(?!\d)")
_EPOCHS = re.compile(r"(?:(?<![a-z])(?:ep?|epochs?|iepoch|hp)[-_ ]?|@)(\d+)|(\d+)[-_ ]?(?:ep|epochs?)(?![a-z])")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a name says: sets of data sets, splits, quantities, epochs and seeds, and whether of one seed or a mean."""

    datasets: frozenset[str]
    splits: frozenset[str]
    quantities: frozenset[str]
    epochs: frozenset[int]
    seeds: frozenset[int]
    one: bool
    mean: bool

    def contradictions(self, source: Source) -> list[str]:
        """What a column of this name must not be, if it is this source."""
        said = [self._dataset(source), self._quantity(source), self._split(source), self._epochs(source)]
        return [text for text in (*said, self._training(source)) if text]

    def warnings(self, source: Source) -> list[str]:
        """The contradictions worth a word: seconds of one thing may equal those of another by arithmetic alone."""
        if source.metric.split == "cost":
            return [text for text in (self._quantity(source),) if text]
        return self.contradictions(source)

    def doubt(self, source: Source) -> int:
        """How unlikely this source is under this name: for choosing among sources that explain the same rows.

        An epoch in the middle of a schedule is seldom meant where the name does not say so.
        """
        cut = source.fidelity is not None and source.fidelity.epochs not in {source.fidelity.schedule, *self.epochs}
        return len(self.contradictions(source)) + 2 * cut

    def _dataset(self, source: Source) -> str:
        really = _named(_DATASETS, source.benchmark.lower())
        return _unless(self.datasets, really, "is of data set")

    def _quantity(self, source: Source) -> str:
        really = [quantity for quantity in _QUANTITIES if source.metric.name.endswith(quantity)]
        return _unless(self.quantities, frozenset(really), "is")

    def _split(self, source: Source) -> str:
        split = source.metric.split
        if split == "cost":
            return ""
        if source.metric.name.startswith("valtest"):
            if self.splits >= {"valid", "test"}:
                return "validation and test images mixed, as its name says: nothing that a search may see"
            return f"validation and test images mixed{_under(self.splits)}"
        if not self.splits or split in self.splits:
            return ""
        return f"{_SPLIT_WORDS[split]} data{_under(self.splits)}"

    def _epochs(self, source: Source) -> str:
        fidelity = source.fidelity
        if fidelity is None or not self.epochs or source.metric.name in ("params", "flops", "latency", "energy"):
            return ""
        if not {fidelity.epochs, fidelity.epochs - 1} & self.epochs:  # official epochs are counted from 0
            name = ", ".join(map(str, sorted(self.epochs)))
            return f"epoch {fidelity.epochs} of the {fidelity.schedule}-epoch schedule under a {name}-epoch name"
        if fidelity.epochs != fidelity.schedule and fidelity.schedule not in self.epochs:
            return f"a {fidelity.schedule}-epoch schedule cut at epoch {fidelity.epochs}, which its name does not say"
        return ""

    def _training(self, source: Source) -> str:
        if source.metric.split == "cost" or len(source.seeds) < 2:
            return ""
        if source.training == "mean":
            return "the mean over seeds under the name of one seed" if self.one and not self.mean else ""
        if self.mean or not self.one:
            says = "its name says mean" if self.mean else "its name does not say so"
            return f"one seed of {len(source.seeds)}, and {says}"
        if source.training != "any" and self.seeds & set(SEEDS) and source.training not in self.seeds:
            return f"seed {source.training}, not the one of its name"
        return ""


def read_claims(name: str) -> Claims:
    """What this name says."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    datasets = _named(_DATASETS, text)
    for noise in (*_DATASETS.values(), _NOISE):
        text = noise.sub(" ", text)
    seeds = _numbers(_SEED, text)
    return Claims(
        datasets,
        _named(_SPLITS, text),
        _named(_QUANTITIES, text),
        _epochs(_SEED.sub(" ", text)),
        seeds,
        bool(seeds or _ONE.search(text)),
        bool(_MEAN.search(text)),
    )


_SPLIT_WORDS = {"train": "training", "valid": "validation", "test": "test"}


def _under(splits: frozenset[str]) -> str:
    """The name that data go by, when it names any split."""
    return f" under a {' and '.join(_SPLIT_WORDS[split] for split in sorted(splits))} name" if splits else ""


def _named(patterns: dict[str, re.Pattern[str]], text: str) -> frozenset[str]:
    return frozenset(word for word, pattern in patterns.items() if pattern.search(text))


def _numbers(pattern: re.Pattern[str], text: str) -> frozenset[int]:
    return frozenset(int(number) for found in pattern.findall(text) for number in found if number)


def _epochs(text: str) -> frozenset[int]:
    """Numbers that are called epochs; or else bare ones, but not 0 to 3, which rather count runs."""
    called = _numbers(_EPOCHS, text)
    return called or frozenset(number for number in map(int, re.findall(r"\d+", text)) if 4 <= number <= 1000)


def _unless(claimed: frozenset[str], really: frozenset[str], what: str) -> str:
    if not claimed or not really or claimed & really:
        return ""
    return f"{what} {', '.join(sorted(really))}, not {', '.join(sorted(claimed))}"
