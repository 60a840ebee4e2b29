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
from upbench.benchmark.core.sizes import asked_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Image, Image8, Scale, Size
    from upbench.benchmark.core.kinds import Edge

interpolation = partial(
    method,
    family="interpolation",
    backend="pillow",
    sampling="half-pixel",
    parameters=0,
    any_size=True,
)


def _resize(
    name: str, resampling: str, kernel: str, edge: Edge = "renormalise"
) -> Callable[[Image, Size | Scale], Image]:
    """Return ``Image.resize`` with one of its filters as a method."""

    def resize_8bit(image: Image8, size: Size | Scale) -> Image8:
        """Resize uint8 ``(H, W, C)``, all channels at once; it rounds after each axis."""
        import numpy as np
        from PIL import Image as Pillow

        height, width = asked_size(image.shape, size)
        picture = Pillow.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
        resized = np.asarray(picture.resize((width, height), Pillow.Resampling[resampling]))
        return resized.reshape(height, width, image.shape[2])

    @interpolation(
        name,
        source=f"Pillow, Image.resize with {resampling}",
        kernel=kernel,
        edge=edge,
        antialias="none" if resampling == "NEAREST" else "stretch",
        library_8bit=resize_8bit,
        snippet="np.asarray(PIL.Image.fromarray(image).resize((image.shape[1] * scale, "
        f"image.shape[0] * scale), PIL.Image.Resampling.{resampling}))",
    )
    def resize(image: Image, size: Size | Scale) -> Image:
        """Resize ``(H, W, C)`` float32 in [0, 1] to ``(*size, C)`` float32, or by a scale."""
        import numpy as np
        from PIL import Image as Pillow

        height, width = asked_size(image.shape, size)
        planes = (Pillow.fromarray(image[:, :, c]) for c in range(image.shape[2]))
        resized = [p.resize((width, height), Pillow.Resampling[resampling]) for p in planes]
        return np.stack([np.asarray(plane) for plane in resized], axis=2)

    return resize


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
