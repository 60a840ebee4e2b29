"""The contract of an image, checked where one enters or leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from upbench.benchmark.core.errors import ImageError, InvalidOutputError
from upbench.benchmark.core.sizes import asked_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image, Image8, Scale, Size

ROUNDING = 1e-6
"""How far an image may lie outside [0, 1]: a rounding of float32."""
OVERSHOOT = 0.75
"""How far an output may lie outside [0, 1]: no kernel overshoots by more, and [-1, 1] does."""


def checked_image(image: Any) -> Image:
    """Return an image that a dataset gives, if it is what the contract says.

    Returns:
        A copy, float32 ``(H, W, C)`` in [0, 1], C = 1 or 3: what the plugin does to its own array
        later changes nothing.

    Raises:
        ImageError: Not a numpy array, or of the wrong dtype, shape or range.
    """
    if not _is_plain(image):
        raise ImageError(
            f"The image is a {_kind(image)}; expected a numpy array: float32 (H, W, C) in [0, 1]."
        )
    if image.dtype != np.float32:
        raise ImageError(
            f"The image has dtype {image.dtype}; expected float32 in [0, 1]"
            f"{': divide by 255' if image.dtype == np.uint8 else ''}."
        )
    if image.ndim != 3 or image.shape[2] not in (1, 3) or not image.size:
        raise ImageError(
            f"The image has shape {image.shape}; expected (H, W, C) with C = 1 (grey) or 3 (RGB)."
        )
    if not np.isfinite(image).all():
        raise ImageError("The image has values that are NaN or infinite; expected [0, 1].")
    low, high = float(image.min()), float(image.max())
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise ImageError(f"The image has values from {low:.7g} to {high:.7g}; expected [0, 1].")
    return image.clip(0, 1)


def _is_plain(value: Any) -> TypeGuard[NDArray[Any]]:
    """Say whether it is a numpy array that has a value everywhere: a mask would be lost."""
    return isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray)


def _kind(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")


def range_note(output: Image) -> str:
    """Say that an output lies far outside [0, 1]: it is clipped, and its score means little.

    Returns:
        One sentence; "" for an output in the range, or with the overshoot of a kernel.
    """
    low, high = float(output.min()), float(output.max())
    if max(-low, high - 1) <= OVERSHOOT:
        return ""
    return (
        f"The output's values reach from {low:.4g} to {high:.4g}, outside of [0, 1] by up to "
        f"{max(-low, high - 1):.4g}; expected [0, 1]: they were clipped."
    )


def checked_output(output: Any, low_shape: tuple[int, ...], scale: Scale | Size) -> Image:
    """Return a method's output as float32 if it is what the contract says.

    Args:
        output: Whatever the method returned.
        low_shape: ``(h, w, C)`` of what it was given.
        scale: Output size over input size, or the size itself, ``(height, width)``.

    Raises:
        InvalidOutputError: Not a numpy array, or of the wrong shape or dtype, or not finite.
    """
    expected = (*asked_size(low_shape, scale), low_shape[2])
    if not _is_plain(output):
        raise InvalidOutputError(
            f"The output is a {_kind(output)}; expected a numpy array of shape {expected}."
        )
    if output.shape != expected:
        raise InvalidOutputError(f"The output has shape {output.shape}; expected {expected}.")
    if not np.issubdtype(output.dtype, np.floating):
        raise InvalidOutputError(
            f"The output has dtype {output.dtype}; expected float32 in [0, 1]."
        )
    with np.errstate(over="ignore"):  # a float64 too large for float32 becomes infinite
        converted = np.asarray(output, dtype=np.float32)
    broken = converted.size - np.count_nonzero(np.isfinite(converted))
    if broken:
        raise InvalidOutputError(
            f"The output has {broken} values of {converted.size} that are NaN or infinite; "
            "expected finite values."
        )
    return converted


def checked_pixels(output: Any, low_shape: tuple[int, ...], scale: Scale | Size) -> Image8:
    """Return the output of a call on 8-bit pixels if it is what the contract says.

    Arguments as for :func:`checked_output`.

    Raises:
        InvalidOutputError: Not a uint8 array of the right shape.
    """
    expected = (*asked_size(low_shape, scale), low_shape[2])
    found = f"{getattr(output, 'dtype', _kind(output))} {getattr(output, 'shape', '')}".strip()
    if found != f"uint8 {expected}":
        raise InvalidOutputError(
            f"The 8-bit path returned {found}; expected a uint8 array of shape {expected}."
        )
    pixels: Image8 = output
    return pixels


def refuse_changed(given: Any, image: Any) -> None:
    """Compare what a method was given with what it left.

    Raises:
        InvalidOutputError: They differ.
    """
    if given.shape != image.shape or not np.array_equal(given, image):
        raise InvalidOutputError(
            "The method changed its input; expected the input untouched: work on image.copy()."
        )
