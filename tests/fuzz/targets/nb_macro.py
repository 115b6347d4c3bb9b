"""The JSON file of NAS-Bench-Macro."""

import json
from typing import Any

from fuzz.scratch import put
from fuzz.targets._job import job, remember, use
from harness.spaces.nb_macro import NbMacro
from tabular.importers.nb_macro import nb_macro

ENTRY = {"test_acc": [90.0, 91.0, 92.0], "mean_acc": 91.0, "std": 0.8, "params": 400000, "flops": 7500000}


def values() -> list[Any]:
    return [{"00000000": ENTRY, "01201201": ENTRY, "22222222": ENTRY}]


def pack(value: Any) -> bytes:
    return json.dumps(value).encode()


def seeds() -> list[bytes]:
    remember(NbMacro())
    return [pack(value) for value in values()]


def check(data: bytes) -> None:
    use(nb_macro(put("macro.json", data), job()))
