"""Readers of what users have; each is a function that returns the `Content` of a table."""
