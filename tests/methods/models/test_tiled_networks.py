"""Networks in tiles: the output is that of the whole image, and what cannot be so is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from model_files import own_output, photo
from torch.nn import functional

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.registry.models import network_method
from upbench.methods._models.conventions import Conventions
from upbench.methods._models.model import enlarge

if TYPE_CHECKING:
    from collections.abc import Sequence


class Cropped:
    """Nearest-neighbour that loses its border, as a network without padding does."""

    def __init__(self, scale: int, border: int) -> None:
        self.scale, self.lost = scale, border // 2
        self.calls = 0

    def __call__(self, batch: Any) -> Sequence[Any]:
        """Run it on a batch."""
        self.calls += 1
        large = batch.repeat(self.scale, 2).repeat(self.scale, 3)
        height, width = large.shape[2:]
        return [large[:, :, self.lost : height - self.lost, self.lost : width - self.lost]]


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_border_that_is_lost_leaves_nothing_out_in_tiles(data: st.DataObject) -> None:
    """Whatever the overlap: a tile that begins at the last one's end has a black border."""
    scale = data.draw(st.integers(1, 4), "scale")
    border = 2 * data.draw(st.integers(0, 20), "half of the border")
    multiple = data.draw(st.sampled_from((1, 2, 4)), "multiple")
    about = Conventions(scale=scale, channels=1, border=border, multiple=multiple)
    tile = [
        multiple * (-(-about.least_side // multiple) + data.draw(st.integers(0, 8), "more"))
        for _ in range(2)
    ]
    known = Conventions(
        scale=scale,
        channels=1,
        border=border,
        multiple=multiple,
        overlap=data.draw(st.integers(0, 30), "overlap"),
        tile=(tile[0], tile[1]),
    )
    image = np.random.default_rng(0).random((37, 41, 1), dtype=np.float32) + 0.1
    network: Any = Cropped(scale, border)
    large = image.repeat(scale, 0).repeat(scale, 1)
    np.testing.assert_array_equal(enlarge(network, known, image, scale), large)


@pytest.mark.parametrize(("overlap", "multiple"), [(2, 1), (2, 24), (20, 1)])
def test_large_images_of_a_network_that_loses_its_border_have_no_black_lines(
    overlap: int, multiple: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tiles that nobody states grow where what they share would leave too little of them."""
    monkeypatch.setattr("upbench.methods._models.model.LARGEST", 32)
    known = Conventions(scale=2, channels=1, border=48, overlap=overlap, multiple=multiple)
    network: Any = Cropped(2, 48)
    image = photo(150, 170) + 0.1
    large = image.repeat(2, 0).repeat(2, 1)
    np.testing.assert_array_equal(enlarge(network, known, image, 2), large)
    assert network.calls > 1


class Unpadded(torch.nn.Module):
    """Nine convolutions without padding, as waifu2x has them: 18 pixels are lost at each end."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(1, 1, 5, bias=False)
        torch.nn.init.constant_(self.layer.weight, 0.04)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        found = image
        for _ in range(9):
            found = self.layer(found)
        found = 0.5 * found + 0.5 * image[:, :, 18:-18, 18:-18]
        return functional.interpolate(found, scale_factor=2.0)


def test_tiles_of_a_network_without_padding_give_the_whole() -> None:
    """Of 240,000 pixels 39,808 were black."""
    whole, tiled = (
        network_method(Unpadded(), "net", colour="luma", **stated)
        for stated in ({}, {"tile": (64, 64)})
    )
    image = photo(100, 120) + 0.1
    expected = whole.load(2)(image)
    np.testing.assert_allclose(tiled.load(2)(image), expected, atol=2e-6)
    assert expected.min() > 0.05
    assert "border of 36 px padded" in tiled.remarks[0]
    assert "multiples" not in tiled.remarks[0]


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ({"tile": (37, 64), "multiple": 2}, "its tiles of 37x64 are too small: of each end 18"),
        ({"tile": (64, 65), "multiple": 2}, "tile=64x65 is stated, but its sides must be multip"),
        (
            {"tile": (36, 36)},
            "it takes no image of 1 channel; what is stated may be wrong: colour=luma, tile=36x36",
        ),
    ],
)
def test_a_tile_of_which_nothing_is_left_is_refused(stated: dict[str, Any], problem: str) -> None:
    """In one sentence that says which is large enough."""
    with pytest.raises(UsageError, match=problem):
        network_method(Unpadded(), "net", colour="luma", **stated)


def test_a_tile_of_which_one_pixel_is_left_is_enough() -> None:
    """It takes many calls."""
    method = network_method(Unpadded(), "net", colour="luma", tile=(37, 64))
    assert method.load(2)(photo(20, 30) + 0.1).min() > 0.05


class Wide(torch.nn.Module):
    """One dilated convolution that looks far, of one input size or of any."""

    def __init__(self, reach: int, side: int = 64, *, is_fixed: bool = True) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(1, 1, 3, padding=reach, dilation=reach, bias=False)
        torch.nn.init.constant_(self.layer.weight, 1 / 9)
        self.side, self.is_fixed = side, is_fixed
        self.calls = 0

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        if self.is_fixed and image.shape[2:] != (self.side, self.side):
            raise ValueError(f"expected {self.side} x {self.side}")
        self.calls += 1
        found = image + 0.2 * (image - self.layer(image))
        return found.repeat_interleave(2, 2).repeat_interleave(2, 3)


@pytest.mark.parametrize("reach", [3, 20])
def test_tiles_share_all_that_an_output_pixel_sees(reach: int) -> None:
    """A third of a tile, where that is how far it looks: a quarter left seams of 65 levels."""
    method = network_method(Wide(reach), "net", colour="luma")
    assert "64 x 64 tiles" in method.remarks[0]
    assert len(method.remarks) == 1
    image = photo(100, 120)
    expected = own_output(Wide(reach, is_fixed=False), image)
    np.testing.assert_allclose(method.load(2)(image), expected, atol=2e-6)


def test_an_overlap_that_is_stated_is_used() -> None:
    """A larger one takes more calls."""
    calls = []
    for overlap in (0, 20, 30):
        network = Wide(3)
        method = network_method(network, "net", colour="luma", overlap=overlap)
        assert len(method.remarks) == 1
        network.calls = 0
        method.load(2)(photo(80, 64))
        calls.append(network.calls)
    assert calls == [2, 2, 5]


class Everywhere(Wide):
    """A network whose output depends on the whole input."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        return super().forward(image) + 0.1 * image.mean()


@pytest.mark.parametrize(
    ("network", "stated", "seen", "shared", "hint"),
    [
        (Wide(27), {}, "an output pixel sees 28 pixels far", 24, "overlap=28 takes more, mo"),
        (Everywhere(3), {}, "an output pixel may see farther", 16, "overlap=31 takes more, mo"),
        (Wide(3), {"overlap": 50}, "overlap=50 is stated", 31, "use larger tiles"),
    ],
)
def test_tiles_that_share_less_than_is_seen_are_said(
    network: Wide, stated: dict[str, int], seen: str, shared: int, hint: str
) -> None:
    """With the option that takes more, if there is one."""
    (note,) = network_method(network, "net", colour="luma", **stated).remarks[1:]
    assert note.startswith(f"{seen}, but tiles of 64 x 64 overlap by {shared} pixels at each end, ")
    assert f"so that seams may show; {hint}" in note
