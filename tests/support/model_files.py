"""Small networks, and files of them in every format that ``--model`` takes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from skimage import data
from torch import nn

if TYPE_CHECKING:
    from pathlib import Path


class SubPixel(nn.Module):
    """A sub-pixel convolution that is nearly nearest-neighbour, so that it enlarges images."""

    def __init__(self, scale: int = 2, channels: int = 1) -> None:
        super().__init__()
        self.layer = nn.Conv2d(channels, channels * scale**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(scale)
        with torch.no_grad():
            self.layer.weight.mul_(0.02)
            self.layer.bias.mul_(0.02)
            for made in range(channels * scale**2):
                self.layer.weight[made, made // scale**2, 1, 1] += 0.97

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        return self.shuffle(self.layer(image))


class Vdsr(nn.Module):
    """VDSR, small: the bicubic enlargement in, a residual added inside."""

    def __init__(self, depth: int = 4, width: int = 8) -> None:
        super().__init__()
        self.inner = nn.ModuleList(
            nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(depth - 2)
        )
        self.first = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.last = nn.Conv2d(width, 1, 3, padding=1, bias=False)
        with torch.no_grad():
            self.last.weight.mul_(0.1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Run it on a batch."""
        found = torch.relu(self.first(image))
        for layer in self.inner:
            found = torch.relu(layer(found))
        return image + self.last(found)


CLASSES = """
import torch
from torch import nn


class Vdsr(nn.Module):
    def __init__(self, depth=4, width=8):
        super().__init__()
        self.inner = nn.ModuleList(
            nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(depth - 2)
        )
        self.first = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.last = nn.Conv2d(width, 1, 3, padding=1, bias=False)

    def forward(self, image):
        found = torch.relu(self.first(image))
        for layer in self.inner:
            found = torch.relu(layer(found))
        return image + self.last(found)


class ForScale(nn.Module):
    def __init__(self, upscale_factor):
        super().__init__()
        self.layer = nn.Conv2d(1, upscale_factor**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(upscale_factor)

    def forward(self, image):
        return self.shuffle(self.layer(image))


class Needs(nn.Module):
    def __init__(self, channels):
        super().__init__()


class TwoInputs(nn.Module):
    def forward(self, image, level):
        return image * level


def no_module():
    return 3
"""
"""A file of classes, of which ``Vdsr`` takes the weights of the class of that name here."""


def made(kind: type[nn.Module], **arguments: int) -> Any:
    """Make a network, always with the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return kind(**arguments).eval()


def photo(height: int, width: int, channels: int = 1) -> Any:
    """Return a part of a photograph."""
    part = data.coffee()[100 : 100 + height, 200 : 200 + width, :channels] / 255
    return np.ascontiguousarray(part, dtype=np.float32)


def own_output(network: Any, image: Any) -> Any:
    """Return what PyTorch makes of an image."""
    with torch.inference_mode():
        return network(torch.tensor(image.transpose(2, 0, 1)[None]))[0].numpy().transpose(1, 2, 0)


def save_torchscript(network: nn.Module, file: Path) -> Path:
    """Script a network into a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script: Any = torch.jit.script
        script(network).save(str(file))
    return file


def save_exported(
    network: nn.Module, file: Path, shape: tuple[int, ...], *, fixed: bool = False
) -> Path:
    """Export a network into a ``.pt2`` file, for any height and width or for these alone."""
    sides = None if fixed else ({2: torch.export.Dim.AUTO, 3: torch.export.Dim.AUTO},)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = next((one.dtype for one in network.parameters()), torch.float32)
        given = torch.zeros(shape, dtype=kind)
        program = torch.export.export(network, (given,), dynamic_shapes=sides)
        torch.export.save(program, str(file))
    return file


def save_state(network: nn.Module, file: Path, wrapper: str = "") -> Path:
    """Save a state dictionary, as safetensors or as PyTorch does, perhaps inside another."""
    state = network.state_dict()
    if file.suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(state, str(file))
    else:
        torch.save({wrapper: state, "epoch": 3} if wrapper else state, file)
    return file


def save_onnx(
    network: nn.Module,
    file: Path,
    *,
    sides: tuple[int | str, int | str] | None = None,
    numbers: type = np.float32,
    layout: str = "nchw",
) -> Path:
    """Write a SubPixel or Vdsr network as an ONNX graph, by hand: no exporter is needed.

    Args:
        network: The network.
        file: Where it goes.
        sides: The fixed height and width of its input, a text for any; any by default.
        numbers: np.float32 or np.float16.
        layout: "nchw" or "nhwc", of input and output.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    weights: list[Any] = []
    entry, end = ("image", "larger") if layout == "nchw" else ("turned", "flat")

    def conv(name: str, layer: nn.Conv2d, given: str) -> str:
        names = [given, f"{name}.w"]
        weights.append(
            numpy_helper.from_array(layer.weight.detach().numpy().astype(numbers), names[1])
        )
        if layer.bias is not None:
            names.append(f"{name}.b")
            held = layer.bias.detach().numpy().astype(numbers)
            weights.append(numpy_helper.from_array(held, names[2]))
        nodes.append(helper.make_node("Conv", names, [name], pads=[1, 1, 1, 1]))
        return name

    if layout == "nhwc":
        nodes.append(helper.make_node("Transpose", ["image"], [entry], perm=[0, 3, 1, 2]))
    if isinstance(network, Vdsr):
        channels, last = 1, conv("first", network.first, entry)
        for index, layer in enumerate(network.inner):
            nodes.append(helper.make_node("Relu", [last], [f"{last}.r"]))
            last = conv(f"inner{index}", layer, f"{last}.r")  # type: ignore[arg-type]
        nodes.append(helper.make_node("Relu", [last], [f"{last}.r"]))
        nodes.append(
            helper.make_node("Add", [entry, conv("last", network.last, f"{last}.r")], [end])
        )
    else:
        channels = network.layer.in_channels  # type: ignore[union-attr]
        scale = network.shuffle.upscale_factor  # type: ignore[union-attr]
        made_by = conv("layer", network.layer, entry)  # type: ignore[arg-type]
        nodes.append(
            helper.make_node("DepthToSpace", [made_by], [end], blocksize=scale, mode="CRD")
        )
    if layout == "nhwc":
        nodes.append(helper.make_node("Transpose", [end], ["larger"], perm=[0, 2, 3, 1]))
    height, width = sides or ("height", "width")
    shape = [1, channels, height, width] if layout == "nchw" else [1, height, width, channels]
    kind = TensorProto.FLOAT if numbers is np.float32 else TensorProto.FLOAT16
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("image", kind, shape)],
        [helper.make_tensor_value_info("larger", kind, None)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"license": "CC0-1.0"})
    onnx.save(model, str(file))
    return file
