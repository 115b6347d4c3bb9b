"""What is watched of supernets, in words."""

from typing import NamedTuple


class Measure(NamedTuple):
    """A measure for people: short enough for the title of an axis, and its unit, empty for a plain number."""

    words: str
    unit: str = ""

    @property
    def title(self) -> str:
        """The words with the unit in brackets."""
        return f"{self.words} ({self.unit})" if self.unit else self.words


MEASURES = {
    "derived_skips": Measure("share of skip connections in the derived architecture"),
    "eigenvalue": Measure("largest eigenvalue of the Hessian"),
    "entropy": Measure("entropy of the choice", "nats"),
    "skip_share": Measure("expected share of skip connections"),
    "train_loss": Measure("training loss", "nats"),
    "valid_loss": Measure("validation loss", "nats"),
}


def measure_of(name: str) -> Measure:
    """The words for a measure; one that is not known here goes by its own name."""
    return MEASURES.get(name, Measure(name.replace("_", " ")))
