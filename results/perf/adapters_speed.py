"""Each library's adapter against the library's own best call for the same pixels.

A grey rival gets its image in the layout that it likes best and keeps its own layout of the result.
A colour rival lays its result out as (H, W, C), like the adapter, by the library's fastest way.
Taken in turns, on one thread; processor seconds, because machines are shared; medians.

    python results/perf/adapters_speed.py
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from measuring import ratio, show

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]

SIDE, SCALE, ROUNDS = 256, 2, 15
TARGET = 1.10
METHODS = (
    "opencv-nearest",
    "opencv-linear",
    "opencv-cubic",
    "opencv-lanczos4",
    "pillow-bilinear",
    "pillow-bicubic",
    "pillow-lanczos",
    "torch-bilinear",
    "torch-bicubic",
    "torch-bicubic-antialias",
    "skimage-order0",
    "skimage-order1",
    "skimage-order3",
    "scipy-zoom-order1",
    "scipy-zoom-order3",
    "scipy-zoom-grid-order3",
)


def measure() -> list[tuple[str, float, float]]:
    """Measure every adapter on a grey and on a colour image.

    Returns:
        Rows of (what, the ratio measured, the ratio that is the target), smaller is better.
    """
    from upbench.benchmark.core.threads import use_one_thread_each

    use_one_thread_each()
    import cv2
    import torch

    from upbench.benchmark.registry.catalog import collect

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    catalog = collect()
    return [
        (f"{name} x{SCALE}, {channels} channels / direct", _ratio(catalog, name, channels), TARGET)
        for name in METHODS
        for channels in (1, 3)
    ] + [
        (f"{name} x{SCALE}, uint8 RGB / its snippet", _ratio_8bit(catalog, name), TARGET)
        for name in METHODS
    ]


def _ratio(catalog: Any, name: str, channels: int) -> float:
    """Return the adapter's median time over the library's."""
    import numpy as np

    image = np.random.default_rng(0).random((SIDE, SIDE, channels), dtype=np.float32)
    adapter, direct = partial(catalog.method(name).load(SCALE), image), _direct(name, image)
    return ratio(adapter, direct, ROUNDS)


def _ratio_8bit(catalog: Any, name: str) -> float:
    """Return the median time of the whole call over that of the stated call in the library."""
    import numpy as np

    from upbench.benchmark.core.snippets import run_snippet
    from upbench.benchmark.imaging.pixels import eight_bit_call

    method = catalog.method(name)
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    ours = partial(eight_bit_call(method, method.load(SCALE), SCALE), image)
    theirs = partial(run_snippet, method.snippet, image, SCALE)
    return ratio(ours, theirs, ROUNDS)


def _direct(name: str, image: Plane) -> Callable[[], object]:
    """Return the library's call, on an image in the layout that it likes best."""
    import cv2
    import numpy as np
    import torch
    from PIL import Image
    from scipy.ndimage import zoom
    from skimage.transform import resize

    library, _, rest = name.partition("-")
    size = (SIDE * SCALE, SIDE * SCALE)
    planes = [np.ascontiguousarray(image[:, :, c]) for c in range(image.shape[2])]
    if library == "opencv":
        flag = getattr(cv2, f"INTER_{rest.upper()}")
        whole = image if image.shape[2] > 1 else planes[0]
        return partial(cv2.resize, whole, size, interpolation=flag)
    if library == "pillow":
        flag = Image.Resampling[rest.upper()]
        return _laid_out(lambda p: np.asarray(Image.fromarray(p).resize(size, flag)), planes)
    if library == "torch":
        mode, _, antialias = rest.partition("-")
        options = {"mode": mode, "align_corners": False, "antialias": bool(antialias)}
        last = torch.from_numpy(image.copy())[None].permute(0, 3, 1, 2)
        batch = last if mode == "bilinear" else last.contiguous()

        def interpolate() -> object:
            with torch.inference_mode():
                large = torch.nn.functional.interpolate(batch, scale_factor=SCALE, **options)
                return large[0].permute(1, 2, 0).contiguous()

        return interpolate
    order = int(name[-1])
    if library == "skimage":
        return _laid_out(lambda p: resize(p, size, order=order), planes)
    grid = {"grid_mode": True, "mode": "nearest"} if "grid" in name else {}
    return _laid_out(lambda p: zoom(p, SCALE, order=order, **grid), planes)


def _laid_out(call: Callable[[Plane], Plane], planes: list[Plane]) -> Callable[[], object]:
    import numpy as np

    if len(planes) == 1:
        return partial(call, planes[0])
    return lambda: np.stack([call(plane) for plane in planes], axis=2)


if __name__ == "__main__":
    show(measure())
