"""How a metric's values may be written in somebody's table."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NOISE = 1e-6
"""Relative: official accuracies carry the noise of float32, 62.71199997802734 for 62.712, and tables often are float32.

Of a percentage that is at most 1e-4 points, a tenth of what one image in 25,000 makes in a mean over three seeds.
"""

ONE_DECIMAL, TWO_DECIMALS = 0.051, 0.0051
"""A little more than the error of rounding to so many."""


class Form(NamedTuple):
    """What is written is `offset + scale * value`; `unit` is empty when that is the value itself.

    `noise` is the least error, beside that of rounding, that numbers in this form may have. Those rounded by more than
    `coarsest` are not taken for this form: 1 and 0 are no fractions of a hundred.
    """

    unit: str
    offset: float
    scale: float
    noise: float = 0.0
    coarsest: float = math.inf

    def agrees(self, values: NDArray[Any], written: NDArray[np.float64], half: float) -> NDArray[np.bool_]:
        """Whether values, rounded with an error of up to `half`, are what is written; NaN never is."""
        error = np.abs(self.offset + self.scale * values - written)
        near: NDArray[np.bool_] = error <= half + np.maximum(NOISE * np.abs(written), self.noise)
        return near


_PLAIN = Form("", 0.0, 1.0)
_FORMS = {
    "%": (
        Form("", 0.0, 1.0, 100 * NOISE),
        Form("a fraction", 0.0, 0.01, NOISE, TWO_DECIMALS),
        Form("an error, 100 - accuracy", 100.0, -1.0, 100 * NOISE),
        Form("an error, 1 - accuracy", 1.0, -0.01, NOISE, TWO_DECIMALS),
    ),
    "count": (_PLAIN, Form("millions", 0.0, 1e-6, 0.0, ONE_DECIMAL)),
    "M": (_PLAIN, Form("a count", 0.0, 1e6), Form("billions", 0.0, 1e-3, 0.0, TWO_DECIMALS)),
    "s": (_PLAIN, Form("hours", 0.0, 1 / 3600, 0.0, ONE_DECIMAL)),
    "ms": (_PLAIN, Form("seconds", 0.0, 1e-3, 0.0, TWO_DECIMALS)),
    "mJ": (_PLAIN, Form("joules", 0.0, 1e-3, 0.0, ONE_DECIMAL)),
}


def forms(unit: str, half: float) -> list[Form]:
    """The forms in which values of this unit are written, with an error of rounding of up to `half`."""
    return [form for form in _FORMS.get(unit, (_PLAIN,)) if half <= form.coarsest]
