"""Pillow's interpolations, ``Image.resize`` on 32-bit float images (mode "F"), channel by channel.

All of them sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input grid.
Taps beyond the border are dropped and the weights of the others are normalised to sum 1.  When
shrinking, Pillow stretches the kernel, which antialiases; that has no switch.  Traps:

- Pillow has no float RGB: ``Image.fromarray`` of (H, W, 3) float32 fails, hence the channels.
- The 8-bit path rounds after each axis and its weights are fixed-point numbers.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Image, Image8
    from upbench.benchmark.core.kinds import Edge

interpolation = partial(
    method, family="interpolation", backend="pillow", sampling="half-pixel", parameters=0
)


def _resize(
    name: str, resampling: str, kernel: str, edge: Edge = "renormalise"
) -> Callable[[Image, int], Image]:
    """Return ``Image.resize`` with one of its filters as a method."""

    def enlarge_8bit(image: Image8, scale: int) -> Image8:
        """Enlarge uint8 ``(H, W, C)``, all channels at once; it rounds after each axis."""
        import numpy as np
        from PIL import Image as Pillow

        height, width, channels = image.shape
        size = (width * scale, height * scale)
        picture = Pillow.fromarray(image[:, :, 0] if channels == 1 else image)
        large = np.asarray(picture.resize(size, Pillow.Resampling[resampling]))
        return large.reshape(height * scale, width * scale, channels)

    @interpolation(
        name,
        source=f"Pillow, Image.resize with {resampling}",
        kernel=kernel,
        edge=edge,
        library_8bit=enlarge_8bit,
        snippet="np.asarray(PIL.Image.fromarray(image).resize((image.shape[1] * scale, "
        f"image.shape[0] * scale), PIL.Image.Resampling.{resampling}))",
    )
    def enlarge(image: Image, scale: int) -> Image:
        """Enlarge ``(H, W, C)`` float32 in [0, 1] to ``(H * s, W * s, C)`` float32."""
        import numpy as np
        from PIL import Image as Pillow

        height, width, channels = image.shape
        size = (width * scale, height * scale)
        planes = (Pillow.fromarray(image[:, :, c]) for c in range(channels))
        enlarged = [np.asarray(p.resize(size, Pillow.Resampling[resampling])) for p in planes]
        return np.stack(enlarged, axis=2)

    return enlarge


pillow_nearest = _resize("pillow-nearest", "NEAREST", "nearest", "none")

# Support 1: at whole enlargements the same as nearest.
pillow_box = _resize("pillow-box", "BOX", "box", "none")

# Support 2.
pillow_bilinear = _resize("pillow-bilinear", "BILINEAR", "triangle")

# ``sinc(x) (0.54 + 0.46 cos(pi x))`` on [-1, 1].  Made for shrinking: sharper than bilinear at the
# same support.  The weights are renormalised everywhere: the kernel alone does not sum to 1.
pillow_hamming = _resize("pillow-hamming", "HAMMING", "Hamming-windowed sinc, 1 lobe")

# Support 4.  The canonical bicubic but within two input pixels of the border, where Pillow drops
# taps and MATLAB mirrors the image.  May leave [0, 1].
pillow_bicubic = _resize("pillow-bicubic", "BICUBIC", "Keys cubic, a = -0.5")

# Support 6.  The canonical lanczos3 but for the border; OpenCV's has 4 lobes.  May leave [0, 1].
pillow_lanczos = _resize("pillow-lanczos", "LANCZOS", "Lanczos, 3 lobes")
