"""Proxies that train less: fewer epochs, or less data."""
