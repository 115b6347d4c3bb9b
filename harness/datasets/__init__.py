"""Data sets for live training: one file each."""
