"""Transposed convolution whose stride does not divide its kernel: k = 2s - 1.

At x2 this is the 3 x 3 kernel of stride 2 that many generators and decoders use: kernels overlap
on some output pixels and not on others, which A. Odena, V. Dumoulin and C. Olah, "Deconvolution
and Checkerboard Artifacts", Distill, 2016, doi 10.23915/distill.00003, name as a cause of
checkerboards.
"""

from __future__ import annotations

from upbench.methods._shared.transposed import FCN, TRANSPOSED, bilinear_build, build, reach_of
from upbench.methods.learned import Head, LearnedUpsampler, learned


def side(scale: int) -> int:
    """Return k = 2s - 1: 3, 5, 7 at x2, x3, x4."""
    return 2 * scale - 1


RANDOM = Head("transposed-conv-uneven", build(side), reach_of(side))
BILINEAR = Head("transposed-conv-uneven-bilinear", bilinear_build(side), reach_of(side))


@learned(RANDOM, source=TRANSPOSED, kernel="(2s-1) x (2s-1), stride s")
class TransposedConvUneven(LearnedUpsampler):
    """Kernel 2s - 1, torch's random initialisation."""


@learned(BILINEAR, source=FCN, kernel="(2s-1) x (2s-1), stride s, bilinear at first")
class TransposedConvUnevenBilinear(LearnedUpsampler):
    """Kernel 2s - 1, bilinear initialisation."""
