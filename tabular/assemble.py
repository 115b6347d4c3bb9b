"""From the shards of a minting to the table `digits201`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from harness.core import Arch
from harness.errors import BadValue
from harness.live.network import CellNetwork
from harness.live.training import Recipe
from harness.npz_file import Arrays, read_npz
from harness.spaces.nb201 import Nb201
from tabular import mint
from tabular.content import Content, Values
from tabular.store import write_table
from tabular.vocabulary import KNOWN

MEASURED = ("train_loss", "valid_accuracy", "test_accuracy")
TIMED = ("train_seconds", "valid_seconds")
SHAPES: dict[str, tuple[int, ...]] = {name: (len(mint.FIDELITIES), len(mint.SEEDS)) for name in MEASURED}
SHAPES |= {"train_seconds": (len(mint.FRACTIONS),), "valid_seconds": ()}
SHAPE = (1, 10)
"""Colours and classes of the digits."""

AREA = 16
"""Positions of the feature maps: the stem halves the 8x8 image, and nothing after it changes the size."""

Shards = dict[str, NDArray[np.float32]]
"""Every array of the shards, one row per class."""


def assemble(shards: Path, out: Path, *, wanted: Sequence[int] | None = None, force: bool = False) -> None:
    """Write the table `out` from the shards: one row per class, the `wanted` official indices in ascending order.

    Raises `BadValue` when shards are missing or damaged.
    """
    wanted = mint.classes() if wanted is None else wanted
    minted, timed = _read(shards / "training", wanted, MEASURED), _read(shards / "timing", wanted, TIMED)
    columns = [Values(name, mint.FIDELITIES, mint.SEEDS, minted[name]) for name in MEASURED]
    columns.append(Values("seconds", mint.FIDELITIES, None, _seconds(timed)[:, :, None]))
    archs = Nb201().all()
    costs = np.array([costs_of(archs[i]) for i in wanted], dtype=np.float32)
    columns += [Values(name, None, None, costs[:, k, None, None]) for k, name in enumerate(("params", "flops"))]
    metrics = tuple(KNOWN[column.metric] for column in columns)
    content = Content("nb201", metrics, tuple(columns), _provenance(minted), dataset="digits", rows=_rows(wanted))
    write_table(out, content, force=force)


def costs_of(arch: Arch) -> tuple[int, float]:
    """Trainable parameters, and millions of multiply-adds for one image, of the network that digits201 trains."""
    network = CellNetwork(arch, SHAPE, Recipe().channels)
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d) and m is not network.head]
    multiply_adds = sum(AREA * m.weight.numel() for m in convolutions) + _numel(network.head)
    return _numel(network), multiply_adds / 1e6


def _read(folder: Path, wanted: Sequence[int], needed: Sequence[str]) -> Shards:
    parts = [_load(path, needed) for path in sorted(folder.glob("*.npz"))]
    found = np.concatenate([part["index"] for part in parts]) if parts else np.empty(0, dtype=np.int64)
    missing = len(set(wanted) - set(found.tolist()))
    if missing:
        raise BadValue(
            f"{missing:,} of {len(wanted):,} classes are not minted in {folder}: run nasgauge mint again to go on"
        )
    position = {index: k for k, index in enumerate(found.tolist())}
    order = [position[index] for index in wanted]
    return {name: np.concatenate([part[name] for part in parts])[order] for name in needed}


def _load(path: Path, needed: Sequence[str]) -> Arrays:
    try:
        part = read_npz(path, ("index", *needed))
    except ValueError as error:
        raise BadValue(f"{path} is damaged ({error}): remove it and run nasgauge mint again") from error
    index = part.get("index", np.empty(()))
    shapes = {name: (len(index), *SHAPES[name]) for name in needed} if index.ndim == 1 else {}
    sound = {name: one.shape for name, one in part.items() if name != "index" and one.dtype == np.float32}
    if index.dtype.kind != "i" or sound != shapes:
        raise BadValue(f"{path} is of another minting: remove it and run nasgauge mint again")
    return part


def _seconds(timed: Shards) -> NDArray[np.float32]:
    """Seconds of training from scratch and one validation, shape (classes, fidelities)."""
    epochs = np.array([fidelity.epochs for fidelity in mint.FIDELITIES], np.float32)
    fraction = [mint.FRACTIONS.index(fidelity.data) for fidelity in mint.FIDELITIES]
    return epochs * timed["train_seconds"][:, fraction] + timed["valid_seconds"][:, None]


def _rows(wanted: Sequence[int]) -> NDArray[np.int32]:
    """The row of each official index: that of its class, -1 when its class is not wanted."""
    space = Nb201()
    row = {index: k for k, index in enumerate(wanted)}
    return np.array([row.get(space.index(space.canonical(arch)), -1) for arch in space.all()], dtype=np.int32)


def _provenance(minted: Shards) -> dict[str, str]:
    recipe = Recipe()
    missing = sum(int(np.isnan(minted[name]).sum()) for name in MEASURED)
    return {
        "source": "nasgauge mint: every class trained by the live loop on 900 handwritten digits of scikit-learn, "
        "448 for validation, 449 for test",
        "recipe": f"SGD, Nesterov momentum {recipe.momentum:g}, batch {recipe.batch}, lr {recipe.lr:g}, cosine, "
        f"weight decay {recipe.weight_decay:g}, {recipe.channels} channels",
        "seconds": "one CPU core, one network; epochs x time of an epoch, plus one validation",
        "checks": f"{len(minted[MEASURED[0]]):,} classes, each with every epoch and seed; missing values: {missing:,}",
    }


def _numel(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
