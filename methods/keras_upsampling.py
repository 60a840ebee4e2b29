"""Keras' layer ``UpSampling2D`` with each of its interpolations, on float32 (1, H, W, C).

With TensorFlow as its backend it is ``tf.image.resize``: half-pixel sampling (output pixel j at
``(j + 1/2) / s - 1/2``), missing taps dropped and the others normalised.  Traps:

- The default is nearest neighbour, which is right for a decoder's resize-convolution.
- ``bicubic`` has a = -0.5; with other backends it is theirs.
- There is no 8-bit path: a layer computes in the type of its weights, float32.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Image
    from upbench.benchmark.core.upsampler import Edge

_described = partial(
    method,
    family="interpolation",
    backend="keras",
    extra="tensorflow",
    sampling="half-pixel",
    parameters=0,
)


@lru_cache(maxsize=64)
def _layer(kind: str, scale: int) -> Any:
    import keras

    return keras.layers.UpSampling2D(scale, interpolation=kind, data_format="channels_last")


def _upsampling(
    kind: str, kernel: str, edge: Edge = "renormalise"
) -> Callable[[Image, int], Image]:
    """Return ``UpSampling2D`` with one of its interpolations as a method."""

    @_described(
        f"keras-{kind}",
        source=f"Keras, layers.UpSampling2D(interpolation={kind!r})",
        kernel=kernel,
        edge=edge,
    )
    def enlarge(image: Image, scale: int) -> Image:
        """Enlarge ``(H, W, C)`` float32 in [0, 1] to ``(H * s, W * s, C)`` float32."""
        import numpy as np

        enlarged: Image = np.asarray(_layer(kind, scale)(image[None]))[0]
        return enlarged

    return enlarge


keras_nearest = _upsampling("nearest", "nearest", "none")
keras_bilinear = _upsampling("bilinear", "triangle")
keras_bicubic = _upsampling("bicubic", "Keys cubic, a = -0.5, in steps of 1/1024")
keras_lanczos3 = _upsampling("lanczos3", "Lanczos, 3 lobes")
keras_lanczos5 = _upsampling("lanczos5", "Lanczos, 5 lobes")
