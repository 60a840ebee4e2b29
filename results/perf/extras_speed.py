"""Each optional library's adapter against the library's own call for the same pixels.

The direct call gets float32 ``(H, W, C)`` and returns the same, as the adapter does, by the
library's usual way.  Taken in turns, on one thread; processor seconds, because machines are shared;
medians.  Libraries that are not installed are left out.

    python results/perf/extras_speed.py
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from measuring import ratio, show

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.float32]

SIDE, SCALE, ROUNDS = 256, 2, 15
LARGE = SIDE * SCALE
TARGET = 1.10


def measure() -> list[tuple[str, float, float]]:
    """Measure some adapters of each library that is installed, on grey and on colour images.

    Returns:
        Rows of (what, the ratio measured, the ratio that is the target), smaller is better.
    """
    from upbench.benchmark.core.threads import use_one_thread_each
    from upbench.benchmark.registry.catalog import collect
    from upbench.benchmark.registry.extras import is_installed

    use_one_thread_each()
    catalog = collect(folders=["upbench.methods"])
    return [
        (f"{name} x{SCALE}, {channels} channels / direct", _ratio(catalog, name, channels), TARGET)
        for name in DIRECT
        if is_installed(catalog.methods[name])
        for channels in (1, 3)
    ]


def _ratio(catalog: Any, name: str, channels: int) -> float:
    """Return the adapter's median time over the library's."""
    import numpy as np

    image = np.random.default_rng(0).random((SIDE, SIDE, channels), dtype=np.float32)
    adapter, direct = partial(catalog.method(name).load(SCALE), image), DIRECT[name](image)
    return ratio(adapter, direct, ROUNDS)


def _onnx(image: Pixels, **attributes: Any) -> Callable[[], object]:
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper

    node = helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], **attributes)
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [None] * 4) for n in "xy")
    sizes = helper.make_tensor_value_info("sizes", TensorProto.INT64, [4])
    graph = helper.make_graph([node], "g", [x, sizes], [y])
    opset = [helper.make_opsetid("", 19)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    asked = np.array([1, image.shape[2], LARGE, LARGE])

    def call() -> object:
        planes = np.ascontiguousarray(image.transpose(2, 0, 1))[None]
        (large,) = session.run(None, {"x": planes, "sizes": asked})
        return np.ascontiguousarray(large[0].transpose(1, 2, 0))

    return call


def _jax(image: Pixels, method: str) -> Callable[[], object]:
    import jax
    import numpy as np

    shape = (LARGE, LARGE, image.shape[2])
    return lambda: np.asarray(jax.image.resize(image, shape, method))


def _vips(image: Pixels, kernel: str) -> Callable[[], object]:
    import pyvips

    def call() -> object:
        pixels = pyvips.Image.new_from_memory(image.data, SIDE, SIDE, image.shape[2], "float")
        return pixels.resize(SCALE, kernel=kernel).numpy()

    return call


def _swscale(image: Pixels, flag: str) -> Callable[[], object]:
    import av
    import numpy as np
    from av.video.reformatter import Interpolation

    exact = Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INT
    flags = Interpolation[flag] | exact

    def call() -> object:
        levels = (image.clip(0, 1) * np.float32(65535) + np.float32(0.5)).astype(np.uint16)
        planes = (np.ascontiguousarray(levels[:, :, c]) for c in range(image.shape[2]))
        frames = (av.VideoFrame.from_ndarray(plane, format="gray16le") for plane in planes)
        large = [f.reformat(LARGE, LARGE, interpolation=flags, threads=1) for f in frames]
        return np.stack([frame.to_ndarray() for frame in large], axis=2) / np.float32(65535)

    return call


def _itk(image: Pixels, interpolator: str) -> Callable[[], object]:
    import SimpleITK as sitk  # noqa: N813 - as its documentation imports it

    grey = image.shape[2] == 1
    inverse, origin = [1 / SCALE] * 2, [0.5 / SCALE - 0.5] * 2

    def call() -> object:
        given = sitk.GetImageFromArray(image[:, :, 0] if grey else image, isVector=not grey)
        which = getattr(sitk, interpolator)
        where = given.GetDirection(), 0.0, given.GetPixelID()
        large = sitk.Resample(
            given, [LARGE, LARGE], sitk.Transform(), which, origin, inverse, *where
        )
        return sitk.GetArrayFromImage(large)

    return call


def _tensorflow(image: Pixels, method: str) -> Callable[[], object]:
    import tensorflow as tf

    return lambda: tf.image.resize(image, (LARGE, LARGE), method).numpy()


DIRECT: dict[str, Callable[[Pixels], Callable[[], object]]] = {
    "onnx-linear": partial(_onnx, mode="linear"),
    "onnx-cubic": partial(_onnx, mode="cubic"),
    "onnx-nearest": partial(_onnx, mode="nearest"),
    "jax-linear": partial(_jax, method="linear"),
    "jax-lanczos3": partial(_jax, method="lanczos3"),
    "vips-linear": partial(_vips, kernel="linear"),
    "vips-cubic": partial(_vips, kernel="cubic"),
    "swscale-bilinear": partial(_swscale, flag="BILINEAR"),
    "swscale-bicubic": partial(_swscale, flag="BICUBIC"),
    "swscale-lanczos": partial(_swscale, flag="LANCZOS"),
    "itk-linear": partial(_itk, interpolator="sitkLinear"),
    "itk-bspline3": partial(_itk, interpolator="sitkBSpline3"),
    "tf-bilinear": partial(_tensorflow, method="bilinear"),
    "tf-bicubic": partial(_tensorflow, method="bicubic"),
}
"""By method: makes the library's own call for an image."""


if __name__ == "__main__":
    show(measure())
