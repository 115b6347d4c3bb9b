"""What the clock measured, by study and by algorithm or proxy."""

import pandas as pd

SECONDS = ("overhead_seconds", "proxy_seconds", "fit_seconds")


def measured_of(measured: pd.DataFrame, study: int, label: str) -> dict[str, float]:
    """Totals over the runs of one algorithm or proxy: `n` and the columns of seconds, NaN where none was measured."""
    rows = measured if measured.empty else measured[(measured["label"] == label) & (measured["study"] == study)]
    return {name: float(rows[name].sum(min_count=1)) if name in rows else float("nan") for name in ("n", *SECONDS)}
