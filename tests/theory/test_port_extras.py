"""Recipes of the optional libraries: the same claims as of the others, at fewer sizes."""

from __future__ import annotations

import pytest
from claims import need
from porting import farthest

from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.theory.port.behaviour import stated
from upbench.benchmark.theory.port.compare import compare_methods
from upbench.benchmark.theory.port.extra_calls import SMALL_IMAGES
from upbench.benchmark.theory.port.recipes import recipes

EXTRAS = {
    "onnxruntime": "onnxruntime",
    "jax": "jax",
    "tensorflow": "tensorflow",
    "pyvips": "pyvips",
    "simpleitk": "SimpleITK",
}
"""Distributions and their modules."""
METHODS = {
    m.name: m for m in collect().methods.values() if m.family == "interpolation" and m.any_size
}
OWN = [m.name for m in METHODS.values() if m.backend in EXTRAS]
SIZES = {
    "larger": [((13, 17), (20, 25))],
    "smaller": [((23, 31), (7, 10))],
}
PAIRS = [
    ("bicubic", "onnxruntime"),
    ("opencv-cubic", "onnxruntime"),
    ("torch-bicubic-align-corners", "onnxruntime"),
    ("skimage-order1", "onnxruntime"),
    ("pillow-bicubic", "jax"),
    ("lanczos3", "jax"),
    ("mitchell", "tensorflow"),
    ("lanczos3", "tensorflow"),
    ("torch-bilinear", "pyvips"),
    ("bilinear", "pyvips"),
    ("scipy-zoom-order3", "simpleitk"),
    ("skimage-order3", "simpleitk"),
    ("onnx-keys-exclude", "pillow"),
    ("onnx-cubic-exclude", "torch"),
    ("onnx-keys-align-corners", "numpy"),
    ("itk-bspline3", "scipy"),
    ("jax-lanczos3", "pillow"),
    ("vips-affine-bilinear", "opencv-python-headless"),
    ("tf-lanczos3-antialias", "pillow"),
    ("tf1-bilinear-align-corners", "torch"),
]
"""A method, and another library."""


def check_recipes(name: str, library: str) -> int:
    """Check every recipe there is; return how many."""
    wanted = METHODS[name]
    for one in {library, wanted.backend} & EXTRAS.keys():
        need(EXTRAS[one])
    found = [one for one in recipes(stated(wanted), library) if one.code]
    for one in found:
        sizes = [size for direction in one.directions for size in SIZES[direction]]
        if one.caveat == SMALL_IMAGES:
            sizes = [(before, after) for before, after in sizes if min(before) > 6]
        assert farthest(one, wanted, sizes) < 1e-5
    return len(found)


@pytest.mark.parametrize("name", OWN)
def test_its_own_library_always_has_a_recipe(name: str) -> None:
    """The calls cover every method of an extra, in both directions by one code."""
    assert check_recipes(name, METHODS[name].backend) == 1


@pytest.mark.parametrize(("name", "library"), PAIRS)
def test_recipes_across_libraries(name: str, library: str) -> None:
    """Between an extra and another library, where something must be put around the call too."""
    check_recipes(name, library)


def test_methods_that_agree_need_no_recipe() -> None:
    """ONNX Runtime's cubic is OpenCV's; the recipe is its plain call."""
    need("onnxruntime")
    found = compare_methods(METHODS["opencv-cubic"], METHODS["onnx-cubic"])
    assert found.agrees == {"larger": True, "smaller": True}
    (one,) = found.recipes
    assert "resize_node(" in one.code
    assert not one.caveat


def test_swscale_says_why_it_gives_no_other_numbers() -> None:
    """Integers, and taps that it drops."""
    (found,) = recipes(stated(METHODS["bicubic"]), "av")
    assert found.reason.startswith("FFmpeg's swscale computes in integers and drops small taps")
