"""Convolution, pooling and normalisation whose gradient can itself be differentiated at the price of a gradient.

PyTorch's own second derivatives write a convolution's as other convolutions with kernels as large as images, and batch
normalisation's as some thirty sums. Here they are the kernels of the first derivative again, with other arguments.
What is differentiated is the gradient's product with a fixed vector, and of its derivative only the product with the
weights is wanted: w . Hg. For a convolution y = w * x that product needs no gradient with respect to w, since
w . (dy correlated with x) = dy . y; it is added up while the derivative passes by.
"""

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional as F

_convolution_backward = torch.ops.aten.convolution_backward


class Geometry(NamedTuple):
    """How a convolution moves over its input."""

    stride: list[int]
    padding: list[int]
    dilation: list[int]
    groups: int


Wanted = Literal["gradients", "images", "curvature"]


class Tally:
    """What a backward pass is made for, and the sum of w . Hg over the convolutions that it has passed.

    `gradients` are those of weights and inputs, and can be differentiated; `images` leaves those of weights out;
    `curvature` leaves them out too, and counts.
    """

    def __init__(self) -> None:
        self.total: Tensor | float = 0.0
        self.wanted: Wanted = "gradients"

    def add(self, one: Tensor, other: Tensor) -> None:
        """Add the inner product of two tensors of shape (n, channels, h, w)."""
        if all(x.is_contiguous(memory_format=torch.channels_last) for x in (one, other)):
            one, other = one.permute(0, 2, 3, 1), other.permute(0, 2, 3, 1)  # flattening is then no copy
        self.total = self.total + torch.dot(one.flatten(), other.flatten())


class Convolution(Function):
    """`apply(x, w, geometry, tally)`: the convolution without bias."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, geometry: Geometry, tally: Tally) -> Tensor:
        """Shape (n, inputs, h, w) to (n, outputs, h', w')."""
        y = torch.conv2d(x, w, None, *geometry)
        ctx.save_for_backward(x, w, y)
        ctx.geometry, ctx.tally = geometry, tally
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Any:
        """Gradients of x and w, or of x alone."""
        x, w, y = ctx.saved_tensors
        if ctx.tally.wanted == "curvature":
            ctx.tally.add(dy, y)
        if ctx.tally.wanted != "gradients":
            return _convolve_back(dy, x, w, ctx.geometry, [True, False, False])[0], None, None, None
        return *_ConvolutionGradient.apply(dy, x, w, ctx.geometry, ctx.tally), None, None  # type: ignore[no-untyped-call]


class _ConvolutionGradient(Function):
    """From dy to dx and dw."""

    @staticmethod
    def forward(ctx: Any, dy: Tensor, x: Tensor, w: Tensor, geometry: Geometry, tally: Tally) -> Any:
        ctx.save_for_backward(dy, x, w)
        ctx.geometry, ctx.tally = geometry, tally
        return _convolve_back(dy, x, w, geometry, [True, True, False])[:2]

    @staticmethod
    def backward(ctx: Any, u: Tensor, v: Tensor) -> Any:
        """The derivative of u . dx + v . dw with respect to dy and x; that for w goes into the tally."""
        dy, x, w = ctx.saved_tensors
        through = torch.conv2d(u, w, None, *ctx.geometry)
        ctx.tally.add(dy, through)
        d_dy = through + torch.conv2d(x, v, None, *ctx.geometry)
        d_x = _convolve_back(dy, x, v, ctx.geometry, [True, False, False])[0]
        return d_dy, d_x, None, None, None


def _convolve_back(dy: Tensor, x: Tensor, w: Tensor, geometry: Geometry, wanted: list[bool]) -> Any:
    stride, padding, dilation, groups = geometry
    return _convolution_backward(dy, x, w, None, stride, padding, dilation, False, [0, 0], groups, wanted)


class AveragePool(Function):
    """`apply(x, size)`: the mean over squares of odd `size` around each pixel, as far as they lie in the image.

    Summing over squares is its own transpose, so that the derivative is such a sum again, of what each mean was divided
    by.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, size: int) -> Tensor:
        """Shape (n, channels, h, w) in and out."""
        ctx.size = size
        return _padded_means(x, size) * _shares(x, size)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Any:
        """The gradient of x."""
        return _AveragePoolGradient.apply(dy, ctx.size), None  # type: ignore[no-untyped-call]


class _AveragePoolGradient(Function):
    """From dy to dx."""

    @staticmethod
    def forward(ctx: Any, dy: Tensor, size: int) -> Tensor:
        ctx.size = size
        return _padded_means(dy * _shares(dy, size), size)

    @staticmethod
    def backward(ctx: Any, u: Tensor) -> Any:
        return AveragePool.apply(u, ctx.size), None  # type: ignore[no-untyped-call]


def _padded_means(x: Tensor, size: int) -> Tensor:
    """Means over squares, zeros around the image counted: in float32 a convolution, which is several times as fast."""
    if x.dtype != torch.float32:
        return F.avg_pool2d(x, size, 1, size // 2)
    weights = torch.full((x.shape[1], 1, size, size), 1 / size**2, device=x.device)
    return torch.conv2d(x, weights, None, 1, size // 2, 1, x.shape[1])


def _shares(x: Tensor, size: int) -> Tensor:
    """Pixels of a whole square over those that lie in the image, shape (h, w)."""
    return 1 / F.avg_pool2d(torch.ones((1, *x.shape[2:]), dtype=x.dtype, device=x.device), size, 1, size // 2)[0]


class Normalisation(Function):
    """`apply(x, gamma, beta, eps)`: batch normalisation by the batch's own statistics; gamma and beta may be None.

    The statistics are summed image by image and then in float64: with channels last, PyTorch's own kernel adds up
    whole batches in the precision of the input, and its float32 deviations are wrong in the fourth digit.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, gamma: Tensor | None, beta: Tensor | None, eps: float) -> Tensor:
        """Shape (n, channels, ...) in and out."""
        mean, scale = _statistics(x, eps)
        unit = torch.ones_like(mean) if gamma is None else gamma.double()
        slope = scale * unit
        shift, by_x = _per_channel(x, (0.0 if beta is None else beta) - mean * slope, slope)
        y = torch.addcmul(shift, x, by_x)
        ctx.save_for_backward(x, unit, mean, scale)
        ctx.affine = gamma is not None, beta is not None
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Any:
        """Gradients of x, gamma and beta."""
        dx, dgamma, dbeta = _NormalisationGradient.apply(dy, *ctx.saved_tensors)  # type: ignore[no-untyped-call]
        scaled, shifted = ctx.affine
        return dx, dgamma.to(dy.dtype) if scaled else None, dbeta.to(dy.dtype) if shifted else None, None


class _NormalisationGradient(Function):
    """From dy to dx, dgamma, dbeta. `scale` is 1 / sqrt(variance + eps)."""

    @staticmethod
    def forward(ctx: Any, dy: Tensor, x: Tensor, gamma: Tensor, mean: Tensor, scale: Tensor) -> Any:
        dx, dgamma, dbeta = _norm_back(dy, x, gamma, mean, scale)
        ctx.save_for_backward(x, gamma, mean, scale, dx, dgamma)
        ctx.mark_non_differentiable(dgamma, dbeta)
        return dx, dgamma, dbeta

    @staticmethod
    def backward(ctx: Any, u: Tensor, *unused: Tensor) -> Any:
        """The derivative of u . dx with respect to dy and x.

        dx = gamma * scale * P dy with the projection P = I - 11'/m - zz'/m, z the normalised x and m its elements per
        channel. P is symmetric: the derivative with respect to dy is what u itself becomes. That with respect to x
        comes through scale and z: -scale / m * [(u . dx) z + (u . z) dx + (dy . z) (gamma * scale * P u)].
        """
        x, gamma, mean, scale, dx, dy_z = ctx.saved_tensors
        d_dy, u_z, _ = _norm_back(u, x, gamma, mean, scale)
        factor = scale * (-x.shape[1] / x.numel())
        by_x = factor * scale * _sums(u * dx)
        constant, by_x, by_dx, by_dy = _per_channel(x, -by_x * mean, by_x, factor * u_z, factor * dy_z)
        d_x = torch.addcmul(constant, x, by_x).addcmul_(dx, by_dx).addcmul_(d_dy, by_dy)
        return d_dy, d_x, None, None, None


def _statistics(x: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Mean and 1 / sqrt(variance + eps) of each channel, in float64."""
    share = x.shape[1] / x.numel()
    mean = _sums(x) * share
    variance = torch.clamp(_sums(x * x) * share - mean * mean, min=0)
    return mean, torch.rsqrt(variance + eps)


def _norm_back(dy: Tensor, x: Tensor, gamma: Tensor, mean: Tensor, scale: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of x, gamma and beta: dx = gamma * scale * (dy - mean(dy) - z * mean(dy * z))."""
    dbeta = _sums(dy)
    dgamma = scale * (_sums(dy * x) - mean * dbeta)
    by_dy = gamma * scale
    factor = by_dy * (-x.shape[1] / x.numel())
    by_x = factor * scale * dgamma
    constant, by_dy, by_x = _per_channel(x, factor * dbeta - mean * by_x, by_dy, by_x)
    return torch.addcmul(constant, dy, by_dy).addcmul_(x, by_x), dgamma, dbeta


def _sums(x: Tensor) -> Tensor:
    """Sums over images and positions, shape (channels,), in float64: of each image first, then of all."""
    positions = tuple(range(2, x.dim()))
    return (x.sum(positions) if positions else x).sum(0, dtype=torch.float64)


def _per_channel(x: Tensor, *numbers: Tensor) -> list[Tensor]:
    """Numbers of shape (channels,) in the precision of x, shaped to be multiplied with it."""
    shape = (1, -1, *(1,) * (x.dim() - 2))
    return [one.view(shape) for one in torch.stack(numbers).to(x.dtype)]
