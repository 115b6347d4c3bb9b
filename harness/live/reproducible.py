"""The setting in which torch repeats itself bit by bit on the CPU."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def reproducible() -> Iterator[None]:
    """One thread and no denormals while the block runs; after it, the threads and the arithmetic of before."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)
