"""The canonical resampler against a direct evaluation of MATLAB's definition, and its laws."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.imaging import resample
from upbench.benchmark.imaging.resample import (
    BICUBIC,
    BILINEAR,
    NEAREST,
    Kernel,
    resize,
    resize_8bit,
    weights,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

KERNELS = {
    "nearest": resample.NEAREST,
    "box": resample.AREA,
    "triangle": resample.BILINEAR,
    "Hermite": resample.HERMITE,
    "cubic": resample.BICUBIC,
    "cubic -0.75": resample.keys_cubic(-0.75),
    "Mitchell": resample.MITCHELL,
    "lanczos3": resample.LANCZOS3,
}
WHOLE = [2, 3, 4, 1 / 2, 1 / 3, 1 / 4]
FRACTIONAL = [1.5, 0.7]
SCALES = WHOLE + FRACTIONAL


# MATLAB's imresize, written from its definition: scalars and loops, nothing shared with the code.


def _matlab_box(x: float) -> float:
    return 1.0 if -0.5 <= x < 0.5 else 0.0


def _matlab_triangle(x: float) -> float:
    return (x + 1) * (-1 <= x < 0) + (1 - x) * (0 <= x <= 1)


def _matlab_cubic(x: float) -> float:
    x = abs(x)
    if x <= 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x <= 2 else 0.0


def _matlab_lanczos3(x: float) -> float:
    eps = 2.0**-52
    waves = math.sin(math.pi * x) * math.sin(math.pi * x / 3) + eps
    return waves / (math.pi**2 * x**2 / 3 + eps) if abs(x) < 3 else 0.0


MATLAB: dict[str, tuple[Callable[[float], float], float, bool]] = {
    "nearest": (_matlab_box, 1, False),
    "box": (_matlab_box, 1, True),
    "triangle": (_matlab_triangle, 2, True),
    "cubic": (_matlab_cubic, 4, True),
    "lanczos3": (_matlab_lanczos3, 6, True),
}
"""MATLAB's kernels: the function, its width, and whether shrinking antialiases."""


def _matlab_taps(size: int, scale: float, name: str) -> list[list[tuple[int, float]]]:
    """Return (index from 0, weight) of each tap of each output sample."""
    kernel, width, antialias = MATLAB[name]
    stretch = scale if scale < 1 and antialias else 1.0
    width /= stretch
    outputs = []
    for x in range(1, math.ceil(Fraction(scale).limit_denominator(1000) * size) + 1):
        u = x / scale + 0.5 * (1 - 1 / scale)
        left = math.floor(u - width / 2)
        indices = range(left, left + math.ceil(width) + 2)
        values = [stretch * kernel(stretch * (u - i)) for i in indices]
        mirror = [*range(size), *reversed(range(size))]
        places = [mirror[(i - 1) % len(mirror)] for i in indices]
        outputs.append([(p, v / sum(values)) for p, v in zip(places, values, strict=True)])
    return outputs


def _matlab(
    image: NDArray[np.generic], scales: tuple[float, float], name: str, *, eight_bit: bool
) -> NDArray[np.float64]:
    """Resize (H, W, C) axis by axis, the smaller scale first, the first axis on a tie."""
    pixels = image.astype(np.float64)
    for axis in sorted((0, 1), key=lambda a: scales[a]):
        lines = np.moveaxis(pixels, axis, 0)
        taps = _matlab_taps(len(lines), scales[axis], name)
        pixels = np.moveaxis(
            np.array([sum(weight * lines[p] for p, weight in output) for output in taps]), 0, axis
        )
        if eight_bit:
            pixels = np.floor(np.minimum(np.maximum(pixels, 0), 255) + 0.5)
    return pixels


def _random(*shape: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random(shape)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", MATLAB)
@pytest.mark.parametrize("shape", [(13, 17, 3), (24, 12, 1), (7, 29, 2), (1, 5, 1), (3, 1, 3)])
def test_resize_equals_matlabs_definition(shape: tuple[int, ...], name: str, scale: float) -> None:
    """Every kernel that MATLAB has gives MATLAB's values to 1e-12, larger and smaller."""
    image = _random(*shape)
    expected = _matlab(image, (scale, scale), name, eight_bit=False)
    got = resize(image, scale, KERNELS[name])
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("scales", [(2, 0.5), (0.5, 3), (1, 2), (3, 2), (0.25, 0.5)])
@pytest.mark.parametrize("name", ["triangle", "cubic", "lanczos3"])
def test_two_scales_equal_matlabs_definition(scales: tuple[float, float], name: str) -> None:
    """Each axis has its own scale, in float and in 8 bits, where the order of the axes counts."""
    image = _random(15, 22, 3)
    expected = _matlab(image, scales, name, eight_bit=False)
    np.testing.assert_allclose(resize(image, scales, KERNELS[name]), expected, rtol=0, atol=1e-12)

    levels = (image * 256).astype(np.uint8)
    expected = _matlab(levels, scales, name, eight_bit=True)
    np.testing.assert_array_equal(resize_8bit(levels, scales, KERNELS[name]), expected)


@pytest.mark.parametrize("scale", WHOLE)
@pytest.mark.parametrize("name", MATLAB)
@pytest.mark.parametrize("shape", [(13, 17, 3), (24, 12, 1), (1, 5, 1)])
def test_resize_8bit_rounds_after_each_axis(
    shape: tuple[int, ...], name: str, scale: float
) -> None:
    """The 8-bit path gives MATLAB's very levels, clipped and rounded half up after each axis."""
    image = (_random(*shape, seed=1) * 256).astype(np.uint8)
    got = resize_8bit(image, scale, KERNELS[name])
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, _matlab(image, (scale, scale), name, eight_bit=True))


@pytest.mark.parametrize("scale", FRACTIONAL)
@pytest.mark.parametrize("name", MATLAB)
def test_resize_8bit_differs_at_exact_halves_alone(name: str, scale: float) -> None:
    """At scales such as 1.5 many sums are exact halves, which the last bit sends up or down.

    That is one level per axis; at the whole scales of the protocols there is no such freedom.
    """
    image = (_random(14, 20, 3, seed=1) * 256).astype(np.uint8)
    expected = _matlab(image, (scale, scale), name, eight_bit=True)
    off = np.abs(resize_8bit(image, scale, KERNELS[name]) - expected)
    assert off.max() <= 2


def test_resize_8bit_clips_overshoot() -> None:
    """Next to a step from black to white the levels stay at 0 and 255 instead of wrapping."""
    step = np.repeat(np.array([[0, 255]], dtype=np.uint8), 8, axis=1)[:, :, None]
    enlarged = resize_8bit(step, 2)[0, :, 0]
    assert enlarged.min() == 0
    assert enlarged.max() == 255
    assert (np.diff(enlarged.astype(int)) >= 0).all()


def test_known_bicubic_weights() -> None:
    """At x2 the bicubic has the phases (-3, 29, 111, -9) / 128 and their mirror image."""
    _, values = weights(9, 2)
    even, odd = (row[row != 0] * 128 for row in values[8:10])
    np.testing.assert_allclose(even, [-3, 29, 111, -9], rtol=0, atol=1e-12)
    np.testing.assert_allclose(odd, [-9, 111, 29, -3], rtol=0, atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("edge", ["mirror", "replicate", "renormalise"])
def test_weights_sum_to_one(kernel: resample.Kernel, scale: float, edge: resample.Edge) -> None:
    """The weights of every output sample sum to 1 and refer to samples that exist."""
    size = 60  # every scale makes a whole number of it
    indices, values = weights(size, scale, kernel, edge=edge)
    np.testing.assert_allclose(values.sum(axis=1), 1, rtol=0, atol=1e-14)
    assert indices.min() >= 0
    assert indices.max() < size


@pytest.mark.parametrize("name", [name for name in KERNELS if name != "Mitchell"])
def test_kernels_interpolate(name: str) -> None:
    """Kernels are 1 at 0 and 0 at the other whole numbers, so scale 1 changes nothing."""
    image = _random(6, 9)
    np.testing.assert_allclose(resize(image, 1, KERNELS[name]), image, rtol=0, atol=1e-15)
    at = KERNELS[name].function(np.arange(-4.0, 5.0))
    np.testing.assert_allclose(at, np.arange(-4, 5) == 0, rtol=0, atol=1e-15)


def test_mitchell_smooths() -> None:
    """Mitchell's kernel has 8/9 at 0 and 1/18 at 1: it does not interpolate."""
    at = resample.MITCHELL.function(np.array([0.0, 1.0, -1.0, 2.0]))
    np.testing.assert_allclose(at, [8 / 9, 1 / 18, 1 / 18, 0], rtol=0, atol=1e-15)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_kernels_are_even_and_end_at_their_support(kernel: resample.Kernel) -> None:
    """A kernel is symmetric, and zero beyond half its support but not everywhere within."""
    x = np.linspace(0.0137, 5, 400)
    np.testing.assert_allclose(kernel.function(x), kernel.function(-x), rtol=0, atol=1e-15)
    half = kernel.support / 2
    assert not kernel.function(x[x > half]).any()
    assert kernel.function(np.array([half - 0.01])).any()


@pytest.mark.parametrize("a", [-0.5, -0.75, -1.0])
def test_keys_cubic_is_smooth_and_named_by_a(a: float) -> None:
    """Whatever a, Keys' cubic has no jump, slope a at distance 1, and a name that says a."""
    kernel = resample.keys_cubic(a)
    assert kernel.name == f"Keys cubic, a = {a:g}"
    h = 1e-6
    before, at, after = kernel.function(np.array([1 - h, 1, 1 + h]))
    assert (at - before) / h == pytest.approx(a, abs=1e-4)
    assert (after - at) / h == pytest.approx(a, abs=1e-4)


EDGES = {
    "mirror": [3, 2, 1, 1, 2, 3, 4, 5, 5, 4, 3],
    "replicate": [1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5],
}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", ["cubic", "lanczos3"])
def test_edge_rules_continue_the_image(name: str, edge: resample.Edge) -> None:
    """Beyond the border the image goes on as if the padded image had been resized."""
    row, padded = np.arange(1.0, 6.0)[None], np.array(EDGES[edge], dtype=np.float64)[None]
    inside = resize(padded, (1, 2), KERNELS[name])[:, 6:16]
    got = resize(row, (1, 2), KERNELS[name], edge=edge)
    np.testing.assert_allclose(got, inside, rtol=0, atol=1e-12)


def test_mirror_goes_on_for_ever() -> None:
    """A kernel wider than the image sees it mirrored again and again."""
    row = np.array([[1.0, 4.0]])
    wide = np.tile(np.concatenate([row, row[:, ::-1]], axis=1), 5)
    np.testing.assert_allclose(
        resize(row, (1, 3), resample.LANCZOS3),
        resize(wide, (1, 3), resample.LANCZOS3)[:, 24:30],
        rtol=0,
        atol=1e-12,
    )


def test_renormalise_drops_what_does_not_exist() -> None:
    """At the border the taps that exist are scaled up: here 111/128 and -9/128 of the inside."""
    got = resize(np.array([[0.0, 1.0, 0.0]]), (1, 2), edge="renormalise")[0, 0]
    # phase at u = -1/4: weights 111 at 0, -9 at 1 (29 at -1 and -3 at -2 are dropped)
    assert got == pytest.approx(-9 / (111 - 9), abs=1e-14)


def test_edge_rules_agree_inside() -> None:
    """Further from the border than half the support, the edge rule changes nothing."""
    image = _random(20, 20)
    mirror, replicate, renormalise = (
        resize(image, 3, edge=edge)[6:-6, 6:-6] for edge in ("mirror", "replicate", "renormalise")
    )
    np.testing.assert_allclose(replicate, mirror, rtol=0, atol=1e-13)
    np.testing.assert_allclose(renormalise, mirror, rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", ["triangle", "cubic", "lanczos3"])
def test_without_antialiasing_shrinking_only_samples(name: str) -> None:
    """By 1/3 every output lies on an input pixel, so the unstretched kernel picks that pixel."""
    image = _random(12, 9)
    got = resize(image, 1 / 3, KERNELS[name], antialias=False)
    np.testing.assert_allclose(got, image[1::3, 1::3], rtol=0, atol=1e-13)


def test_area_shrinks_to_block_means() -> None:
    """The box kernel by 1/s is the mean of s x s blocks, and nearest is not stretched."""
    image = _random(12, 8)
    means = image.reshape(3, 4, 2, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(resize(image, 1 / 4, resample.AREA), means, rtol=0, atol=1e-14)
    assert np.isin(resize(image, 1 / 4, resample.NEAREST), image).all()


def test_channels_are_independent() -> None:
    """Each channel comes out as if it were resized alone, and (H, W) as (H, W, 1) would."""
    image = _random(9, 11, 3)
    together = resize(image, 1.5)
    for c in range(3):
        alone = resize(image[:, :, c], 1.5)
        assert alone.ndim == 2
        np.testing.assert_allclose(together[:, :, c], alone, rtol=0, atol=1e-13)


sizes = st.integers(1, 40)
kernels = st.sampled_from(sorted(KERNELS)).map(KERNELS.__getitem__)
scale_fractions = st.fractions(Fraction(1, 8), 8, max_denominator=12)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(height=sizes, width=sizes, scale=scale_fractions, kernel=kernels)
def test_output_size_is_rounded_up(
    height: int, width: int, scale: Fraction, kernel: resample.Kernel
) -> None:
    """The size is ceil(size * scale) of the exact number, and a constant stays a constant."""
    got = resize(np.full((height, width), 0.7), float(scale), kernel)
    assert got.shape == (math.ceil(height * scale), math.ceil(width * scale))
    np.testing.assert_allclose(got, 0.7, rtol=0, atol=1e-13)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(height=sizes, width=sizes, scale=scale_fractions, kernel=kernels)
def test_resize_is_linear(
    height: int, width: int, scale: Fraction, kernel: resample.Kernel
) -> None:
    """The resize of a weighted sum is the weighted sum of the resizes."""
    one, two = _random(height, width, seed=2), _random(height, width, seed=3)
    together = resize(2 * one - 3 * two, float(scale), kernel)
    apart = 2 * resize(one, float(scale), kernel) - 3 * resize(two, float(scale), kernel)
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-12)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(height=sizes, width=sizes, scale=scale_fractions)
def test_resize_commutes_with_turning_the_image(height: int, width: int, scale: Fraction) -> None:
    """Mirroring or transposing before or after the resize gives the same image."""
    image, factor = _random(height, width), float(scale)
    enlarged = resize(image, factor)
    np.testing.assert_allclose(resize(image.T, factor), enlarged.T, rtol=0, atol=1e-12)
    if (height * scale).denominator == (width * scale).denominator == 1:  # else off centre
        flipped = resize(image[::-1, ::-1], factor)
        np.testing.assert_allclose(flipped, enlarged[::-1, ::-1], rtol=0, atol=1e-12)


def test_input_is_read_only() -> None:
    """Inputs that are read-only, float32 or strided views are taken and left as they are."""
    image = _random(8, 10, 3).astype(np.float32)
    image.setflags(write=False)
    before = image.copy()
    got = resize(image[::-1, ::2], 2)
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(got, resize(image[::-1, ::2].copy(), 2))


@pytest.mark.parametrize("scale", [0, -2, 1e-12, math.nan, math.inf, (2, 0), (math.nan, 1)])
def test_bad_scale_is_named(scale: float | tuple[float, float]) -> None:
    """A scale that is no number in the range is repeated in the error."""
    with pytest.raises(UsageError) as caught:
        resize(np.ones((4, 4)), scale)
    assert str(caught.value) == (f"Cannot resize by {scale!r}; expected a scale from 1/256 to 256.")
    with pytest.raises(UsageError):
        resize_8bit(np.ones((4, 4), dtype=np.uint8), scale)


@pytest.mark.parametrize("shape", [(0, 4), (4, 0, 3), (4, 4, 0), (4,), (1, 4, 4, 3), ()])
def test_bad_shape_is_named(shape: tuple[int, ...]) -> None:
    """An array that is no image, or has no pixels, is refused with its shape."""
    with pytest.raises(UsageError) as caught:
        resize(np.ones(shape), 2)
    assert str(caught.value) == (
        f"Cannot resize an array of shape {shape}; "
        "expected (H, W) or (H, W, C) with at least one pixel."
    )


@pytest.mark.parametrize(
    ("kernel", "scale"),
    [(resample.AREA, 1.5), (resample.NEAREST, 1 / 2), (resample.NEAREST, 1 / 3)],
)
def test_renormalised_edge_is_finite_where_the_size_is_rounded_up(
    kernel: resample.Kernel, scale: float
) -> None:
    """A last output sample that reaches no input at all repeats the edge pixel."""
    output = resize(np.ones((7, 7)), scale, kernel, edge="renormalise")
    np.testing.assert_allclose(output, 1.0, rtol=0, atol=1e-15)


@pytest.mark.parametrize("scale", [2, 3, 0.5, (2.0, 1.5)])
@pytest.mark.parametrize("channels", [1, 3])
def test_single_precision_is_the_same_to_a_millionth(scale: Any, channels: int) -> None:
    """float32 changes the rounding alone, at sizes that fill no whole block."""
    image = np.random.default_rng(4).random((37, 53, channels)).astype(np.float32)
    single = resize(image, scale, dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, resize(image, scale), atol=1e-6)


@pytest.mark.parametrize("scale", [2, 4, 0.5])
@pytest.mark.parametrize("kernel", [BICUBIC, BILINEAR, NEAREST])
def test_the_fast_8bit_path_is_exact(scale: float, kernel: Kernel) -> None:
    """Where it computes in float32, no bit differs from float64, at any level."""
    levels = np.random.default_rng(5).integers(0, 256, (41, 56, 3)).astype(np.uint8)
    levels[:9], levels[9:20, :30] = 255, 0
    expected = levels.astype(np.float64)
    for axis_scale in ((scale, 1.0), (1.0, scale)):
        expected = np.floor(resize(expected, axis_scale, kernel).clip(0, 255) + 0.5)
    np.testing.assert_array_equal(resize_8bit(levels, scale, kernel), expected)
