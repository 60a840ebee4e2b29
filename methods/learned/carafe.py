"""CARAFE: content-aware reassembly of features, then a 3 x 3 convolution on the large grid.

J. Wang et al., "CARAFE: Content-Aware ReAssembly of FEatures", ICCV 2019, arXiv:1905.02188, written
from the paper.  The weights of each mean sum to 1, so a flat area stays flat.  The layer depends on
the content: it is no linear map and cannot be folded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.methods.learned import Head, LearnedUpsampler, learned

if TYPE_CHECKING:
    from torch import nn


def build(channels: int, scale: int) -> nn.Module:
    """Return the layer: 3 x 3 neighbours weighed per output pixel, then a convolution."""
    from upbench.methods._shared.by_content import Carafe as Layer

    return Layer(channels, 1, scale, side=3, encoder=1, compressed=None)


HEAD = Head("carafe", build, reach=lambda _scale: 2, linear=False)


@learned(
    HEAD,
    source="J. Wang et al., ICCV 2019, arXiv:1905.02188",
    kernel="3 x 3 by content, then 3 x 3",
)
class Carafe(LearnedUpsampler):
    """Weights by content: k_up = 3, k_encoder = 1."""
