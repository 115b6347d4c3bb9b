"""One task of TransNAS-Bench-101 as the columns of a table."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity, Metric, Split
from harness.errors import BadValue
from tabular.content import Values
from tabular.importers._transnas_curves import since_start
from tabular.vocabulary import KNOWN

SEED = 666
TIME = "time_elapsed"
SPLITS: dict[str, Split] = {"train": "train", "valid": "valid", "val": "valid", "test": "test"}
"""The split of each prefix. Some of the authors' training code writes `val`."""

UNITS = {"top1": "%", "top5": "%", "acc": "%", "mIoU": "%", "ssim": "1", "neg_loss": "1", "loss": "1"}
"""Units of what a metric's name ends with. All are the better the higher, but losses."""

ENTROPIES = ("class_scene", "class_object", "jigsaw", "segmentsemantic")
"""The tasks whose loss is a cross entropy; that of room_layout is a squared error."""

COSTS = {
    "model_params": KNOWN["params"],
    "model_FLOPs": KNOWN["flops"],
    "inference_time": KNOWN["latency"],
    "encoder_params": Metric("encoder_params", "count", False, "cost"),
    "encoder_FLOPs": Metric("encoder_flops", "M", False, "cost"),
}
"""The metric of each entry of `model_info`; the encoder is the network without what the task needs behind it."""

LARGEST = 1e18
"""No network has as many parameters, or takes as many operations or seconds."""

LEAST_FLOPS = 1e6
"""No network takes fewer FLOPs than this, nor as many millions of them: smaller numbers are millions."""

_METRIC = re.compile(rf"(?P<split>{'|'.join(SPLITS)})_(?P<what>(\w+?_)??(?P<end>{'|'.join(UNITS)}))")


class Results(NamedTuple):
    """One training: its curves by metric, the epochs that it was to take, and what the network costs."""

    curves: Mapping[str, NDArray[np.float64]]
    epochs: int
    costs: Mapping[str, Any]

    @classmethod
    def of(cls, where: str, fields: Any) -> "Results":
        """Check what the file holds of one network and task."""
        entry = fields if isinstance(fields, dict) else {}
        curves, epochs, costs = entry.get("metrics"), entry.get("total_epochs"), entry.get("model_info")
        if not isinstance(curves, dict) or not curves or not isinstance(costs, dict):
            raise BadValue(f"{where}: it needs 'metrics' and 'model_info'")
        if type(epochs) is not int or not 1 <= epochs <= 10_000:
            raise BadValue(f"{where}: total_epochs is {epochs!r} and no number of epochs")
        for name, values in curves.items():
            if not isinstance(name, str):
                raise BadValue(f"{where}: 'metrics' has {name!r} where the name of a metric should be")
            if not isinstance(values, np.ndarray) or len(values) > epochs:
                raise BadValue(f"{where}: {name!r} needs a list of at most {epochs} numbers")
        return cls(curves, epochs, costs)


class Curves(NamedTuple):
    """What the epochs of all networks gave: values by name, shape (networks, epochs), and in words what was made."""

    values: Mapping[str, NDArray[np.float64]]
    notes: Sequence[str]


def task_table(where: str, task: str, results: Sequence[Results]) -> tuple[tuple[Metric, ...], tuple[Values, ...], str]:
    """The metrics and columns of the networks, in their order, and in words what was found."""
    schedule = max(result.epochs for result in results)
    fidelities = tuple(Fidelity(epoch, schedule) for epoch in range(1, schedule + 1))
    curves, notes = _curves(where, results, schedule)
    metrics, columns = [], []
    for name, values in curves.items():
        metrics.append(KNOWN["seconds"] if name == TIME else _metric(task, name))
        columns.append(Values(metrics[-1].name, fidelities, (SEED,), values[:, :, None]))
    for name, metric in COSTS.items():
        costs, note = _costs(name, metric, [result.costs.get(name) for result in results])
        if not np.isnan(costs).all():
            metrics.append(metric)
            columns.append(Values(metric.name, None, None, costs[:, None, None]))
            notes = [*notes, note]
    missing = [f"{c.metric} {empty:,}" for c in columns if (empty := int(np.isnan(c.values).sum()))]
    notes = [note for note in notes if note]
    return tuple(metrics), tuple(columns), "; ".join([*notes, f"missing values: {', '.join(missing) or 'none'}"])


def _curves(where: str, results: Sequence[Results], schedule: int) -> Curves:
    """The curves of all networks that were trained on this schedule."""
    names = dict.fromkeys(name for result in results for name in result.curves)
    kept = [name for name in names if name == TIME or _METRIC.fullmatch(name)]
    other = sum(result.epochs != schedule for result in results)
    found, notes = {}, [f"{other:,} trained for fewer than {schedule} epochs were left out" if other else ""]
    infinite = 0
    for name in kept:
        values = _stacked(results, name, schedule)
        infinite += int(np.isinf(values).sum())
        found[name] = np.where(np.isinf(values), np.nan, values)
        _check_percent(f"{where}, {name}", name, values)
    if TIME in found:
        found[TIME], note = since_start(where, found[TIME])
        notes.append(note)
    notes.append(f"{infinite:,} infinite values count as not measured" if infinite else "")
    notes.append(f"left out: {', '.join(names.keys() - set(kept))}" if len(kept) < len(names) else "")
    return Curves(found, notes)


def _stacked(results: Iterable[Results], name: str, schedule: int) -> NDArray[np.float64]:
    """The values of each network and epoch, NaN where there are none."""
    rows = []
    for result in results:
        row = np.full(schedule, np.nan)
        if result.epochs == schedule and name in result.curves:
            values = result.curves[name]
            row[: len(values)] = values
        rows.append(row)
    return np.stack(rows)


def _check_percent(where: str, name: str, values: NDArray[np.float64]) -> None:
    match = _METRIC.fullmatch(name)
    wrong = values[(values < 0) | (values > 100.001)]  # they were averaged in single precision
    if match and UNITS[match["end"]] == "%" and len(wrong):
        raise BadValue(f"{where}: {wrong[0]} is no percentage from 0 to 100")


def _metric(task: str, name: str) -> Metric:
    """The metric of a curve: `valid_top1` is valid_accuracy, other names stay."""
    match = _METRIC.fullmatch(name)
    assert match is not None
    split, what, end = SPLITS[match["split"]], match["what"], match["end"]
    unit = UNITS[end]
    if what in ("loss", "neg_loss"):
        unit = "nats" if task in ENTROPIES else "squared error"
    return Metric(f"{split}_{'accuracy' if what == 'top1' else what}", unit, end != "loss", split)


def _costs(name: str, metric: Metric, entries: Sequence[Any]) -> tuple[NDArray[np.float64], str]:
    """The costs in the metric's unit, NaN where the file has none that can be, and in words what unit it has."""
    numbers = [float(e) if isinstance(e, int | float | np.number) and 0 < e < LARGEST else np.nan for e in entries]
    values = np.array(numbers, dtype=np.float64)
    if metric.unit == "ms":
        return values * 1000, f"{name} is seconds"
    if metric.unit != "M":
        return values, ""
    counts = bool((values[~np.isnan(values)] >= LEAST_FLOPS).all())
    return (values / 1e6 if counts else values), f"{name} is {'a count' if counts else 'millions'}"
