"""The networks that were trained for longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from upbench.methods.learned.subpixel_conv import SubpixelConvIcnr
from upbench.methods.learned.upnet import UpnetLarge, UpnetSlim, UpnetSmall

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.methods._shared.network import Network


@pytest.mark.parametrize(
    ("cls", "counts"),
    [
        (UpnetSmall, [10020, 10745, 11760]),
        (UpnetSlim, [11020, 11565, 12328]),
        (UpnetLarge, [93956, 95401, 97424]),
    ],
    ids=["small", "slim", "large"],
)
def test_number_of_weights(cls: type[UpnetSmall], counts: list[int]) -> None:
    """Small and slim stay below FSRCNN's 12,464 at every scale, the large one below 100 k."""
    from upbench.methods._shared.network import Network

    networks = [Network(cls.head, cls.shape(), scale, collapsed=True) for scale in (2, 3, 4)]
    assert [sum(one.numel() for one in network.parameters()) for network in networks] == counts


def test_small_begins_as_the_icnr_head_does() -> None:
    """At x2 it is the network of cnn-subpixel-conv-icnr, trained for longer."""
    small, same = UpnetSmall.untrained(2, seed=2), SubpixelConvIcnr.untrained(2, seed=2)
    pairs = zip(small.parameters(), same.parameters(), strict=True)

    assert all(torch.equal(one, two) for one, two in pairs)
    assert UpnetSmall.recipe["steps"] > SubpixelConvIcnr.recipe.get("steps", 6000)


def test_large_begins_as_what_is_shipped() -> None:
    """Its convolutions are plain from the first step on, and begin as wide ones collapse."""
    from upbench.methods._shared.modules import CollapsibleConv
    from upbench.methods._shared.network import Network, collapse

    begun = UpnetLarge.untrained(2, seed=3)
    assert not any(isinstance(layer, CollapsibleConv) for layer in begun.modules())
    with torch.random.fork_rng():
        torch.manual_seed(3)
        wide = collapse(Network(UpnetLarge.head, UpnetLarge.shape(), 2, collapsed=False))
    pairs = zip(begun.parameters(), wide.parameters(), strict=True)
    assert all(torch.equal(one, two) for one, two in pairs)


@pytest.mark.parametrize("cls", [UpnetSmall, UpnetSlim, UpnetLarge])
def test_other_scales_begin_with_the_trunk_of_x2(
    monkeypatch: pytest.MonkeyPatch, noise: Callable[..., torch.Tensor], cls: type[UpnetSmall]
) -> None:
    """At x3 and x4 the features are those that were learned at x2; at x2 they begin at random."""
    asked = []
    finished = cls.collapsed(cls.untrained(2, seed=9))

    def trained(scale: int, seed: int = 0) -> Network:
        asked.append((scale, seed))
        return finished

    monkeypatch.setattr(cls, "trained", trained)
    low = noise(1, 1, 9, 9)
    with torch.no_grad():
        expected = finished.trunk(low)
        for scale in (3, 4):
            begun = cls.untrained(scale, seed=1)
            assert torch.allclose(begun.trunk(low), expected, atol=1e-4)
        assert not torch.allclose(cls.untrained(2, seed=1).trunk(low), expected, atol=1e-2)
    assert asked == [(2, 1), (2, 1)]
