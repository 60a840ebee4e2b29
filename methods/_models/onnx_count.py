"""Counting what an ONNX graph has learned and what it computes."""

from __future__ import annotations

from importlib.util import find_spec
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FLOATS = {1, 10, 11, 16}
"""Types of numbers that are learned: float32, float16, float64 and bfloat16."""
STANDARD = {"", "ai.onnx"}
"""The domains of operators that the ONNX standard defines."""
QUANTISED = {
    "DequantizeLinear": (0,),
    "QLinearConv": (3, 8),
    "QLinearMatMul": (0, 3),
    "ConvInteger": (1,),
    "MatMulInteger": (0, 1),
}
"""Which inputs of an operator are learned, although they may be whole numbers."""
NOT_LEARNED = {
    "DequantizeLinear": (1, 2),
    "QLinearConv": (1, 2, 4, 5, 6, 7),
    "QLinearMatMul": (1, 2, 4, 5, 6, 7),
    "QuantizeLinear": (1, 2),
    "Resize": (1, 2, 3),
    "Upsample": (1,),
}
"""Which inputs of an operator are sizes or the steps of whole numbers, although they are floats."""
WEIGHTS = {"Conv": 1, "ConvTranspose": 1, "ConvInteger": 1, "QLinearConv": 3}
"""Which input holds the weights of a convolution."""
PRODUCTS = {"MatMul", "Gemm", "MatMulInteger", "QLinearMatMul"}
"""Products of matrices; the first input is the first of them."""
UNCOUNTED = {
    *("Attention", "DeformConv", "GRU", "LSTM", "RNN"),
    *("If", "Loop", "Scan", "SequenceMap"),
}
"""Operators that multiply, or hold others that may, and are not counted here."""


def count_parameters(file: str) -> int | None:
    """Return how many numbers a file has learned; None where that is not known.

    Those are the floating-point tensors, but for what resizes and quantisation are stated with, and
    quantised weights.  Another runtime's operators may keep weights in a form of their own.
    """
    if find_spec("onnx") is None:
        return None
    import onnx

    graphs = [*_graphs(onnx.load(file, load_external_data=False).graph)]
    nodes = [node for graph in graphs for node in graph.node]
    held = {one.name: one for graph in graphs for one in graph.initializer}
    held |= {node.output[0]: one.t for node in nodes for one in _constants(node)}
    if any(_is_opaque(node, held) for node in nodes):
        return None
    quantised, others = _inputs(nodes, QUANTISED), _inputs(nodes, NOT_LEARNED)
    return sum(
        int(prod(one.dims))
        for name, one in held.items()
        if name in quantised or (one.data_type in FLOATS and len(one.dims) and name not in others)
    )


def _graphs(graph: Any) -> Iterator[Any]:
    """Yield a graph and those inside of its nodes."""
    yield graph
    for node in graph.node:
        for one in node.attribute:
            for inner in (*((one.g,) if one.HasField("g") else ()), *one.graphs):
                yield from _graphs(inner)


def _is_opaque(node: Any, held: Mapping[str, Any]) -> bool:
    """Say whether another runtime's operator may keep weights in a form of its own."""
    if node.domain in STANDARD:
        return False
    given = [held[name] for name in node.input if name in held]
    return any(
        prod(one.dims) > 1 and ("nchwc" in node.domain or one.data_type not in FLOATS)
        for one in given
    )


def _inputs(nodes: Sequence[Any], places: Mapping[str, Sequence[int]]) -> set[str]:
    """Return the names of the inputs that stand at these places of these operators."""
    return {
        name
        for node in nodes
        for index, name in enumerate(node.input)
        if index in places.get(node.op_type, ())
    }


def external_files(file: Path) -> tuple[str, ...]:
    """Return the files in which an ONNX file keeps its tensors; none where it keeps them itself.

    Where onnx is not installed, that is the one that PyTorch's export writes: ``FILE.data``.
    """
    usual = file.with_name(f"{file.name}.data")
    if find_spec("onnx") is None:
        return (str(usual),) if usual.is_file() else ()
    import onnx
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    try:
        graph: Any = onnx.load(file, load_external_data=False).graph
    except Exception:  # noqa: BLE001 - opening it says what is wrong with it
        return ()
    held = [*graph.initializer, *(one.t for node in graph.node for one in node.attribute)]
    names = {ExternalDataInfo(one).location for one in held if uses_external_data(one)}
    return tuple(str(file.parent / name) for name in sorted(names))


def _constants(node: Any) -> list[Any]:
    """Return the tensors of a constant that weighs something: older exporters keep weights so."""
    if node.op_type != "Constant":
        return []
    return [one for one in node.attribute if one.name == "value" and len(one.t.dims) > 1]


def count_macs(file: str, shape: Sequence[int]) -> int | None:
    """Return the multiply-adds of a graph on an input; None where its shapes are not known.

    Convolutions, transposed ones, matrix products and products of two tensors are counted.
    """
    if find_spec("onnx") is None:
        return None
    import onnx

    model = onnx.load(file)
    given = {one.name for one in model.graph.initializer}
    (entry,) = [one for one in model.graph.input if one.name not in given]
    for axis, side in zip(entry.type.tensor_type.shape.dim, shape, strict=True):
        axis.dim_value = side
    del model.graph.value_info[:]
    for one in model.graph.output:
        one.type.tensor_type.ClearField("shape")
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {one.name: _sides(one) for one in (*graph.value_info, *graph.input, *graph.output)}
    shapes |= {one.name: list(one.dims) for one in graph.initializer}
    shapes |= {node.output[0]: list(one.t.dims) for node in graph.node for one in _constants(node)}
    counts = [_macs(node, shapes) for node in graph.node]
    return None if None in counts else sum(filter(None, counts))


def _sides(value: Any) -> list[int] | None:
    axes = value.type.tensor_type.shape.dim
    return [axis.dim_value for axis in axes] if all(axis.dim_value > 0 for axis in axes) else None


def _macs(node: Any, shapes: Mapping[str, list[int] | None]) -> int | None:
    """Return the multiply-adds of a node: 0 for what has none, None where they are not known."""
    kind = node.op_type
    if node.domain not in STANDARD or kind in UNCOUNTED:
        return None
    if kind == "Einsum":
        return _macs_of_einsum(node, shapes)
    if kind not in WEIGHTS and kind not in PRODUCTS:
        return 0
    second = node.input[WEIGHTS.get(kind, 1)]
    given, weights, made = (shapes.get(one) for one in (node.input[0], second, node.output[0]))
    if given is None or weights is None or made is None:
        return None
    if kind in PRODUCTS:
        is_turned = any(one.name == "transA" and one.i for one in node.attribute)
        return prod(made) * given[0 if is_turned else -1]
    return prod(given if kind == "ConvTranspose" else made) * prod(weights[1:])


def _macs_of_einsum(node: Any, shapes: Mapping[str, list[int] | None]) -> int | None:
    """Return the multiply-adds of a product of two tensors: one for each set of indices."""
    equation = next(one.s.decode() for one in node.attribute if one.name == "equation")
    names = equation.replace(" ", "").partition("->")[0].split(",")
    if len(names) == 1:
        return 0
    given = [shape for one in node.input if (shape := shapes.get(one)) is not None]
    if len(names) > 2 or len(given) < 2 or "." in equation:
        return None
    sides = dict(zip("".join(names), [*given[0], *given[1]], strict=True))
    return prod(sides.values())
