"""One transposed convolution at its least-squares optimum: what the layer can do at best.

Upsampling layers are usually compared inside networks, where training decides as much as the
layer does.  Here the layer is alone and its weights are the exact optimum, so what remains is
what the layer's shape can and cannot do.  The kernel sees 7 x 7 input pixels (the choice is
explained in ``_shared/least_squares.py``), has no bias and is applied to every channel alike.

On Set5 (``y-classic``) it reaches 35.25 / 31.44 / 29.37 dB at x2 / x3 / x4, where bicubic has
33.66 / 30.39 / 28.42.

A transposed convolution whose stride divides its kernel gives every output pixel equally many
weights; otherwise the kernels overlap unevenly, which is a known cause of checkerboards (Odena et
al.).  At the optimum it causes none that can be measured: fitting equalises the gains of the phases
to 0.0002 (``dc_gains`` of a loaded method).  What it costs is 0.05 to 0.08 dB on Set5.
"""

from __future__ import annotations

from upbench.methods._shared.linear_layer import Layer, LinearUpsampler, linear_layer

_SOURCE = (
    "least squares on embedded images; layer: V. Dumoulin and F. Visin, arXiv:1603.07285, 2016; "
    "overlap: A. Odena, V. Dumoulin and C. Olah, doi 10.23915/distill.00003, 2016"
)
_EVEN = Layer("linear-transposed-conv", "zeros", lambda scale: 7 * scale)
_UNEVEN = Layer("linear-transposed-conv-uneven", "zeros", lambda scale: 6 * scale + 1)


@linear_layer(_EVEN, _SOURCE, "least squares, 7s x 7s, stride s")
class LinearTransposedConv(LinearUpsampler):
    """Stride s, kernel 7s, padding 3s: even overlap, each output pixel has 49 weights.

    Equals ``conv_transpose2d(x, weights, stride=s, padding=3 * s)`` inside the border.  Each
    phase is a regression of its own, so this is the best that 7 x 7 input pixels can do linearly.
    Half-pixel sampling: the kernel is centred and symmetric.
    """


@linear_layer(_UNEVEN, _SOURCE, "least squares, (6s+1) x (6s+1), stride s", sampling="learned")
class LinearTransposedConvUneven(LinearUpsampler):
    """Stride s, kernel 6s + 1, padding (5s + 1) // 2: some output pixels have more weights.

    Equals ``conv_transpose2d(x, weights, stride=s, padding=(5 * s + 1) // 2)`` inside the border,
    cut to s times the input at the bottom and right.  Per axis one phase has 7 weights, the others
    have 6.  At odd scales the kernel is centred; at even ones no such kernel can be, it reaches
    half an output pixel further to the bottom and right, and its registration is learned: at x2 it
    moves photographs by 0.04 output pixels, at x4 by 0.02.
    """
