"""Estimates by weight inheritance: each architecture is trained a little, and does not begin at nothing."""
