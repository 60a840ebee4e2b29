r"""The network: a trunk of 3 x 3 convolutions, a head, and bicubic interpolation added.

    luma (N, 1, H, W) -> trunk -> features (N, C, H, W) -> head -> (N, 1, H s, W s)
                     \-> bicubic interpolation -----------------------> +

The trunk works at low resolution and the bicubic image is added at the end (global residual), for
every head alike.  The sizes were chosen by quality per second of training on one CPU core; 16
channels because that is one register of the CPU's convolution kernels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from upbench.benchmark.core.errors import MethodError
from upbench.methods._shared.folding import fold, pad
from upbench.methods._shared.modules import CollapsibleConv

if TYPE_CHECKING:
    from torch import Tensor

    from upbench.benchmark.core.weights import Place, Tensors
    from upbench.methods._shared.head import Head

__all__ = [
    "SHAPES",
    "Network",
    "Shape",
    "collapse",
    "cubic_phases",
    "fill",
    "take_trunk",
    "untrained",
]


@dataclass(frozen=True)
class Shape:
    """The size of a trunk."""

    name: str
    channels: int
    depth: int
    """Convolutions from channels to channels, after the first."""
    width: int
    """Channels inside each convolution as it begins, see :class:`CollapsibleConv`."""
    wide: bool = True
    """Whether they are there while it is trained, or collapsed before."""


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("small", channels=16, depth=4, width=64),
        Shape("slim", channels=12, depth=8, width=64),
        Shape("large", channels=32, depth=10, width=128, wide=False),
    )
}
"""The trunks by name."""


class Network(nn.Module):
    """Trunk, head and bicubic residual at one scale.

    Args:
        head: The upsampling layer.
        shape: The trunk's size.
        scale: The whole factor s.
        collapsed: Plain convolutions, as shipped, instead of those that are trained.
    """

    def __init__(self, head: Head, shape: Shape, scale: int, *, collapsed: bool) -> None:
        super().__init__()
        self.kind, self.shape, self.scale = head, shape, scale
        self.reach = head.reach(scale)
        self.trunk = _trunk(shape, collapsed=collapsed)
        self.head = head.build(shape.channels, scale)
        self.register_buffer("cubic", cubic_phases(scale), persistent=False)

    def forward(self, low: Tensor) -> Tensor:
        """``(N, 1, H, W)`` -> ``(N, 1, H * s, W * s)``; a linear head runs folded."""
        if not self.kind.linear:
            return self.unfolded(low)
        features = self.features(low)
        weight, bias = self.folded_head()
        phases = functional.conv2d(pad(features, self.reach, self.kind.border), weight, bias)
        return functional.pixel_shuffle(phases + self._cubic_phases_of(low), self.scale)

    def unfolded(self, low: Tensor) -> Tensor:
        """Run the head as it is defined: the reference that the folded form must equal."""
        large: Tensor = self.head(self.features(low))
        return large + functional.pixel_shuffle(self._cubic_phases_of(low), self.scale)

    def features(self, low: Tensor) -> Tensor:
        """Run the trunk: ``(N, 1, H, W)`` -> ``(N, C, H, W)``.

        In training with mixed precision what looks at the image itself has full precision:
        bfloat16 has fewer grey levels than the image.
        """
        with torch.autocast(low.device.type, enabled=False):
            first = self.trunk[0](low)
        features: Tensor = self.trunk[1:](first)
        return features

    def folded_head(self) -> tuple[Tensor, Tensor]:
        """Return weight and bias of the head as a sub-pixel convolution."""
        weight, bias = fold(self.head, self.shape.channels, self.scale, self.reach)
        return weight.contiguous(memory_format=torch.channels_last), bias

    def _cubic_phases_of(self, low: Tensor) -> Tensor:
        with torch.autocast(low.device.type, enabled=False):
            return functional.conv2d(pad(low, 2, "replicate"), self.get_buffer("cubic"))


def untrained(head: Head, shape: Shape, scale: int, seed: int) -> Network:
    """Return a network as training begins; the same seed gives the same weights.

    Torch's own random state is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(head, shape, scale, collapsed=False)
    return network if shape.wide else collapse(network)


def collapse(network: Network) -> Network:
    """Return the same function with plain convolutions in the trunk."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        plain = Network(network.kind, network.shape, network.scale, collapsed=True)
        for trained, shipped in zip(network.trunk, plain.trunk, strict=True):
            match trained:
                case CollapsibleConv():
                    shipped.load_state_dict({"weight": trained.kernel(), "bias": trained.bias})
                case nn.Conv2d():
                    shipped.load_state_dict(trained.state_dict())
        plain.head.load_state_dict(network.head.state_dict())
    return plain


def take_trunk(network: Network, trained: Network) -> None:
    """Begin with the trunk of a network that was trained, at another scale.

    Features are at low resolution, so a trunk that serves one scale is a good beginning for
    another (B. Lim et al., EDSR, arXiv:1707.02921, 2017, section 4.2).

    Args:
        network: As it would begin, changed in place.
        trained: With plain convolutions in the trunk, of the same shape.
    """
    with torch.no_grad():
        for begun, finished in zip(network.trunk, trained.trunk, strict=True):
            match begun:
                case CollapsibleConv():
                    begun.take(finished.weight)  # type: ignore[arg-type]
                    begun.bias.copy_(finished.bias)  # type: ignore[arg-type]
                case nn.Conv2d():
                    begun.load_state_dict(finished.state_dict())


def fill(network: Network, tensors: Tensors, place: Place) -> None:
    """Put tensors into a network that expects exactly these.

    Raises:
        MethodError: A tensor is missing, too many, or of another shape.
    """
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    got = {name: tuple(value.shape) for name, value in tensors.items()}
    wrong = sorted(name for name in expected | got if expected.get(name) != got.get(name))
    if wrong:
        name = wrong[0]
        raise MethodError(
            f"{place.file} does not fit {place.method} at x{place.scale}: expected {name} of shape "
            f"{expected.get(name, 'none')}, got {got.get(name, 'none')} ({len(wrong)} of "
            f"{len(expected)} tensors differ); {place.restore}"
        )
    network.load_state_dict({name: torch.tensor(value) for name, value in tensors.items()})


def cubic_phases(scale: int) -> Tensor:
    """Return bicubic interpolation (Keys, a = -0.5, half-pixel) as a sub-pixel convolution.

    Returns:
        float32 ``(s * s, 1, 5, 5)``, for :func:`torch.nn.functional.pixel_shuffle` after it.
    """
    import numpy as np

    from upbench.benchmark.imaging.resample import resize

    pixels, middle = 9, 4
    rows = resize(np.eye(pixels), (scale, 1))[middle * scale : (middle + 1) * scale, 2:7]
    phases = np.einsum("pi,qj->pqij", rows, rows).reshape(scale * scale, 1, 5, 5)
    return torch.from_numpy(phases.astype(np.float32))


def _trunk(shape: Shape, *, collapsed: bool) -> nn.Sequential:
    def convolution(inputs: int) -> nn.Module:
        if collapsed:
            return nn.Conv2d(inputs, shape.channels, 3, padding=1)
        return CollapsibleConv(inputs, shape.channels, shape.width)

    layers: list[nn.Module] = [convolution(1), nn.ReLU(inplace=True)]
    for _ in range(shape.depth):
        layers += [convolution(shape.channels), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)
