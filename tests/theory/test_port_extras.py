"""Recipes of the optional libraries: the same claims as of the others, at fewer sizes."""

from __future__ import annotations

import numpy as np
import pytest
from claims import need
from porting import farthest, plane_of

from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.theory.port.behaviour import stated
from upbench.benchmark.theory.port.compare import compare_methods
from upbench.benchmark.theory.port.recipes import compiled, recipes

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
    "larger": [((13, 17), (20, 25)), ((2, 3), (5, 7))],
    "smaller": [((23, 31), (7, 10)), ((3, 5), (2, 4))],
}
"""The second ones are so small that SimpleITK's splines would read beyond the image."""
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


def test_a_bound_is_of_the_sizes_that_were_measured() -> None:
    """Swscale's bilinear drops taps at the left when shrinking: other sizes differ by more."""
    need("av")
    swscale = METHODS["swscale-bilinear"]
    (found,) = compare_methods(swscale, METHODS["bilinear"]).recipes
    assert found.caveat == "at the 8 sizes measured it comes within 0.79 levels of 255, not closer"
    camera = read_embedded("camera")[:300, :400, 0]
    apart = np.abs(compiled(found)(camera, (200, 267)) - plane_of(swscale, camera, (200, 267)))
    assert apart.max() * 255 == pytest.approx(3.4, abs=0.1)
    assert apart[:, 4:].max() * 255 < 0.2


def test_pixel_art_has_no_axes_to_round_after() -> None:
    """Its filters work in 8 bits throughout; a resize with an 8-bit path rounds twice."""
    need("av")
    hqx = collect().methods["ffmpeg-hqx"]
    said = {one.name: one for one in compare_methods(hqx, METHODS["bicubic"]).properties}
    assert said["8 bits"][1:3] == ("has 8 bits throughout", "rounds after each axis")


def test_swscale_says_why_it_gives_no_other_numbers() -> None:
    """Integers, and taps that it drops."""
    (found,) = recipes(stated(METHODS["bicubic"]), "av")
    assert found.reason.startswith("FFmpeg's swscale computes in integers and drops small taps")
