"""Transposed convolutions of four kernel sides, each with three initialisations.

- ``even``, k = 2s: the stride divides the kernel, so kernels overlap evenly (A. Odena, V. Dumoulin
  and C. Olah, Distill, 2016).  At random the phases' gains differ all the same.
- ``uneven``, k = 2s - 1: they overlap unevenly.  At x2 the 3 x 3 kernel of many decoders.
- ``9``: FSRCNN's last layer.  ``5``: DCGAN's kernel (A. Radford, L. Metz and S. Chintala,
  arXiv:1511.06434, 2015).

``-matched`` keeps the variance, ``-bilinear`` begins as FCN's interpolation.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

_SOURCES = {
    "default": "V. Dumoulin and F. Visin, arXiv:1603.07285, 2016; torch.nn.ConvTranspose2d",
    "matched": "K. He et al., ICCV 2015, arXiv:1502.01852 (fan-in, counted per output pixel)",
    "bilinear": "J. Long, E. Shelhamer and T. Darrell, CVPR 2015, arXiv:1411.4038",
}
_BEGINNINGS = {
    "default": "torch's initialisation",
    "matched": "keeps the variance at first",
    "bilinear": "bilinear interpolation at first",
}


def build(
    in_channels: int,
    out_channels: int,
    scale: int,
    *,
    side: Callable[[int], int],
    initialisation: Any,
) -> nn.Module:
    """Return the layer with a kernel of ``side(scale)``."""
    from upbench.methods._shared.upsampling import TransposedConv

    return TransposedConv(in_channels, out_channels, scale, side(scale), initialisation)


def _named(
    name: str,
    side: Callable[[int], int],
    kernel: str,
    initialisation: str = "default",
    largest: int | None = None,
    *,
    flat: bool = False,
) -> Callable[..., nn.Module]:
    """Return a layer of this kernel and initialisation, as a plugin."""
    ending = "" if initialisation == "default" else f"-{initialisation}"
    describe = layer(
        f"transposed-conv-{name}{ending}",
        source=_SOURCES[initialisation],
        summary=f"transposed convolution, {kernel}, stride s: {_BEGINNINGS[initialisation]}",
        scales=range(2, largest + 1) if largest else None,
        flat="at first" if flat else "no",
    )
    return describe(partial(build, side=side, initialisation=initialisation))


def _even(scale: int) -> int:
    return 2 * scale


def _uneven(scale: int) -> int:
    return 2 * scale - 1


def _nine(_scale: int) -> int:
    return 9


def _five(_scale: int) -> int:
    return 5


EVEN = _named("even", _even, "k = 2s")
EVEN_MATCHED = _named("even", _even, "k = 2s", "matched")
EVEN_BILINEAR = _named("even", _even, "k = 2s", "bilinear", flat=True)
UNEVEN = _named("uneven", _uneven, "k = 2s - 1")
UNEVEN_MATCHED = _named("uneven", _uneven, "k = 2s - 1", "matched")
UNEVEN_BILINEAR = _named("uneven", _uneven, "k = 2s - 1", "bilinear", flat=True)
NINE = _named("9", _nine, "k = 9", largest=9)
NINE_MATCHED = _named("9", _nine, "k = 9", "matched", 9)
NINE_BILINEAR = _named("9", _nine, "k = 9", "bilinear", 9)
FIVE = _named("5", _five, "k = 5", largest=5)
FIVE_MATCHED = _named("5", _five, "k = 5", "matched", 5)
FIVE_BILINEAR = _named("5", _five, "k = 5", "bilinear", 5)
