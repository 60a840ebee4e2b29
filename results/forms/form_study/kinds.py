"""The forms of a transposed convolution: the same numbers by five ways of computing them.

Each takes float32 ``(C, H, H)`` and returns float32 ``(C, sH, sH)``, contiguous, equal to PyTorch's
``conv_transpose2d`` to the tolerance of float32.  What can be done before the image is known
(turning the kernel, building a matrix) is done when a form is made ready, apart from applying it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from form_study.layer import Layer, connection_count, with_zeros_count
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.theory.arithmetic.matrix import sparse_transposed_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    Apply: TypeAlias = Callable[[Floats], Floats]

DENSE_MB = 300
"""The largest dense matrix that is built, in MB of 1e6 bytes."""
SPARSE_MB = 300
"""The largest sparse matrix that is built; building it takes some eight times as much."""


@dataclass(frozen=True)
class Ready:
    """A form made ready for one layer and one size of input."""

    apply: Apply
    """``(C, H, H)`` -> ``(C, sH, sH)``, both float32."""
    held_mb: float
    """What it keeps between calls, weights or matrix, in MB of 1e6 bytes."""


@dataclass(frozen=True)
class Form:
    """One way of computing a transposed convolution."""

    name: str
    what: str
    """How it computes, in one line."""
    prepare: Callable[[Layer, Floats, int], Ready]
    """``(layer, weights (C, C, k, k), side of the input) -> Ready``.  Raises UsageError, in one
    sentence, for what is too large for it."""
    multiplications: Callable[[Layer, int], int]
    """``(layer, side of the input)`` -> how many multiplications counting predicts."""


def native(layer: Layer, weights: Floats, _size: int) -> Ready:
    """Make ready PyTorch's own layer, ``torch.nn.ConvTranspose2d``."""
    import torch

    module = torch.nn.ConvTranspose2d(
        layer.channels,
        layer.channels,
        layer.kernel,
        layer.stride,
        layer.padding,
        layer.output_padding,
        bias=False,
    )
    module.load_state_dict({"weight": torch.from_numpy(weights)})
    return Ready(_on_tensors(module), _mb(weights))


def sparse_matrix(layer: Layer, weights: Floats, size: int) -> Ready:
    """Make ready the matrix C^T as a ``scipy.sparse.csr_array`` of float32.

    Raises:
        UsageError: It would be larger than SPARSE_MB.
    """
    needed = connection_count(layer, size) * 8  # a float32 and an int32 for each
    _refuse_large("sparse", needed, SPARSE_MB, "choose a smaller input")
    matrix = _matrix(layer, weights, size)
    return Ready(_product(matrix, layer, size), _mb(matrix.data, matrix.indices, matrix.indptr))


def dense_matrix(layer: Layer, weights: Floats, size: int) -> Ready:
    """Make ready the matrix C^T with all its zeros, float32.

    Raises:
        UsageError: It would be larger than DENSE_MB.
    """
    remedy = "choose a smaller input or the sparse matrix"
    _refuse_large("dense", dense_count(layer, size) * 4, DENSE_MB, remedy)
    matrix = _matrix(layer, weights, size).toarray()
    return Ready(_product(matrix, layer, size), _mb(matrix))


def zero_insertion(layer: Layer, weights: Floats, _size: int) -> Ready:
    """Make ready a direct convolution, ``conv2d``, of the input with s - 1 zeros in its gaps.

    The kernel is turned by 180 degrees; inserting the zeros is part of applying it.  V. Dumoulin
    and F. Visin, arXiv:1603.07285, relationship 14.
    """
    import torch

    turned = torch.from_numpy(weights).transpose(0, 1).flip(2, 3).contiguous()
    stride, around = layer.stride, layer.kernel - 1 - layer.padding

    def convolve(image: Any) -> Any:
        side = stride * (image.shape[-1] - 1) + 1 + layer.output_padding
        stretched = image.new_zeros((1, layer.channels, side, side))
        stretched[:, :, ::stride, ::stride][:, :, : image.shape[-1], : image.shape[-1]] = image
        return torch.nn.functional.conv2d(stretched, turned, padding=around)

    return Ready(_on_tensors(convolve), _mb(weights))


def sub_pixel(layer: Layer, weights: Floats, size: int) -> Ready:
    """Make ready the sub-pixel convolution: ``conv2d`` of the small image, then a pixel shuffle.

    Output row s q + r - p reads input row q - m through kernel row r + s m, so each of the s x s
    phases r is a convolution of the small image with every s-th element of the kernel.  A kernel
    that s does not divide is filled up with zeros.  W. Shi et al., Is the deconvolution layer the
    same as a convolutional layer?, arXiv:1609.07009.
    """
    import torch

    phases, taps = torch.from_numpy(_phase_kernels(layer, weights)), _phase_taps(layer)
    start, end = layer.padding, layer.padding + layer.output_size(size)
    beyond = max(0, end - layer.stride * (size + taps - 1))  # output padding that no tap reaches

    def shuffle(image: Any) -> Any:
        small = torch.nn.functional.conv2d(image, phases, padding=taps - 1)
        large = torch.nn.functional.pixel_shuffle(small, layer.stride)
        if beyond:
            large = torch.nn.functional.pad(large, (0, beyond, 0, beyond))
        return large[:, :, start:end, start:end].contiguous()

    return Ready(_on_tensors(shuffle), _mb(weights) * phases.numel() / weights.size)


def dense_count(layer: Layer, size: int) -> int:
    """Count the elements of the matrix C^T."""
    return (layer.output_size(size) * size * layer.channels) ** 2


def sub_pixel_count(layer: Layer, size: int) -> int:
    """Count the multiplications of the sub-pixel form, those by its padding included."""
    taps = _phase_taps(layer)
    return ((size + taps - 1) * layer.stride * taps * layer.channels) ** 2


FORMS = (
    Form("native", "torch.nn.ConvTranspose2d", native, connection_count),
    Form("sub-pixel", "conv2d of the small input, pixel_shuffle", sub_pixel, sub_pixel_count),
    Form("zero insertion", "zeros in the gaps, conv2d", zero_insertion, with_zeros_count),
    Form("sparse matrix", "scipy.sparse csr_array @ column", sparse_matrix, connection_count),
    Form("dense matrix", "numpy array @ column", dense_matrix, dense_count),
)
"""Every form; the first is what the others are compared with."""

MATRICES = ("sparse matrix", "dense matrix")
"""The forms that build a matrix for each size of input and keep it."""


def _on_tensors(function: Callable[[Any], Any]) -> Apply:
    """Give a function of ``(1, C, H, W)`` tensors an image as an array; nothing is copied."""
    import torch

    def apply(image: Floats) -> Floats:
        with torch.inference_mode():
            output: Floats = function(torch.from_numpy(image)[None])[0].numpy()
        return output

    return apply


def _phase_taps(layer: Layer) -> int:
    """Return how many kernel elements a phase has along one axis: k / s, rounded up."""
    return -(-layer.kernel // layer.stride)


def _phase_kernels(layer: Layer, weights: Floats) -> Floats:
    """Return the kernels of the phases, ``(C s s, C, taps, taps)``, in pixel_shuffle's order."""
    import numpy as np

    stride, taps, channels = layer.stride, _phase_taps(layer), layer.channels
    missing = stride * taps - layer.kernel
    filled = np.pad(weights, ((0, 0), (0, 0), (0, missing), (0, missing)))
    split = filled.reshape(channels, channels, taps, stride, taps, stride)[:, :, ::-1, :, ::-1]
    ordered = split.transpose(1, 3, 5, 0, 2, 4)  # out, phase down, phase right, in, taps
    return np.ascontiguousarray(ordered).reshape(channels * stride**2, channels, taps, taps)


def _matrix(layer: Layer, weights: Floats, size: int) -> Any:
    """Return C^T as a ``csr_array`` of float32, a block for each (output, input) channel."""
    import numpy as np
    from scipy.sparse import block_array, csr_array

    options = layer.stride, layer.padding, layer.output_padding
    blocks = [
        [sparse_transposed_matrix((size, size), kernel, *options) for kernel in column]
        for column in weights.transpose(1, 0, 2, 3)
    ]
    joined = block_array(blocks, format="csr", dtype=np.float32)
    # halves of the indices would be zeros: SPARSE_MB keeps the matrix far below 2^31 elements
    places = joined.indices.astype(np.int32), joined.indptr.astype(np.int32)
    return csr_array((joined.data, *places), shape=joined.shape)


def _product(matrix: Any, layer: Layer, size: int) -> Apply:
    shape = (layer.channels, layer.output_size(size), layer.output_size(size))

    def apply(image: Floats) -> Floats:
        output: Floats = (matrix @ image.reshape(-1)).reshape(shape)
        return output

    return apply


def _refuse_large(what: str, needed: int, most: float, remedy: str) -> None:
    if needed > most * 1e6:
        raise UsageError(
            f"The {what} matrix would need {needed / 1e6:.0f} MB, more than the {most:.0f} MB "
            f"allowed; {remedy}."
        )


def _mb(*arrays: Any) -> float:
    return sum(float(array.nbytes) for array in arrays) / 1e6
