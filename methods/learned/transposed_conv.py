"""Transposed convolutions of three kernel sides, each with two initialisations.

- 9 at every scale: FSRCNN's last layer.  The stride divides the kernel at x3 alone.
- Even, k = 2s: the stride divides the kernel, so every output pixel gets as many elements as every
  other, which A. Odena, V. Dumoulin and C. Olah, "Deconvolution and Checkerboard Artifacts",
  Distill, 2016, doi 10.23915/distill.00003, recommend against checkerboards.  That alone does not
  make the elements' sums equal: drawn at random, the phases differ in gain, and a flat area becomes
  a checkerboard all the same until training has evened them out.
- Uneven, k = 2s - 1: kernels overlap on some output pixels and not on others, which Odena et al.
  name as a cause of checkerboards.  At x2 this is the 3 x 3 kernel of stride 2 that many generators
  and decoders use.
"""

from __future__ import annotations

from upbench.methods._shared.transposed import FCN, FSRCNN, TRANSPOSED, bilinear_head, random_head
from upbench.methods.learned import LearnedUpsampler, learned


def nine(scale: int) -> int:
    """Return k = 9."""
    del scale
    return 9


def even(scale: int) -> int:
    """Return k = 2s: 4, 6, 8 at x2, x3, x4."""
    return 2 * scale


def uneven(scale: int) -> int:
    """Return k = 2s - 1: 3, 5, 7 at x2, x3, x4."""
    return 2 * scale - 1


@learned(random_head("9", nine), source=FSRCNN, kernel="9 x 9, stride s")
class TransposedConv9(LearnedUpsampler):
    """Kernel 9 x 9, torch's random initialisation."""


@learned(bilinear_head("9", nine), source=FCN, kernel="9 x 9, stride s, bilinear at first")
class TransposedConv9Bilinear(LearnedUpsampler):
    """Kernel 9 x 9, bilinear initialisation."""


@learned(random_head("even", even), source=TRANSPOSED, kernel="2s x 2s, stride s")
class TransposedConvEven(LearnedUpsampler):
    """Kernel 2s, torch's random initialisation."""


@learned(bilinear_head("even", even), source=FCN, kernel="2s x 2s, stride s, bilinear at first")
class TransposedConvEvenBilinear(LearnedUpsampler):
    """Kernel 2s, bilinear initialisation."""


@learned(random_head("uneven", uneven), source=TRANSPOSED, kernel="(2s-1) x (2s-1), stride s")
class TransposedConvUneven(LearnedUpsampler):
    """Kernel 2s - 1, torch's random initialisation."""


@learned(
    bilinear_head("uneven", uneven),
    source=FCN,
    kernel="(2s-1) x (2s-1), stride s, bilinear at first",
)
class TransposedConvUnevenBilinear(LearnedUpsampler):
    """Kernel 2s - 1, bilinear initialisation."""
