"""JAX's interpolations, ``jax.image.resize`` on float32 (H, W, C), on the CPU.

All of them sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input grid.
Taps beyond the border are dropped and the weights of the others are normalised to sum 1, as in
Pillow.  When shrinking the kernel is stretched (``antialias=True`` by default), which leaves
enlargements as they are.  Traps for whoever ports a resize:

- The cubic has a = -0.5: MATLAB's and Pillow's, not OpenCV's or PyTorch's.
- uint8 images come out as float32, neither clipped nor rounded: there is no 8-bit path.
- Each new shape is compiled, which takes longer than most resizes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image, Size
    from upbench.benchmark.core.upsampler import Edge
    from upbench.methods._interpolation import Resize


def _resize(kind: str, kernel: str, edge: Edge = "renormalise") -> Resize:
    """Return ``resize`` with one of its methods as a method."""

    @interpolation(
        f"jax-{kind}",
        backend="jax",
        extra="jax",
        source=f"JAX, image.resize(method={kind!r})",
        kernel=kernel,
        edge=edge,
        antialias="none" if kind == "nearest" else "stretch",
    )
    def resize(image: Image, size: Size) -> Image:
        """Resize ``(H, W, C)`` float32 in [0, 1] to ``(*size, C)`` float32, or by a scale."""
        import jax
        import numpy as np

        shape = (*size, image.shape[2])
        with jax.default_device(jax.local_devices(backend="cpu")[0]):
            return np.asarray(jax.image.resize(image, shape, kind))

    return resize


jax_nearest = _resize("nearest", "nearest", "none")

# Support 2.
jax_linear = _resize("linear", "triangle")

# Support 4, Pillow's bicubic; this and the Lanczos ones may leave [0, 1].
jax_cubic = _resize("cubic", "Keys cubic, a = -0.5")

# Support 6, Pillow's Lanczos; and support 10.
jax_lanczos3 = _resize("lanczos3", "Lanczos, 3 lobes")
jax_lanczos5 = _resize("lanczos5", "Lanczos, 5 lobes")
