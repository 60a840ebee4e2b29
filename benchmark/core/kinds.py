"""The five kinds of plugin: what is known of each, as frozen metadata beside a callable.

An **image** is a ``float32`` array of shape ``(H, W, C)``, C = 1 (luma or grey) or 3 (RGB),
range [0, 1], sRGB-encoded.  The method, the largest of them, is in ``upsampler``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from upbench.benchmark.core.errors import NoNumberError, PluginMetadataError, UsageError
from upbench.benchmark.core.signatures import misfit
from upbench.benchmark.core.sizes import scale_list
from upbench.benchmark.core.upsampler import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from upbench.benchmark.core.arrays import Image, Image8, Plane
    from upbench.benchmark.core.progress import Progress
    from upbench.benchmark.core.sizes import Scale
    from upbench.benchmark.core.table import Better as Better  # noqa: PLC0414 - re-exported

Flat = Literal["always", "at first", "no"]


@dataclass(frozen=True)
class Layer:
    """An upsampling layer of a network, with an initialisation, and what it promises."""

    name: str
    """Lower-case words joined by hyphens."""
    target: Callable[[int, int, int], Any]
    """``(in_channels, out_channels, scale)`` -> a ``torch.nn.Module``, ``(N, in, H, W) -> (N, out,
    H * s, W * s)``, freshly initialised from torch's random generator.  No type here: a type
    checker would read all of torch for any plugin."""
    source: str = ""
    """Who, where, year."""
    summary: str = ""
    """One line for ``upbench list layers``."""
    scales: tuple[int, ...] | None = None
    """The scales that it is made for; None is every whole scale."""
    linear: bool = True
    """Whether it is a linear map, but for a bias, that is the same at every pixel."""
    flat: Flat = "no"
    """When a flat area stays flat, away from the border: whatever the weights, or as it begins."""
    pooling: bool = False
    """Whether its module needs the indices of its own ``pool``: ``pooled, indices =
    module.pool(features)``, later ``module(decoded, indices)``."""
    file: str = ""
    """The file it comes from."""

    def build(self, in_channels: int, out_channels: int, scale: int) -> Any:
        """Return the layer's module, see :attr:`target`.

        Raises:
            UsageError: A number is no whole number in its range, the scale is not offered, the
                layer takes other arguments, or what it returns is no module.
        """
        for what, value, least in (
            ("in_channels", in_channels, 1),
            ("out_channels", out_channels, 1),
            ("scale", scale, 2),
        ):
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise UsageError(
                    f"{self.name}: {what} must be a whole number, {least} or more; got {value!r}."
                )
        if self.scales is not None and scale not in self.scales:
            offered = scale_list(self.scales)
            raise UsageError(f"{self.name} is made for {offered}, not x{scale}.")
        if problem := misfit(self.target, "in_channels", "out_channels", "scale"):
            raise UsageError(f"{self.name}: {problem}.")
        module = self.target(in_channels, out_channels, scale)
        from torch import nn

        if not isinstance(module, nn.Module):
            kind = type(module).__name__
            raise UsageError(f"{self.name} returned {kind}; expected a torch.nn.Module.")
        return module


@dataclass(frozen=True)
class ImageItem:
    """One named image of a dataset, not yet read."""

    name: str
    """The file's stem or the generator's name; unique in its dataset."""
    digest: str
    """SHA-256 of the file, or of the pixels of a generated image: what the content key holds."""
    load: Callable[[], Image]
    """Reads the image.  Raises ImageError, in one sentence, when it cannot be used."""
    low: Callable[[], Image] | None = None
    """Of a real pair: reads its low-resolution image.  None where a protocol makes one."""
    scale: int | None = None
    """Of a real pair: its scale, the only one at which it is run."""
    about: str = ""
    """What a reader of its numbers should know: its source, what it went through before."""


@dataclass(frozen=True)
class Dataset:
    """Named images in a fixed order, with where they come from."""

    name: str
    """Lower-case words joined by hyphens."""
    items: Callable[[], Sequence[ImageItem]]
    """Lists the images, downloading them on first use if they are not on this machine."""
    source: str
    """Who made the images and where they are published."""
    licence: str
    """What may be done with them."""
    summary: str = ""
    """One line for ``upbench list datasets``."""
    fetch: Callable[[Progress | None], Path] | None = None
    """Downloads all images and returns their folder; None where nothing is downloaded."""
    status: Callable[[], LocalStatus] | None = None
    """Says how much is on this machine; None where nothing is downloaded."""
    notes: Callable[[], Sequence[str]] | None = None
    """Says, in sentences, what a user should know before the images are used: files that are not
    taken, turns that are not applied, what will be downloaded.  None where there is nothing."""
    file: str = ""
    """The file it comes from."""
    caveats: tuple[str, ...] = ()
    """Sentences that belong beside its numbers: which images it shares with which other sets."""


@dataclass(frozen=True)
class LocalStatus:
    """How much of a dataset that is downloaded is on this machine."""

    place: str
    """The folder it is read from."""
    present: int
    """How many of its images are there (not yet compared with their checksums)."""
    total: int
    """How many images it has."""
    bytes: int
    """The size of the whole download."""


@dataclass(frozen=True)
class Metric:
    """A number that compares an output with its reference, and how it is shown."""

    name: str
    """The column of the row table that it fills."""
    function: Callable[..., float]
    """``(reference, output, scale) -> float`` on float64 ``(H, W)`` or ``(H, W, C)`` in [0, 1].
    Raises MetricUndefinedError where the value does not exist."""
    unit: str = "1"
    """Its unit ("dB", "px"), or "1"."""
    better: Better = "none"
    """Which direction is better."""
    version: int = 1
    """Raised whenever the numbers change; part of every cell's key."""
    signature: str = ""
    """Every convention that changes the number, in one string."""
    summary: str = ""
    """One line for ``upbench list metrics``."""
    headline: bool = False
    """Whether every run has it; the others are computed where ``--metrics`` names them."""
    heading: str = ""
    """What stands above it in tables ("PSNR dB"); "" is its name and unit."""
    format: str = ".4g"
    """How its numbers are written: a Python format specification."""
    range: tuple[float, float] = (-math.inf, math.inf)
    """The lowest and the highest value that it can have."""
    clean: float | None = None
    """Of a fault, lower being better: what an image below this does not show.  Tables then give
    the worst image and the count of images from this up, which a mean would hide."""
    backend: str = "numpy"
    """The distribution that does the work, as PyPI names it."""
    extra: str = ""
    """The extra that adds the backend ("metrics"); "" where it is always installed."""
    file: str = ""
    """The file it comes from."""

    def __post_init__(self) -> None:
        if not self.heading:
            object.__setattr__(self, "heading", _heading(self.name, self.unit))

    def statement(self) -> dict[str, Any]:
        """Return what a reader of its numbers must know, as JSON has it; no limit is None."""
        limits = [None if math.isinf(limit) else limit for limit in self.range]
        stated = ("heading", "unit", "format", "better", "version", "signature", "summary")
        clean = {} if self.clean is None else {"clean": self.clean}
        return {name: getattr(self, name) for name in stated} | {"range": limits} | clean

    def score(self, reference: Plane, output: Plane, scale: Scale) -> float:
        """Return the metric's value as a plain float.

        Args:
            reference: The true image, float64 ``(H, W)`` or ``(H, W, C)`` in [0, 1].
            output: The image to judge, of the same shape.
            scale: Output size over input size: an int where it is whole, else a Fraction.

        Raises:
            MetricUndefinedError: It has no value here.
            NoNumberError: It returned no number.
            PluginMetadataError: It takes other arguments.
            Exception: Whatever the metric itself raises.
        """
        try:
            value: Any = self.function(reference, output, scale)
        except TypeError:
            if problem := misfit(self.function, "reference", "output", "scale"):
                raise PluginMetadataError(f"{self.name}: {problem}.") from None
            raise
        if not isinstance(value, Real | Decimal) and getattr(value, "ndim", None) != 0:
            raise NoNumberError(
                f"{self.name} returned a {type(value).__name__}; expected a number."
            )
        number = float(value)
        if math.isnan(number):
            raise NoNumberError(f"{self.name} returned NaN; expected a number.")
        return number


def _heading(name: str, unit: str) -> str:
    """Make a heading of a name and its unit.

    >>> _heading("blockiness_db", "dB"), _heading("edge-loss", "1")
    ('blockiness dB', 'edge loss')
    """
    words = re.split(r"[-_.]", name)
    if unit == "1":
        return " ".join(words)
    if len(words) > 1 and words[-1] == unit.lower():
        words = words[:-1]
    return " ".join([*words, unit])


class ProtocolSteps(Protocol):
    """The four steps of a protocol, for an image and a scale s.

    s is a whole number; a Fraction p / q too where the protocol states ``any_scale``.  At s > 1 a
    method gets the low-resolution image and is compared with the high-resolution one.  At s < 1 it
    gets the high-resolution image and is compared with the low-resolution one.

    At a size, where the protocol states ``any_size``, ``reference`` gets the scale 1, ``degrade``
    the (height, width) that it is to make, larger or smaller, and the other steps the larger of
    the scales of the two axes, from what the method gets to what it makes: any fraction.
    """

    def reference(self, image: Image, scale: Any, /) -> Image8:
        """Return the high-resolution pixels that are degraded and compared.

        uint8 ``(H, W, C)``, H and W multiples of s (of the larger of p and q).  Raises ImageError
        for an image that is too small.
        """
        ...

    def degrade(self, pixels: Image8, scale: Any, /) -> Image | Image8:
        """Return the low-resolution image ``(H / s, W / s, C)``: float32 in [0, 1], or uint8.

        At s < 1 its size is ``(H s, W s, C)``.
        """
        ...

    def finish(self, output: Image, scale: Any, /) -> Image8:
        """Return a method's float32 output ``(H, W, C)`` as uint8 pixels."""
        ...

    def score(self, pixels: Image8, scale: Any, /) -> Plane:
        """Return what metrics compare, of the reference and of an output: float64 in [0, 1]."""
        ...


@dataclass(frozen=True)
class ScoringProtocol:
    """One set of conventions: how colour, quantisation and border are treated."""

    name: str
    """What ``--protocol`` takes and the tables show."""
    target: Callable[[], ProtocolSteps]
    """A class, made without arguments, that has the four steps."""
    signature: str
    """Every convention that changes a number, in one string: part of each cell's key."""
    summary: str = ""
    """One line for ``upbench list protocols``."""
    eight_bit: bool = False
    """Whether its low-resolution images have 8 bits: methods with an own 8-bit path then use it."""
    any_scale: bool = False
    """Whether its steps take scales that are no whole numbers, and scales below 1."""
    any_size: bool = False
    """Whether its ``degrade`` takes a size, ``(height, width)``, in the place of a scale."""
    file: str = ""
    """The file it comes from."""

    @cached_property
    def steps(self) -> ProtocolSteps:
        """Return the four steps."""
        return self.target()


Described: TypeAlias = Method | Layer | Dataset | Metric | ScoringProtocol
