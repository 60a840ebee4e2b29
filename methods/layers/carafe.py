"""CARAFE: content-aware reassembly of features, then a 3 x 3 convolution.

J. Wang et al., "CARAFE: Content-Aware ReAssembly of FEatures", ICCV 2019, arXiv:1905.02188.  The
weights of each mean sum to 1, so a flat area stays flat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import layer

if TYPE_CHECKING:
    from torch import nn

_SOURCE = "J. Wang et al., ICCV 2019, arXiv:1905.02188"


@layer(
    "carafe",
    source=_SOURCE,
    summary="means of 5 x 5, weighed by content (3 x 3 encoder, 64 channels), then 3 x 3",
    flat="always",
    linear=False,
)
def default(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer in the paper's setting."""
    from upbench.methods._shared.by_content import Carafe

    return Carafe(in_channels, out_channels, scale)


@layer(
    "carafe-light",
    source=_SOURCE,
    summary="means of 3 x 3, weighed by content (1 x 1 encoder), then 3 x 3: as in cnn-carafe",
    flat="always",
    linear=False,
)
def light(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer in the lightest setting of the paper's ablation, without a compressor."""
    from upbench.methods._shared.by_content import Carafe

    return Carafe(in_channels, out_channels, scale, side=3, encoder=1, compressed=None)
