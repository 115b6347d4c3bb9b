"""Estimates of quality: low fidelity, zero cost, predictors."""
