"""ncnn networks: a ``.param`` file, which is text, and a ``.bin`` file of its weights."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import MethodError, UsageError
from upbench.benchmark.core.threads import threads_set
from upbench.methods._models.network import Declared, check_kind, require

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from upbench.methods._models.network import Place

MAGIC = "7767517"
"""The first line of a ``.param`` file."""
CONVOLUTIONS = {"Convolution", "ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise"}


@dataclass(frozen=True)
class Layer:
    """One line of a ``.param`` file."""

    kind: str
    given: tuple[str, ...]
    made: tuple[str, ...]
    numbers: dict[int, float] = field(default_factory=dict)
    """Its parameters by their keys; ncnn documents them for each kind of layer."""

    @property
    def weights(self) -> int:
        """How many numbers it has learned."""
        if self.kind in CONVOLUTIONS:
            return int(self.numbers.get(6, 0) + self.numbers.get(0, 0) * self.numbers.get(5, 0))
        if self.kind == "InnerProduct":
            return int(self.numbers.get(2, 0) + self.numbers.get(0, 0) * self.numbers.get(1, 0))
        return int(self.numbers.get(0, 0)) if self.kind == "PReLU" else 0

    @property
    def channels(self) -> int | None:
        """How many channels a convolution takes; None for other layers."""
        wide = self.numbers.get(1, 0)
        area = self.numbers.get(0, 0) * wide * self.numbers.get(11, wide)
        return int(self.numbers.get(6, 0) / area) if self.kind == "Convolution" and area else None


def open_file(place: Place, device: str) -> NcnnNetwork:
    """Open a network.

    Raises:
        UsageError: A file is missing or cannot be read, or it has not one input.
    """
    if device != "cpu":
        raise UsageError("ncnn networks run on the CPU here; choose --device cpu.")
    binary = Path(place.file).with_suffix(".bin")
    if not binary.is_file():
        raise UsageError(f"its weights, {binary.name}, are not beside it.")
    check_kind(binary, ".bin")
    layers = read_layers(Path(place.file))
    ncnn = require("ncnn", "an ncnn network")
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    net.opt.num_threads = threads_set() or os.cpu_count() or 1
    if net.load_param(place.file) != 0:
        raise UsageError("ncnn cannot read its .param file; expected one of this ncnn's layers.")
    if net.load_model(str(binary)) != 0 or binary.stat().st_size < _learned(layers):  # a byte each
        raise UsageError(f"ncnn cannot read {binary.name}: it is too short or another network's.")
    if len(net.input_names()) != 1:
        names = ", ".join(net.input_names()) or "none"
        raise UsageError(f"it has {len(net.input_names())} inputs ({names}); expected one.")
    return NcnnNetwork(net, layers)


def read_layers(file: Path) -> tuple[Layer, ...]:
    """Read a ``.param`` file.

    Raises:
        UsageError: It is none.
    """
    try:
        first, _, *lines = file.read_text(encoding="utf-8").split("\n")
        layers = tuple(_layer(line.split()) for line in lines if line.strip())
    except (ValueError, IndexError):
        first, layers = "", ()
    if first.strip() != MAGIC or not layers:
        raise UsageError(
            f"it is no .param file that can be read; expected text that begins with {MAGIC}."
        )
    return layers


def _layer(words: Sequence[str]) -> Layer:
    kind, _, given, made, *rest = words
    inputs, outputs = int(given), int(made)
    numbers = dict(_numbers(rest[inputs + outputs :]))
    return Layer(kind, tuple(rest[:inputs]), tuple(rest[inputs : inputs + outputs]), numbers)


def _numbers(words: Sequence[str]) -> Iterator[tuple[int, float]]:
    """Yield the plain numbers of a layer; lists have keys below -23300 and are left out."""
    for word in words:
        key, _, value = word.partition("=")
        if int(key) >= 0:
            try:
                yield int(key), float(value)
            except ValueError:  # a text
                continue


def _learned(layers: Sequence[Layer]) -> int:
    return sum(layer.weights for layer in layers)


class NcnnNetwork:
    """An ncnn network with one input."""

    def __init__(self, net: Any, layers: Sequence[Layer]) -> None:
        self._net, self._layers = net, layers
        (self._given,) = net.input_names()
        self._made = net.output_names()
        self.parameters = _learned(layers)
        first = next((one.channels for one in layers if one.channels), None)
        self.declared = Declared(first if first in {1, 3} else None, "nchw")

    def __call__(self, batch: NDArray[np.float32]) -> Sequence[NDArray[Any]]:
        """Run it on the one image of a batch.

        Raises:
            MethodError: It does not take the input.
        """
        extractor = self._extractor(batch)
        return [self._extracted(extractor, name)[None] for name in self._made]

    def macs(self, batch: NDArray[np.float32]) -> int | None:
        """Count the multiply-adds of convolutions by the sizes of what they make."""
        extractor = self._extractor(batch)
        extractor.set_light_mode(False)  # what is made on the way is asked for
        total = 0
        for layer in self._layers:
            if layer.kind in CONVOLUTIONS:
                blob = layer.given[0] if layer.kind.startswith("Deconv") else layer.made[0]
                sides = self._extracted(extractor, blob).shape[-2:]
                total += int(layer.numbers.get(6, 0)) * int(np.prod(sides))
        return total or None

    def _extractor(self, batch: NDArray[np.float32]) -> Any:
        ncnn: Any = import_module("ncnn")
        extractor = self._net.create_extractor()
        if extractor.input(self._given, ncnn.Mat(batch[0]).clone()) != 0:
            raise MethodError(f"ncnn does not take an input of shape {batch.shape[1:]}.")
        return extractor

    def _extracted(self, extractor: Any, name: str) -> NDArray[Any]:
        status, made = extractor.extract(name)
        if status != 0:
            raise MethodError(f"ncnn cannot compute {name} (status {status}).")
        return np.array(made)
