"""The file of TransNAS-Bench-101."""

import pickle
from typing import Any

import hostile

from fuzz.scratch import put
from fuzz.targets._job import job, remember, use
from harness.spaces.transnas_macro import TransnasMacro
from harness.spaces.transnas_micro import TransnasMicro
from tabular.importers.transnas import transnas

CURVES = {"train_top1": [1.0, 2.0], "valid_top1": [1.0, 2.0], "valid_loss": [2.0, 1.0], "time_elapsed": [1.0, 2.0]}
SCENE = {"metrics": CURVES, "total_epochs": 2,
         "model_info": {"model_params": 1000, "inference_time": 0.1, "model_FLOPs": 1e9}}  # fmt: skip
ROOM = {"metrics": {"train_loss": [1.0], "test_neg_loss": [-1.0], "time_elapsed": [3.0]}, "total_epochs": 1,
        "model_info": {"model_params": 1000}}  # fmt: skip


def values() -> list[Any]:
    micro = {
        "64-41414-3_33_333": {"class_scene": SCENE, "room_layout": ROOM},
        "64-41414-0_00_000": {"class_scene": SCENE},
    }
    macro = {"64-2311-basic": {"class_scene": SCENE}}
    return [{"data": {"micro": micro, "macro": macro}, "task_list": ["class_scene"]}]


def pack(value: Any) -> bytes:
    return hostile.legacy(pickle.dumps(value, 2))


def seeds() -> list[bytes]:
    for space in (TransnasMicro(), TransnasMacro()):
        remember(space)
    return [*map(pack, values()), *(hostile.archive({"a/data.pkl": pickle.dumps(value, 2)}) for value in values())]


def check(data: bytes) -> None:
    use(transnas(put("transnas.pth", data), job()))
