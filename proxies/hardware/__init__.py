"""Estimates of what an architecture costs on a device."""
