"""Layer theory has the published values, and equals what the torch layers really do."""

from __future__ import annotations

from math import inf, isnan, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from refusals import refusal_of
from torch import nn

from upbench.benchmark.theory.layers.overlap import (
    matching_padding,
    overlap,
    overlap_table,
    stacked_overlap,
)
from upbench.benchmark.theory.layers.periodic import (
    Bilinear,
    Convolution,
    Nearest,
    Shuffle,
    Transposed,
)
from upbench.benchmark.theory.layers.response import (
    gain_ripple,
    icnr_weight,
    phase_response,
    weights,
)
from upbench.benchmark.theory.layers.torch_modules import (
    module_offset,
    module_overlap,
    module_response,
    steps_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

few = settings(max_examples=40, deadline=None, derandomize=True)


def seeded(make: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    """Build a module of double precision with random weights that are the same every time."""
    torch.manual_seed(seed)
    return make().double()


def transposed_gains(taps: NDArray[np.float64], stride: int, padding: int = 0) -> Any:
    """Return the DC gains of a transposed convolution without bias: ``(sh, sw, out, in)``."""
    inputs, outputs = taps.shape[:2]
    layer = Transposed(taps, np.zeros(outputs), (stride, stride), (padding, padding))
    return phase_response([layer], inputs).gains


def subpixel_gains(taps: NDArray[np.float64], factor: int) -> Any:
    """Return the DC gains of a convolution without bias in front of a pixel shuffle."""
    layer = Convolution(taps, np.zeros(len(taps)))
    return phase_response([layer, Shuffle(factor)], taps.shape[1]).gains


def measured_levels(module: nn.Module, colour: NDArray[np.float64]) -> NDArray[np.float64]:
    """Feed a flat field of 24 x 24 pixels and return the phase means inside: (sh, sw, out)."""
    flat = torch.tensor(colour)[None, :, None, None].expand(1, -1, 24, 24)
    with torch.no_grad():
        output = module(flat.contiguous()).numpy()[0]
    gains = module_response(module).gains
    down, across = gains.shape[:2]
    inner = output[:, 8 * down : 16 * down, 8 * across : 16 * across]
    cells = inner.reshape(len(output), 8, down, 8, across)
    assert np.ptp(cells, axis=(1, 3)).max() < 1e-9
    return np.asarray(cells.mean(axis=(1, 3)).transpose(1, 2, 0))


def measured_offset(module: nn.Module) -> tuple[float, float]:
    """Feed a grey pixel in the middle of a black image and return how far its centroid moved."""
    steps = module_response(module).gains
    down, across, _, channels = steps.shape
    image = torch.zeros(2, channels, 25, 25, dtype=torch.float64)
    image[1, :, 12, 12] = 1.0
    with torch.no_grad():
        black, pixel = module(image).numpy()
    grey = (pixel - black).sum(axis=0)
    rows, columns = np.arange(grey.shape[0]), np.arange(grey.shape[1])
    centroid = grey.sum(axis=1) @ rows / grey.sum(), grey.sum(axis=0) @ columns / grey.sum()
    return centroid[0] - (12.5 * down - 0.5), centroid[1] - (12.5 * across - 0.5)


@pytest.mark.parametrize(
    ("kernel", "stride", "cv", "ratio"),
    [
        (3, 2, sqrt(19) / 9, 4),
        (4, 2, 0, 1),
        (5, 2, 0.286, 2.25),
        (9, 2, 0.158, 1.5625),
        (5, 3, 0.408, 4),
        (9, 3, 0, 1),
        (6, 4, 0.484, 4),
        (8, 4, 0, 1),
        (9, 4, 0.275, 2.25),
    ],
)
def test_overlap_has_the_published_unevenness(
    kernel: int, stride: int, cv: float, ratio: float
) -> None:
    """The table of kernels and strides comes out; 3 over 2 is sqrt(19) / 9, 4 to 1."""
    found = overlap(kernel, stride)
    assert found.cv == pytest.approx(cv, abs=1e-12 if kernel == 3 else 5e-4)
    assert found.max_over_min == ratio
    assert found.even == (cv == 0) == (kernel % stride == 0)


def test_overlap_counts_the_elements_of_each_phase() -> None:
    """Padding turns the phases, a kernel below its stride leaves pixels without any."""
    assert overlap(3, 2).counts == (2, 1)
    assert overlap(3, 2, 1).counts == (1, 2)
    assert overlap(2, 3).counts == (1, 1, 0)
    assert overlap(2, 3).max_over_min == inf
    assert overlap(3, 2, dilation=2).counts == (3, 0)


def test_overlap_knows_where_the_kernel_lies() -> None:
    """The offset from the half-pixel grid is (k - s) / 2 - p; the size follows the padding."""
    assert overlap(4, 2, 1).centred
    assert overlap(4, 2, 1).excess == 0
    assert overlap(4, 2).offset == 1.0
    assert overlap(3, 2, 1, 1).offset == -0.5
    assert overlap(3, 2, 1, 1).excess == 0
    assert overlap(3, 2, 1).excess == -1


@few
@given(
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    padding=st.integers(0, 4),
    dilation=st.integers(1, 2),
    data=st.data(),
)
def test_overlap_counts_what_a_layer_of_ones_does(
    kernel: int, stride: int, padding: int, dilation: int, data: st.DataObject
) -> None:
    """A ConvTranspose2d of ones makes of a white field its own overlap counts, phase by phase."""
    extra = data.draw(st.integers(0, max(stride, dilation) - 1))
    layer = nn.ConvTranspose2d(
        1, 1, kernel, stride, padding, extra, bias=False, dilation=dilation
    ).double()
    nn.init.ones_(layer.weight)
    found = overlap(kernel, stride, padding, extra, dilation)
    levels = measured_levels(layer, np.ones(1))[..., 0]
    assert_allclose(levels, np.outer(found.counts, found.counts))
    assert module_overlap(layer) == found
    assert found.cv == pytest.approx(levels.std() / levels.mean(), abs=1e-7)
    size = layer(torch.zeros(1, 1, 20, 20, dtype=torch.float64)).shape[2]
    assert found.excess == size - 20 * stride


def test_stacking_compounds_unevenness() -> None:
    """Two layers of kernel 3, stride 2 are 9 to 1 rather than 4 to 1; even layers stay even."""
    assert stacked_overlap([(3, 2), (3, 2)]).counts == (3, 2, 3, 1)
    assert stacked_overlap([(3, 2)]) == overlap(3, 2)
    ratios = [stacked_overlap([(3, 2)] * depth).max_over_min for depth in (1, 2, 3)]
    assert ratios == sorted(set(ratios))
    assert stacked_overlap([(4, 2, 1), (6, 3, 1, 0)]).even
    assert not stacked_overlap([(4, 2, 1), (3, 2, 1, 1)]).even


def test_offsets_add_up_through_a_stack() -> None:
    """An offset of the first layer is enlarged by the second."""
    assert stacked_overlap([(3, 2, 1, 1), (3, 2, 1, 1)]).offset == -1.5
    assert stacked_overlap([(4, 2, 1), (4, 2, 1)]).centred


def test_stacked_counts_are_those_of_torch_layers_of_ones() -> None:
    """Layers of ones with a convolution between them have the counted paths."""
    stack = nn.Sequential(
        nn.ConvTranspose2d(1, 1, 3, 2, 1, 1, bias=False),
        nn.ReLU(),
        nn.Conv2d(1, 1, 2, padding=1, bias=False),
        nn.ConvTranspose2d(1, 1, 5, 3, 1, bias=False),
        nn.Conv2d(1, 1, 1, padding=2, bias=False),
    ).double()
    for parameter in stack.parameters():
        nn.init.ones_(parameter)
    found = module_overlap(stack)
    linear = nn.Sequential(*(layer for layer in stack if not isinstance(layer, nn.ReLU)))
    levels = measured_levels(linear, np.ones(1))[..., 0]
    assert_allclose(levels, np.outer(found.counts, found.counts))
    assert measured_offset(linear) == pytest.approx((found.offset, found.offset))


@pytest.mark.parametrize(
    ("kernel", "stride", "expected"),
    [
        (4, 2, (1, 0)),
        (3, 2, (1, 1)),
        (9, 2, (4, 1)),
        (2, 2, (0, 0)),
        (1, 3, (0, 2)),
        (5, 3, (1, 0)),
    ],
)
def test_the_matching_padding_gives_s_times_the_input(
    kernel: int, stride: int, expected: tuple[int, int]
) -> None:
    """The output is exactly s times the input, and centred where any padding can do that."""
    assert matching_padding(kernel, stride) == expected
    found = overlap(kernel, stride, *expected)
    assert found.excess == 0
    assert found.centred == (expected[1] == 0)


def test_the_table_says_which_are_even_and_which_centred() -> None:
    """Kernels 2 to 6 at strides 2 and 3."""
    table = overlap_table(range(2, 7), (2, 3)).set_index(["stride", "kernel"])
    assert list(table.index[table["even"]]) == [(2, 2), (2, 4), (2, 6), (3, 3), (3, 6)]
    centred = list(table.index[table["centred"]])
    assert centred == [(2, 2), (2, 4), (2, 6), (3, 3), (3, 5)]
    assert table.loc[(2, 3), "counts"] == (1, 2)


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "transposed k3 s2": lambda: nn.ConvTranspose2d(3, 3, 3, 2, 1, 1),
    "transposed k4 s2": lambda: nn.ConvTranspose2d(3, 5, 4, 2, 1),
    "transposed k5 s3 dilated": lambda: nn.ConvTranspose2d(2, 3, 5, 3, 2, 2, dilation=2),
    "transposed not square": lambda: nn.ConvTranspose2d(2, 2, (3, 5), (2, 3), (1, 0)),
    "transposed grouped": lambda: nn.ConvTranspose2d(4, 6, 5, 2, 1, groups=2, bias=False),
    "transposed k2 s3": lambda: nn.ConvTranspose2d(1, 1, 2, 3),
    "sub-pixel x2": lambda: nn.Sequential(nn.Conv2d(3, 12, 3, padding=1), nn.PixelShuffle(2)),
    "sub-pixel x3 grouped": lambda: nn.Sequential(
        nn.Conv2d(2, 18, 5, padding="same", groups=2), nn.PixelShuffle(3)
    ),
    "shuffle first": lambda: nn.Sequential(nn.PixelShuffle(2), nn.Conv2d(2, 3, 2, padding="same")),
    "nearest and conv": lambda: nn.Sequential(
        nn.Upsample(scale_factor=2), nn.Conv2d(3, 3, 3, padding=1)
    ),
    "bilinear and conv": lambda: nn.Sequential(
        nn.Upsample(scale_factor=(2, 3), mode="bilinear"), nn.Conv2d(3, 2, 4, padding="valid")
    ),
    "stack": lambda: nn.Sequential(
        nn.ConvTranspose2d(3, 4, 3, 2, 1, 1),
        nn.Identity(),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2),
        nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(4, 8, 2)),
        nn.PixelShuffle(2),
        nn.UpsamplingNearest2d(scale_factor=1),
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_theory_equals_the_flat_field_of_the_real_layer(name: str, seed: int) -> None:
    """Gains and biases from the weights alone predict every phase's level on any flat colour."""
    module = seeded(LAYERS[name], seed)
    response = module_response(module)
    rng = np.random.default_rng(seed)
    for _ in range(2):
        colour = rng.random(response.gains.shape[3])
        assert_allclose(response.levels(colour), measured_levels(module, colour), atol=1e-5)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("name", LAYERS)
def test_registration_equals_the_centroid_of_the_real_layer(name: str) -> None:
    """The offset from the weights alone is where a pixel of the real layer ends up."""
    module = seeded(LAYERS[name])
    assert module_offset(module) == pytest.approx(measured_offset(module), abs=1e-5)


def test_symmetric_weights_have_the_offset_of_their_overlap() -> None:
    """For a symmetric kernel the centroid is the kernel's centre."""
    layer = nn.ConvTranspose2d(1, 1, 3, 2, 1, 1)
    nn.init.ones_(layer.weight)
    assert module_offset(layer) == pytest.approx((-0.5, -0.5))


def test_weights_that_add_up_to_nothing_have_no_centroid() -> None:
    """A derivative kernel moves nothing in particular: NaN, not a made-up number."""
    layer = nn.ConvTranspose2d(1, 1, 2, 2, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[[[1.0, -1.0], [1.0, -1.0]]]]))
    assert all(map(isnan, module_offset(layer)))


@few
@given(
    kernel=st.integers(1, 6),
    stride=st.integers(1, 4),
    padding=st.integers(0, 3),
    seed=st.integers(0, 99),
)
def test_transposed_gains_are_the_sums_of_each_phase(
    kernel: int, stride: int, padding: int, seed: int
) -> None:
    """Phase (p, q) has the gain sum of w[.., t, u] with t = p + padding, u likewise, modulo s."""
    taps = np.random.default_rng(seed).standard_normal((2, 3, kernel, kernel))
    gains = transposed_gains(taps, stride, padding)
    assert gains.shape == (stride, stride, 3, 2)
    for p, q in np.ndindex(stride, stride):
        rows, columns = (p + padding) % stride, (q + padding) % stride
        expected = taps[:, :, rows::stride, columns::stride].sum(axis=(2, 3)).T
        assert_allclose(gains[p, q], expected, atol=1e-12)


def test_resize_convolution_has_no_ripple_whatever_its_weights() -> None:
    """Random weights behind nearest or bilinear enlargement leave a flat field flat."""
    taps = np.random.default_rng(0).standard_normal((3, 3, 5, 5))
    layer = Convolution(taps, np.zeros(3))
    for enlarge in (Nearest((2, 2)), Bilinear((2, 3))):
        assert phase_response([enlarge, layer], 3).ripple == pytest.approx(0, abs=1e-12)


def test_icnr_has_no_ripple_and_default_weights_have() -> None:
    """ICNR's sub-pixel weights leave a flat field flat; random ones do not."""
    taps = np.random.default_rng(0).standard_normal((2, 3, 3, 3))
    icnr = icnr_weight(taps, 2)
    assert all((icnr[4 * c : 4 * c + 4] == taps[c]).all() for c in (0, 1))
    assert gain_ripple(subpixel_gains(icnr, 2)) == 0
    random = np.random.default_rng(1).standard_normal((8, 3, 3, 3))
    assert gain_ripple(subpixel_gains(random, 2)) > 0.5


def test_zero_mean_random_weights_ripple_alike_whether_even_or_not() -> None:
    """About sqrt(s^2 - 1): overlap alone does not explain random initialisation."""
    rng = np.random.default_rng(0)
    for kernel in (4, 6):
        ripple = gain_ripple(transposed_gains(rng.standard_normal((64, 64, kernel, kernel)), 2))
        assert ripple == pytest.approx(sqrt(3), rel=0.05)
    assert gain_ripple(subpixel_gains(rng.standard_normal((256, 64, 3, 3)), 2)) == pytest.approx(
        sqrt(3), rel=0.05
    )


def test_gain_ripple_is_relative_and_exact() -> None:
    """Scaling changes nothing; equal gains have 0; gains around 0 are infinitely uneven."""
    gains = np.array([[1.0, 1.0], [1.0, 3.0]])
    assert gain_ripple(gains) == pytest.approx(sqrt(0.75) / 1.5)
    assert gain_ripple(10 * gains) == pytest.approx(gain_ripple(gains))
    assert gain_ripple(np.ones((3, 3, 2, 2))) == 0
    assert gain_ripple([[1.0, -1.0]]) == inf


def test_a_phase_bias_is_a_pattern_of_its_own() -> None:
    """A sub-pixel layer with ICNR weights still ripples if its biases differ between phases."""
    module = seeded(lambda: nn.Sequential(nn.Conv2d(1, 4, 1), nn.PixelShuffle(2)))
    with torch.no_grad():
        module[0].weight.fill_(1.0)
    response = module_response(module)
    assert response.ripple == 0
    assert np.ptp(response.bias) > 0.1


def test_gains_compose_through_a_stack() -> None:
    """Two uneven layers of ones are more uneven than each, by the stacked counts."""
    stack = nn.Sequential(
        nn.ConvTranspose2d(1, 1, 3, 2, bias=False), nn.ConvTranspose2d(1, 1, 3, 2, bias=False)
    )
    for parameter in stack.parameters():
        nn.init.ones_(parameter)
    ripple = module_response(stack).ripple
    assert ripple == pytest.approx(stacked_overlap([(3, 2), (3, 2)]).cv)
    assert ripple > overlap(3, 2).cv


@few
@given(seed=st.integers(0, 999), data=st.data())
def test_theory_equals_measurement_for_random_transposed_layers(
    seed: int, data: st.DataObject
) -> None:
    """Any kernel, stride, padding, output padding, dilation and grouping agrees to 1e-5."""
    draw = data.draw
    stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 2))
    kernel, padding = draw(st.integers(1, 6)), draw(st.integers(0, 3))
    groups = draw(st.sampled_from((1, 2)))
    extra = draw(st.integers(0, max(stride, dilation) - 1))
    assume(24 * stride > 2 * padding)
    module = seeded(
        lambda: nn.ConvTranspose2d(
            2, 4, kernel, stride, padding, extra, groups=groups, dilation=dilation
        ),
        seed,
    )
    colour = np.random.default_rng(seed).random(2)
    levels = module_response(module).levels(colour)
    assert_allclose(levels, measured_levels(module, colour), atol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: overlap(0, 2), "The kernel must be a whole number, 1 or more; got 0."),
        (lambda: overlap(3, -2), "The stride must be a whole number, 1 or more; got -2."),
        (lambda: overlap(3, 2, -1), "The padding must be a whole number, 0 or more; got -1."),
        (
            lambda: overlap(3, 2, 0, 2),
            "The output padding must be smaller than the stride or the dilation, 2 here; got 2.",
        ),
        (
            lambda: weights([1.0, 2.0]),
            "The weights must have four axes, channels twice, height and width; got (2,).",
        ),
        (
            lambda: weights([["a"]]),
            "The weights must be an array of numbers with four axes.",
        ),
        (
            lambda: subpixel_gains(np.ones((6, 1, 3, 3)), 2),
            "A pixel shuffle of factor 2 needs a multiple of 4 channels; got 6.",
        ),
        (
            lambda: steps_of(nn.ReLU()),
            (
                "Layer theory knows ConvTranspose2d, Conv2d, Upsample, PixelShuffle, Identity and "
                "Sequential stacks of them; got ReLU."
            ),
        ),
        (
            lambda: steps_of(nn.Conv2d(1, 1, 3, stride=2)),
            "Conv2d must have stride 1; got (2, 2).",
        ),
        (
            lambda: steps_of(nn.Upsample(scale_factor=1.5)),
            "Upsample needs a whole scale_factor; got 1.5.",
        ),
        (
            lambda: steps_of(nn.Upsample(size=8)),
            "Upsample needs a whole scale_factor; got None.",
        ),
        (
            lambda: steps_of(nn.UpsamplingBilinear2d(scale_factor=2)),
            (
                "Upsample must be nearest, or bilinear without align_corners; got 'bilinear' with "
                "align_corners=True."
            ),
        ),
        (
            lambda: module_overlap(nn.PixelShuffle(2)),
            ("Overlap is counted for ConvTranspose2d, and Conv2d between them; got PixelShuffle."),
        ),
    ],
)
def test_what_has_no_theory_is_refused_in_one_sentence(
    call: Callable[[], object], message: str
) -> None:
    """The message says what is wrong, what was expected and what was given."""
    assert refusal_of(call) == message
