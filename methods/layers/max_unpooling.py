"""Max-unpooling: each value back to where its maximum was found, then a 3 x 3 convolution.

V. Badrinarayanan, A. Kendall and R. Cipolla, "SegNet", TPAMI 2017, arXiv:1511.00561.  The encoder
must pool by the layer's own ``pool``, whose indices the layer needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import layer

if TYPE_CHECKING:
    from torch import nn


@layer(
    "max-unpooling",
    source="V. Badrinarayanan, A. Kendall and R. Cipolla, TPAMI 2017, arXiv:1511.00561",
    summary="values back to where max-pooling found them, zeros elsewhere, then 3 x 3",
    linear=False,
    pooling=True,
)
def build(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer, with its ``pool``."""
    from upbench.methods._shared.by_content import MaxUnpooling

    return MaxUnpooling(in_channels, out_channels, scale)
