"""A linear layer that enlarges: its geometry, its weights on disk, and running it.

Both forms are one convolution with a k x k kernel on the large grid, and differ in how the image
gets there: a transposed convolution puts zeros between the pixels, a resize-convolution repeats
them ("nearest") or interpolates ("bilinear", half-pixel).  Either way each output phase is a small
filter on the input grid.  That polyphase form is what runs, because it is exact and costs least.
The small image is mirrored at its border, with the edge pixel repeated; for "nearest" and
"bilinear" that is the mirrored border of the large grid too.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from upbench.benchmark.core import weights
from upbench.benchmark.core.contract import method
from upbench.benchmark.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image
    from upbench.benchmark.core.upsampler import Sampling

    Floats: TypeAlias = NDArray[np.float64]
    Weights: TypeAlias = NDArray[np.float32]
    Progress: TypeAlias = Callable[[str, int, int], None]

__all__ = ["Layer", "LinearUpsampler", "key_of", "linear_layer", "polyphase", "taps"]

_KERNEL = "kernel"
_LOG = logging.getLogger("upbench")


@dataclass(frozen=True)
class Layer:
    """The shape of a layer at every scale."""

    name: str
    """The method's name."""
    before: Literal["zeros", "nearest", "bilinear"]
    """What takes the image to the large grid before the convolution."""
    side: Callable[[int], int]
    """The kernel's side k at a scale."""


def linear_layer(
    layer: Layer, source: str, kernel: str, sampling: Sampling = "half-pixel"
) -> Callable[[type[LinearUpsampler]], type[LinearUpsampler]]:
    """Mark a class as the method that runs a layer, at x2 to x8.

    Args:
        layer: Its shape; its name is the method's.
        source: Who, where, year.
        kernel: The kernel in a few words.
        sampling: Where its output pixels lie.
    """

    def mark(cls: type[LinearUpsampler]) -> type[LinearUpsampler]:
        cls.layer = layer
        described = method(
            layer.name,
            family="learned",
            source=source,
            scales=range(2, 9),
            backend="opencv-python-headless",
            sampling=sampling,
            kernel=kernel,
        )
        return described(cls)

    return mark


class LinearUpsampler:
    """A single linear layer at its least-squares optimum; each layer is a subclass.

    Loading reads the weights from the cache and fits them first if they are not there, in about a
    second.  :meth:`fit` is the hook of ``upbench train``, which calls it for every method that has
    it, at each of its scales.

    Args:
        scale: The whole factor s.
        device: Ignored: the layer runs on the CPU.
    """

    layer: ClassVar[Layer]

    def __init__(self, scale: int, device: str = "cpu") -> None:
        import numpy as np

        del device
        geometry = taps(self.layer, scale)
        self.scale = scale
        self.weights = self._load_or_fit(scale)
        """float32 ``(k, k)``: the layer's kernel, as torch's convolutions take it."""
        self.filters = polyphase(geometry, self.weights).astype(np.float32)
        """float32 ``(s, s, m, m)``: for each output phase, its filter on the input grid."""
        self.parameters: int = self.weights.size
        """How many weights were learned."""
        self.macs_per_px = float(np.count_nonzero(geometry.any(axis=2)) / scale) ** 2
        """Multiply-adds per output pixel and channel, in polyphase form."""
        self.dc_gains = self.filters.sum(axis=(2, 3))
        """float32 ``(s, s)``: what each phase makes of a constant 1.  Nothing forces them to be
        equal; where they differ, a flat area gets a checkerboard."""

    def __call__(self, image: Image) -> Image:
        """Enlarge: ``(H, W, C)`` float32 -> ``(H * s, W * s, C)`` float32; may leave [0, 1]."""
        import cv2
        import numpy as np

        height, width, channels = image.shape
        pixels = np.ascontiguousarray(image, dtype=np.float32)
        cells = np.empty((height, self.scale, width, self.scale, channels), dtype=np.float32)
        for row, column in np.ndindex(self.scale, self.scale):
            filtered = cv2.filter2D(
                pixels, -1, self.filters[row, column], borderType=cv2.BORDER_REFLECT
            )
            cells[:, row, :, column] = filtered.reshape(image.shape)
        return cells.reshape(height * self.scale, width * self.scale, channels)

    @classmethod
    def fit(cls, scale: int, progress: Progress | None = None) -> Path:
        """Fit the weights if the cache does not hold them: the hook of ``upbench train``.

        Args:
            scale: The whole factor s.
            progress: Called with a label, the images done and the images in all.

        Returns:
            The path of the weights, a safetensors file.

        Raises:
            StoreError: The cache folder cannot be written.
        """
        file, key = cls._kept(scale)
        if _load(file, key) is None:
            cls._save(file, key, scale, cls._fitted(scale, progress))
        return file

    @staticmethod
    def training() -> dict[str, str]:
        """Return name -> SHA-256 of the file of every image that the weights were fitted on."""
        from upbench.methods._shared.least_squares import training_digests

        return training_digests()

    @classmethod
    def _load_or_fit(cls, scale: int) -> Weights:
        """Return the weights; a cache that cannot be written costs time, not the result."""
        file, key = cls._kept(scale)
        kernel = _load(file, key)
        if kernel is not None:
            return kernel
        name = cls.layer.name
        _LOG.info("fitting %s at x%d; 'upbench train' does this beforehand", name, scale)
        kernel = cls._fitted(scale, None)
        try:
            cls._save(file, key, scale, kernel)
        except StoreError as error:
            _LOG.warning("%s", error)
        return kernel

    @classmethod
    def _kept(cls, scale: int) -> tuple[Path, str]:
        """Return the file of the weights in the cache, and the key that it is for."""
        from upbench.benchmark.imaging.download import cache_folder

        key = key_of(cls.layer.name, scale, taps(cls.layer, scale))
        name = f"{cls.layer.name}-x{scale}-{key[:16]}.safetensors"
        return cache_folder() / "linear" / name, key

    @classmethod
    def _save(cls, file: Path, key: str, scale: int, kernel: Weights) -> None:
        about = {"method": cls.layer.name, "scale": scale, "training": cls.training()}
        digest = sha256(kernel.tobytes()).hexdigest()
        weights.save(file, {_KERNEL: kernel}, {"key": key, "sha256": digest, **about})

    @classmethod
    def _fitted(cls, scale: int, progress: Progress | None) -> Weights:
        from upbench.methods._shared import least_squares

        def report(done: int, total: int) -> None:
            if progress:
                progress(f"{cls.layer.name} x{scale}", done, total)

        return least_squares.fit(taps(cls.layer, scale), scale, report)


def _load(file: Path, key: str) -> Weights | None:
    """Return the weights, float32 ``(k, k)``, or None when they have to be fitted (again)."""
    try:
        tensors, about = weights.load(file)
        kernel: Weights = tensors[_KERNEL]
        if (about["key"], about["sha256"]) != (key, sha256(kernel.tobytes()).hexdigest()):
            raise ValueError("its content is not what it should be")  # noqa: TRY301
    except FileNotFoundError:
        return None
    except (ValueError, KeyError) as error:
        _LOG.warning("%s cannot be used (%s); its weights are fitted again", file, error)
        return None
    return kernel


def key_of(name: str, scale: int, geometry: Floats) -> str:
    """Return SHA-256 over everything that a layer's weights depend on.

    That is the code that fits (comments aside), the layer's geometry, the ridge and the training
    images' checksums: a file of this key is right.

    Args:
        name: The method's name.
        scale: The whole factor s.
        geometry: float64 ``(s, m, k)``, see :func:`taps`.
    """
    from upbench.benchmark.core.hashing import digest_of, module_hash
    from upbench.methods._shared import least_squares

    digests = least_squares.training_digests()
    return digest_of(
        [
            module_hash(least_squares.__name__),
            sha256(geometry.tobytes()).hexdigest(),
            f"{name} x{scale} ridge {least_squares.RIDGE!r} shape {geometry.shape}",
            *(f"{image} {digest}" for image, digest in digests.items()),
        ]
    )


def taps(layer: Layer, scale: int) -> Floats:
    """Return the geometry of a layer along one axis.

    Args:
        layer: The layer.
        scale: The whole factor s.

    Returns:
        float64 ``(s, m, k)``: how much of kernel element k falls on pixel m of the input window,
        for output phase p.  m is :data:`least_squares.REACH`, its centre the phase's own pixel.
    """
    import numpy as np

    from upbench.methods._shared.least_squares import REACH

    side = layer.side(scale)
    elements = np.arange(side)
    # A transposed convolution adds kernels up where it writes: they are read backwards.
    transposed = layer.before == "zeros"
    offsets = (side - scale) // 2 - elements if transposed else elements - side // 2
    large = REACH * scale + np.arange(scale)[:, None] + offsets
    window = slice(REACH - REACH // 2, REACH + REACH // 2 + 1)
    rows: Floats = _to_large_grid(layer.before, scale, 2 * REACH + 1)[large]
    return rows[:, :, window].swapaxes(1, 2)


def _to_large_grid(before: str, scale: int, size: int) -> Floats:
    """Return float64 ``(size * s, size)``: large-grid samples from input samples on one axis."""
    import numpy as np

    from upbench.benchmark.imaging.resample import BILINEAR, NEAREST, resize

    pixels: Floats = np.eye(size)
    if before == "zeros":
        large: Floats = np.zeros((size * scale, size))
        large[::scale] = pixels
        return large
    return resize(pixels, (scale, 1), NEAREST if before == "nearest" else BILINEAR)


def polyphase(geometry: Floats, kernel: Floats | Weights) -> Floats:
    """Return the filter of each output phase on the input grid: float64 ``(s, s, m, m)``.

    Args:
        geometry: float64 ``(s, m, k)`` of :func:`taps`.
        kernel: ``(k, k)``.
    """
    import numpy as np

    filters = np.einsum("pmk,kl,qnl->pqmn", geometry, kernel, geometry, optimize=True)
    return np.asarray(filters, dtype=np.float64)
