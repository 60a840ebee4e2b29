"""What every metric asks of its two images, checked in one place and one wording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Plane = NDArray[np.float64]

__all__ = ["checked_image", "checked_pair", "planes", "require_sides", "require_whole_scale"]


def checked_pair(
    name: str, reference: ArrayLike, output: ArrayLike, data_range: float
) -> tuple[Plane, Plane]:
    """Return both images as float64 arrays of one shape, ``(H, W)`` or ``(H, W, C)``.

    Raises:
        ImageError: The shapes differ, are no image's, or a value is not finite.
        UsageError: The data range is not a positive number.
    """
    pair = (
        checked_image(name, "reference", reference, data_range),
        checked_image(name, "output", output, data_range),
    )
    if pair[0].shape != pair[1].shape:
        raise ImageError(
            f"{name}: reference and output must have one shape, "
            f"got {pair[0].shape} and {pair[1].shape}."
        )
    return pair


def checked_image(name: str, role: str, image: ArrayLike, data_range: float) -> Plane:
    """Return one image as a float64 array; ``role`` says which one it is.

    Raises:
        ImageError: The shape is no image's, or a value is not finite.
        UsageError: The data range is not a positive number.
    """
    import numpy as np

    array = np.asarray(image, dtype=np.float64)
    if array.ndim not in (2, 3) or array.size == 0:
        raise ImageError(
            f"{name}: the {role} must have shape (H, W) or (H, W, C), got {array.shape}."
        )
    if not np.isfinite(array).all():
        raise ImageError(f"{name}: the {role} must be finite everywhere, got NaN or infinity.")
    if not 0 < data_range < np.inf:
        raise UsageError(f"{name}: data_range must be a positive number, got {data_range!r}.")
    return array


def planes(image: Plane) -> Iterator[Plane]:
    """Yield each channel as a contiguous ``(H, W)`` array."""
    import numpy as np

    if image.ndim == 2:
        yield np.ascontiguousarray(image)
        return
    for channel in range(image.shape[2]):
        yield np.ascontiguousarray(image[:, :, channel])


def require_sides(name: str, image: Plane, minimum: int) -> None:
    """Check that each side has at least ``minimum`` pixels.

    Raises:
        MetricUndefinedError: A side is shorter, so the metric has no value.
    """
    height, width = image.shape[:2]
    if min(height, width) < minimum:
        raise MetricUndefinedError(
            f"{name} needs at least {minimum} x {minimum} pixels, got {height} x {width}."
        )


def require_whole_scale(name: str, scale: int) -> int:
    """Return the scale as an int.

    Raises:
        UsageError: It is not a whole number of at least 2.
    """
    if int(scale) != scale or scale < 2:
        raise UsageError(f"{name}: the scale must be a whole number of at least 2, got {scale!r}.")
    return int(scale)
