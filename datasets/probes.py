r"""Generated images whose every pixel is known: what a method does to them can be explained.

All are N x N with N = 256, column x and row y from 0, in 8-bit values (then divided by 255, as
every image is).  Half-integers are rounded to even.  c = (N - 1) / 2 is the centre, r the distance
from it.

================  ================================================================================
constant          128
ramp-x, ramp-y    x; y: every 8-bit level once
step              64 where x < N/2, else 192
impulse           255 at x = y = N/2, else 0
zone-plate        127.5 + 127.5 cos(pi r^2 / N): the frequency along each axis grows linearly from
                  0 at the centre to Nyquist (half a cycle per pixel) at the edges
siemens-star      127.5 + 127.5 cos(36 phi): 36 smooth spokes, phi the angle about the centre; 128
                  inside r = 36 / pi, where the spokes are finer than Nyquist, and outside r = N/2
nyquist-x         255 where x is odd, else 0: upright stripes at Nyquist
nyquist-y         255 where y is odd, else 0: level stripes at Nyquist
nyquist-checker   255 where x + y is odd, else 0: Nyquist along both axes
colour-bars       RGB, eight bars of N/8 columns: white, yellow, cyan, green, magenta, red, blue,
                  black; edges in luma and in chroma
================  ================================================================================

The Nyquist gratings cannot survive an antialiased reduction: what comes back should be grey.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from upbench.benchmark.core.contract import ImageItem, dataset
from upbench.benchmark.imaging.decode import pixels_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image, Image8

    Grid: TypeAlias = NDArray[Any]  # float64 coordinates or values, 0 to 255

__all__ = ["SIZE", "draw", "probes"]

SIZE = 256
"""Width and height of every probe in pixels."""

_SPOKES = 36


@dataset(
    "probes",
    source="generated: the formulas are in upbench.datasets.probes",
    licence="CC0",
    summary="11 generated images: constant, ramps, step, impulse, zone plate, star, gratings, bars",
)
def probes() -> Sequence[ImageItem]:
    """List the probes; digests are those of their 8-bit pixels."""
    return [
        ImageItem(name, pixels_digest(_pixels(name)), partial(draw, name)) for name in _formulas()
    ]


def draw(name: str) -> Image:
    """Draw one probe by name: float32 (256, 256, 1 or 3), 8-bit values / 255."""
    import numpy as np

    return _pixels(name).astype(np.float32) / np.float32(255)


def _pixels(name: str) -> Image8:
    """Evaluate the formula on the grid and quantise: uint8 (256, 256, 1 or 3)."""
    import numpy as np

    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    values = np.rint(_formulas()[name](x, y))
    return values.astype(np.uint8).reshape(SIZE, SIZE, -1)


@cache
def _formulas() -> dict[str, Callable[[Grid, Grid], Grid]]:
    """Return each probe's formula: columns x and rows y, ``(256, 256)``, to 8-bit values."""
    import numpy as np

    middle, centre = SIZE / 2, (SIZE - 1) / 2

    def siemens_star(x: Grid, y: Grid) -> Grid:
        radius = np.hypot(x - centre, y - centre)
        spokes = 127.5 + 127.5 * np.cos(_SPOKES * np.arctan2(y - centre, x - centre))
        # At radius r the spokes have 36 / (2 pi r) cycles per pixel; half a cycle is Nyquist.
        return np.where((radius >= _SPOKES / np.pi) & (radius <= middle), spokes, 128)

    def zone_plate(x: Grid, y: Grid) -> Grid:
        return 127.5 + 127.5 * np.cos(np.pi * ((x - centre) ** 2 + (y - centre) ** 2) / SIZE)

    def colour_bars(x: Grid, _y: Grid) -> Grid:
        code = 7 - x // (SIZE / 8)  # its three bits are G, R, B: the bars go from bright to dark
        return 255 * np.stack([code // 2 % 2, code // 4, code % 2], axis=-1)

    return {
        "constant": lambda x, _y: np.full_like(x, 128),
        "ramp-x": lambda x, _y: x,
        "ramp-y": lambda _x, y: y,
        "step": lambda x, _y: np.where(x < middle, 64, 192),
        "impulse": lambda x, y: np.where((x == middle) & (y == middle), 255, 0),
        "zone-plate": zone_plate,
        "siemens-star": siemens_star,
        "nyquist-x": lambda x, _y: 255 * (x % 2),
        "nyquist-y": lambda _x, y: 255 * (y % 2),
        "nyquist-checker": lambda x, y: 255 * ((x + y) % 2),
        "colour-bars": colour_bars,
    }
