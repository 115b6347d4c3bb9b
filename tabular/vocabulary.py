"""The metrics that need no explanation: name, unit, direction, split."""

from typing import get_args

from harness.core import Metric, Split
from harness.errors import BadValue, unknown

KNOWN = {
    metric.name: metric
    for metric in (
        Metric("train_accuracy", "%", True, "train"),
        Metric("valid_accuracy", "%", True, "valid"),
        Metric("test_accuracy", "%", True, "test"),
        Metric("train_loss", "nats", False, "train"),
        Metric("valid_loss", "nats", False, "valid"),
        Metric("test_loss", "nats", False, "test"),
        Metric("params", "count", False, "cost"),
        Metric("flops", "M", False, "cost"),
        Metric("seconds", "s", False, "cost"),
        Metric("latency", "ms", False, "cost"),
        Metric("energy", "mJ", False, "cost"),
    )
}
"""FLOPs are multiply-adds in millions; seconds are those of training from scratch to the fidelity."""


def read_metric(text: str) -> Metric:
    """Read `NAME:UNIT:max|min:SPLIT`; `BadValue` when it has another form or redefines a known metric."""
    parts = text.split(":")
    if len(parts) != 4 or not parts[0].isidentifier() or parts[2] not in ("max", "min"):
        raise BadValue(f"metric {text!r}: write it as NAME:UNIT:max|min:SPLIT, for example macro_f1:%:max:valid")
    name, unit, direction, split = parts
    for allowed in get_args(Split):
        if split == allowed:
            metric = Metric(name, unit, direction == "max", allowed)
            if metric != KNOWN.get(name, metric):
                raise BadValue(f"metric {name!r} is known as {KNOWN[name]}: give yours another name")
            return metric
    raise unknown("split", split, get_args(Split))
