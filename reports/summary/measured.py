"""What the clock measured, by study and by algorithm or proxy."""

import pandas as pd

LABELS = ("algorithm", "proxy")
SECONDS = ("overhead_seconds", "proxy_seconds", "fit_seconds")


def measured_of(measured: pd.DataFrame, study: int, label: str) -> dict[str, float]:
    """Totals over the runs of one algorithm or proxy: `n` and the columns of seconds, NaN where none was measured."""
    rows = measured
    if not rows.empty:
        named = pd.concat([rows[name] for name in LABELS if name in rows], axis=1).bfill(axis=1).iloc[:, 0]
        rows = rows[(rows["study"] == study) & (named == label)]
    return {name: float(rows[name].sum(min_count=1)) if name in rows else float("nan") for name in ("n", *SECONDS)}
