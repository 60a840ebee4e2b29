"""What every metric asks of its two images, checked in one place and one wording."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale


def checked_pair(
    name: str,
    reference: ArrayLike,
    output: ArrayLike,
    data_range: float,
    *,
    unclipped: bool = False,
) -> tuple[Plane, Plane]:
    """Return both images as float64 arrays of one shape, ``(H, W)`` or ``(H, W, C)``.

    ``unclipped`` allows an output of any range: what a network gives before it is clipped.

    Raises:
        ImageError: The shapes differ, are no image's, or a value is not finite.
        UsageError: The data range is not a positive number.
    """
    pair = (
        checked_image(name, "reference", reference, data_range),
        checked_image(name, "output", output, data_range, unclipped=unclipped),
    )
    if pair[0].shape != pair[1].shape:
        raise ImageError(
            f"{name}: reference and output must have one shape, "
            f"got {pair[0].shape} and {pair[1].shape}."
        )
    return pair


def checked_image(
    name: str, role: str, image: ArrayLike, data_range: float, *, unclipped: bool = False
) -> Plane:
    """Return one image as a float64 array; ``role`` says which one it is.

    Raises:
        ImageError: The shape is no image's, the dtype no real number's, a value not finite or far
            outside of the data range.
        UsageError: The data range is not a positive number.
    """
    import numpy as np

    given = np.asarray(image)
    if given.dtype.kind not in "fiu":
        raise ImageError(f"{name}: the {role} must hold real numbers, got dtype {given.dtype}.")
    array = given.astype(np.float64, copy=False)
    if array.ndim not in (2, 3) or array.size == 0:
        raise ImageError(
            f"{name}: the {role} must have shape (H, W) or (H, W, C), got {array.shape}."
        )
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ImageError(f"{name}: the {role} must be finite everywhere, got NaN or infinity.")
    if not 0 < data_range < np.inf:
        raise UsageError(f"{name}: data_range must be a positive number, got {data_range!r}.")
    # an overshoot is no mistake, values of 0..255 are
    if not unclipped and (low < -data_range or high > 2 * data_range):
        raise ImageError(
            f"{name}: the {role} must lie in [0, {data_range:g}], got values from {low:.4g} to "
            f"{high:.4g}: give the data_range that they have."
        )
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


def require_validated(
    name: str, reference: ArrayLike, output: ArrayLike, scale: Scale, data_range: float
) -> None:
    """Check that an image is as large as those that a metric was validated on.

    Both the checkerboard level and the shift give false alarms on small images.  Clean methods
    (nearest, bilinear, bicubic, Lanczos) on square crops of 126 photographs: a level above 1 dB has
    nearest x4 on 10 % of crops of 128 pixels, 2 % of 192, 0.3 % of 224; x3 on 3 % of 160, 0.7 % of
    192; x2 on 1.3 % of 128, 0.3 % of 160.  On 440 crops of the embedded images x3 has one on 1.1 %
    of 192, 0.7 % of 208, none of 224.  A shift above 0.1 px has nearest x4 on 5 % of crops of 128,
    1 % of 160, 0 to 0.5 % of 192.  So the area that is scored (the protocols shave s pixels) must
    be that of a square of ``78 + 40 s`` pixels, rounded up: below 1 % at every scale on those
    photographs.  Smooth pictures are worse: of crops of that size of the training image
    ``clock_motion`` more than half have one at x3.  (Images that were made smaller count as s = 1.)

    Raises:
        MetricUndefinedError: It is smaller, so the metric has no value.
        ImageError, UsageError: As :func:`checked_pair`, for a small image.
    """
    import numpy as np

    side = math.ceil(78 + 40 * max(scale, 1))
    if np.prod(np.shape(output)[:2]) < side**2:
        height, width = checked_pair(name, reference, output, data_range)[0].shape[:2]
        raise MetricUndefinedError(
            f"{name} needs as many pixels as {side} x {side} at x{scale}, got {height} x {width}: "
            "it gives false alarms on smaller images."
        )


def require_whole_scale(name: str, scale: Scale) -> int:
    """Return the scale as an int.

    Raises:
        MetricUndefinedError: It is a fraction, so there is no lattice of whole pixels.
        UsageError: It is not a whole number of at least 2.
    """
    if isinstance(scale, Fraction):
        raise MetricUndefinedError(
            f"{name} needs a whole scale, got x{scale}: its lattice has s x s phases of whole "
            "pixels."
        )
    if int(scale) != scale or scale < 2:
        raise UsageError(f"{name}: the scale must be a whole number of at least 2, got {scale!r}.")
    return int(scale)
