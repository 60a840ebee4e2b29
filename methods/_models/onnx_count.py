"""Counting what an ONNX graph has learned and what it computes."""

from __future__ import annotations

from importlib.util import find_spec
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FLOATS = {1, 10, 11, 16}
"""Types of numbers that are learned: float32, float16, float64 and bfloat16."""


def count_parameters(file: str) -> int | None:
    """Return how many numbers a file's initialisers hold; None where onnx is not installed."""
    if find_spec("onnx") is None:
        return None
    import onnx

    graph: Any = onnx.load(file, load_external_data=False).graph
    held = [*graph.initializer, *(one.t for node in graph.node for one in _constants(node))]
    return sum(int(prod(one.dims)) for one in held if one.data_type in FLOATS and len(one.dims))


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

    Convolutions, transposed ones and matrix products are counted.
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
    """Return the multiply-adds of a node: 0 for what has none, None where a shape is not known."""
    if node.op_type not in {"Conv", "ConvTranspose", "MatMul", "Gemm"}:
        return 0
    given, weights, made = (shapes.get(name) for name in (*node.input[:2], node.output[0]))
    if given is None or weights is None or made is None:
        return None
    if node.op_type == "Conv":
        return prod(made) * prod(weights[1:])
    if node.op_type == "ConvTranspose":
        return prod(given) * prod(weights[1:])
    return prod(made) * given[-1]
