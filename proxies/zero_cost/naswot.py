"""Neural architecture search without training (Mellor et al., ICML 2021, section 3)."""

import torch

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look


@zero_cost(Definition("undefined: images that no rectifier tells apart make the kernel singular", loss="none"))
def naswot(look: Look) -> float:
    """Log-determinant of the kernel of binary codes, equation 2: K[i, j] = rectifiers less the Hamming distance.

    The code of an image says which rectifiers it passes. Every rectifier counts each time it is used, and once: those
    that share an input have equal codes.
    """
    codes: dict[int, tuple[torch.Tensor, int]] = {}
    for z in look.forward.rectified:
        codes[id(z)] = (z, codes[id(z)][1] + 1 if id(z) in codes else 1)
    kernel = torch.zeros((len(look.images),) * 2, dtype=torch.float64, device=look.images.device)
    for z, times in codes.values():
        kernel += times * _agreements(z)
    sign, logdet = torch.linalg.slogdet(kernel)
    return float(logdet) if sign > 0 and logdet.isfinite() else float("nan")


def _agreements(z: torch.Tensor) -> torch.Tensor:
    """In how many rectifiers each two images agree: all, less those that either passes, plus twice those of both."""
    if z.dim() == 4 and z.is_contiguous(memory_format=torch.channels_last):
        z = z.permute(0, 2, 3, 1)  # the order of rectifiers is free, and flattening is then no copy
    codes = (z.detach() > 0).flatten(1).to(torch.float32)
    both = (codes @ codes.T).double()  # counts up to 2^24 are exact in float32
    passed = both.diagonal()
    return codes.shape[1] - passed[:, None] - passed + 2 * both
