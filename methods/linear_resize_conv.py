"""A resize and one convolution after it, at its least-squares optimum.

The remedy that Odena et al. propose against checkerboards: enlarge by nearest neighbour or
bilinear interpolation, then convolve on the large grid.  The kernels are chosen to see the same
7 x 7 input pixels as ``linear-transposed-conv``, of which both are a special case: a transposed
convolution with the kernel w * box, or w * triangle.  A constant stays constant when it is
enlarged, so all phases have one gain and no checkerboard comes of it, whatever the weights are.
There is no bias, and every channel is treated alike.

What runs is the layer's polyphase form on the small grid: the same numbers for 49 multiply-adds
per output pixel, where the layer as a network has it needs one per kernel element.
"""

from __future__ import annotations

from upbench.methods._shared.linear_layer import Layer, LinearUpsampler, linear_layer

_SOURCE = (
    "least squares on embedded images; layer: A. Odena, V. Dumoulin and C. Olah, "
    "Deconvolution and checkerboard artifacts, doi 10.23915/distill.00003, 2016"
)
_NEAREST = Layer("linear-resize-conv", "nearest", lambda s: 6 * s + 1)
_BILINEAR = Layer("linear-resize-conv-bilinear", "bilinear", lambda s: 5 * s + 1 + s % 2)


@linear_layer(_NEAREST, _SOURCE, "nearest, then least squares (6s+1) x (6s+1)")
class LinearResizeConv(LinearUpsampler):
    """Nearest neighbour, then a centred convolution with k = 6s + 1.

    Equals ``conv2d`` with ``weights`` on the enlarged image, mirrored at its border with the edge
    pixel repeated.  Half-pixel sampling: the kernel is centred and symmetric.
    """


@linear_layer(
    _BILINEAR, _SOURCE, "bilinear, then least squares k x k, k = 5s+1 (s even) or 5s+2 (s odd)"
)
class LinearResizeConvBilinear(LinearUpsampler):
    """Bilinear interpolation (half-pixel), then a centred convolution with k = 5s + 1 or 5s + 2.

    k is the odd one of the two.  Equals ``conv2d`` with ``weights`` on the enlarged image, mirrored
    at its border with the edge pixel repeated.  Half-pixel sampling, as the nearest form.
    """
