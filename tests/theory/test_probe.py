"""The black-box probe: known interpolators, layers with known gains, and methods that misbehave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from upbench.benchmark.core.contract import ATTRIBUTE, Method
from upbench.benchmark.core.errors import InvalidOutputError, MethodError, UnsupportedScaleError
from upbench.benchmark.theory.layers.response import gain_ripple
from upbench.benchmark.theory.layers.torch_modules import module_offset, module_response
from upbench.benchmark.theory.probe import edge, impulse, phases
from upbench.benchmark.theory.probe.probed import ProbedMethod, load_probed
from upbench.benchmark.theory.probe.result import COLUMNS, ProbeFailure, probe_table
from upbench.benchmark.theory.probe.run import probe_method, probe_methods, write_probe_table
from upbench.benchmark.theory.probe.stimuli import slanted_edge
from upbench.methods import canonical
from upbench.methods.linear_resize_conv import LinearResizeConv, LinearResizeConvBilinear
from upbench.methods.linear_transposed_conv import (
    LinearTransposedConv,
    LinearTransposedConvUneven,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from upbench.benchmark.theory.probe.result import ProbeResult

REPEAT = Method("repeat", "interpolation", lambda x, s: x.repeat(s, 0).repeat(s, 1))


def method_of(target: Any) -> Method:
    """Return the metadata that a decorator attached."""
    described = getattr(target, ATTRIBUTE)
    assert isinstance(described, Method)
    return described


def probed_of(call: Callable[[Any], Any], scale: int, channels: int = 1) -> ProbedMethod:
    """Make a probed of a plain function of one image."""
    return ProbedMethod("mine", scale, channels, call)


def method_from(call: Callable[[Any, int], Any], **fields: Any) -> Method:
    """Make a method of a plain function."""
    return Method("mine", "interpolation", call, **fields)


# ------------------------------------------------------------------ interpolators


@pytest.mark.parametrize(
    ("target", "levels"),
    [
        (canonical.nearest, {2: -26.2, 3: -25.4, 4: -25.2}),
        (canonical.bilinear, {2: -78.5, 3: -53.9, 4: -58.3}),
        (canonical.bicubic, {2: -78.5, 3: -82.2, 4: -80.8}),
        (canonical.lanczos3, {2: -48.8, 3: -52.3, 4: -51.4}),
    ],
)
def test_interpolators_repeat_slow_tones_as_the_definitions_say(
    target: Any, levels: dict[int, float]
) -> None:
    """The tone of 1/32 gives the published levels at x2, x3 and x4."""
    for scale, level in levels.items():
        found = phases.probe_tone(load_probed(method_of(target), scale))
        assert found.image_db_32 == pytest.approx(level, abs=0.06)


@pytest.mark.parametrize(
    ("target", "orders"),
    [
        (canonical.nearest, {2: 1, 3: 1, 4: 1}),
        (canonical.bilinear, {2: 3, 3: 2, 4: 2}),
        (canonical.bicubic, {2: 3, 3: 3, 4: 3}),
        (canonical.lanczos3, {2: 0.7, 3: 0.7, 4: 0.7}),
    ],
)
def test_the_order_is_that_of_the_kernel(target: Any, orders: dict[int, float]) -> None:
    """Nearest has order 1, bilinear 2 (3 at x2, where its kernel has a double zero), Keys 3."""
    for scale, order in orders.items():
        found = phases.probe_tone(load_probed(method_of(target), scale))
        assert found.order == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("target", [canonical.nearest, canonical.bicubic, canonical.lanczos3])
def test_interpolators_are_clean_linear_and_in_place(target: Any, scale: int) -> None:
    """No ripple on flat fields, no shift, no approximation; the components add up to 1."""
    found = probe_method(method_of(target), scale)
    assert found.flat.ripple < 1e-4
    assert found.flat.gain_ripple < 1e-5
    assert found.tone.shift_px == pytest.approx((0, 0), abs=1e-4)
    assert found.linearity_error < 1e-5
    assert found.shift_error < 1e-5
    assert found.approximation == ""
    np.testing.assert_allclose(found.impulse.dc_gains, 1, atol=1e-5)
    assert found.impulse.polyphase.shape == (scale, scale, impulse.SIDE, impulse.SIDE)


def test_the_impulse_response_of_nearest_is_a_box() -> None:
    """One pixel becomes s x s pixels."""
    response = probe_method(method_of(canonical.nearest), 3).impulse.response
    box = slice(16 * 3, 17 * 3)
    np.testing.assert_allclose(response[box, box], 1, atol=1e-6)
    assert np.abs(response).sum() == pytest.approx(9, abs=1e-5)


# ------------------------------------------------------------------ theory


@pytest.mark.parametrize("scale", [2, 3])
@pytest.mark.parametrize(
    "target",
    [LinearTransposedConv, LinearTransposedConvUneven, LinearResizeConv, LinearResizeConvBilinear],
)
def test_gains_of_linear_methods_are_those_of_their_weights(target: Any, scale: int) -> None:
    """Flat-field gains equal the DC gains of the weights to 1e-5, polyphase sums nearly so."""
    loaded = target(scale)
    probed = ProbedMethod("mine", scale, 1, loaded)
    flat = phases.probe_flat(probed)
    np.testing.assert_allclose(flat.gains[:, :, 0, 0], loaded.dc_gains, atol=1e-5)
    np.testing.assert_allclose(
        impulse.probe_impulse(probed).dc_gains, loaded.filters.sum(axis=(2, 3)), atol=3e-5
    )
    assert flat.gain_ripple == pytest.approx(
        gain_ripple(loaded.dc_gains[..., None, None]), abs=1e-5
    )


def torch_layer(kind: str, scale: int) -> Any:
    """Build a layer with the random weights that torch gives it."""
    import torch
    from torch import nn

    from upbench.benchmark.theory.layers.response import icnr_weight

    torch.manual_seed(scale)
    if kind == "transposed":
        return nn.ConvTranspose2d(3, 3, 2 * scale, scale, (scale + 1) // 2, scale % 2)
    if kind == "resize-convolution":
        return nn.Sequential(nn.Upsample(scale_factor=scale), nn.Conv2d(3, 3, 3, padding=1))
    convolution = nn.Conv2d(3, 3 * scale**2, 3, padding=1)
    if kind == "sub-pixel, ICNR":
        weight = icnr_weight(convolution.weight.detach().numpy()[:3], scale)
        with torch.no_grad():
            convolution.weight.copy_(torch.as_tensor(weight))
            convolution.bias.zero_()
    return nn.Sequential(convolution, nn.PixelShuffle(scale))


def wrapped(layer: Any) -> Callable[[Any], Any]:
    """Run a torch layer as a method's upsampler."""
    import torch

    def upsample(image: Any) -> Any:
        with torch.no_grad():
            out = layer(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])
        return out[0].numpy().transpose(1, 2, 0)

    return upsample


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize(
    ("kind", "even"),
    [
        ("transposed", False),
        ("sub-pixel", False),
        ("sub-pixel, ICNR", True),
        ("resize-convolution", True),
    ],
)
def test_torch_layers_at_initialisation(kind: str, even: bool, scale: int) -> None:  # noqa: FBT001
    """The probe finds the gains that theory has, and who is even: ICNR and resize-convolution."""
    layer = torch_layer(kind, scale)
    probed = probed_of(wrapped(layer), scale, channels=3)
    found, theory = phases.probe_flat(probed), module_response(layer)
    np.testing.assert_allclose(found.gains, theory.gains, atol=1e-5)
    np.testing.assert_allclose(
        impulse.probe_impulse(probed).dc_gains, theory.gains.sum(axis=3).mean(axis=2), atol=1e-5
    )
    grey = theory.gains.sum(axis=3)
    spread = np.sqrt(np.mean((grey - grey.mean((0, 1))) ** 2) / np.mean(grey.mean((0, 1)) ** 2))
    assert found.gain_ripple == pytest.approx(spread, rel=1e-4, abs=1e-5)
    levels = theory.levels(np.full(3, 0.5)).mean(axis=2) * 255
    np.testing.assert_allclose(found.levels, levels, atol=1e-3)
    assert (found.ripple < 1e-4) == even
    assert (found.gain_ripple < 1e-5) == even


@pytest.mark.parametrize(("size", "padding"), [(3, 1), (4, 1)])
def test_the_shift_of_a_layer_is_that_of_its_weights(size: int, padding: int) -> None:
    """A transposed convolution with a box kernel moves the picture as theory says."""
    import torch
    from torch import nn

    layer = nn.ConvTranspose2d(1, 1, size, 2, padding, output_padding=size % 2, bias=False)
    with torch.no_grad():
        layer.weight.fill_(0.25)
    found = phases.probe_tone(probed_of(wrapped(layer), 2))
    assert found.shift_px == pytest.approx(module_offset(layer), abs=0.01)


def test_shift_is_down_and_right() -> None:
    """A picture moved down by 1 and left by 2 output pixels is found there."""

    def moved(image: Any) -> Any:
        large = canonical.bicubic(image, 4)
        return np.roll(large, (1, -2), axis=(0, 1))

    found = phases.probe_tone(probed_of(moved, 4))
    assert found.shift_px == pytest.approx((1, -2), abs=1e-3)


def test_uneven_gains_are_found() -> None:
    """Phases with gains 1 +- 0.1 have a gain ripple of 0.1 and order 0."""
    signs = np.array([[1, -1], [-1, 1]])

    def uneven(image: Any) -> Any:
        gains = np.tile(1 + 0.1 * signs, image.shape[:2])[:, :, None]
        return image.repeat(2, 0).repeat(2, 1) * gains

    found = probe_method(method_from(lambda image, _scale: uneven(image)), 2)
    assert found.flat.gain_ripple == pytest.approx(0.1, abs=1e-5)
    np.testing.assert_allclose(found.impulse.dc_gains, 1 + 0.1 * signs, atol=1e-5)
    assert found.tone.order < 0.6
    assert found.flat.ripple_db > 30
    assert found.approximation == ""


# ------------------------------------------------------------------ edge


@pytest.mark.parametrize("scale", [2, 4])
def test_an_ideal_edge_has_its_width_and_contrast(scale: int) -> None:
    """An edge one output pixel wide rises in 0.8 px, and sinc(f) is half at 0.603."""

    def ideal(image: Any) -> Any:
        return slanted_edge(len(image) * scale, 1)

    found = edge.probe_edge(probed_of(ideal, scale))
    assert found.rise_px == pytest.approx(0.8, abs=0.06)
    assert found.mtf50 == pytest.approx(0.603, rel=0.03)
    assert found.overshoot < 1e-3


def test_sharper_kernels_have_sharper_edges() -> None:
    """Bilinear is softer than bicubic; only bicubic overshoots."""
    soft, sharp = (
        edge.probe_edge(load_probed(method_of(one), 2))
        for one in (canonical.bilinear, canonical.bicubic)
    )
    assert soft.mtf50 is not None
    assert sharp.mtf50 is not None
    assert soft.mtf50 < sharp.mtf50
    assert soft.overshoot < 1e-3 < sharp.overshoot


def test_an_edge_that_is_wiped_out_has_no_width() -> None:
    """A method that returns grey gives null, not a made-up number."""
    grey = edge.probe_edge(probed_of(lambda x: np.full((2 * len(x), 2 * len(x), 1), 0.5), 2))
    assert (grey.rise_px, grey.mtf50) == (None, None)


# ------------------------------------------------------------------ what is approximate


def test_a_non_linear_method_is_said_to_be_approximate() -> None:
    """Squaring is not linear, and its response depends on the grey it stands on."""
    found = probe_method(method_from(lambda x, s: canonical.bicubic(x, s) ** 2), 2)
    assert found.linearity_error > 0.01
    assert found.impulse.level_dependence > 0.1
    assert found.approximation.startswith("non-linear (error 0.")


def test_a_method_that_depends_on_position_is_said_to_be_approximate() -> None:
    """A picture that fades to the right does not move along."""

    def fading(image: Any, scale: int) -> Any:
        large = canonical.bicubic(image, scale)
        return large * np.linspace(1, 0.5, large.shape[1])[None, :, None]

    found = probe_method(method_from(fading), 2)
    assert found.shift_error > 0.001
    assert "not shift-invariant" in found.approximation
    assert "non-linear" not in found.approximation


def test_a_constant_that_is_added_is_linear_enough() -> None:
    """A bias changes no difference of outputs."""
    found = probe_method(method_from(lambda x, s: canonical.bicubic(x, s) + 0.1), 2)
    assert found.linearity_error < 1e-5


# ------------------------------------------------------------------ methods that misbehave


def test_a_method_that_takes_luma_only_gets_one_channel() -> None:
    """It is never given RGB."""

    def luma_only(image: Any, scale: int) -> Any:
        if image.shape[2] != 1:
            raise ValueError(image.shape)
        return canonical.bicubic(image, scale)

    found = probe_method(method_from(luma_only, colour="luma"), 2)
    assert found.channels == 1
    assert found.flat.gains.shape == (2, 2, 1, 1)


def picky(image: Any, scale: int) -> Any:
    """Reject small images."""
    if len(image) < 100:
        raise ValueError("too small")
    return canonical.bicubic(image, scale)


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (picky, MethodError, "mine x2 fails on a 36x36x3 image: ValueError: too small"),
        (
            lambda x, _s: x,
            InvalidOutputError,
            "mine x2: The output has shape (36, 36, 3); expected (72, 72, 3).",
        ),
        (
            lambda x, s: canonical.bicubic(x, s) * np.nan,
            InvalidOutputError,
            "mine x2: The output has 15552 values of 15552 that are NaN or infinite;",
        ),
        (lambda _x, _s: None, InvalidOutputError, "mine x2: The output is a NoneType;"),
    ],
)
def test_a_method_that_misbehaves_is_explained_in_one_sentence(
    call: Any, kind: type[MethodError], sentence: str
) -> None:
    """The sentence names the method, the scale and what happened."""
    with pytest.raises(kind) as caught:
        probe_method(method_from(call), 2)
    assert str(caught.value).startswith(sentence)


def test_a_method_that_changes_its_input_is_found_out() -> None:
    """As everywhere in the suite."""

    def rude(image: Any, scale: int) -> Any:
        image *= 0
        return canonical.bicubic(image, scale)

    with pytest.raises(InvalidOutputError, match=r"^mine x2: The method changed its input"):
        probe_method(method_from(rude), 2)


def test_a_method_that_cannot_be_loaded_says_so() -> None:
    """A missing file of weights is a sentence too; so is a scale that is not offered."""

    class Broken:
        def __init__(self, *_: Any, **__: Any) -> None:
            raise OSError("no weights")

    with pytest.raises(MethodError, match=r"^mine x2 cannot be loaded: OSError: no weights"):
        probe_method(method_from(Broken), 2)
    with pytest.raises(UnsupportedScaleError, match=r"^mine offers x3, not x2\.$"):
        probe_method(method_from(canonical.bicubic, scales=(3,)), 2)


def test_a_broken_method_stops_nobody() -> None:
    """The others are probed, and its reason stands in the table; scales not offered are left."""
    only_three = Method("three", "interpolation", canonical.nearest, scales=(3,))
    steps: list[tuple[str, int, int]] = []
    found = list(
        probe_methods(
            [method_from(picky), only_three, REPEAT], [2], lambda *step: steps.append(step)
        )
    )
    assert [type(one).__name__ for one in found] == ["ProbeFailure", "ProbeResult"]
    assert steps == [("probe", 0, 2), ("probe", 1, 2), ("probe", 2, 2)]


# ------------------------------------------------------------------ the table


@pytest.fixture(scope="module")
def some() -> list[ProbeResult | ProbeFailure]:
    """Probe some methods at x2, one of them broken."""
    chosen = [canonical.nearest, canonical.lanczos3, canonical.bicubic]
    return list(probe_methods([method_from(picky), REPEAT, *map(method_of, chosen)], [2]))


def test_the_cleanest_comes_first(some: list[ProbeResult | ProbeFailure]) -> None:
    """Rank follows the stated rule, equals share a rank, and a failure has none."""
    table = probe_table(some)
    assert table.columns == COLUMNS
    column = {one.key: [row[one.key] for row in table.rows] for one in COLUMNS}
    assert column["method"] == ["bicubic", "lanczos3", "nearest", "repeat", "mine"]
    assert column["rank"] == [1, 2, 3, 3, None]
    assert column["status"] == ["ok"] * 4 + ["error"]
    assert column["reason"][-1].startswith("mine x2 fails on a 36x36x3 image")
    assert [value is None for value in column["ripple_db"]] == [False] * 4 + [True]


def test_the_table_is_written(some: list[ProbeResult | ProbeFailure], tmp_path: Path) -> None:
    """The file holds the columns and one line for each result."""
    file = write_probe_table(probe_table(some), tmp_path)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert file.name == "probe.csv"
    assert lines[0] == ",".join(column.key for column in COLUMNS)
    assert len(lines) == 6
    assert lines[1].startswith("1,bicubic,interpolation,2,3,ok,,")


def test_an_empty_table_has_its_columns() -> None:
    """Nothing probed is no error."""
    assert probe_table([]).columns == COLUMNS
    assert len(probe_table([ProbeFailure("a", "b", 2, "c")]).rows) == 1
