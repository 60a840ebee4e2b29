"""One picture made larger by any method: in tiles, with its colour and its transparency.

The command ``upscale`` and the Python function of that name both come here; they differ in where
the method runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.engine.method import Low, call_method
from upbench.benchmark.imaging.tiles import WHOLE, Seams, Tiling, bands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Image
    from upbench.benchmark.core.contract import Method, Upsampler
    from upbench.benchmark.engine.supervisor import Worker

    Enlarge: TypeAlias = Callable[[Image], Image]
    """A method made ready at one scale, colour included; raises MethodError."""

FIRST_SIDE = 32
"""Side of the first image that a worker gives to a method, in pixels."""


def tiling_for(method: Method, scale: int, side: int | None = None) -> Tiling:
    """Return how a picture is cut for a method; the side of a tile is in low-resolution pixels.

    None is the default side, 0 the whole picture.  A method whose grid aligns the picture's corners
    cannot be cut: where its samples lie depends on the picture's size.

    Raises:
        UsageError: The side makes no sense.
    """
    if method.sampling == "align-corners":
        return WHOLE
    default = Tiling.for_scale(scale)
    return default if side is None else replace(default, side=side)


def enlarge(image: Image, call: Enlarge, scale: int, tiling: Tiling) -> Image:
    """Enlarge an image in memory.

    Args:
        image: float32 ``(H, W, C)`` in [0, 1]; C = 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA).
        call: The method, as :func:`local` or :class:`IsolatedMethod` give it.
        scale: The whole factor s.
        tiling: How it is cut.

    Returns:
        float32 ``(H * s, W * s, C)``: what the method returned, not clipped; with alpha, clipped.

    Raises:
        MethodError: The method failed on a tile.
    """
    size = image.shape[:2]
    tile = lambda rows, columns: image[rows, columns]  # noqa: E731
    return np.concatenate([*enlarged_bands(tile, (size[0], size[1]), call, scale, tiling)])


def enlarged_bands(
    tile: Callable[[slice, slice], Image],
    size: tuple[int, int],
    call: Enlarge,
    scale: int,
    tiling: Tiling,
    *,
    seams: Seams | None = None,
    finish: Callable[[Image], NDArray[Any]] = np.array,
) -> Iterator[NDArray[Any]]:
    """Enlarge a picture of any size, from its top to its bottom, as :func:`enlarge` does.

    ``tile`` returns the pixels of some rows and columns; all else is as in
    :func:`upbench.benchmark.imaging.tiles.bands`.

    Raises:
        MethodError: The method failed on a tile.
    """
    on_tile = lambda rows, columns: _with_alpha(tile(rows, columns), call, scale)  # noqa: E731
    return bands(size, scale, tiling, on_tile, seams, finish)


def _with_alpha(pixels: Image, call: Enlarge, scale: int) -> Image:
    """Enlarge a tile; transparent pixels take on the colour of the visible ones beside them.

    So no hidden colour leaks out.  (Weighting the colour by alpha, and dividing the output, does
    the same for linear methods; a network's output then has fringes of 40 levels.)  Alpha is
    enlarged as a grey image by the same method.
    """
    if pixels.shape[2] not in {2, 4}:
        return call(pixels)
    colour, alpha = pixels[:, :, :-1], pixels[:, :, -1:]
    if alpha.min() == 1.0:
        output = call(colour).clip(0, 1)
        return np.concatenate([output, np.ones_like(output[:, :, :1])], axis=2)
    output = call(_filled(colour, alpha)).clip(0, 1)
    larger_alpha = _between_neighbours(call(alpha), alpha, scale)
    return np.concatenate([np.where(larger_alpha > 0, output, 0), larger_alpha], axis=2)


def _filled(colour: Image, alpha: Image) -> Image:
    """Return the colour, of pixels that are less visible than their neighbours in part theirs.

    The share of its own colour is the alpha of a pixel by the largest of the 3 x 3 around it: an
    even alpha changes nothing, and what is transparent takes on the colour beside it.
    """
    from scipy.ndimage import distance_transform_edt, maximum_filter, uniform_filter

    around = {"size": (3, 3, 1), "mode": "nearest"}
    largest, total = maximum_filter(alpha, **around), uniform_filter(alpha, **around)
    near = largest > 0
    if not near.any():
        return np.zeros_like(colour)
    beside = np.divide(
        uniform_filter(colour * alpha, **around), total, out=np.zeros_like(colour), where=near
    )
    share = np.divide(alpha, largest, out=np.zeros_like(alpha), where=near)
    mixed = share * colour + (1 - share) * beside
    rows, columns = distance_transform_edt(
        ~near[:, :, 0], return_distances=False, return_indices=True
    )
    filled: Image = mixed[rows, columns].clip(0, 1)
    return filled


def _between_neighbours(larger: Image, alpha: Image, scale: int) -> Image:
    """Limit an output to the range of the 3 x 3 input pixels around each of its pixels.

    What is opaque stays opaque, and no ripple shows beside an edge.
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    low, high = (
        one(alpha, size=(3, 3, 1), mode="nearest").repeat(scale, axis=0).repeat(scale, axis=1)
        for one in (minimum_filter, maximum_filter)
    )
    limited: Image = np.clip(larger, low, high)
    return limited


def local(method: Method, loaded: Upsampler, scale: int) -> Enlarge:
    """Return a method that runs in this process."""

    def call(image: Image) -> Image:
        answer = call_method(method, loaded, Low(scale, image, None))
        if answer.output is None:
            raise MethodError(f"{method.name} x{scale}: {answer.reason}")
        return answer.output

    return call


@dataclass
class IsolatedMethod:
    """A method in a worker process: what it breaks, or how long it hangs, costs one picture."""

    method: Method
    scale: int
    worker: Worker
    """A process of :meth:`upbench.benchmark.engine.workbench.Setup.method_service`, perhaps shared
    by methods of one source."""
    _is_loaded: bool = False

    def __call__(self, image: Image) -> Image:
        """Enlarge a tile.

        Raises:
            MethodError: The method failed, or its worker was lost; one sentence.
        """
        if not self._is_loaded:  # the service calls a method twice on its first image
            self._is_loaded = True
            self._answer(image[:FIRST_SIDE, :FIRST_SIDE])
        answer = self._answer(image)
        if answer["status"] != "ok":
            raise MethodError(f"{self.method.name} x{self.scale}: {answer['reason']}")
        output: Image = answer["output"]
        return output

    def _answer(self, image: Image) -> Mapping[str, Any]:
        low = Low(self.scale, np.ascontiguousarray(image), None)
        outcome = self.worker.call((self.method.name, low))
        return outcome.value or {"status": outcome.status, "reason": outcome.reason}
