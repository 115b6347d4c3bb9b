"""The machine: processor, cores, memory, GPUs. Its name is left out, for results are handed to reviewers."""

import os
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any

from harness.cores import cores

GPUS = Path("/proc/driver/nvidia/gpus")
"""Where NVIDIA's driver says what there is; to ask CUDA for names would take memory on a GPU that others may want."""


@cache
def machine() -> dict[str, Any]:
    """`cpu`, `cores` that may be used, `memory_gib`; what is not known is left out."""
    facts = {"cpu": _cpu(), "architecture": platform.machine(), "cores": cores(), "memory_gib": _memory()}
    return {name: fact for name, fact in facts.items() if fact}


def gpus() -> list[str]:
    """The names of the GPUs, where torch is in use and sees any."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return []
    return _models(GPUS) or ["CUDA device"] * int(torch.cuda.device_count())


def _models(folder: Path) -> list[str]:
    try:
        texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/information"))]
    except (OSError, UnicodeDecodeError):
        return []
    return [name for text in texts if (name := _field(text, "Model"))]


def _cpu() -> str:
    try:
        return _field(Path("/proc/cpuinfo").read_text(encoding="utf-8"), "model name") or platform.processor()
    except (OSError, UnicodeDecodeError):
        return platform.processor()


def _field(text: str, key: str) -> str:
    """The value of the first line `key : value`; empty without one."""
    lines = (line.partition(":") for line in text.splitlines())
    return next((value.strip() for name, _, value in lines if name.strip() == key), "")


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, OSError, ValueError):
        return None
