"""The pickle of HW-NAS-Bench."""

import os
import pickle
from functools import cache
from typing import Any

import numpy as np

from fuzz.scratch import empty, put
from fuzz.targets._job import job, remember, use
from harness.core import Fidelity
from harness.spaces.nb201 import Nb201
from tabular.content import Content, Values
from tabular.importers.hw_nas_bench import hw_nas_bench
from tabular.store import write_table
from tabular.vocabulary import KNOWN

SIZE = Nb201().size


@cache
def values() -> list[Any]:
    config = [{"arch_str": Nb201().encode(Nb201().all()[0])}]
    columns = {"fpga_energy": [1.0] * SIZE, "pixel3_latency": np.ones(SIZE), "config": config}
    return [{"nasbench201": {"cifar10": columns}, "fbnet": {"x": {"y": 1.0}}},
            {"nasbench201": {"cifar10": {"fpga_energy": np.linspace(1, 2, SIZE)}}}]  # fmt: skip


def pack(value: Any) -> bytes:
    return pickle.dumps(value, 4)


def seeds() -> list[bytes]:
    remember(Nb201())
    folder = empty("hardware")
    os.environ["NASGAUGE_DATA"] = str(folder)
    rows = np.full(SIZE, -1, dtype=np.int32)
    rows[0] = 0
    accuracy = Values("valid_accuracy", (Fidelity(12, 12),), (777,), np.full((1, 1, 1), 50.0))
    write_table(
        folder / "tables" / "h-cifar10", Content("nb201", (KNOWN["valid_accuracy"],), (accuracy,), {}, rows=rows)
    )
    return [pickle.dumps(value, protocol) for value in values() for protocol in (2, 4)]


def check(data: bytes) -> None:
    use(hw_nas_bench(put("hardware.pickle", data), job(), join="h"))
