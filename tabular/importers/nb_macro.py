"""Importing NAS-Bench-Macro (Su et al., CVPR 2021): `nas-bench-macro_cifar10.json`.

The file gives three test accuracies per network and no validation accuracy. Its authors trained with
`train/train_benchmark.py` of github.com/xiusu/NAS-Bench-Macro: 50 epochs of SGD on the 50,000 training images, cosine
schedule, seeds 0, 1 and 2. An accuracy is that of the epoch which was best on the 10,000 test images.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity
from harness.errors import BadValue
from harness.spaces.nb_macro import NbMacro
from tabular.content import Content, Values
from tabular.importers._origin import origin
from tabular.job import Job
from tabular.vocabulary import KNOWN

FULL = Fidelity(50, 50)
SEEDS = (0, 1, 2)

LARGEST = 64 << 20
"""Bytes that a file may have; the official one has about a million."""

TOLERANCE = 1e-4
"""Percent by which the file's mean may differ from that of its accuracies, which were measured in single precision."""


class Network(NamedTuple):
    """What the file says of one network; `flops` are multiply-adds."""

    accuracies: tuple[float, ...]
    params: int
    flops: int


def nb_macro(path: Path, job: Job) -> dict[str, Content]:
    """Read the JSON file into one table: test accuracy of three trainings, params, FLOPs.

    Raises `BadValue` for a file that cannot be read, and for a network or a number that cannot be, naming it.
    """
    space = NbMacro()
    networks = {text: _network(path, text, entry) for text, entry in _read(path).items()}
    found = {space.index(space.decode(text)): network for text, network in networks.items()}
    accuracies, params, flops = _arrays(space.size, found)
    columns = (
        Values("test_accuracy", (FULL,), SEEDS, accuracies[:, None, :]),
        Values("params", None, None, params[:, None, None]),
        Values("flops", None, None, flops[:, None, None]),
    )
    metrics = tuple(KNOWN[column.metric] for column in columns)
    return {"": Content(space.name, metrics, columns, _provenance(path, space, found))}


def _read(path: Path) -> dict[str, Any]:
    """The file's networks by their strings."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadValue(f"{path} has {path.stat().st_size:,} bytes, NAS-Bench-Macro has about 1,500,000")
        data = json.loads(path.read_text("utf-8"), object_pairs_hook=_each_once)
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BadValue(f"{path} is not the JSON file of NAS-Bench-Macro: {error}") from error
    if not isinstance(data, dict) or not data:
        raise BadValue(f"{path} is not the JSON file of NAS-Bench-Macro: it needs an object with one key per network")
    return data


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice in the same object")
    return found


def _network(path: Path, text: str, entry: Any) -> Network:
    """Check what the file says of a network."""
    fields = entry if isinstance(entry, dict) else {}
    accuracies, mean = fields.get("test_acc"), fields.get("mean_acc")
    if not isinstance(accuracies, list) or len(accuracies) != len(SEEDS) or not all(map(_percent, accuracies)):
        raise BadValue(f"{path}, network {text!r}: test_acc is {accuracies!r} and not three percentages from 0 to 100")
    if mean is None or not _percent(mean) or abs(mean - sum(accuracies) / len(SEEDS)) > TOLERANCE:
        raise BadValue(f"{path}, network {text!r}: mean_acc is {mean!r} and not the mean of {accuracies}")
    for count in ("params", "flops"):
        if type(fields.get(count)) is not int or not 0 < fields[count] < 1 << 53:
            raise BadValue(f"{path}, network {text!r}: {count} is {fields.get(count)!r} and no count")
    return Network(tuple(accuracies), fields["params"], fields["flops"])


def _percent(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 100


def _arrays(size: int, found: Mapping[int, Network]) -> tuple[NDArray[np.float64], ...]:
    """Accuracies (networks, seeds), params and millions of FLOPs in the space's order, NaN where the file has none."""
    accuracies, params, flops = np.full((size, len(SEEDS)), np.nan), np.full(size, np.nan), np.full(size, np.nan)
    for index, network in found.items():
        accuracies[index] = network.accuracies
        params[index] = network.params
        flops[index] = network.flops / 1e6
    return accuracies, params, flops


def _provenance(path: Path, space: NbMacro, found: Mapping[int, Network]) -> dict[str, str]:
    archs = space.all()
    classes = {space.canonical(archs[index]) for index in found}
    return origin(
        "nb_macro",
        path,
        "NAS-Bench-Macro (Su et al., CVPR 2021), CIFAR-10",
        read="test_accuracy is the best of 50 epochs on the test images; there is no validation accuracy, so that "
        "nothing can be searched for here, while scores can be compared with it",
        checks=f"{len(found):,} of {space.size:,} networks, each once, of {len(classes):,} different functions; "
        f"every mean is that of its accuracies within {TOLERANCE:g} %",
    )
