"""Exact costs of the official networks, by formula."""
