"""Sub-pixel shift: how far the output is moved against its reference, found by registration.

A resize that misplaces its sample grid (asymmetric or align-corners sampling in place of
half-pixel) loses more PSNR than a bad kernel does; this number tells the two apart.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.core.errors import MetricUndefinedError
from upbench.benchmark.metrics._inputs import checked_pair, require_sides, require_validated

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale

    Vector = NDArray[np.float64]

__all__ = ["registration_offset", "shift"]

MIN_SIDE = 16
"""Shortest side that can be registered, in pixels, at full and at reduced size."""

_SIGMA = 1.0  # of the Gaussian, in pixels of the reduced image
_RIM = 3  # pixels of the reduced image whose smoothing sees beyond the edge
_CONVERGED = 1e-4  # pixels of the reduced image
_MAX_STEPS = 30
_TEXTURE = 3e-5  # smallest usable RMS gradient per reduced pixel, relative to the data range


@metric(
    "shift_px",
    unit="px",
    better="lower",
    version=1,
    signature="shift|v1|lucas-kanade:translation, stretch, blur, gain, offset"
    "|grid:reduced by 4 or scale|smoothing:gaussian 1|window:hann, rim 3|channels:mean"
    "|norm:euclidean|dtype:float64",
    summary="translation of the output against the reference",
    headline=True,
    format=".2f",
    range=(0, math.inf),
)
def shift(
    reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0
) -> float:
    """Return the length of ``registration_offset`` in pixels of the output; 0 is in place.

    The arguments and errors are those of ``registration_offset``; images smaller than those that
    it is validated on have no value.
    """
    require_validated("shift_px", reference, output, scale, data_range)
    return math.hypot(*registration_offset(reference, output, scale, data_range=data_range))


def registration_offset(
    reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0
) -> tuple[float, float]:
    """Return ``(dy, dx)``: how far the content of the output moved down and right, in pixels.

    Iterative Lucas-Kanade registration (Baker, Matthews, "Lucas-Kanade 20 years on", IJCV 56,
    2004, doi 10.1023/B:VISI.0000011205.11775.fd, with the reference's gradient as in section
    3.2) on smoothed, reduced images, so that detail and aliasing of the output hardly matter:
    within 0.01 px for shifts up to 2 px at x2 to x4.  A stretch and a symmetric blur of each axis,
    and changes of brightness and contrast, are fitted along and set apart: align-corners sampling,
    which moves the two ends of an axis in opposite directions, does not count as a translation.

    Phase correlation was tried (``skimage.registration.phase_cross_correlation``): on bicubic
    enlargements it is off by 0.2 px (x2) to 0.8 px (x4), and slower.

    Args:
        reference: The true image, ``(H, W)`` or ``(H, W, C)``; channels are averaged.
        output: The image to judge, of the same shape.
        scale: The upsampling factor: detail finer than its cells is ignored.
        data_range: The distance from black to white.

    Raises:
        ImageError: The shapes differ, or a value is not finite.
        MetricUndefinedError: A side is shorter than 16 pixels, an image has no texture along some
            direction, or no translation aligns the two.
        UsageError: ``data_range`` is not a positive number.
    """
    # 1. One channel in [0, 1], smoothed and reduced to where both images have the same detail.
    pair = checked_pair("shift_px", reference, output, data_range)
    require_sides("shift_px", pair[0], MIN_SIDE)
    (truth, factor), (moved, _) = (_reduced(_grey(im) / data_range, max(4, scale)) for im in pair)
    # 2. What a small step of each parameter does to the reference.
    weight = _window(truth.shape)
    centre = [(side - 1) / 2 / factor for side in pair[0].shape[:2]]
    effects = _effects(truth, centre)
    _require_texture("reference", effects, weight)
    _require_texture("output", _effects(moved, centre), weight)
    # 3. Move the output back until no step is left.
    dy, dx = _align(_smoothed(truth, 0, 0), moved, effects, weight)
    return dy * factor, dx * factor


def _grey(image: Plane) -> Plane:
    return image if image.ndim == 2 else image.mean(axis=2)


def _reduced(image: Plane, length: Scale) -> tuple[Plane, int]:
    """Halve the image until a pixel spans ``length``, while it stays large enough."""
    import cv2

    factor = 1
    while factor < length and min(image.shape) >= 2 * MIN_SIDE:
        image = cv2.pyrDown(image)
        factor *= 2
    return image, factor


def _smoothed(image: Plane, dy: float, dx: float, order: tuple[int, int] = (0, 0)) -> Plane:
    """Return the Gaussian-smoothed image read (dy, dx) further on, or a derivative of it.

    Smoothing and moving are one filter: a Gaussian sampled around a fractional centre.
    """
    import cv2

    smooth: Plane = cv2.sepFilter2D(image, cv2.CV_64F, _taps(dx, order[1]), _taps(dy, order[0]))
    return smooth


def _taps(centre: float, order: int) -> Vector:
    """Sample a Gaussian around a centre, or the filter that gives its derivative of an order."""
    import numpy as np

    reach = math.ceil(5 * _SIGMA + abs(centre))
    place = (np.arange(-reach, reach + 1) - centre) / _SIGMA
    gaussian = np.exp(-0.5 * place**2)
    factor = (np.ones_like(place), place / _SIGMA, (place**2 - 1) / _SIGMA**2)[order]
    taps: Vector = factor * gaussian / gaussian.sum()
    return taps


def _window(shape: tuple[int, ...]) -> Vector:
    """Return a Hann window, flattened, that adds up to 1; the rim counts for nothing at all."""
    import numpy as np

    inside = [np.arange(0.5, side - 2 * _RIM) / (side - 2 * _RIM) for side in shape]
    hann = [np.pad(np.sin(np.pi * place) ** 2, _RIM) for place in inside]
    window = np.outer(*hann).ravel()
    unit: Vector = window / window.sum()
    return unit


def _effects(image: Plane, centre: Sequence[float]) -> Plane:
    """Return what a step of each parameter does to each pixel, ``(parameters, pixels)``.

    The parameters are: dy, dx, stretch y, stretch x, blur y, blur x, gain, offset.
    """
    import numpy as np

    down, right, blur_y, blur_x = (
        _smoothed(image, 0, 0, order) for order in [(1, 0), (0, 1), (2, 0), (0, 2)]
    )
    y, x = (np.arange(side) / middle - 1 for side, middle in zip(image.shape, centre, strict=True))
    stretch = (down * y[:, None], right * x)
    tone = (_smoothed(image, 0, 0), np.ones_like(image))
    columns = (down, right, *stretch, blur_y, blur_x, *tone)
    return np.stack([column.ravel() for column in columns])


def _require_texture(role: str, effects: Plane, weight: Vector) -> None:
    """Check that moving the image is not the same as doing nothing, or as changing its gain."""
    import numpy as np

    products = (effects * weight) @ effects.T
    moves, others = slice(0, 2), slice(-2, None)
    explained = np.linalg.lstsq(products[others, others], products[others, moves], rcond=None)[0]
    left = products[moves, moves] - products[moves, others] @ explained
    weakest = math.sqrt(max(0.0, float(np.linalg.eigvalsh(left)[0])))
    if weakest < _TEXTURE:
        raise MetricUndefinedError(
            f"shift_px needs texture in both directions; the {role} has an RMS gradient of "
            f"{weakest:.1e} per pixel along its weakest direction, the minimum is {_TEXTURE:.0e}."
        )


def _align(target: Plane, moved: Plane, effects: Plane, weight: Vector) -> tuple[float, float]:
    """Return the (dy, dx) at which the moved image, read that far on, fits the target best."""
    import numpy as np

    weighted = effects * weight
    solver = np.linalg.pinv(weighted @ effects.T) @ weighted
    offset = np.zeros(2)
    for _ in range(_MAX_STEPS):
        residual = target - _smoothed(moved, *offset)
        dy, dx, *_, faded, _ = solver @ residual.ravel()
        step = np.array([dy, dx]) / (1 - faded)  # a low contrast shows less change per pixel
        offset += step
        if np.abs(step).max() < _CONVERGED:
            return float(offset[0]), float(offset[1])
        if np.abs(offset).max() > min(target.shape) / 4:
            break
    raise MetricUndefinedError(
        "shift_px found no translation that aligns output and reference; "
        "expected the same picture, moved by a few pixels at most."
    )
