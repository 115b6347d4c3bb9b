"""Proxies that learn from architectures of known loss."""
