"""`nasgauge list`."""

from harness.commands._console import print_table
from harness.errors import unknown
from harness.registry import FOLDERS, names


def list_items(kind: str | None) -> None:
    """Print the names of all items, or of one kind; plural forms are understood."""
    if kind is None:
        print_table("nasgauge", ("kind", "items"), [(one, ", ".join(names(one))) for one in FOLDERS])
        return
    singular = {one: one for one in FOLDERS} | {f"{one}s": one for one in FOLDERS} | {"proxies": "proxy"}
    if kind not in singular:
        raise unknown("kind", kind, FOLDERS)
    for name in names(singular[kind]):
        print(name)
