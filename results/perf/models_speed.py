"""A network in a file through upbench against the bare call of its library."""

from __future__ import annotations

import tempfile
import time
import warnings
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIDES = (256, 512)
ROUNDS = 15


def measure() -> Iterator[tuple[str, float, float]]:
    """Yield (what, the call's time through upbench by the bare call's, at most)."""
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for colour, channels in (("luma", 1), ("RGB", 3)):
            network = _espcn(channels)
            for name, file, bare in _files(network, channels, Path(folder)):
                for side in SIDES:
                    yield (
                        f"--model {name} {colour} {side} px: adapter / bare call",
                        _ratio(file, bare, side, channels),
                        1.02,
                    )


def _espcn(channels: int) -> Any:
    """Return ESPCN's layers at x2, as its paper has them."""
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(channels, 64, 5, padding=2),
        nn.Tanh(),
        nn.Conv2d(64, 32, 3, padding=1),
        nn.Tanh(),
        nn.Conv2d(32, 4 * channels, 3, padding=1),
        nn.PixelShuffle(2),
    ).eval()


def _files(
    network: Any, channels: int, folder: Path
) -> Iterator[tuple[str, Path, Callable[[Any], Any]]]:
    """Write a network as TorchScript and as ONNX; yield each with its bare call."""
    import onnxruntime
    import torch

    script = torch.jit.trace(network, torch.zeros(1, channels, 32, 32))
    script.save(str(folder / "a.pt"))

    def on_torch(batch: Any) -> Any:
        with torch.inference_mode():
            return script(torch.from_numpy(batch))

    yield "TorchScript", folder / "a.pt", on_torch
    _write_onnx(network, channels, folder / "a.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        folder / "a.onnx", options, providers=["CPUExecutionProvider"]
    )
    yield "ONNX", folder / "a.onnx", lambda batch: session.run(None, {"image": batch})


def _write_onnx(network: Any, channels: int, file: Path) -> None:
    """Write the layers as a graph, by hand: exporters need more libraries."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    last, nodes, weights = "image", [], []
    for index, layer in enumerate(network):
        made = f"made{index}"
        if hasattr(layer, "weight"):
            names = [last, f"w{index}", f"b{index}"]
            for name, held in zip(names[1:], (layer.weight, layer.bias), strict=True):
                weights.append(numpy_helper.from_array(held.detach().numpy(), name))
            pads = [layer.padding[0]] * 4
            nodes.append(helper.make_node("Conv", names, [made], pads=pads))
        elif hasattr(layer, "upscale_factor"):
            nodes.append(helper.make_node("DepthToSpace", [last], [made], blocksize=2, mode="CRD"))
        else:
            nodes.append(helper.make_node("Tanh", [last], [made]))
        last = made
    shape = [1, channels, "height", "width"]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, None)],
        weights,
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(file))


def _ratio(file: Path, bare: Callable[[Any], Any], side: int, channels: int) -> float:
    """Return the median ratio of pairs of calls that follow each other.

    Both run in this thread alone: its own time does not count what else the machine does.
    """
    from upbench.benchmark.registry.models import model_method

    ours = model_method(str(file)).load(2)
    image = np.random.default_rng(0).random((side, side, channels), dtype=np.float32)
    batch = np.ascontiguousarray(image.transpose(2, 0, 1)[None])
    ratios = []
    for round_ in range(ROUNDS + 2):
        pair = [(ours, image), (bare, batch)]
        took = {}
        for call, given in pair if round_ % 2 else pair[::-1]:
            begun = time.thread_time()
            call(given)
            took[call] = time.thread_time() - begun
        ratios.append(took[ours] / took[bare])
    return median(ratios[2:])


if __name__ == "__main__":
    show(measure())
