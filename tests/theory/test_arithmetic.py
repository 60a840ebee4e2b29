"""Convolution arithmetic equals PyTorch's, and the guide's relationships hold by their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from refusals import refusal_of
from torch.nn.functional import avg_pool2d, conv2d, conv_transpose2d

from upbench.benchmark.theory.arithmetic import guide
from upbench.benchmark.theory.arithmetic.connections import conv_connections, transposed_connections
from upbench.benchmark.theory.arithmetic.guide import (
    RELATIONSHIPS,
    DirectConvolution,
    conv_relationship,
    transposed_relationship,
)
from upbench.benchmark.theory.arithmetic.matrix import (
    column,
    conv_matrix,
    convolve,
    image_of,
    input_gradient,
    sparse_transposed_matrix,
    transposed_convolve,
)
from upbench.benchmark.theory.arithmetic.sizes import (
    conv_size,
    pair,
    span,
    transposed_size,
    whole_number,
)
from upbench.benchmark.theory.arithmetic.zeros import (
    direct_convolution,
    emulate_transposed,
    insert_zeros,
    multiplications,
    stretch_and_pad,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

INPUT = [[3, 3, 3, 6], [7, 4, 3, 2], [7, 2, 8, 5], [1, 7, 3, 1]]
KERNEL = [[1, 2, 4], [1, 1, 3], [1, 2, 4]]

few = settings(max_examples=60, deadline=None, derandomize=True)
small = st.integers(1, 9)


@dataclass(frozen=True)
class Case:
    """A random layer with its image, height and width on their own."""

    image: NDArray[np.float64]
    kernel: NDArray[np.float64]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    output_padding: tuple[int, int] = (0, 0)

    @property
    def layer(self) -> dict[str, tuple[int, int]]:
        """Return the arguments that a convolution takes."""
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    @property
    def transposed(self) -> dict[str, tuple[int, int]]:
        """Return the arguments that a transposed convolution takes."""
        return self.layer | {"output_padding": self.output_padding}


def pairs(low: int, high: int) -> st.SearchStrategy[tuple[int, int]]:
    """Draw (height, width)."""
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def cases(draw: st.DrawFn, *, transposed: bool) -> Case:
    """Draw a layer that leaves an output."""
    shape, kernel = draw(pairs(1, 8)), draw(pairs(1, 5))
    stride, padding, dilation = draw(pairs(1, 4)), draw(pairs(0, 5)), draw(pairs(1, 3))
    extra = (0, 0)
    if transposed:
        low = [max(stride[axis], dilation[axis]) - 1 for axis in (0, 1)]
        extra = (draw(st.integers(0, low[0])), draw(st.integers(0, low[1])))
    for axis in (0, 1):
        reach = span(kernel[axis], dilation[axis])
        if transposed:
            full = stride[axis] * (shape[axis] - 1) + reach + extra[axis]
            assume(full > 2 * padding[axis])
        else:
            assume(shape[axis] + 2 * padding[axis] >= reach)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = rng.standard_normal(shape), rng.standard_normal(kernel)
    return Case(*values, stride, padding, dilation, extra)


def tensor(values: NDArray[np.float64], *, grad: bool = False) -> torch.Tensor:
    """Return an image or kernel as torch's convolutions take it."""
    return torch.tensor(values[None, None], requires_grad=grad)


def array(values: torch.Tensor | None) -> NDArray[np.float64]:
    """Return a one-channel tensor as an array."""
    assert values is not None
    return np.asarray(values.detach().numpy()[0, 0])


def test_the_worked_example_is_reproduced_exactly() -> None:
    """The example of the tutorial: a 4 x 4 input, a 3 x 3 kernel, and back."""
    forward = [[84, 84], [87, 60]]
    back = [[2, 7, 14, 12], [6, 16, 31, 21], [6, 14, 29, 21], [4, 11, 22, 12]]
    matrix = conv_matrix((4, 4), KERNEL)
    assert convolve(INPUT, KERNEL).tolist() == forward
    assert image_of(matrix @ column(INPUT), (2, 2)).tolist() == forward
    assert image_of(matrix.T @ [2, 3, 4, 3], (4, 4)).tolist() == back
    assert transposed_convolve([[2, 3], [4, 3]], KERNEL).tolist() == back
    assert emulate_transposed([[2, 3], [4, 3]], KERNEL).tolist() == back


def test_the_matrix_is_the_one_printed_in_the_guide() -> None:
    """C of a 3 x 3 kernel over a 4 x 4 input has the guide's rows, section 4.1."""
    w = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert conv_matrix(4, w).tolist() == [
        [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0],
        [0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0],
        [0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9],
    ]


def lost_pixels(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    """Return the guide's a = (i + 2p - k) mod s: the pixels that no kernel position covers."""
    return (i + 2 * p - span(k, d)) % s


@few
@given(cases(transposed=False))
def test_convolution_in_every_form_equals_conv2d(case: Case) -> None:
    """Matrix and convolve give PyTorch's values and PyTorch's shape."""
    expected = array(conv2d(tensor(case.image), tensor(case.kernel), **case.layer))
    dense = conv_matrix(case.image.shape, case.kernel, **case.layer)
    sparse = conv_connections(case.image.shape, case.kernel.shape, **case.layer).matrix(case.kernel)
    assert_allclose(convolve(case.image, case.kernel, **case.layer), expected, atol=1e-12)
    assert_allclose(image_of(dense @ column(case.image), expected.shape), expected, atol=1e-12)
    assert (sparse.toarray() == dense).all()
    assert dense.shape == (expected.size, case.image.size)


@few
@given(cases(transposed=True))
def test_transposed_convolution_in_every_form_equals_conv_transpose2d(case: Case) -> None:
    """The transposed matrix and zero insertion give PyTorch's values and shape."""
    layer = tensor(case.image), tensor(case.kernel)
    expected = array(conv_transpose2d(*layer, **case.transposed))
    matrix = sparse_transposed_matrix(case.image.shape, case.kernel, **case.transposed)
    through_zeros = emulate_transposed(case.image, case.kernel, **case.transposed)
    got = transposed_convolve(case.image, case.kernel, **case.transposed)
    assert_allclose(got, expected, atol=1e-12)
    assert_allclose(through_zeros, expected, atol=1e-12)
    assert_allclose((matrix @ column(case.image)).ravel(), expected.ravel(), atol=1e-12)


@few
@given(cases(transposed=False))
def test_the_gradient_of_a_convolution_is_the_transpose(case: Case) -> None:
    """C^T g equals autograd's gradient of a convolution by its input."""
    image, kernel = tensor(case.image, grad=True), tensor(case.kernel)
    output = conv2d(image, kernel, **case.layer)
    gradient = np.random.default_rng(0).standard_normal(output.shape[2:])
    output.backward(tensor(gradient))
    by_input = input_gradient(gradient, case.image.shape, case.kernel, **case.layer)
    assert_allclose(by_input, array(image.grad), atol=1e-12)


@few
@given(cases(transposed=True))
def test_the_gradient_of_a_transposed_convolution_is_the_convolution(case: Case) -> None:
    """Its gradient by the input is C g."""
    assume(all(np.less(case.output_padding, case.stride)))
    image, kernel = tensor(case.image, grad=True), tensor(case.kernel, grad=True)
    output = conv_transpose2d(image, kernel, **case.transposed)
    gradient = np.random.default_rng(0).standard_normal(output.shape[2:])
    output.backward(tensor(gradient))
    by_input = convolve(gradient, case.kernel, **case.layer)
    assert_allclose(by_input, array(image.grad), atol=1e-12)


@few
@given(cases(transposed=False))
def test_the_transposed_matrix_is_the_matrix_transposed(case: Case) -> None:
    """With the lost pixels as output padding, C^T comes back to the size that C came from."""
    forward = conv_connections(case.image.shape, case.kernel.shape, **case.layer).matrix(
        case.kernel
    )
    outputs, extra = zip(
        *(
            (conv_size(*axis), lost_pixels(*axis))
            for axis in zip(
                case.image.shape,
                case.kernel.shape,
                case.stride,
                case.padding,
                case.dilation,
                strict=True,
            )
        ),
        strict=True,
    )
    back = sparse_transposed_matrix(outputs, case.kernel, **case.layer, output_padding=extra)
    assert (back.toarray() == forward.toarray().T).all()


def torch_conv_size(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    """Return the height of what conv2d gives."""
    images, weights = torch.zeros(1, 1, i, 1), torch.zeros(1, 1, k, 1)
    made = conv2d(images, weights, stride=(s, 1), padding=(p, 0), dilation=(d, 1))
    return int(made.shape[2])


def torch_transposed_size(i: int, k: int, s: int = 1, p: int = 0, a: int = 0) -> int:
    """Return the height of what conv_transpose2d gives."""
    made = conv_transpose2d(
        torch.zeros(1, 1, i, 1),
        torch.zeros(1, 1, k, 1),
        stride=(s, 1),
        padding=(p, 0),
        output_padding=(a, 0),
    )
    return int(made.shape[2])


@few
@given(i=st.integers(1, 20), k=st.integers(1, 7), s=st.integers(1, 4), p=st.integers(0, 6))
def test_relationships_1_to_7_and_15_give_conv2d_sizes(i: int, k: int, s: int, p: int) -> None:
    """Each of the guide's direct relationships equals PyTorch wherever its premise holds."""
    assume(i >= k)
    assert guide.relationship_1(i, k) == torch_conv_size(i, k)
    assert guide.relationship_2(i, k, p) == torch_conv_size(i, k, p=p)
    assert guide.relationship_4(i, k) == torch_conv_size(i, k, p=k - 1)
    assert guide.relationship_5(i, k, s) == torch_conv_size(i, k, s)
    assert guide.relationship_6(i, k, s, p) == torch_conv_size(i, k, s, p)
    pooled = avg_pool2d(torch.zeros(1, 1, i, 1), (k, 1), stride=(s, 1))
    assert guide.relationship_7(i, k, s) == pooled.shape[2]
    if k % 2:
        assert guide.relationship_3(i, k) == torch_conv_size(i, k, p=k // 2) == i
    for d in (1, 2, 3):
        if i + 2 * p >= span(k, d):
            assert guide.relationship_15(i, k, s, p, d) == torch_conv_size(i, k, s, p, d)


@few
@given(i=st.integers(1, 12), k=st.integers(1, 7), s=st.integers(1, 4), p=st.integers(0, 6))
def test_relationships_8_to_14_give_conv_transpose2d_sizes(i: int, k: int, s: int, p: int) -> None:
    """Each transposed relationship has PyTorch's size, and its direct convolution has it too."""
    found: list[tuple[DirectConvolution, int]] = [
        (guide.relationship_8(i, k), torch_transposed_size(i, k)),
        (guide.relationship_12(i, k, s), torch_transposed_size(i, k, s)),
    ]
    if i + k - 1 > 2 * p:
        found.append((guide.relationship_9(i, k, p), torch_transposed_size(i, k, p=p)))
    if k % 2:
        found.append((guide.relationship_10(i, k), torch_transposed_size(i, k, p=k // 2)))
    if i > k - 1:
        found.append((guide.relationship_11(i, k), torch_transposed_size(i, k, p=k - 1)))
    if s * (i - 1) + k > 2 * p:
        found.append((guide.relationship_13(i, k, s, p), torch_transposed_size(i, k, s, p)))
        found += [
            (guide.relationship_14(i, k, s, p, a), torch_transposed_size(i, k, s, p, a))
            for a in range(s)
        ]
    for direct, size in found:
        padded = direct.stretched + 2 * direct.padding + direct.extra
        assert direct.output == size == padded - direct.kernel + 1


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (guide.relationship_1(4, 3), 2),
        (guide.relationship_2(5, 4, 2), 6),
        (guide.relationship_3(5, 3), 5),
        (guide.relationship_4(5, 3), 7),
        (guide.relationship_5(5, 3, 2), 2),
        (guide.relationship_6(5, 3, 2, 1), 3),
        (guide.relationship_6(6, 3, 2, 1), 3),
        (guide.relationship_7(5, 3, 1), 3),
        (guide.relationship_8(2, 3), DirectConvolution(2, 3, 2, 0, 4)),
        (guide.relationship_9(6, 4, 2), DirectConvolution(6, 4, 1, 0, 5)),
        (guide.relationship_10(5, 3), DirectConvolution(5, 3, 1, 0, 5)),
        (guide.relationship_11(7, 3), DirectConvolution(7, 3, 0, 0, 5)),
        (guide.relationship_12(2, 3, 2), DirectConvolution(3, 3, 2, 0, 5)),
        (guide.relationship_13(3, 3, 2, 1), DirectConvolution(5, 3, 1, 0, 5)),
        (guide.relationship_14(3, 3, 2, 1, 1), DirectConvolution(5, 3, 1, 1, 6)),
        (guide.relationship_15(7, 3, 1, 0, 2), 3),
    ],
)
def test_the_guides_own_figures(got: object, expected: object) -> None:
    """The example beside each relationship in the guide comes out as drawn there."""
    assert got == expected


def test_every_relationship_is_listed_under_its_number() -> None:
    """The table holds 1 to 15 with the functions of those names, and a formula each."""
    assert list(RELATIONSHIPS) == list(range(1, 16))
    for number, relationship in RELATIONSHIPS.items():
        assert relationship.number == number
        assert relationship.function is getattr(guide, f"relationship_{number}")
        assert " = " in relationship.formula
        assert relationship.name


LAYERS_OF = {
    1: [(3, 1, 0), (1, 1, 0)],
    2: [(3, 1, 3), (4, 1, 2)],
    3: [(3, 1, 1)],
    4: [(3, 1, 2)],
    5: [(3, 2, 0)],
    6: [(3, 2, 1)],
    15: [(3, 2, 1, 2)],
    8: [(3, 1, 0)],
    9: [(4, 1, 2)],
    10: [(3, 1, 1), (3, 1, 2, 0, 2)],
    11: [(3, 1, 2)],
    12: [(3, 2, 0)],
    13: [(3, 2, 1)],
    14: [(3, 2, 1, 1)],
}
"""By number of the relationship: convolutions, and from 8 to 14 transposed ones."""


@pytest.mark.parametrize(
    ("number", "layer"), [(n, layer) for n, layers in LAYERS_OF.items() for layer in layers]
)
def test_a_layer_knows_its_relationship(number: int, layer: tuple[int, ...]) -> None:
    """The most special relationship whose premise holds is named."""
    relationship = transposed_relationship if 8 <= number <= 14 else conv_relationship
    assert relationship(*layer).number == number


@few
@given(small, small, st.integers(1, 4), st.integers(0, 4), st.integers(1, 3))
def test_output_padding_finds_the_way_back(i: int, k: int, s: int, p: int, d: int) -> None:
    """Convolving and transposing with the lost pixels gives the first size again."""
    assume(i + 2 * p >= span(k, d))
    lost = lost_pixels(i, k, s, p, d)
    there = conv_size(i, k, s, p, d)
    assert transposed_size(there, k, s, p, lost, d) == i
    assert direct_convolution(there, k, s, p, lost, d).output == i


def test_zero_insertion_puts_zeros_between_pixels_only() -> None:
    """Zeros, s - 1 of them, separate neighbours, height and width on their own."""
    assert insert_zeros([[1, 2], [3, 4]], 2).tolist() == [[1, 0, 2], [0, 0, 0], [3, 0, 4]]
    assert insert_zeros([[1, 2]], (3, 2)).tolist() == [[1, 0, 2]]


def test_a_padding_beyond_the_kernel_cuts_pixels_off() -> None:
    """With p > k - 1 the direct convolution reads less than the stretched image."""
    assert stretch_and_pad([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 1, 1, 1).tolist() == [[5]]
    assert direct_convolution(3, 1, 1, 1).padding == -1


def test_the_cost_of_the_zeros_is_counted() -> None:
    """A 2 x 2 image, k = 3, s = 2: 36 products, 225 with the zeros, 100 in the full matrix."""
    counts = multiplications(2, 3, 2)
    assert (counts.needed, counts.with_zeros, counts.dense) == (36, 225, 100)


@few
@given(cases(transposed=True))
def test_the_needed_multiplications_are_the_matrix_elements(case: Case) -> None:
    """The count without zeros is the number of stored elements of the sparse matrix."""
    kernel = np.ones(case.kernel.shape)
    counts = multiplications(case.image.shape, kernel.shape, **case.transposed)
    matrix = sparse_transposed_matrix(case.image.shape, kernel, **case.transposed)
    assert counts.needed == matrix.nnz <= min(counts.with_zeros, counts.dense)
    assert counts.dense == matrix.shape[0] * matrix.shape[1]


def test_connections_say_what_reads_what() -> None:
    """Output 3 of the worked example reads input pixels 5 to 15 through all nine elements."""
    connected = conv_connections(4, 3)
    reads = connected.outputs == 3
    assert connected.inputs[reads].tolist() == [5, 6, 7, 9, 10, 11, 13, 14, 15]
    assert connected.taps[reads].tolist() == list(range(9))
    back = transposed_connections(2, 3)
    assert back.output_shape == (4, 4)
    assert back.inputs[back.outputs == 0].tolist() == [0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv_size(4, 0), "The kernel must be a whole number, 1 or more; got 0."),
        (lambda: conv_size(4, 3, -1), "The stride must be a whole number, 1 or more; got -1."),
        (lambda: conv_size(0, 3), "The input size must be a whole number, 1 or more; got 0."),
        (lambda: conv_size(4, 3, 1, -1), "The padding must be a whole number, 0 or more; got -1."),
        (
            lambda: conv_size(4, 3, 1, 0, 0),
            "The dilation must be a whole number, 1 or more; got 0.",
        ),
        (
            lambda: conv_size(4, 3, 1.5),
            "The stride must be a whole number, 1 or more; got 1.5.",
        ),
        (
            lambda: conv_size(4, kernel=True),
            "The kernel must be a whole number, 1 or more; got True.",
        ),
        (
            lambda: transposed_size(4, "3"),
            "The kernel must be a whole number, 1 or more; got '3'.",
        ),
        (
            lambda: conv_size(2, 5),
            (
                "No output is left: a kernel that spans 5 does not fit into an input of 2 with "
                "padding 0; choose a smaller kernel, or a padding of 2 or more."
            ),
        ),
        (
            lambda: transposed_size(2, 3, 2, 3),
            (
                "No output is left: a padding of 3 cuts off all 5 output pixels; choose a padding "
                "of 2 or less."
            ),
        ),
        (
            lambda: transposed_size(2, 3, 2, 0, 2),
            "The output padding must be smaller than the stride or the dilation, 2 here; got 2.",
        ),
        (
            lambda: transposed_size(2, 3, 2, 0, -1),
            "The output padding must be a whole number, 0 or more; got -1.",
        ),
        (lambda: guide.relationship_3(5, 4), "Half padding needs an odd kernel; got 4."),
        (lambda: guide.relationship_10(5, 2), "Half padding needs an odd kernel; got 2."),
        (
            lambda: convolve(INPUT, KERNEL, stride=(1, 2, 3)),
            "The stride must be one whole number or two, (height, width); got (1, 2, 3).",
        ),
        (
            lambda: convolve([1, 2], KERNEL),
            "The image must have the shape (height, width), at least 1 x 1; got (2,).",
        ),
        (
            lambda: convolve(INPUT, [[]]),
            "The kernel must have the shape (height, width), at least 1 x 1; got (1, 0).",
        ),
        (
            lambda: convolve(INPUT, [["a"]]),
            "The kernel must be a table of numbers, (height, width).",
        ),
        (
            lambda: input_gradient([[1]], 4, KERNEL),
            "The output gradient must have the output's shape (2, 2); got (1, 1).",
        ),
    ],
)
def test_an_impossible_layer_is_refused_in_one_sentence(
    call: Callable[[], object], message: str
) -> None:
    """The message says what is wrong, what was expected and what was given."""
    assert refusal_of(call) == message


def test_numpy_integers_count_as_whole_numbers() -> None:
    """Sizes read from array shapes may be of any integer type."""
    assert whole_number("kernel", np.int64(3), 1) == 3
    assert pair("stride", (np.int32(2), 1), 1) == (2, 1)
