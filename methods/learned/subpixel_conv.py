"""Sub-pixel convolution: a 3 x 3 convolution to s x s channels, laid out on the large grid.

W. Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
Convolutional Neural Network" (ESPCN), CVPR 2016, arXiv:1609.05158.  Each output phase has a filter
of its own, so at random their gains differ.  ICNR (A. Aitken et al., "Checkerboard artifact free
sub-pixel convolution", 2017, arXiv:1707.02937) begins with the same filter for all of them: a
nearest-neighbour enlargement of one convolution.
"""

from __future__ import annotations

from upbench.methods._shared.subpixel import DEFAULT, ICNR
from upbench.methods.learned import LearnedUpsampler, learned


@learned(DEFAULT, source="W. Shi et al., CVPR 2016, arXiv:1609.05158", kernel="3 x 3, s x s phases")
class SubpixelConv(LearnedUpsampler):
    """A filter per phase, each random."""


@learned(
    ICNR,
    source="A. Aitken et al., arXiv:1707.02937, 2017",
    kernel="3 x 3, s x s phases, equal at first",
)
class SubpixelConvIcnr(LearnedUpsampler):
    """A filter per phase, all equal at first."""
