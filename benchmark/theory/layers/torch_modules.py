"""Layer theory for torch modules given as objects: no image, no forward pass, no torch import.

Modules are known by the names of their classes: ``ConvTranspose2d``, ``Conv2d`` of stride 1,
``Upsample`` (nearest, bilinear), ``PixelShuffle``, ``Identity``, and ``Sequential`` stacks of them.
All functions raise UsageError for a module that holds another kind, or one that is not linear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.theory.arithmetic.sizes import span
from upbench.benchmark.theory.layers.overlap import stacked_overlap
from upbench.benchmark.theory.layers.periodic import (
    Bilinear,
    Convolution,
    Nearest,
    Shuffle,
    Transposed,
)
from upbench.benchmark.theory.layers.response import centroid_offset, phase_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.theory.layers.overlap import Overlap
    from upbench.benchmark.theory.layers.periodic import Pair, Step
    from upbench.benchmark.theory.layers.response import PhaseResponse


__all__ = ["module_offset", "module_overlap", "module_response", "steps_of"]

POINTWISE = {"BatchNorm2d", "GELU", "Identity", "LeakyReLU", "PReLU", "ReLU", "SiLU", "Tanh"}
"""Modules that work on each pixel alone: they change no overlap."""


def module_response(module: Any) -> PhaseResponse:
    """Return what a module makes of a flat field far from the border."""
    steps = steps_of(module)
    return phase_response(steps, _channels(steps))


def module_offset(module: Any) -> tuple[float, float]:
    """Return by how much a module moves a grey image, (down, right) in output pixels."""
    steps = steps_of(module)
    return centroid_offset(steps, _channels(steps))


def module_overlap(module: Any, axis: int = 0) -> Overlap:
    """Return the overlap of a module's kernels along one axis.

    Args:
        module: A ``ConvTranspose2d``, or a stack of them with convolutions of stride 1 and
            pixel-wise modules (activations) between.
        axis: 0 is down, 1 is across.
    """
    return stacked_overlap(
        _kernel_of(leaf, axis) for leaf in _leaves(module) if not _kinds(leaf) & POINTWISE
    )


def steps_of(module: Any) -> list[Step]:
    """Return a module's layers as steps on a periodic cell."""
    return [_step(leaf) for leaf in _leaves(module) if "Identity" not in _kinds(leaf)]


def _leaves(module: Any) -> Iterator[Any]:
    if "Sequential" in _kinds(module):
        for child in module.children():
            yield from _leaves(child)
    else:
        yield module


def _kinds(module: Any) -> set[str]:
    return {kind.__name__ for kind in type(module).__mro__}


def _step(module: Any) -> Step:
    kinds = _kinds(module)
    if "ConvTranspose2d" in kinds:
        taps = _ungrouped(_floats(module.weight), module.groups)
        bias = _bias(module, taps.shape[1])
        return Transposed(taps, bias, module.stride, module.padding, module.dilation)
    if "Conv2d" in kinds:
        _check_unit_stride(module)
        taps = _ungrouped(_floats(module.weight), module.groups)
        bias = _bias(module, taps.shape[0])
        return Convolution(taps, bias, _first_padding(module), module.dilation)
    if "PixelShuffle" in kinds:
        return Shuffle(int(module.upscale_factor))
    if "Upsample" in kinds:
        return _upsample(module)
    raise UsageError(
        f"Layer theory knows ConvTranspose2d, Conv2d, Upsample, PixelShuffle, Identity and "
        f"Sequential stacks of them; got {type(module).__name__}."
    )


def _upsample(module: Any) -> Step:
    factor = module.scale_factor
    both = factor if isinstance(factor, tuple) else (factor, factor)
    if factor is None or any(part != int(part) or part < 1 for part in both):
        raise UsageError(f"Upsample needs a whole scale_factor; got {factor!r}.")
    scale = int(both[0]), int(both[1])
    if module.mode in {"nearest", "nearest-exact"}:
        return Nearest(scale)
    if module.mode == "bilinear" and not module.align_corners:
        return Bilinear(scale)
    raise UsageError(
        f"Upsample must be nearest, or bilinear without align_corners; got {module.mode!r} "
        f"with align_corners={module.align_corners!r}."
    )


def _kernel_of(module: Any, axis: int) -> tuple[int, int, int, int, int]:
    """Return kernel, stride, padding, output padding and dilation of a module's kernel."""
    kinds = _kinds(module)
    if "ConvTranspose2d" in kinds:
        names = "kernel_size", "stride", "padding", "output_padding", "dilation"
        kernel, stride, padding, extra, dilation = (getattr(module, name)[axis] for name in names)
        return kernel, stride, padding, extra, dilation
    if "Conv2d" in kinds:
        _check_unit_stride(module)
        kernel, dilation = module.kernel_size[axis], module.dilation[axis]
        # The convolution is the transposed convolution of the turned kernel (relationship 9).
        padding = span(kernel, dilation) - 1 - _first_padding(module)[axis]
        return kernel, 1, padding, 0, dilation
    raise UsageError(
        f"Overlap is counted for ConvTranspose2d, and Conv2d between them; "
        f"got {type(module).__name__}."
    )


def _check_unit_stride(module: Any) -> None:
    if tuple(module.stride) != (1, 1):
        raise UsageError(f"Conv2d must have stride 1; got {module.stride!r}.")


def _first_padding(module: Any) -> Pair:
    """Return a convolution's padding at the top and left, also of "same" and "valid"."""
    if module.padding == "valid":
        return 0, 0
    if module.padding == "same":
        spans = map(span, module.kernel_size, module.dilation)
        down, across = ((one - 1) // 2 for one in spans)
        return down, across
    return int(module.padding[0]), int(module.padding[1])


def _floats(parameter: Any) -> Floats:
    return np.asarray(parameter.detach().cpu().double().numpy())


def _bias(module: Any, channels: int) -> Floats:
    return np.zeros(channels) if module.bias is None else _floats(module.bias)


def _ungrouped(weight: Floats, groups: int) -> Floats:
    """Return a grouped layer's weights with the zeros between groups written out."""
    first, second, *kernel = weight.shape
    each = first // groups
    full = np.zeros((first, second * groups, *kernel))
    for group in range(groups):
        rows = slice(group * each, (group + 1) * each)
        full[rows, group * second : (group + 1) * second] = weight[rows]
    return full


def _channels(steps: list[Step]) -> int:
    """Return how many channels the first layer with weights takes, back through any shuffles."""
    channels = 1
    for step in steps:
        if isinstance(step, Shuffle):
            channels *= step.factor**2
        elif isinstance(step, Transposed | Convolution):
            inputs = 0 if isinstance(step, Transposed) else 1
            return channels * int(step.weight.shape[inputs])
    return channels
