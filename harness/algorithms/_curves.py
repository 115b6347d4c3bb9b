"""Extrapolating learning curves (after Domhan et al., IJCAI 2015, sections 3.1 and 3.2)."""

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATES = 20
"""Values tried for the one parameter of shape of a family."""


def chance_below(curve: Sequence[float], epochs: tuple[int, ...], bar: float) -> float:
    """The probability that the loss goes below `bar` at the last of `epochs`, given the losses at the first of them.

    The loss is c + a f(epoch) with a >= 0 and noise. Three of the paper's eleven families are tried, each monotone and
    linear in c and a: the power law f = x^-b, the exponential f = exp(-x / b), for `RATES` values of b each, and
    f = 1 / log(x + 1). Every f is fitted by least squares, weighted by its likelihood with c, a and the noise
    integrated out, and predicts a normal distribution; their mixture answers. The paper samples the parameters and
    weights of all eleven by MCMC. At least three losses are needed; failed ones (+inf) cannot be extrapolated.
    """
    weights, means, deviations = _mixture(curve, epochs)
    below = [math.erfc(z) / 2 for z in ((means - bar) / (math.sqrt(2) * deviations)).tolist()]
    return float(weights @ np.asarray(below) / weights.sum())


def expected_last(curve: Sequence[float], epochs: tuple[int, ...]) -> float:
    """The loss to be expected at the last of `epochs`, given the losses at the first: the mixture's mean."""
    weights, means, _ = _mixture(curve, epochs)
    return float(weights @ means / weights.sum())


def _mixture(curve: Sequence[float], epochs: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Weight, mean and standard deviation of what each f predicts at the end, shape (shapes,) each."""
    shapes = _shapes(epochs, len(curve))
    losses = np.asarray(curve, dtype=float)
    n, center = len(losses), losses.mean()
    spread = losses - center
    slopes = np.maximum(shapes.fit @ spread, 0)
    residuals = spread - slopes[:, None] * shapes.centered
    floor = 1e-6 * float(spread @ spread) + 1e-12 * (1 + center * center)
    errors = np.einsum("ij,ij->i", residuals, residuals) + floor
    logs = shapes.prior - (n - 2) / 2 * np.log(errors)
    weights = np.exp(logs - logs.max())
    means = center + slopes * shapes.ahead
    return weights, means, np.sqrt(errors / (n - 2) * shapes.inflation)


class _Shapes(NamedTuple):
    """What least squares needs to know of every f, given where the losses were measured."""

    centered: Floats
    """f minus its mean, shape (shapes, losses)."""
    fit: Floats
    """Times the losses it gives the slopes, shape (shapes, losses)."""
    ahead: Floats
    """f at the end minus its mean."""
    inflation: Floats
    """The variance of a prediction at the end, in units of the noise."""
    prior: Floats
    """The logarithm of the weight before the errors are seen: equal for the families, times |f|^-1 for the slope."""


@cache
def _shapes(epochs: tuple[int, ...], n: int) -> _Shapes:
    x = np.asarray(epochs, dtype=float)
    powers = np.geomspace(0.1, 3, RATES)
    scales = np.geomspace(x[0] / 2, 2 * x[-1], RATES)
    families = [x ** -powers[:, None], np.exp(-x / scales[:, None]), 1 / np.log(x + 1)[None, :]]
    values = np.concatenate([family / np.ptp(family, axis=1, keepdims=True) for family in families])
    mean = values[:, :n].mean(axis=1, keepdims=True)
    centered, ahead = values[:, :n] - mean, values[:, -1] - mean[:, 0]
    square = (centered**2).sum(axis=1)
    prior = np.concatenate([np.full(len(family), -math.log(len(family))) for family in families])
    inflation = 1 + 1 / n + ahead**2 / square
    return _Shapes(centered, centered / square[:, None], ahead, inflation, prior - np.log(square) / 2)
