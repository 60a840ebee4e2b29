"""Porting a resize: every recipe gives the other library's numbers, and what has none says why."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from porting import SIZES, farthest, plane_of
from typer.testing import CliRunner

from upbench.benchmark.cli.program import app
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.theory.port.behaviour import Behaviour, stated
from upbench.benchmark.theory.port.calls import CALLS, CAVEATS
from upbench.benchmark.theory.port.compare import compare_methods
from upbench.benchmark.theory.port.identify import identify
from upbench.benchmark.theory.port.recipes import compiled, recipes

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


DEFAULT = ("numpy", "opencv-python-headless", "pillow", "torch", "scikit-image", "scipy")
METHODS = {
    m.name: m
    for m in collect().methods.values()
    if m.family == "interpolation" and m.backend in DEFAULT and "uint8" not in m.name
}
ONE_COLUMN = CAVEATS["one_column"]
OWN_CAVEATS = {"torch-bicubic-antialias": (ONE_COLUMN,)}
runner = CliRunner()


@pytest.mark.parametrize("library", DEFAULT)
@pytest.mark.parametrize("name", METHODS)
def test_every_recipe_gives_the_numbers(name: str, library: str) -> None:
    """At odd sizes, on images of one pixel, larger, smaller and both, to 1e-5 of full scale."""
    errs = ONE_COLUMN in OWN_CAVEATS.get(name, ())
    for found in recipes(stated(METHODS[name]), library):
        assert bool(found.code) != bool(found.reason)
        if not found.code:
            assert found.reason.endswith(".")
            continue
        one_column = errs or found.caveat == ONE_COLUMN
        sizes = [
            (before, after)
            for before, after in SIZES[found.directions]
            if not (one_column and before[1] == after[1] == 1)
        ]
        assert farthest(found, METHODS[name], sizes) < 1e-5


def test_pytorch_errs_on_one_column() -> None:
    """The caveat of its antialiasing holds for the version that is installed."""
    column = np.arange(9, dtype=np.float32)[:, None]
    output = plane_of(METHODS["torch-bicubic-antialias"], column, (4, 1))
    assert np.ptp(output) == 0
    assert np.ptp(plane_of(METHODS["torch-bicubic-antialias"], column.T, (1, 4))) > 6


@pytest.mark.parametrize("name", METHODS)
def test_its_own_library_always_has_a_recipe(name: str) -> None:
    """The calls cover every method of the suite, in both directions by one code."""
    (own,) = recipes(stated(METHODS[name]), METHODS[name].backend)
    assert own.code


@pytest.mark.parametrize(
    ("name", "library", "reason"),
    [
        ("opencv-cubic", "pillow", "Pillow has no resize with the kernel keys cubic, a = -0.75."),
        ("bicubic", "opencv-python-headless", "OpenCV has no resize with the kernel keys cubic"),
        ("opencv-lanczos4", "pillow", "Pillow has no resize with the kernel lanczos, 4 lobes."),
        ("torch-bicubic-align-corners", "numpy", "has no keys cubic, a = -0.75 on the grid align"),
        ("scipy-zoom-order1", "torch", "PyTorch has no triangle with the edge rule constant."),
        ("skimage-order3", "torch", "PyTorch has no resize with the kernel cubic b-spline"),
        ("opencv-area", "numpy", "upbench's resampler has no resize with the kernel pixel areas."),
        ("scipy-zoom-order0", "torch", "PyTorch has no nearest on the grid align-corners."),
        ("scipy-zoom-order0", "onnxruntime", "has no nearest with the edge rule constant."),
        ("bicubic", "", "no recipe is known for a method without a library."),
    ],
)
def test_what_cannot_be_had_says_what_is_missing(name: str, library: str, reason: str) -> None:
    """The kernel, the grid, the antialiasing or the edge rule."""
    (found,) = recipes(stated(METHODS[name]), library)
    assert reason in found.reason


@pytest.mark.parametrize("size", [50, 101])
def test_no_row_of_nearest_neighbour_is_black(size: int) -> None:
    """SciPy's default edge rule blackens the last row at these sizes: it is not ONNX's nearest."""
    (found,) = recipes(Behaviour("nearest", "align-corners"), "scipy")
    plane = np.arange(1, size**2 + 1, dtype=np.float32).reshape(size, size)
    resized = compiled(found)(plane, (3 * size, 3 * size))
    rows = np.rint(np.arange(3 * size) * ((size - 1) / (3 * size - 1))).astype(int)
    assert np.array_equal(resized, plane[np.ix_(rows, rows)])


def test_the_code_says_what_it_takes() -> None:
    """Of each library: one channel, its dtype and the order of the size."""
    for library in DEFAULT:
        for one in recipes(stated(METHODS["torch-nearest"]), library):
            if one.code:
                said = compiled(one).__doc__
                assert (
                    said == "Resize one channel: plane is float32 (H, W), size is (height, width)."
                )


@pytest.mark.parametrize("edge", ["mirror", "replicate", "renormalise"])
def test_a_recipe_clips_whatever_is_put_around_the_call(edge: str) -> None:
    """To the range of the image that it is given, padded or not; black and white overshoot."""
    wanted = Behaviour("keys cubic, a = -0.75", edge=edge, clips=True)
    plane = np.random.default_rng(0).integers(1, 3, (12, 13)).astype(np.float32)
    (clipped,), (plain,) = (recipes(one, "torch") for one in (wanted, replace(wanted, clips=False)))
    overshot = compiled(plain)(plane, (24, 26))
    assert overshot.min() < 0.9
    assert np.array_equal(compiled(clipped)(plane, (24, 26)), overshot.clip(1, 2))


def test_ties_of_the_asymmetric_grid_are_those_of_corners() -> None:
    """2 pixels to 82: pixel 41 begins where the second does, and PyTorch rounds to the first."""
    (found,) = recipes(stated(METHODS["torch-nearest"]), "opencv-python-headless")
    plane = np.array([[0, 1]], np.float32)
    apart = compiled(found)(plane, (1, 82)) != plane_of(METHODS["torch-nearest"], plane, (1, 82))
    assert np.flatnonzero(apart).tolist() == [41]
    assert "on the asymmetric grid its corner" in found.caveat


def test_a_direction_may_have_a_recipe_alone() -> None:
    """OpenCV's bilinear is Pillow's where images are made larger: it is never antialiased."""
    larger, smaller = recipes(stated(METHODS["pillow-bilinear"]), "opencv-python-headless")
    assert "INTER_LINEAR" in larger.code
    assert smaller.reason.startswith("OpenCV has no triangle with a stretched kernel where images")


def test_calls_are_found_by_what_they_do() -> None:
    """No two calls of a library say that they do the same."""
    said = [(call.library, call.does) for call in CALLS]
    assert len(said) == len({*said})


KNOWN = [
    name
    for name, method in METHODS.items()
    if stated(method).kernel.partition(",")[0]
    in {"nearest", "triangle", "keys cubic", "lanczos", "hermite", "mitchell-netravali"}
    and method.edge not in {"constant", "none"}
    and method.antialias != "gaussian"
]


@pytest.mark.parametrize("name", KNOWN)
def test_probing_finds_what_is_stated(name: str) -> None:
    """Kernel, grid, edge rule and antialiasing come out of the pixels alone."""
    method = METHODS[name]
    larger = identify(lambda plane, size: plane_of(method, plane, size))
    smaller = identify(lambda plane, size: plane_of(method, plane, size), (46, 58), (17, 19))
    assert larger.is_it
    assert smaller.is_it
    said = stated(method)
    assert (larger.behaviour.kernel, larger.behaviour.sampling) == (said.kernel, said.sampling)
    assert smaller.behaviour.antialias == said.antialias
    if said.kernel != "triangle" and said.sampling == "half-pixel":  # others come to the same
        assert larger.behaviour.edge == said.edge


def test_probing_says_when_nothing_fits() -> None:
    """A blur is no known resize."""
    found = identify(lambda plane, size: np.full(size, plane.mean(), np.float32))
    assert not found.is_it
    assert isinstance(found.behaviour, Behaviour)


@pytest.mark.parametrize(
    ("mode", "grid"), [("nearest", "asymmetric"), ("nearest-exact", "half-pixel")]
)
def test_the_grids_of_nearest_neighbour_are_told_apart(mode: str, grid: str) -> None:
    """At x2 they give the same pixels; at other factors they do not."""

    def resize(plane: Any, size: Any) -> Any:
        batch = torch.tensor(plane)[None, None]
        return torch.nn.functional.interpolate(batch, size=size, mode=mode)[0, 0].numpy()

    for sizes in (((23, 29), (46, 58)), ((23, 29), (37, 50)), ((46, 58), (17, 19))):
        found = identify(resize, *sizes)
        assert found.is_it
        assert (found.behaviour.kernel, found.behaviour.sampling) == ("nearest", grid)


def test_a_method_of_whole_factors_is_identified_there_alone() -> None:
    """Where it refuses another factor, the first of what fits is taken."""

    def repeat(plane: Any, size: Any) -> Any:
        if size[0] % plane.shape[0]:
            raise ValueError("whole factors only")
        return plane.repeat(2, 0).repeat(2, 1)

    assert identify(repeat).behaviour.kernel == "nearest"


def test_known_pairs_come_out() -> None:
    """Pillow's bicubic is PyTorch's antialiased one both ways; OpenCV's is PyTorch's plain one."""
    for a, b in [("pillow-bicubic", "torch-bicubic-antialias"), ("opencv-cubic", "torch-bicubic")]:
        found = compare_methods(METHODS[a], METHODS[b])
        assert found.agrees == {"larger": True, "smaller": True}
        assert {one.same for one in found.properties[:5]} == {True}
    found = compare_methods(METHODS["torch-bilinear"], METHODS["pillow-bilinear"])
    assert found.agrees == {"larger": True, "smaller": False}
    assert [one.name for one in found.properties if one.same is False] == ["edge", "antialias"]


def test_a_recipe_that_is_not_exact_says_how_close_it_comes() -> None:
    """A method that is half a level off what it states is found out, since recipes are run."""
    bicubic = METHODS["bicubic"]

    def brighter(image: NDArray[np.float32], size: object) -> NDArray[np.float32]:
        return bicubic.target(image, size) + np.float32(0.5 / 255)

    (found,) = compare_methods(replace(bicubic, name="mine", target=brighter), bicubic).recipes
    assert found.code
    assert found.caveat == "at the 8 sizes measured it comes within 0.5 levels of 255, not closer"


def test_a_recipe_that_is_levels_off_is_none() -> None:
    """Of a kernel that is not the stated one, the distance is said in place of a recipe."""
    bicubic = METHODS["pillow-bicubic"]
    misstated = replace(METHODS["opencv-cubic"], name="mine", kernel=bicubic.kernel)
    (found,) = compare_methods(misstated, METHODS["bicubic"]).recipes
    assert not found.code
    away = r"is up to \d+ levels of 255 away at the sizes measured\."
    distance = rf"upbench's resampler's nearest call {away}"
    assert re.fullmatch(distance, found.reason)


# ------------------------------------------------------------------ the command


def test_the_command_says_all_of_it() -> None:
    """The verdict, in what they differ, how far, and code that runs."""
    done = runner.invoke(app, ["port", "bicubic", "pillow-bicubic"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("bicubic and pillow-bicubic do not agree.\n")
    assert "131 x 163  75 x 112" in done.output
    code = done.output.partition("bicubic's numbers by Pillow:\n\n")[2]
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 - our own output
    assert callable(names["resize"])


def test_the_command_says_what_may_differ_before_the_colon() -> None:
    """The colon stands before the code, the caveat in brackets before it."""
    done = runner.invoke(app, ["port", "pillow-nearest", "torch-nearest-exact"])
    head = "pillow-nearest's numbers by PyTorch (where a pixel's centre lies exactly on the line"
    assert head in done.output
    assert "its rounding gives):\n\n" in done.output


def test_the_command_says_that_it_cannot_be_had() -> None:
    """No code, and the reason."""
    done = runner.invoke(app, ["port", "opencv-cubic", "pillow-bicubic"])
    assert "opencv-cubic's numbers by pillow-bicubic cannot be had: Pillow has no" in done.output


def plugin_of(folder: Path, imports: str, returned: str) -> list[str]:
    """Write a method called "mine" of an image and a size; return the option that names it."""
    file = folder / "mine.py"
    file.write_text(
        f"from upbench import method\n{imports}\n"
        "@method('mine', family='interpolation', any_size=True)\n"
        f"def mine(image, size):\n    return {returned}\n"
    )
    return ["--plugin", str(file)]


def test_a_plugin_that_states_nothing_is_probed(tmp_path: Path) -> None:
    """Its kernel, grid, edge and antialiasing are found; a recipe needs only what is wanted."""
    scales = "(size[0] / image.shape[0], size[1] / image.shape[1])"
    plugin = plugin_of(
        tmp_path,
        "from upbench.benchmark.imaging import resample",
        f"resample.resize(image, {scales}, antialias=False, edge='replicate')",
    )
    done = runner.invoke(app, ["port", "bicubic", "mine", *plugin])
    assert done.exit_code == 0, done.output
    assert "mine: kernel keys cubic, a = -0.5, grid half-pixel, edge replicate" in done.output
    assert "antialias none (" in done.output
    assert "bicubic and mine do not agree." in done.output
    assert "bicubic's numbers by mine cannot be had: no recipe is known" in done.output
    done = runner.invoke(app, ["port", "mine", "bicubic", *plugin])
    assert 'edge="replicate"' in done.output


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "raise ValueError('no')",
            "The 8-bit path of mine fails on (64, 80) pixels: ValueError: no",
        ),
        ("return image", "The 8-bit path returned uint8 (64, 80, 3); expected a uint8 array"),
    ],
)
def test_an_8_bit_path_that_fails_is_one_sentence(tmp_path: Path, body: str, said: str) -> None:
    """A plugin's exception, or a wrong shape: no traceback."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from upbench import method\nfrom upbench.methods.pillow import pillow_bicubic\n"
        f"def small(image, size):\n    {body}\n"
        "@method('mine', family='interpolation', any_size=True, eight_bit=small)\n"
        "def mine(image, size):\n    return pillow_bicubic(image, size)\n"
    )
    done = runner.invoke(app, ["port", "bicubic", "mine", "--plugin", str(file)])
    assert done.exit_code == 2, done.output
    assert said in " ".join(done.output.split())


def test_a_plugin_that_agrees_needs_no_recipe(tmp_path: Path) -> None:
    """There is no table of its calls, and no need of one."""
    bicubic = "from upbench.methods.pillow import pillow_bicubic"
    plugin = plugin_of(tmp_path, bicubic, "pillow_bicubic(image, size)")
    done = runner.invoke(app, ["port", "pillow-bicubic", "mine", *plugin])
    assert done.exit_code == 0, done.output
    assert "mine gives pillow-bicubic's numbers as it is." in done.output


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["bicubik", "nearest"], "did you mean"),
        (["opencv-*", "nearest"], "port takes two methods by name; 'opencv-*' names"),
    ],
)
def test_a_wrong_name_is_refused(names: list[str], said: str) -> None:
    """In one sentence, with the name."""
    done = runner.invoke(app, ["port", *names])
    assert done.exit_code == 2
    assert said in done.output
