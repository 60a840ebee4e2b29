"""ONNX files, run by ONNX Runtime on the CPU or on CUDA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.threads import threads_set
from upbench.methods._models.network import DAMAGED, Declared, require
from upbench.methods._models.onnx_count import count_macs, count_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from upbench.methods._models.conventions import Layout
    from upbench.methods._models.network import Place

NUMBERS = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}
"""The inputs that are taken, by their type in ONNX Runtime."""


def open_file(place: Place, device: str) -> OnnxNetwork:
    """Open an ONNX file.

    Raises:
        UsageError: It cannot be read, or has not one input that is an image.
    """
    runtime = require("onnxruntime", "an ONNX network")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads_set()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what it says comes as an exception as well
    providers = ["CPUExecutionProvider"]
    if device == "cuda":
        providers = ["CUDAExecutionProvider", *providers]
        if providers[0] not in runtime.get_available_providers():
            raise UsageError(
                "this onnxruntime has no CUDA; install onnxruntime-gpu, or choose --device cpu."
            )
    try:
        session = runtime.InferenceSession(place.file, options, providers=providers)
    except Exception as error:  # noqa: BLE001 - its exceptions have no common class of their own
        said = " ".join(str(error).split())[:300]
        if "protobuf" in said.lower():
            said = DAMAGED
        raise UsageError(f"it is no ONNX file that can be read: {said}") from None
    return OnnxNetwork(session, place.file)


class OnnxNetwork:
    """An ONNX Runtime session with one input."""

    def __init__(self, session: Any, file: str) -> None:
        self._session, self._file = session, file
        inputs = session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(f"{one.name} {one.shape}" for one in inputs) or "none"
            raise UsageError(f"it has {len(inputs)} inputs ({names}); expected one, the image.")
        (given,) = inputs
        if given.type not in NUMBERS or len(given.shape) != 4:
            raise UsageError(
                f"its input {given.name} is {given.type} of shape {given.shape}; expected an image "
                "of four axes: batch, channels, height, width."
            )
        self._name, self._dtype = given.name, NUMBERS[given.type]
        self.declared = _declared(given.shape, given.type, session.get_modelmeta())
        self.parameters = count_parameters(file)

    def __call__(self, batch: NDArray[np.float32]) -> Sequence[NDArray[Any]]:
        """Run the session; return every output."""
        outputs: Sequence[NDArray[Any]] = self._session.run(
            None, {self._name: self._as_given(batch)}
        )
        return outputs

    def macs(self, batch: NDArray[np.float32]) -> int | None:
        """Count the multiply-adds of convolutions and matrix products, by the shapes of ONNX."""
        return count_macs(self._file, batch.shape)

    def _as_given(self, batch: NDArray[np.float32]) -> NDArray[Any]:
        if self._dtype == np.float32:
            return batch
        if self._dtype == np.uint8:
            return np.rint(batch).clip(0, 255).astype(np.uint8)
        return batch.astype(self._dtype)


def _declared(shape: Sequence[Any], kind: str, about: Any) -> Declared:
    """Return what the file says of its input.

    Raises:
        UsageError: Its batch or its channels are of another number.
    """
    count, *axes = [side if isinstance(side, int) and side > 0 else None for side in shape]
    if count not in {None, 1}:
        raise UsageError(f"its input is a batch of {count} images; expected a batch of one.")
    first, second, third = axes
    layout: Layout | None = "nchw" if first in {1, 3} else "nhwc" if third in {1, 3} else None
    if layout is None and first is not None and third is not None:
        raise UsageError(
            f"its input has shape {list(shape)}; expected 1 channel (luma) or 3 (RGB)."
        )
    channels, height, width = (first, second, third) if layout != "nhwc" else (third, first, second)
    licence = about.custom_metadata_map.get("license") or about.custom_metadata_map.get("licence")
    return Declared(
        channels=channels,
        layout=layout,
        height=height,
        width=width,
        precision="float16" if kind == "tensor(float16)" else "float32",
        levels=kind == "tensor(uint8)",
        licence=str(licence or ""),
    )
