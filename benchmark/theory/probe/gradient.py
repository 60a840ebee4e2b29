"""What goes back through a method that PyTorch can differentiate: is it even, is it the adjoint.

A network that is trained through a resize learns from the gradients that it sends back.  Where some
input pixels get more of a flat gradient than their neighbours, training draws a checkerboard into
what lies before (A. Odena, V. Dumoulin and C. Olah, "Deconvolution and Checkerboard Artifacts",
Distill 2016, doi 10.23915/distill.00003, on strided convolutions and pooling).  Backwards, an
enlargement is a convolution with a stride and even inside; what makes an image smaller is not,
unless its kernel covers every pixel equally.

A method takes part whose ready function has an attribute ``differentiable(planes, size)``: from a
tensor ``(1, C, H, W)`` to one of a size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.core.text import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.core.contract import Layer
    from upbench.benchmark.theory.probe.probed import ProbedMethod

    Differentiable = Callable[[Any], Any]

SIDE, RIM = 48, 16
"""Input pixels per side, and how many along each side do not count: there edge rules act."""
STEP = 1e-4
"""Of the finite difference, in float64 on values around 0.5."""


@dataclass(frozen=True)
class Gradient:
    """What goes back through a method."""

    adjoint_error: float
    """How far the backward pass is from the adjoint of the forward one, relative."""
    ripple: float
    """How unevenly the pixels of the input share a flat gradient; relative, 0 is even."""
    ripple_smaller: float | None
    """The same where the method makes an image 1 / s as large; None where it does not."""


def probe_gradient(probed: ProbedMethod) -> Gradient | None:
    """Differentiate a method at its scale, and at 1 / s; None where it cannot be differentiated.

    Raises:
        MethodError: It says that it can be differentiated, and fails.
    """
    run = getattr(probed.upsampler, "differentiable", None)
    if run is None:
        return None
    scale = probed.scale
    larger = partial(run, size=(SIDE * scale, SIDE * scale))
    side = SIDE * scale  # a whole multiple, so that 1 / s of it is whole
    smaller = partial(run, size=(SIDE, SIDE))
    try:
        return Gradient(
            adjoint_error(larger, SIDE, probed.channels),
            flat_gradient_ripple(larger, SIDE, probed.channels),
            flat_gradient_ripple(smaller, side, probed.channels, RIM * scale)
            if probed.any_size
            else None,
        )
    except Exception as error:  # noqa: BLE001 - the plugin boundary
        raise MethodError(
            f"{probed.name} x{scale} cannot be differentiated: {describe(error)}"
        ) from None


def adjoint_error(function: Differentiable, side: int = SIDE, channels: int = 1) -> float:
    """Compare ``<J v, g>`` with ``<v, J^T g>`` for random v and g at a random image.

    ``J v`` is a central difference of the forward pass, ``J^T g`` what the backward pass returns.

    Args:
        function: From float64 ``(1, C, side, side)`` to any shape.
        side: Pixels per side of the image.
        channels: C.

    Returns:
        Their difference over the product of the norms of ``J v`` and g.
    """
    import torch

    numbers = np.random.default_rng(0)
    image, direction = torch.from_numpy(numbers.random((2, 1, channels, side, side)))
    with torch.no_grad():
        ahead, behind = function(image + STEP * direction), function(image - STEP * direction)
    forward = (ahead - behind) / (2 * STEP)
    weights = torch.from_numpy(numbers.random(tuple(forward.shape)))
    apart = (forward * weights).sum() - (direction * _backward(function, image, weights)).sum()
    return float(apart.abs() / (forward.norm() * weights.norm()))


def flat_gradient_ripple(
    function: Differentiable, side: int = SIDE, channels: int = 1, rim: int = RIM
) -> float:
    """Return how unevenly the pixels of an image share the gradient of the mean of the output.

    Returns:
        The standard deviation over the mean of :func:`flat_gradient`, whose arguments these are:
        the largest of the channels.
    """
    inside = flat_gradient(function, side, channels, rim)
    mean, deviation = inside.mean(axis=(1, 2)), inside.std(axis=(1, 2))
    return float((deviation / np.maximum(np.abs(mean), np.finfo(float).tiny)).max())


def flat_gradient(
    function: Differentiable, side: int = SIDE, channels: int = 1, rim: int = RIM
) -> Floats:
    """Return what each pixel of a flat image gets of a gradient of 1 at every output.

    Args:
        function: From float64 ``(1, C, side, side)`` to any shape.
        side: Pixels per side of the image.
        channels: C.
        rim: Pixels along each side that do not count.

    Returns:
        float64 ``(C, side - 2 rim, side - 2 rim)``.
    """
    import torch

    image = torch.full((1, channels, side, side), 0.5, dtype=torch.float64)
    with torch.no_grad():
        flat = torch.ones_like(function(image))
    inside: Floats = _backward(function, image, flat)[0, :, rim:-rim, rim:-rim].numpy()
    return inside


DOWN = {
    "convolution 3, stride 2": "3,2",
    "convolution 4, stride 2": "4,2",
    "convolution 5, stride 2": "5,2",
    "three of 3, stride 2": "3,2 3,2 3,2",
    "max-pooling 2": "max",
    "average pooling 2": "mean",
}
"""What makes an image smaller in encoders and discriminators, as :func:`downward` reads it."""


def downward(steps: str) -> Differentiable:
    """Return steps that make an image smaller, by their kernels and strides.

    Args:
        steps: "3,2 4,2" is a convolution of ones of side 3 and stride 2, then one of side 4;
            "max" and "mean" are poolings of 2 x 2.
    """
    from torch import ones
    from torch.nn import functional

    def run(planes: Any) -> Any:
        for step in steps.split():
            if step in {"max", "mean"}:
                pool = functional.max_pool2d if step == "max" else functional.avg_pool2d
                planes = pool(planes, 2)
                continue
            kernel, stride = map(int, step.split(","))
            weights = ones(1, 1, kernel, kernel, dtype=planes.dtype)
            planes = functional.conv2d(planes, weights, stride=stride, padding=(kernel - 1) // 2)
        return planes

    return run


def layer_function(
    layer: Layer, channels: int = 8, scale: int = 2, seed: int = 0
) -> Differentiable:
    """Return an untrained layer of ``upbench.layers`` as a function of features to one plane."""
    from upbench.methods._shared.layer_measures import ready

    function: Differentiable = ready(layer, channels, 1, scale, seed).run
    return function


def _backward(function: Differentiable, image: Any, gradient: Any) -> Any:
    """Return the gradient with respect to an image."""
    import torch

    image = image.clone().requires_grad_(requires_grad=True)
    (found,) = torch.autograd.grad(function(image), image, gradient)
    return found
