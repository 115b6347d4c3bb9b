"""A small synthetic table over all NAS-Bench-201 cells, for tests that need a benchmark and not the truth."""

import os
from pathlib import Path

import numpy as np

from harness.core import Fidelity, Metric
from harness.costs import nb201
from harness.spaces.nb201 import Nb201
from tabular.content import Content, Values
from tabular.store import write_table

FIDELITIES = tuple(Fidelity(epoch, 4) for epoch in (1, 2, 3, 4))
METRICS = (
    Metric("valid_accuracy", "%", True, "valid"),
    Metric("test_accuracy", "%", True, "test"),
    Metric("params", "count", False, "cost"),
    Metric("seconds", "s", False, "cost"),
)


def write_synthetic(folder: Path, name: str = "synthetic") -> None:
    """Two seeds, four epochs; accuracy follows the number of parameters, with noise that falls with the epochs."""
    rng = np.random.default_rng(0)
    archs = Nb201().all()
    params = np.array([nb201.parameters(arch, 10) for arch in archs], float)
    quality = 50 + 40 * np.argsort(np.argsort(params, kind="stable")) / len(archs)
    shape = (len(archs), len(FIDELITIES), 2)
    noise = rng.normal(size=shape) * np.array([4.0, 3.0, 2.0, 1.0])[:, None]
    valid = np.clip(quality[:, None, None] + noise, 0, 100).astype(np.float32)
    test = np.clip(quality[:, None, None] + rng.normal(size=shape), 0, 100).astype(np.float32)
    seconds = np.repeat((np.arange(1, 5) * (1 + params[:, None] / 1e6))[:, :, None], 1, axis=2)
    columns = (
        Values("valid_accuracy", FIDELITIES, (0, 1), valid),
        Values("test_accuracy", FIDELITIES, (0, 1), test),
        Values("params", None, None, params[:, None, None]),
        Values("seconds", FIDELITIES, None, seconds),
    )
    write_table(folder / "tables" / name, Content("nb201", METRICS, columns, {"source": "synthetic"}))


def environment(data: Path) -> dict[str, str]:
    return os.environ | {"NASGAUGE_DATA": str(data)}
