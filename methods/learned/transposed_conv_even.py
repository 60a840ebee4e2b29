"""Transposed convolution whose stride divides its kernel: k = 2s.

Every output pixel gets as many kernel elements as every other (A. Odena, V. Dumoulin and C. Olah,
Distill, 2016, doi 10.23915/distill.00003, recommend it against checkerboards).  That alone does
not make the elements' sums equal: drawn at random, the phases differ in gain, and a flat area
becomes a checkerboard all the same until training has evened them out.
"""

from __future__ import annotations

from upbench.methods._shared.transposed import FCN, TRANSPOSED, bilinear_build, build, reach_of
from upbench.methods.learned import Head, LearnedUpsampler, learned


def side(scale: int) -> int:
    """Return k = 2s: 4, 6, 8 at x2, x3, x4."""
    return 2 * scale


RANDOM = Head("transposed-conv-even", build(side), reach_of(side))
BILINEAR = Head("transposed-conv-even-bilinear", bilinear_build(side), reach_of(side))


@learned(RANDOM, source=TRANSPOSED, kernel="2s x 2s, stride s")
class TransposedConvEven(LearnedUpsampler):
    """Kernel 2s, torch's random initialisation."""


@learned(BILINEAR, source=FCN, kernel="2s x 2s, stride s, bilinear at first")
class TransposedConvEvenBilinear(LearnedUpsampler):
    """Kernel 2s, bilinear initialisation."""
