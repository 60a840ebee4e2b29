"""Pillow's interpolations, ``Image.resize`` on 32-bit float images (mode "F"), channel by channel.

All of them sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input grid.
Taps beyond the border are dropped and the weights of the others are normalised to sum 1.  When
shrinking, Pillow stretches the kernel, which antialiases; that has no switch.  Traps:

- Pillow has no float RGB: ``Image.fromarray`` of (H, W, 3) float32 fails, hence the channels.
- The 8-bit path rounds after each axis and its weights are fixed-point numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Size
    from upbench.benchmark.core.upsampler import Edge
    from upbench.methods._interpolation import Resize


def _resize(name: str, resampling: str, kernel: str, edge: Edge = "renormalise") -> Resize:
    """Return ``Image.resize`` with one of its filters as a method."""

    @interpolation(
        name,
        source=f"Pillow, Image.resize with {resampling}",
        backend="pillow",
        kernel=kernel,
        edge=edge,
        antialias="none" if resampling == "NEAREST" else "stretch",
        library_8bit=True,
        snippet="np.asarray(PIL.Image.fromarray(image).resize((image.shape[1] * scale, "
        f"image.shape[0] * scale), PIL.Image.Resampling.{resampling}))",
    )
    def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
        """Resize ``(H, W, C)`` to ``(*size, C)``, or by a scale; uint8 in all channels at once."""
        import numpy as np
        from PIL import Image as Pillow

        def resized(pixels: NDArray[Any]) -> NDArray[Any]:
            picture = Pillow.fromarray(pixels)
            return np.asarray(picture.resize(size[::-1], Pillow.Resampling[resampling]))

        channels = image.shape[2]
        if image.dtype == np.uint8:  # it rounds after each axis
            return resized(image[:, :, 0] if channels == 1 else image).reshape(*size, channels)
        return np.stack([resized(image[:, :, c]) for c in range(channels)], axis=2)

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
