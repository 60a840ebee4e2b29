"""Ranges that are found out by a photograph, and assumptions that are said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from model_files import CLASSES, Vdsr, made, photo, save_state

from upbench.benchmark.registry.models import model_method, network_method

if TYPE_CHECKING:
    from pathlib import Path


class Levels(torch.nn.Module):
    """A network of levels 0 to 255 that loses its border: it clips at 20."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self.lost = lost

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        large = (image - 20).repeat_interleave(2, 2).repeat_interleave(2, 3).relu() + 20
        height, width = large.shape[2:]
        return large[:, :, self.lost : height - self.lost, self.lost : width - self.lost]


@pytest.mark.parametrize("lost", [0, 6, 8, 14, 46])
def test_levels_are_found_whatever_border_is_lost(lost: int) -> None:
    """Only what the network has made is compared with the photograph."""
    method = network_method(Levels(lost), "net", colour="rgb")
    assert "x2, RGB, values 0..255" in method.remarks[0]
    assert len(method.remarks) == 1


class MeanTaken(torch.nn.Module):
    """A network of RGB that subtracts a mean of three channels first, so that it takes one too."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        mean = torch.tensor([0.45, 0.44, 0.4])[None, :, None, None]
        large: torch.Tensor = torch.nn.functional.interpolate(image - mean, scale_factor=2) + mean
        return large


def test_one_channel_that_is_taken_for_three_is_not_the_networks() -> None:
    """SwinIR's begins so: a single channel came out as three, and the network was refused."""
    (line,) = network_method(MeanTaken(), "net").remarks
    assert line.startswith("x2, RGB, values 0..1")


@pytest.mark.parametrize("lost", [40, 64])
def test_a_lost_border_is_no_multiple(lost: int) -> None:
    """An input of which nothing is left says nothing about the sides that are taken."""
    (line,) = network_method(Levels(lost), "net", colour="rgb").remarks
    assert f"border of {lost} px padded" in line
    assert "multiples" not in line


def save_levels(file: Path, *, returned: str) -> Path:
    """Write a graph of uint8 that doubles sides and gives uint8, or float 0..1, or noise."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    held = [
        numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"),
        numpy_helper.from_array(np.array(255, np.float32), "white"),
    ]
    resize = helper.make_node("Resize", ["float", "", "scales"], ["larger"], mode="linear")
    ends = {
        "uint8": [helper.make_node("Cast", ["larger"], ["made"], to=TensorProto.UINT8)],
        "0..1": [helper.make_node("Div", ["larger", "white"], ["made"])],
        "noise": [helper.make_node("Sin", ["larger"], ["made"])],
    }
    kind = TensorProto.UINT8 if returned == "uint8" else TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Cast", ["image"], ["float"], to=1), resize, *ends[returned]],
        "levels",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("made", kind, [1, 3, "H", "W"])],
        held,
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(file))
    return file


@pytest.mark.parametrize(
    ("returned", "line"),
    [("uint8", "x2, RGB, values 0..255"), ("0..1", "x2, RGB, values 0..255 in, 0..1 out")],
)
def test_the_output_of_levels_is_tried(returned: str, line: str, tmp_path: Path) -> None:
    """A float output of 0..1 was divided by 255: black."""
    method = model_method(str(save_levels(tmp_path / "net.onnx", returned=returned)))
    assert method.remarks == (f"{line}, 0 parameters",)
    image = photo(30, 40, 3)
    larger = method.load(2)(image)
    assert larger.mean() == pytest.approx(image.mean(), abs=0.01)


def test_an_output_of_levels_that_resembles_nothing_is_said_with_its_options(
    tmp_path: Path,
) -> None:
    """What is assumed, and what to state: the input's range is known."""
    method = model_method(str(save_levels(tmp_path / "net.onnx", returned="noise")))
    assert method.remarks[1].startswith("values 0..255 are assumed, since its output resembles")
    assert "if it takes others say range=255:1, and" in method.remarks[1]


class Rounded(torch.nn.Module):
    """A network that takes 0..1 and gives uint8."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        large = image.repeat_interleave(2, 2).repeat_interleave(2, 3)
        return (large.clamp(0, 1) * 255).round().to(torch.uint8)


def test_an_output_of_uint8_has_levels() -> None:
    """Its input is tried."""
    method = network_method(Rounded(), "net", colour="rgb")
    assert method.remarks == ("x2, RGB, values 0..1 in, 0..255 out, 0 parameters",)
    image = photo(9, 7, 3)
    expected = image.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_allclose(method.load(2)(image), expected, atol=1e-6)


def test_the_rectifiers_of_a_chain_are_an_assumption_that_is_said(tmp_path: Path) -> None:
    """A chain of tanh has the same weights: as its class it is another network."""
    (tmp_path / "nets.py").write_text(CLASSES)
    weights = save_state(made(Vdsr), tmp_path / "w.pth")
    chain = model_method(str(weights))
    (note,) = chain.remarks[1:]
    assert note.startswith("a rectifier (ReLU) is assumed after each convolution but the last,")
    assert note.endswith("give its class: FILE.py:CLASS,weights=FILE.")
    own: Any = model_method(f"{tmp_path}/nets.py:Vdsr,weights={weights}")
    assert len(own.remarks) == 1
