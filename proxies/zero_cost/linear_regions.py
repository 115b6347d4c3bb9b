"""Linear regions that a batch falls into (TE-NAS: Chen et al., ICLR 2021, section 3.1.2, equations 4 and 5)."""

import numpy as np
from numpy.typing import NDArray

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look
from proxies.zero_cost._patterns import pack


@zero_cost(Definition("1: no rectifier tells images apart", loss="none"))
def linear_regions(look: Look) -> float:
    """The number of different activation patterns among the images: which rectified values each makes positive.

    It is at most the number of images: most networks tell all images of a small batch apart and score the same. Take a
    large batch; the paper has 5,000 images, and its code shows networks three channels wide crops of 3x3 pixels.
    One initialisation counts, where the paper takes the mean over three.
    """
    regions = np.zeros(len(look.images), dtype=np.uint64)
    for z in look.forward.rectified:
        if regions.max() == len(regions) - 1:  # as many as there are images
            break
        regions = _refine(regions, (z.detach() > 0).flatten(1).numpy())
    return float(regions.max() + 1)


def _refine(regions: NDArray[np.uint64], codes: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Number regions (images,) anew from 0, where those of images with different codes (images, values) differ."""
    rows = np.concatenate([regions[:, None], pack(codes)], axis=1)
    _, numbers = np.unique(rows, axis=0, return_inverse=True)
    return numbers.reshape(-1).astype(np.uint64)
