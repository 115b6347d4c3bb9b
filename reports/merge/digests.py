"""A number for the results of a run, so that equal runs of two folders are recognised without keeping either."""

from collections.abc import Collection, Iterable

import pandas as pd

Run = tuple[str, int]
"""A label and a seed."""

COMPARED = {
    "algorithm": ("step", "arch", "epochs", "schedule", "data", "loss", "charged", "finished", "test"),
    "proxy": ("arch", "score", "truth", "evaluation_seconds", "trained"),
}
"""What makes two runs the same, by the column that names the item."""

WRAP = 2**64


def digests(frames: Iterable[pd.DataFrame], column: str, labels: Collection[str]) -> dict[Run, int]:
    """The digest of each run of these labels, whatever the order of its rows; one frame is in memory at a time."""
    found: dict[Run, int] = {}
    for frame in frames:
        own = frame[frame[column].isin(list(labels))] if len(frame) else frame
        if own.empty:
            continue
        columns = [name for name in own.columns if name in COMPARED[column] or name.startswith("loss")]
        rows = pd.util.hash_pandas_object(own[sorted(columns)].astype(float), index=False)
        totals = rows.groupby([own[column], own["seed"]]).sum()
        for run, total in zip(map(_run, totals.index), totals, strict=True):
            found[run] = (found.get(run, 0) + int(total)) % WRAP
    return found


def _run(key: tuple[str, int]) -> Run:
    label, seed = key
    return str(label), int(seed)
