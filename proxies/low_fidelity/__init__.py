"""Proxies that train less, and what they make of a learning curve."""
