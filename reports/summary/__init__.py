"""Frames to numbers: one row per algorithm or proxy, with intervals."""
