"""Proxies that train nothing: costs read or counted, and one gradient of a freshly initialised network."""
