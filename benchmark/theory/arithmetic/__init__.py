"""Convolution arithmetic, exact and complete, after Dumoulin and Visin.

V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285.
"Convolution" is deep learning's: a cross-correlation, the kernel is not flipped.

- ``sizes``: output sizes, along one axis.
- ``guide``: the guide's 15 relationships, each a function with its number.
- ``connections``: which output pixel reads which input pixel through which kernel element.
- ``matrix``: the convolution as a matrix, its transpose, and gradients as the transpose.
- ``zeros``: the transposed convolution as zero insertion and a direct convolution, and its cost.

Every number equals PyTorch's ``conv2d`` and ``conv_transpose2d``; the tests check it.
"""
