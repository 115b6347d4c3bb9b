"""Architectures as vectors; each is a function of a space and architectures, shape (architectures, columns).

The columns are those of the space, whatever the architectures, and a row depends on its own architecture only.
"""

from harness.encodings._encoder import Encoder

__all__ = ["Encoder"]
