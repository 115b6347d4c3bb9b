"""An experiment file, read, and tried out with the tables that are there."""

import os
from typing import Any

from fuzz.scratch import empty, put, scratch
from fuzz.toml_text import toml_of
from harness.experiment.config import read_experiment
from harness.experiment.plan import plan

SEARCH = {
    "benchmark": "digits201",
    "algorithm": ["random_search", {"name": "hyperband", "eta": 3}, {"name": "random_search", "label": "twin"},
                  {"name": "regularized_evolution", "population": [10, 20], "warmup": {"proxy": "params", "size": 8}}],
    "budget": {"seconds": 2000.0, "continuation": "restart", "overhead": "charged"},
    "seeds": 4, "first_seed": 2, "workers": 2, "trial": "mean", "objective": ["valid_accuracy", "params"],
    "test": "test_accuracy", "optional": True,
}  # fmt: skip
PROXY = {
    "benchmark": [{"name": "digits201"}],
    "proxy": ["params", {"name": "reduced_epochs", "epochs": 3},
              {"name": "negated", "proxy": "params", "label": "less"}],
    "truth": {"metric": "test_accuracy", "fidelity": {"epochs": 12, "schedule": 12}},
    "architectures": 20, "seeds": 2, "unique": False, "objective": "valid_accuracy", "optional": True,
}  # fmt: skip
CLAIMS = [
    {"text": "Size helps.", "proxy": "params", "low": 0.1, "high": 1.0, "statistic": "spearman"},
    {"text": "It helps more.", "proxy": "reduced_epochs", "than": "less", "low": 0.0, "benchmark": "digits201"},
]
VALUES = [
    {"name": "whole", "search": [SEARCH], "proxy": [PROXY], "claim": CLAIMS},
    {
        "name": "small",
        "search": [{"benchmark": "digits201", "algorithm": "random_search", "budget": {"evaluations": 5}}],
    },
    {"name": "proxies", "proxy": [PROXY], "claim": CLAIMS[:1]},
]


def values() -> list[Any]:
    return VALUES


def pack(value: Any) -> bytes:
    return toml_of(value)


def seeds() -> list[bytes]:
    os.environ["NASGAUGE_DATA"] = str(empty("data"))
    os.environ["NASGAUGE_DATASETS"] = str(scratch() / "data" / "none")
    return [toml_of(value) for value in VALUES]


def check(data: bytes) -> None:
    plan(read_experiment(put("experiment.toml", data)))
