"""How a network is computed: where, in which precision, in which order of memory. What is learned is the recipe's."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from harness.errors import BadValue
from harness.live.device import usable
from harness.live.reproducible import reproducible

Network = Callable[[Tensor], Tensor]
"""Images (n, colours, h, w) to logits (n, classes)."""

HALVES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class Setup:
    """Where and how networks are computed.

    `amp` names the half precision of convolutions and matrix products (Micikevicius et al., Mixed Precision Training,
    ICLR 2018): bfloat16, or float16 with scaled losses (section 3.2) on a GPU; weights stay in float32. `compile` has
    torch compile the network. `deterministic` repeats itself bit by bit: one thread on the CPU, repeatable kernels on
    a GPU; without it all threads, and the fastest kernels. Raises `BadValue` for what is not to be had here.
    """

    device: str = "cpu"
    amp: str | None = None
    channels_last: bool = True
    compile: bool = False
    deterministic: bool = True

    def __post_init__(self) -> None:
        usable(self.device)
        if self.amp is not None and self.amp not in HALVES:
            raise BadValue(f"amp = {self.amp!r}: give {' or '.join(HALVES)}, or leave it out for float32")
        if self.amp == "float16" and not self._on_gpu:
            raise BadValue(f"amp = 'float16' needs a GPU, and the device is {self.device!r}; give bfloat16")

    @property
    def _on_gpu(self) -> bool:
        return torch.device(self.device).type == "cuda"

    @property
    def layout(self) -> torch.memory_format:
        """The order of a tensor's values in memory."""
        return torch.channels_last if self.channels_last else torch.contiguous_format

    def place(self, network: nn.Module) -> Network:
        """Move the network to the device, in its layout; what comes back computes with its weights."""
        network.to(self.device, memory_format=self.layout)  # type: ignore[call-overload]
        compiled: Network = torch.compile(network) if self.compile else network
        return compiled

    def precision(self) -> AbstractContextManager[object]:
        """The precision of the forward pass and the loss."""
        if self.amp is None:
            return nullcontext()
        return torch.autocast(torch.device(self.device).type, HALVES[self.amp])

    def scaler(self) -> torch.amp.GradScaler:
        """Scales losses, so that gradients do not vanish in float16; with other precisions it does nothing."""
        return torch.amp.GradScaler(torch.device(self.device).type, enabled=self.amp == "float16")

    def clock(self) -> float:
        """Seconds: those of this thread where only it computes, so that a busy machine does not count; else all."""
        return time.thread_time() if self.deterministic and not self._on_gpu else time.perf_counter()

    @contextmanager
    def arithmetic(self, seed: int) -> Iterator[None]:
        """Torch's settings while the block runs; after it, those of before.

        What the network draws by itself, as dropout does, is drawn by `seed`.
        """
        devices = [torch.device(self.device)] if self._on_gpu else []
        with ExitStack() as stack:
            stack.enter_context(torch.random.fork_rng(devices=devices))
            torch.default_generator.manual_seed(seed)
            if self._on_gpu:
                stack.enter_context(torch.cuda.device(self.device))
                torch.cuda.manual_seed(seed)
                stack.enter_context(_gpu_kernels(self.deterministic))
            elif self.deterministic:
                stack.enter_context(reproducible())
            yield


@contextmanager
def _gpu_kernels(deterministic: bool) -> Iterator[None]:
    """Repeatable kernels, or whichever are fastest."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it, cuBLAS does not repeat itself
    cudnn: Any = torch.backends.cudnn
    fills: Any = torch.utils.deterministic
    before = (cudnn.deterministic, cudnn.benchmark, fills.fill_uninitialized_memory)
    enabled, warns = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    cudnn.deterministic, cudnn.benchmark = deterministic, not deterministic
    fills.fill_uninitialized_memory = False  # it costs time, and no result rests on such memory
    torch.use_deterministic_algorithms(deterministic)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(enabled, warn_only=warns)
        cudnn.deterministic, cudnn.benchmark, fills.fill_uninitialized_memory = before
