"""Colours of operations in drawings of cells, lightest where least is computed."""

from reports.figures.style import BLUE, GREEN, MUTED, ORANGE, PURPLE, SKY, VERMILLION

OPERATIONS = {
    "skip": MUTED, "identity": MUTED, "same shape": MUTED, "1x1 conv": SKY, "3x3 conv": BLUE, "MB3 K3": SKY,
    "MB6 K5": BLUE, "avg pool": ORANGE, "max pool": ORANGE, "wider": GREEN, "smaller": VERMILLION,
    "wider, smaller": PURPLE,
}  # fmt: skip


def colour_of(label: str) -> str:
    """The colour of an operation; sizes and names of nodes are grey."""
    return OPERATIONS.get(label, MUTED)
