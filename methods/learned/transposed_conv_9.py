"""Transposed convolution with a 9 x 9 kernel at every scale: FSRCNN's last layer.

C. Dong, C. C. Loy and X. Tang, "Accelerating the Super-Resolution Convolutional Neural Network",
ECCV 2016, arXiv:1608.00367.  The stride divides the kernel at x3 alone.
"""

from __future__ import annotations

from upbench.methods._shared.transposed import FCN, FSRCNN, bilinear_build, build, reach_of
from upbench.methods.learned import Head, LearnedUpsampler, learned


def side(scale: int) -> int:
    """Return k = 9."""
    del scale
    return 9


RANDOM = Head("transposed-conv-9", build(side), reach_of(side))
BILINEAR = Head("transposed-conv-9-bilinear", bilinear_build(side), reach_of(side))


@learned(RANDOM, source=FSRCNN, kernel="9 x 9, stride s")
class TransposedConv9(LearnedUpsampler):
    """Kernel 9 x 9, torch's random initialisation."""


@learned(BILINEAR, source=FCN, kernel="9 x 9, stride s, bilinear at first")
class TransposedConv9Bilinear(LearnedUpsampler):
    """Kernel 9 x 9, bilinear initialisation."""
