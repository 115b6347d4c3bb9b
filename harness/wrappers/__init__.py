"""Algorithms around an algorithm: each is built around what makes the algorithm for a problem."""
