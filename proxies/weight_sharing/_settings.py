"""The options that all supernets have in common."""

from dataclasses import dataclass
from typing import TypedDict

from harness.errors import BadValue


class Common(TypedDict, total=False):
    """Options of every supernet, in an experiment as in code; `Settings` says what they mean and their defaults."""

    epochs: int
    batch: int
    lr: float
    momentum: float
    weight_decay: float
    clip: float
    channels: int | None
    cells: int | None
    dataset: str | None
    recalibration: int
    snapshots: int
    watch: int
    device: str
    checkpoints: str | None


@dataclass(frozen=True, slots=True)
class Settings:
    """How a supernet is trained and looked at.

    `epochs` of SGD with Nesterov momentum, a cosine schedule from `lr` to 0, gradients clipped to the norm `clip`.
    `channels` and `cells` (per stage) shrink or grow the network, by default those of the benchmark's own. `dataset`
    names other images than the benchmark's. Batch norms are computed anew for each architecture from `recalibration`
    training images (0: the running averages of training are used). `snapshots` times in the course of training, `watch`
    architectures are scored, to see the ranking come about. `checkpoints` is a folder.
    """

    epochs: int = 100
    batch: int = 75
    lr: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    clip: float = 5.0
    channels: int | None = None
    cells: int | None = None
    dataset: str | None = None
    recalibration: int = 900
    snapshots: int = 0
    watch: int = 100
    device: str = "cpu"
    checkpoints: str | None = None

    def __post_init__(self) -> None:
        least = {"epochs": 1, "batch": 2, "recalibration": 0, "snapshots": 0, "watch": 2, "channels": 1, "cells": 1}
        for name, low in least.items():
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < low):
                raise BadValue(f"{name} = {value!r} of a supernet: give a whole number of at least {low}")
        if self.recalibration == 1:
            raise BadValue("recalibration = 1 of a supernet: one image has no variance; give 0, or at least 2")
        for name in ("lr", "clip"):
            if not getattr(self, name) > 0:
                raise BadValue(f"{name} = {getattr(self, name)!r} of a supernet: give more than 0")
        if not 0 <= self.momentum < 1:
            raise BadValue(f"momentum = {self.momentum!r} of a supernet: give 0 or more, and less than 1")
        if not self.weight_decay >= 0:
            raise BadValue(f"weight_decay = {self.weight_decay!r} of a supernet: give 0 or more")
        if self.snapshots > self.epochs:
            raise BadValue(f"snapshots = {self.snapshots} in {self.epochs} epochs: give at most one for each")
        for name, most in (("channels", 4096), ("cells", 100)):
            if (getattr(self, name) or 0) > most:
                raise BadValue(f"{name} = {getattr(self, name)} of a supernet: give at most {most}")
