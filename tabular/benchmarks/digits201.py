"""NAS-Bench-201 cells trained on handwritten digits by the live loop; see `tabular.mint` for how."""

from pathlib import Path

from harness.errors import BadValue
from tabular.manifest import FILE
from tabular.store import open_table
from tabular.table import Table

FOLDER = Path(__file__).parents[1] / "data" / "digits201"


def digits201() -> Table:
    """All 15,625 cells, three seeds, every epoch of four schedules."""
    if not (FOLDER / FILE).exists():
        raise BadValue("the table digits201 is not in this installation: install nasgauge again, or run nasgauge mint")
    return open_table(FOLDER)
