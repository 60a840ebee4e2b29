"""ONNX Runtime's interpolations: the operator ``Resize`` (opset 19), on float32 (1, C, H, W).

An exported network enlarges with one node whose attributes say everything, and whose defaults
differ from most frameworks'.  The grid is ``coordinate_transformation_mode``:

- ``half_pixel`` (default): output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input grid.
  ``pytorch_half_pixel`` and ``half_pixel_symmetric`` are the same at whole enlargements.
- ``asymmetric``: at ``j / s``; everything lies (s - 1) / 2 output pixels up and left.
- ``align_corners``: at ``j (n - 1) / (s n - 1)``.  ``tf_crop_and_resize`` of the whole image is
  this one.

Beyond the border the edge pixel is repeated; with ``exclude_outside=1`` taps there are dropped and
the others normalised.  Nothing is antialiased when shrinking unless ``antialias=1``, which leaves
enlargements as they are.  Traps for whoever ports a resize:

- The cubic has a = -0.75 unless ``cubic_coeff_a`` says -0.5.
- ``nearest_mode`` rounds half down by default, on the half-pixel grid; exporters also write
  ``floor`` with ``asymmetric``, which is PyTorch's ``nearest``.
- On uint8 the linear mode cuts its fractions off instead of rounding, and the cubic refuses.
- Positions are float32: at scales that are no power of two the weights drift with the distance.

Source: the ONNX operators' specification, Resize-19.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.grids import ONNX_GRIDS
from upbench.benchmark.core.threads import threads_set
from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Size
    from upbench.benchmark.core.upsampler import Edge, Sampling
    from upbench.methods._interpolation import Resize

OPSET, IR_VERSION = 19, 9


@lru_cache(maxsize=64)
def _session(attributes: tuple[tuple[str, Any], ...], *, eight_bit: bool) -> Any:
    """Return a session of a network that is one Resize to a size that it is given."""
    import onnxruntime
    from onnx import TensorProto, helper

    kind = TensorProto.UINT8 if eight_bit else TensorProto.FLOAT
    node = helper.make_node("Resize", ["image", "", "", "sizes"], ["resized"], **dict(attributes))
    image, resized = (
        helper.make_tensor_value_info(name, kind, [None] * 4) for name in ("image", "resized")
    )
    sizes = helper.make_tensor_value_info("sizes", TensorProto.INT64, [4])
    graph = helper.make_graph([node], "resize", [image, sizes], [resized])
    opset = [helper.make_opsetid("", OPSET)]
    network = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads_set()
    return onnxruntime.InferenceSession(
        network.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _resize(
    name: str, kernel: str, edge: Edge, sampling: Sampling = "half-pixel", **attributes: Any
) -> Resize:
    """Return Resize with some attributes as a method; only the cubic has no 8-bit path."""
    said = ", ".join(f"{key}={value!r}" for key, value in attributes.items())
    grid = ONNX_GRIDS[sampling]
    whole = (*attributes.items(), ("coordinate_transformation_mode", grid))

    @interpolation(
        name,
        backend="onnxruntime",
        extra="onnx",
        source=f"ONNX Runtime, Resize({said}, coordinate_transformation_mode={grid!r})",
        sampling=sampling,
        kernel=kernel,
        edge=edge,
        library_8bit=attributes["mode"] != "cubic",
        antialias="stretch" if "antialias" in attributes else "none",
    )
    def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
        """Resize ``(H, W, C)`` to ``(*size, C)``, or by a scale, float32 or uint8 as it is."""
        import numpy as np

        session = _session(whole, eight_bit=image.dtype == np.uint8)
        planes = np.ascontiguousarray(image.transpose(2, 0, 1))[None]
        sizes = np.array([1, image.shape[2], *size])
        (resized,) = session.run(None, {"image": planes, "sizes": sizes})
        return np.ascontiguousarray(resized[0].transpose(1, 2, 0))

    return resize


_nearest = partial(_resize, edge="none", mode="nearest")
_down, _up = "nearest, rounded down", "nearest, rounded up"

# The pixel below the output pixel's centre, as other libraries have it.
onnx_nearest = _nearest("onnx-nearest", "nearest", nearest_mode="round_prefer_floor")

# floor and ceil of a half-pixel position: everything lies half an input pixel late or early.
onnx_nearest_down = _nearest("onnx-nearest-floor", _down, nearest_mode="floor")
onnx_nearest_up = _nearest("onnx-nearest-ceil", _up, nearest_mode="ceil")

# floor(j / s) is PyTorch's and OpenCV's nearest.
onnx_nearest_asymmetric_down = _nearest(
    "onnx-nearest-asymmetric-floor", "nearest", sampling="asymmetric", nearest_mode="floor"
)
# What the default nearest_mode makes of j / s: at x2 halves go down, which hides it.
onnx_nearest_asymmetric = _nearest(
    "onnx-nearest-asymmetric",
    "nearest, halves down",
    sampling="asymmetric",
    nearest_mode="round_prefer_floor",
)
onnx_nearest_asymmetric_half_up = _nearest(
    "onnx-nearest-asymmetric-half-up",
    "nearest, halves up",
    sampling="asymmetric",
    nearest_mode="round_prefer_ceil",
)
onnx_nearest_asymmetric_up = _nearest(
    "onnx-nearest-asymmetric-ceil", _up, sampling="asymmetric", nearest_mode="ceil"
)

onnx_nearest_align_corners = _nearest(
    "onnx-nearest-align-corners",
    "nearest",
    sampling="align-corners",
    nearest_mode="round_prefer_floor",
)
onnx_nearest_align_corners_down = _nearest(
    "onnx-nearest-align-corners-floor", _down, sampling="align-corners", nearest_mode="floor"
)
onnx_nearest_align_corners_up = _nearest(
    "onnx-nearest-align-corners-ceil", _up, sampling="align-corners", nearest_mode="ceil"
)

_linear = partial(_resize, kernel="triangle", mode="linear")

onnx_linear = _linear("onnx-linear", edge="replicate")
onnx_linear_antialias = _linear("onnx-linear-antialias", edge="replicate", antialias=1)
onnx_linear_asymmetric = _linear("onnx-linear-asymmetric", edge="replicate", sampling="asymmetric")
onnx_linear_align_corners = _linear(
    "onnx-linear-align-corners", edge="none", sampling="align-corners"
)


def _cubics(name: str, kernel: str, **attributes: Any) -> tuple[Resize, ...]:
    """Return a cubic on each grid: with all taps, and without those beyond the border."""

    def of_all(suffix: str, **more: Any) -> Resize:
        options = {"mode": "cubic", **attributes, **more}
        return _resize(name + suffix, kernel, "replicate", **options)

    def inside(suffix: str, **more: Any) -> Resize:
        options = {"mode": "cubic", "exclude_outside": 1, **attributes, **more}
        return _resize(name + suffix, kernel, "renormalise", **options)

    return (
        of_all(""),
        of_all("-antialias", antialias=1),
        of_all("-asymmetric", sampling="asymmetric"),
        of_all("-align-corners", sampling="align-corners"),
        inside("-exclude"),
        inside("-exclude-asymmetric", sampling="asymmetric"),
        inside("-exclude-align-corners", sampling="align-corners"),
    )


# Support 4, OpenCV's and PyTorch's cubic; all cubics may leave [0, 1].
(
    onnx_cubic,
    onnx_cubic_antialias,
    onnx_cubic_asymmetric,
    onnx_cubic_align_corners,
    onnx_cubic_exclude,
    onnx_cubic_exclude_asymmetric,
    onnx_cubic_exclude_align_corners,
) = _cubics("onnx-cubic", "Keys cubic, a = -0.75")

# The canonical bicubic but for the border; with exclude_outside Pillow's there as well.
(
    onnx_keys,
    onnx_keys_antialias,
    onnx_keys_asymmetric,
    onnx_keys_align_corners,
    onnx_keys_exclude,
    onnx_keys_exclude_asymmetric,
    onnx_keys_exclude_align_corners,
) = _cubics("onnx-keys", "Keys cubic, a = -0.5", cubic_coeff_a=-0.5)
