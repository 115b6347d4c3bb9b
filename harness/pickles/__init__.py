"""Pickles read by a machine that knows values only: nothing in a file can make it run anything."""

from harness.pickles._allowed import NDARRAYS, NUMPY
from harness.pickles._machine import MEMORY, read
from harness.pickles._packed import PACKED, open_bz2, read_bz2

__all__ = ["MEMORY", "NDARRAYS", "NUMPY", "PACKED", "open_bz2", "read", "read_bz2"]
