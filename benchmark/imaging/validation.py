"""The contract of an image, checked where one enters or leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import InvalidOutputError

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image

__all__ = ["checked_output", "refuse_changed"]


def checked_output(output: Any, low_shape: tuple[int, ...], scale: int) -> Image:
    """Return a method's output as float32 if it is what the contract says.

    Args:
        output: Whatever the method returned.
        low_shape: ``(h, w, C)`` of what it was given.
        scale: The whole factor.

    Raises:
        InvalidOutputError: Not a numpy array, or of the wrong shape or dtype, or not finite.
    """
    expected = (low_shape[0] * scale, low_shape[1] * scale, low_shape[2])
    if not isinstance(output, np.ndarray):
        kind = f"{type(output).__module__}.{type(output).__qualname__}".removeprefix("builtins.")
        raise InvalidOutputError(
            f"The output is a {kind}; expected a numpy array of shape {expected}."
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


def refuse_changed(given: Any, image: Any) -> None:
    """Compare what a method was given with what it left.

    Raises:
        InvalidOutputError: They differ.
    """
    if given.shape != image.shape or not np.array_equal(given, image):
        raise InvalidOutputError(
            "The method changed its input; expected the input untouched: work on image.copy()."
        )
