"""FFmpeg's interpolations: the scaler flags of swscale, and its pixel-art filters, by PyAV.

swscale gets each channel as one plane of 16 bits (``gray16le``), the finest that it computes in:
RGB would go through YUV, which loses colour.  All flags sample half-pixel: output pixel j lies at
``(j + 1/2) / s - 1/2`` on the input grid; beyond the border the edge pixel is repeated.  When
shrinking the kernels are stretched, which antialiases; that has no switch.  Traps:

- At the top and left, bicubic and Lanczos drop some taps that they should repeat the edge for,
  and bilinear does when shrinking: their first outputs there are up to 0.04 of the range off.
- ``bicubic`` has a = -0.6 (``param0`` and ``param1`` change it; PyAV has no way to give them):
  neither Pillow's -0.5 nor OpenCV's -0.75.
- ``area`` enlarges as ``bilinear``, ``fast_bilinear`` too, but not in 8 bits: there it has a grid
  of its own along rows, tens of levels away, so it has no 8-bit path here.
- ``bicublin`` is ``bicubic`` on luma and ``bilinear`` on chroma: here it is ``bicubic``.
- ``spline`` is the interpolating cubic B-spline, cut off at 20 taps; ``sinc`` has no window.
- Weights have 14 bits, positions 16, and taps of under 0.002 at the ends are dropped: a few
  thousandths of the range from exact results.
- What an image has outside [0, 1] is clipped before.  Overshoots are cut off: at the top after the
  first axis, at both ends after the second.
- Without ``accurate_rnd`` and ``bitexact``, which are set here, processors differ.

The 8-bit path is the same on planes of 8 bits.  The pixel-art filters (hqx, xbr, epx) have 8 bits
only and are not linear: they take edges of few colours for drawn ones.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import method
from upbench.benchmark.core.threads import threads_set
from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image, Image8, Size
    from upbench.benchmark.core.upsampler import Antialias, Edge
    from upbench.methods._interpolation import Resize

LEVELS = 65535
"""The largest level of 16 bits."""

NAMES = {"neighbor": "POINT"}
"""Flags that PyAV calls otherwise than the program does."""


def _scaled(planes: NDArray[Any], size: tuple[int, int], flag: str, kind: str) -> NDArray[Any]:
    """Scale each channel of ``(H, W, C)`` as a plane of a pixel format."""
    import av
    import numpy as np
    from av.video.reformatter import Interpolation

    exact = Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INT
    flags = Interpolation[NAMES.get(flag, flag.upper())] | exact
    height, width = size
    scaled = np.empty((height, width, planes.shape[2]), dtype=planes.dtype)
    for channel in range(planes.shape[2]):
        plane = np.ascontiguousarray(planes[:, :, channel])
        frame = av.VideoFrame.from_ndarray(plane, format=kind)
        larger = frame.reformat(width, height, interpolation=flags, threads=threads_set())
        scaled[:, :, channel] = larger.to_ndarray()
    return scaled


def _swscale(
    flag: str,
    kernel: str,
    edge: Edge = "replicate",
    antialias: Antialias = "stretch",
    smaller: str = "",
) -> Resize:
    """Return swscale with one of its flags, whose kernel may be another to shrink, as a method."""

    @interpolation(
        f"swscale-{flag.replace('_', '-')}",
        source=f"FFmpeg, swscale with flags={flag}",
        backend="av",
        extra="av",
        kernel=kernel,
        edge=edge,
        clips=True,
        antialias=antialias,
        shrinks={"kernel": smaller} if smaller else {},
        library_8bit=flag != "fast_bilinear",
    )
    def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
        """Resize ``(H, W, C)`` to ``(*size, C)``, or by a scale; float32 in 16 bits, or uint8."""
        import numpy as np

        if image.dtype == np.uint8:
            return _scaled(image, size, flag, "gray8")
        levels = (image.clip(0, 1) * np.float32(LEVELS) + np.float32(0.5)).astype(np.uint16)
        return _scaled(levels, size, flag, "gray16le") * np.float32(1 / LEVELS)

    return resize


swscale_neighbor = _swscale("neighbor", "nearest", "none", "none")

# Support 2: three names for one kernel when enlarging.  Made smaller, the first skips pixels like
# OpenCV's INTER_LINEAR, the last averages them like its INTER_AREA.
swscale_fast_bilinear = _swscale("fast_bilinear", "triangle", antialias="none")
swscale_bilinear = _swscale("bilinear", "triangle")
swscale_area = _swscale("area", "triangle", antialias="none", smaller="pixel areas")

# Support 4.
swscale_bicubic = _swscale("bicubic", "Keys cubic, a = -0.6")
swscale_bicublin = _swscale("bicublin", "Keys cubic, a = -0.6")

# ``2^(-3 x^2)``: it smooths, so it does not interpolate.
swscale_gauss = _swscale("gauss", "Gaussian, 2^(-3 x^2)")

# Support 21, cut off without a window: ringing far from every edge.
swscale_sinc = _swscale("sinc", "sinc, cut at 10.5")

# Support 6.
swscale_lanczos = _swscale("lanczos", "Lanczos, 3 lobes")

swscale_spline = _swscale("spline", "cubic B-spline, prefiltered")


def _filtered(image: Image8, name: str, scale: int) -> Image8:
    """Run a filter that enlarges by a whole factor on uint8 ``(H, W, 3)``."""
    import av
    import numpy as np

    height, width, _ = image.shape
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=width, height=height, format=av.VideoFormat("bgra"), time_base="1/25"
    )
    steps = (graph.add(name, f"n={scale}"), graph.add("format", "bgra"), graph.add("buffersink"))
    for one, following in pairwise((source, *steps)):
        one.link_to(following)
    graph.configure()
    opaque = np.full((height, width, 4), 255, dtype=np.uint8)
    opaque[:, :, :3] = image
    graph.push(av.VideoFrame.from_ndarray(opaque, format="bgra"))
    larger: Image8 = graph.pull().to_ndarray()[:, :, :3]
    return larger


def _pixel_art(name: str, source: str, scales: Sequence[int]) -> Callable[[Image, int], Image]:
    """Return a pixel-art filter as a method; a grey image runs as three equal channels."""

    def enlarge_8bit(image: Image8, scale: int) -> Image8:
        """Enlarge uint8 ``(H, W, C)``."""
        import numpy as np

        colours = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
        return _filtered(colours, name, scale)[:, :, : image.shape[2]]

    @method(
        f"ffmpeg-{name}",
        family="pixel-art",
        backend="av",
        extra="av",
        source=source,
        scales=scales,
        sampling="half-pixel",
        kernel="rules on neighbours, in 8 bits",
        edge="replicate",
        parameters=0,
        eight_bit=enlarge_8bit,
    )
    def enlarge(image: Image, scale: int) -> Image:
        """Enlarge ``(H, W, C)`` float32 in [0, 1], rounded to 8 bits, to float32."""
        import numpy as np

        levels = (image.clip(0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
        return enlarge_8bit(levels, scale) * np.float32(1 / 255)

    return enlarge


ffmpeg_hqx = _pixel_art("hqx", "FFmpeg, filter hqx; M. Stepin, hq2x, 2003", (2, 3, 4))
ffmpeg_xbr = _pixel_art("xbr", "FFmpeg, filter xbr; Hyllian, xBR, 2011", (2, 3, 4))
ffmpeg_epx = _pixel_art("epx", "FFmpeg, filter epx; E. Johnston, EPX, 1992", (2, 3))
