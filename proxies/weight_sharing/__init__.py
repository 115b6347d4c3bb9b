"""Estimates by weight sharing: one network is trained for all architectures, each is scored with what it inherits."""
