"""Parameters and multiply-adds: counted, or not known, but never another number."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
import torch
from model_files import SubPixel, made, save_torchscript
from onnx import TensorProto, helper, numpy_helper

from upbench.benchmark.registry.models import model_method, network_method
from upbench.methods._models.onnx_count import count_macs, count_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHAPE = (1, 3, 8, 10)


def saved(
    folder: Path, nodes: Sequence[Any], held: dict[str, Any], domains: Sequence[str] = ()
) -> str:
    """Write a graph from "image" to "made"; ``held`` are its tensors."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("made", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in held.items()],
    )
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(one, 1) for one in domains)]
    file = str(folder / "net.onnx")
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), file)
    return file


STEP = {"s": np.float32(0.1), "z": np.uint8(128), "w.s": np.float32([0.1] * 5), "w.z": np.int8(0)}
WEIGHTS = {"w": np.ones((5, 3, 3, 3), np.int8), "b": np.ones(5, np.int32)}


def test_weights_of_whole_numbers_are_counted_before_their_steps(tmp_path: Path) -> None:
    """As quantisers write them: dequantised before a convolution."""
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "w.s", "w.z"], ["wide"], axis=0),
        helper.make_node("DequantizeLinear", ["b", "w.s"], ["bias"], axis=0),
        helper.make_node("QuantizeLinear", ["image", "s", "z"], ["levels"]),
        helper.make_node("DequantizeLinear", ["levels", "s", "z"], ["given"]),
        helper.make_node("Conv", ["given", "wide", "bias"], ["made"], pads=[1, 1, 1, 1]),
    ]
    file = saved(tmp_path, nodes, WEIGHTS | STEP)
    assert count_parameters(file) == 5 * 3 * 9 + 5
    assert count_macs(file, SHAPE) == 5 * 3 * 9 * 8 * 10


def test_a_convolution_of_whole_numbers_is_counted(tmp_path: Path) -> None:
    """Its weights and its bias are inputs among seven others."""
    named = ["levels", "s", "z", "w", "w.s", "w.z", "s", "z", "b"]
    nodes = [
        helper.make_node("QuantizeLinear", ["image", "s", "z"], ["levels"]),
        helper.make_node("QLinearConv", named, ["larger"], pads=[1, 1, 1, 1]),
        helper.make_node("DequantizeLinear", ["larger", "s", "z"], ["made"]),
    ]
    file = saved(tmp_path, nodes, WEIGHTS | STEP)
    assert count_parameters(file) == 5 * 3 * 9 + 5
    assert count_macs(file, SHAPE) == 5 * 3 * 9 * 8 * 10


def test_the_scales_of_a_resize_are_no_parameters(tmp_path: Path) -> None:
    """A graph that only resizes has learned nothing."""
    nodes = [helper.make_node("Resize", ["image", "", "scales"], ["made"])]
    file = saved(tmp_path, nodes, {"scales": np.float32([1, 1, 2, 2])})
    assert (count_parameters(file), count_macs(file, SHAPE)) == (0, 0)


@pytest.mark.parametrize(
    ("domain", "kind", "weights", "count"),
    [
        ("com.microsoft.nchwc", "Conv", np.ones((16, 3, 3, 3), np.float32), None),
        ("com.microsoft", "MatMulNBits", np.ones((16, 3), np.uint8), None),
        ("com.microsoft", "FusedConv", np.ones((5, 3, 3, 3), np.float32), 135),
    ],
)
def test_operators_of_a_runtime_are_not_guessed(
    domain: str, kind: str, weights: Any, count: int | None, tmp_path: Path
) -> None:
    """Optimised files pad and pack their weights: 1,620 numbers were 1,100."""
    nodes = [helper.make_node(kind, ["image", "w"], ["made"], domain=domain)]
    file = saved(tmp_path, nodes, {"w": weights}, [domain])
    assert (count_parameters(file), count_macs(file, SHAPE)) == (count, None)


@pytest.mark.parametrize(
    ("equation", "macs"),
    [("nchw,oc->nohw", 5 * 3 * 8 * 10), ("n...,oc->no...", None), ("nchw -> nhwc", 0)],
)
def test_products_by_indices_are_counted(equation: str, macs: int | None, tmp_path: Path) -> None:
    """As PyTorch counts them; those of indices that are not named are not known."""
    given = ["image", "w"][: equation.count(",") + 1]
    nodes = [helper.make_node("Einsum", given, ["made"], equation=equation)]
    file = saved(tmp_path, nodes, {"w": np.ones((5, 3), np.float32)})
    assert count_macs(file, SHAPE) == macs


def test_what_a_branch_computes_is_not_known(tmp_path: Path) -> None:
    """Its tensors are counted, its multiply-adds depend on the image."""
    branches = {}
    for name in ("then", "else"):
        node = helper.make_node("Conv", ["image", f"{name}.w"], [name])
        made_of = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)]
        tensor = numpy_helper.from_array(np.ones((3, 3, 1, 1), np.float32), f"{name}.w")
        branches[f"{name}_branch"] = helper.make_graph([node], name, [], made_of, [tensor])
    file = saved(
        tmp_path, [helper.make_node("If", ["c"], ["made"], **branches)], {"c": np.array([True])}
    )
    assert (count_parameters(file), count_macs(file, SHAPE)) == (18, None)


def test_a_turned_factor_is_counted_along_the_axis_that_is_summed(tmp_path: Path) -> None:
    """Gemm may turn its first factor."""
    nodes = [
        helper.make_node("Reshape", ["image", "sides"], ["rows"]),
        helper.make_node("Gemm", ["rows", "w"], ["made"], transA=1),
    ]
    held = {"sides": np.int64([24, 10]), "w": np.ones((24, 7), np.float32)}
    assert count_macs(saved(tmp_path, nodes, held), SHAPE) == 24 * 10 * 7


def test_a_frozen_network_does_not_say_what_it_has_learned(tmp_path: Path) -> None:
    """Freezing makes constants of weights: they were 0 parameters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted: Any = torch.jit.script(made(SubPixel))
        torch.jit.freeze(scripted).save(str(tmp_path / "net.pt"))
    method = model_method(str(tmp_path / "net.pt"))
    assert method.parameters is None
    assert "parameters" not in method.remarks[0]


def test_a_network_without_weights_has_none(tmp_path: Path) -> None:
    """That is known."""
    network = torch.nn.Upsample(scale_factor=2.0)
    file = save_torchscript(network, tmp_path / "net.pt")
    assert model_method(f"{file},colour=luma").parameters == 0
    assert network_method(network, "net").parameters == 0
