"""A learned method as the suite runs it: weights from disk, one folded network, luma in and out."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from upbench.benchmark.core.contract import method
from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.core.weights import find, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Image
    from upbench.benchmark.core.weights import Place
    from upbench.methods._shared.head import Head
    from upbench.methods._shared.network import Network, Shape

__all__ = ["SCALES", "LearnedUpsampler", "learned"]

SCALES = (2, 3, 4)
"""The scales that weights are shipped for."""


def learned(
    head: Head, *, source: str, kernel: str, name: str = ""
) -> Callable[[type[LearnedUpsampler]], type[LearnedUpsampler]]:
    """Mark a class as a learned method, named after its head.

    Args:
        head: The upsampling layer.
        source: Who, where, year: the layer's paper.
        kernel: The layer in a few words.
        name: The method's name; by default "cnn-" and the head's.
    """

    def name_and_mark(cls: type[LearnedUpsampler]) -> type[LearnedUpsampler]:
        cls.name, cls.head = name or f"cnn-{head.name}", head
        mark: Callable[[type[LearnedUpsampler]], type[LearnedUpsampler]] = method(
            cls.name,
            family="learned",
            source=source,
            scales=SCALES,
            backend="torch",
            sampling="learned",
            kernel=kernel,
            colour="luma",
            weights=_beside(cls),
        )
        return mark(cls)

    return name_and_mark


def _beside(cls: type[LearnedUpsampler]) -> list[str]:
    """Return the weights files below the folder of the method's file, relative to it.

    Weights of another folder (the user's) are no part of the method.  Loading opens them, and so
    they are in the key of each cell all the same.
    """
    folder = _folder_of(cls)
    files = (find(folder, cls.name, scale, 0).file for scale in SCALES)
    return [str(file.relative_to(folder)) for file in files if file.is_relative_to(folder)]


def _folder_of(cls: type[LearnedUpsampler]) -> Path:
    """Return the folder of the class's file; a class that is typed in belongs where one works."""
    try:
        return Path(inspect.getfile(cls)).parent
    except (TypeError, OSError):
        return Path.cwd()


class LearnedUpsampler:
    """Trunk, head and bicubic residual with trained weights; each head is a subclass.

    Args:
        scale: The whole factor s.
        device: Where it runs: "cpu", or "cuda".

    Raises:
        MethodError: The weights are missing, damaged or of another network.
    """

    name: ClassVar[str]
    head: ClassVar[Head]
    shape_name: ClassVar[str] = "small"
    """The trunk's size, a key of ``network.SHAPES``."""
    recipe: ClassVar[dict[str, Any]] = {}
    """What of the training's recipe differs from the default."""
    begins_with: ClassVar[int | None] = None
    """The scale whose trained trunk the training of other scales begins with."""

    def __init__(self, scale: int, device: str = "cpu", seed: int = 0) -> None:
        from upbench.methods._shared.inference import Runner

        network = self.trained(scale, seed)
        self.runner = Runner(network, device)
        self.parameters: int = sum(weight.numel() for weight in network.parameters())
        """How many weights were learned, those of trunk and head as it is defined."""
        self.macs_per_px = self.runner.form.macs_per_px
        """Multiply-adds per output pixel, in the form that runs; None where they are not known."""

    def __call__(self, image: Image) -> Image:
        """Enlarge luma: ``(H, W, 1)`` float32 -> ``(H * s, W * s, 1)``; it may leave [0, 1].

        Raises:
            MethodError: The image has another shape.
        """
        if image.ndim != 3 or image.shape[2] != 1:
            raise MethodError(
                f"{self.name} enlarges luma, expected an image (H, W, 1), got {image.shape}; give "
                "it the luma of a colour image, as a run does."
            )
        return self.runner(image)

    def differentiable(self, planes: Any, size: tuple[int, int]) -> Any:  # noqa: ARG002 - it is s
        """Enlarge a tensor ``(1, 1, H, W)`` of any floating type, for the probe's gradients."""
        from copy import deepcopy

        return deepcopy(self.runner.form).to(planes.dtype)(planes)

    @classmethod
    def trained(cls, scale: int, seed: int = 0) -> Network:
        """Return the network with the weights on disk.

        Raises:
            MethodError: They are missing, damaged or of another network.
        """
        from upbench.methods._shared import network as networks

        place = cls.place(scale, seed)
        network = networks.Network(cls.head, cls.shape(), scale, collapsed=True)
        networks.fill(network, read(place), place)
        return network

    @classmethod
    def untrained(cls, scale: int, seed: int = 0) -> Network:
        """Return the network as its training begins; the same seed gives the same weights.

        Raises:
            MethodError: It begins with another scale's trunk, whose weights are not here.
        """
        from upbench.methods._shared import network as networks

        network = networks.untrained(cls.head, cls.shape(), scale, seed)
        if cls.begins_with not in {None, scale}:
            networks.take_trunk(network, cls.trained(cls.begins_with or scale, seed))
        return network

    @classmethod
    def shape(cls) -> Shape:
        """Return the size of the trunk."""
        from upbench.methods._shared.network import SHAPES

        return SHAPES[cls.shape_name]

    @classmethod
    def place(cls, scale: int, seed: int = 0) -> Place:
        """Return where the weights are, see :func:`upbench.benchmark.core.weights.find`."""
        return find(_folder_of(cls), cls.name, scale, seed)

    @staticmethod
    def collapsed(network: Any) -> Network:
        """Return a network that was trained in the form that is shipped."""
        from upbench.methods._shared import network as networks

        return networks.collapse(network)
