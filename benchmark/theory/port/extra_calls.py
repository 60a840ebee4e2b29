"""The calls of the libraries that are optional extras, each with what it does.

As in :mod:`upbench.benchmark.theory.port.calls`.  FFmpeg's swscale has none: it computes in
integers, so that no other library's numbers come out of it.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from upbench.benchmark.core.grids import ONNX_GRIDS
from upbench.benchmark.theory.port.behaviour import Behaviour
from upbench.benchmark.theory.port.call import (
    KEYS_050,
    KEYS_075,
    LANCZOS_3,
    LANCZOS_5,
    MITCHELL,
    SPLINE,
    Call,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# ------------------------------------------------------------------ ONNX Runtime

_ONNX_SETUP = '''\
def resize_node(plane, size, **attributes):
    """Run a network that is one Resize."""
    node = helper.make_node("Resize", ["image", "", "", "sizes"], ["resized"], **attributes)
    image, resized = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4)
        for name in ("image", "resized")
    )
    sizes = helper.make_tensor_value_info("sizes", TensorProto.INT64, [4])
    graph = helper.make_graph([node], "resize", [image, sizes], [resized])
    opset = [helper.make_opsetid("", 19)]
    network = helper.make_model(graph, opset_imports=opset, ir_version=9)
    session = onnxruntime.InferenceSession(
        network.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    inputs = {"image": plane[None, None], "sizes": np.array([1, 1, *size])}
    return session.run(None, inputs)[0][0, 0]'''

_DOWN, _UP = "nearest, rounded down", "nearest, rounded up"
_ONNX_NEAREST = {
    ("half-pixel", "nearest"): "round_prefer_floor",
    ("half-pixel", _DOWN): "floor",
    ("half-pixel", _UP): "ceil",
    ("asymmetric", "nearest"): "floor",
    ("asymmetric", "nearest, halves down"): "round_prefer_floor",
    ("asymmetric", "nearest, halves up"): "round_prefer_ceil",
    ("asymmetric", _UP): "ceil",
    ("align-corners", "nearest"): "round_prefer_floor",
    ("align-corners", _DOWN): "floor",
    ("align-corners", _UP): "ceil",
}
"""``nearest_mode`` by grid and kernel."""


def _onnx() -> Iterator[Call]:
    for (grid, kernel), rounding in _ONNX_NEAREST.items():
        yield _resize_node(Behaviour(kernel, grid), f'mode="nearest", nearest_mode="{rounding}"')
    for grid in ONNX_GRIDS:
        edge = "none" if grid == "align-corners" else "replicate"
        yield _resize_node(Behaviour("triangle", grid, edge), 'mode="linear"')
    stretched = Behaviour("triangle", edge="replicate", antialias="stretch")
    yield _resize_node(stretched, 'mode="linear", antialias=1')
    parameters = {KEYS_075: "", KEYS_050: ", cubic_coeff_a=-0.5"}
    for (kernel, a), grid in product(parameters.items(), ONNX_GRIDS):
        options = f'mode="cubic"{a}'
        yield _resize_node(Behaviour(kernel, grid, "replicate"), options)
        without = Behaviour(kernel, grid, "renormalise")
        yield _resize_node(without, f"{options}, exclude_outside=1")
        if grid == "half-pixel":
            stretched = Behaviour(kernel, grid, "replicate", "stretch")
            yield _resize_node(stretched, f"{options}, antialias=1")


def _resize_node(does: Behaviour, options: str) -> Call:
    grid = ONNX_GRIDS[does.sampling]
    code = (
        f"resize_node(\n    plane,\n    (height, width),\n    {options},\n"
        f'    coordinate_transformation_mode="{grid}",\n)'
    )
    modules = ("import onnxruntime", "from onnx import TensorProto, helper")
    return Call("onnxruntime", does, code, modules, _ONNX_SETUP)


# ------------------------------------------------------------------ JAX and TensorFlow


def _jax() -> Iterator[Call]:
    """Each kernel antialiased, which is the default, or not."""
    kernels = {
        "linear": "triangle",
        "cubic": KEYS_050,
        "lanczos3": LANCZOS_3,
        "lanczos5": LANCZOS_5,
    }
    size = "plane, (height, width)"
    yield _jax_call(Behaviour("nearest"), f'{size}, "nearest"')
    for name, kernel in kernels.items():
        for antialias, option in (("stretch", ""), ("none", ", antialias=False")):
            does = Behaviour(kernel, edge="renormalise", antialias=antialias)
            yield _jax_call(does, f'{size}, "{name}"{option}')


def _jax_call(does: Behaviour, arguments: str) -> Call:
    return Call("jax", does, f"np.asarray(jax.image.resize({arguments}))", ("import jax",))


def _tensorflow() -> Iterator[Call]:
    """``tf.image.resize``, and that of TensorFlow 1."""
    kernels = {
        "bilinear": "triangle",
        "bicubic": KEYS_050,
        "mitchellcubic": MITCHELL,
        "lanczos3": LANCZOS_3,
        "lanczos5": LANCZOS_5,
        "gaussian": "gaussian, sigma 0.5, cut at 1.5",
    }
    plane, module = "plane[:, :, None], (height, width)", "tf.image.resize"
    yield _tf_call(Behaviour("nearest"), module, f'{plane}, "nearest"')
    yield _tf_call(Behaviour("box", antialias="stretch"), module, f'{plane}, "area"')
    for name, kernel in kernels.items():
        exactly = f"{KEYS_050}, in steps of 1/1024" if name == "bicubic" else kernel
        does = Behaviour(exactly, edge="renormalise")
        yield _tf_call(does, module, f'{plane}, "{name}"')
        does = Behaviour(kernel, edge="renormalise", antialias="stretch")
        yield _tf_call(does, module, f'{plane}, "{name}", antialias=True')
    first = {
        "NEAREST_NEIGHBOR": ("nearest", "none", "none"),
        "BILINEAR": ("triangle", "replicate", "none"),
        "BICUBIC": (f"{KEYS_075}, in steps of 1/1024", "replicate", "replicate"),
    }
    module = "tf.compat.v1.image.resize"
    for name, (kernel, edge, edge_aligned) in first.items():
        method = f"{plane}, tf.compat.v1.image.ResizeMethod.{name}"
        yield _tf_call(Behaviour(kernel, "asymmetric", edge), module, method)
        aligned = Behaviour(kernel, "align-corners", edge_aligned)
        yield _tf_call(aligned, module, f"{method}, align_corners=True")


def _tf_call(does: Behaviour, function: str, arguments: str) -> Call:
    code = f"{function}(\n    {arguments}\n)[:, :, 0].numpy()"
    return Call("tensorflow", does, code, ("import tensorflow as tf",))


# ------------------------------------------------------------------ libvips

_AFFINE_SETUP = '''\
def affine(plane, size, interpolator):
    """Resize on the half-pixel grid."""
    image = pyvips.Image.new_from_array(plane)
    down, across = (m / n for n, m in zip(plane.shape, size))
    resized = image.affine(
        [across, 0, 0, down],
        interpolate=pyvips.Interpolate.new(interpolator),
        idx=0.5 - 0.5 / across,
        idy=0.5 - 0.5 / down,
        oarea=[0, 0, size[1], size[0]],
        extend="copy",
    )
    return resized.numpy().reshape(size)  # of one pixel it is a number'''


def _vips() -> Iterator[Call]:
    """``resize``, which enlarges with one cubic under six names, and ``affine``."""
    smaller = {
        "cubic": KEYS_050,
        "mitchell": MITCHELL,
        "lanczos2": "lanczos, 2 lobes",
        "lanczos3": LANCZOS_3,
        "mks2013": "magic kernel sharp 2013",
        "mks2021": "magic kernel sharp 2021",
    }
    larger = {"linear": "triangle"} | dict.fromkeys(smaller, f"{KEYS_050}, in steps of 1/64")
    two_steps = _to_shrink("nearest, in two steps")
    kernels = {"nearest": Behaviour("nearest", "asymmetric", shrinks=two_steps)}
    for name, kernel in ({"linear": "triangle"} | smaller).items():
        shrinks = _to_shrink(f"{kernel}, in steps of 1/64")
        kernels[name] = Behaviour(
            *(larger[name], "half-input-pixel", "replicate", "stretch"), shrinks=shrinks
        )
    for name, does in kernels.items():
        code = (
            "pyvips.Image.new_from_array(plane).resize(\n    width / plane.shape[1],\n"
            f'    vscale=height / plane.shape[0],\n    kernel="{name}",\n'
            ").numpy().reshape(height, width)"
        )
        yield Call("pyvips", does, code, ("import pyvips",))
    interpolators = {
        "bilinear": "triangle",
        "bicubic": "keys cubic, a = -0.5, in steps of 1/64",
        "lbb": "locally bounded bicubic",
        "nohalo": "nohalo, subdivided, then locally bounded bicubic",
        "vsqbs": "vertex-split quadratic b-spline",
    }
    for name, kernel in interpolators.items():
        code = f'affine(plane, (height, width), "{name}")'
        does = Behaviour(kernel, edge="replicate")
        yield Call("pyvips", does, code, ("import pyvips",), _AFFINE_SETUP)


def _to_shrink(kernel: str) -> tuple[tuple[str, str], ...]:
    return (("kernel", kernel), ("sampling", "half-pixel"))


# ------------------------------------------------------------------ SimpleITK

_RESAMPLE_SETUP = '''\
def resample(plane, size, interpolator):
    """Resample on the half-pixel grid."""
    image = sitk.GetImageFromArray(plane)
    spacing = [n / m for n, m in zip(plane.shape[::-1], size[::-1])]
    origin = [one / 2 - 0.5 for one in spacing]
    resampled = sitk.Resample(
        image,
        size[::-1],
        sitk.Transform(),
        interpolator,
        origin,
        spacing,
        image.GetDirection(),
        0.0,
        image.GetPixelID(),
    )
    return sitk.GetArrayFromImage(resampled)'''


SMALL_IMAGES = (
    "SimpleITK's prefilter of a spline begins with a sum that it cuts off: on images of a few "
    "pixels the results of other libraries are 0.001 of the range away"
)
"""Why its splines are not those of other libraries on the smallest images."""


def _itk() -> Iterator[Call]:
    windows = ("Hamming", "Cosine", "Welch", "Blackman")
    interpolators = {
        "NearestNeighbor": Behaviour("nearest"),
        "Linear": Behaviour("triangle", edge="replicate"),
        "BSpline2": Behaviour("quadratic b-spline, prefiltered", edge="reflect"),
        "BSpline3": Behaviour(SPLINE, edge="reflect"),
        "BSpline4": Behaviour("quartic b-spline, prefiltered", edge="reflect"),
        "BSpline5": Behaviour("quintic b-spline, prefiltered", edge="reflect"),
        "Gaussian": Behaviour("gaussian, sigma 0.8, over each pixel", edge="renormalise"),
        "LanczosWindowedSinc": Behaviour(f"{LANCZOS_5}, not normalised", edge="replicate"),
        **{
            f"{name}WindowedSinc": Behaviour(
                f"{name.lower()}-windowed sinc, 5 lobes", edge="replicate"
            )
            for name in windows
        },
    }
    for name, does in interpolators.items():
        code = f"resample(plane, (height, width), sitk.sitk{name})"
        caveat = SMALL_IMAGES if name.startswith("BSpline") else ""
        yield Call("simpleitk", does, code, ("import SimpleITK as sitk",), _RESAMPLE_SETUP, caveat)


EXTRA_CALLS: tuple[Call, ...] = (*_onnx(), *_jax(), *_tensorflow(), *_vips(), *_itk())
"""Every call, the plainest of a library first."""
