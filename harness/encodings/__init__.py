"""Architectures as vectors; each is a function of a space and architectures, shape (architectures, columns)."""
