"""The five kinds of plugin: what is known of each, as frozen metadata beside a callable.

An **image** is a ``float32`` array of shape ``(H, W, C)``, C = 1 (luma or grey) or 3 (RGB),
range [0, 1], sRGB-encoded.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

from upbench.benchmark.core.errors import (
    MetricUndefinedError,
    UnsupportedScaleError,
    UsageError,
)
from upbench.benchmark.core.sizes import Scale, Size, is_whole, output_size, scale_list

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from upbench.benchmark.core.arrays import Image, Image8, Plane

Better = Literal["higher", "lower", "none"]
Colour = Literal["any", "luma", "rgb"]
Sampling = Literal[
    "half-pixel", "align-corners", "asymmetric", "half-input-pixel", "learned", "unknown"
]
Flat = Literal["always", "at first", "no"]
Antialias = Literal["stretch", "gaussian", "none", "unknown"]
Edge = Literal["mirror", "reflect", "replicate", "renormalise", "constant", "none", "unknown"]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with (what, done, total) while something long is under way."""


class Upsampler(Protocol):
    """A method ready to run at one scale: (H, W, C) float32 -> (H*scale, W*scale, C) float32."""

    def __call__(self, image: Image, /) -> Image:
        """Return the image made larger, or smaller where the scale is below 1."""
        ...


class Resizer(Protocol):
    """A method ready to run at any size: what a method with ``any_size=True`` is."""

    def __call__(self, image: Image, size: Size, /) -> Image:
        """Return the image at a size: (H, W, C) float32 -> (*size, C) float32."""
        ...


@dataclass(frozen=True)
class AtScale:
    """A resizer at one scale: it asks for the size that the scale makes of each image."""

    resizer: Resizer
    scale: Scale

    def __call__(self, image: Image, /) -> Image:
        """Return the image at ``ceil(side * scale)``."""
        return self.resizer(image, output_size(image.shape, self.scale))

    def __getattr__(self, name: str) -> Any:
        """Return what the resizer states of itself: its parameters, its MACs per pixel."""
        if name == "resizer":  # not there yet, while it is unpickled
            raise AttributeError(name)
        return getattr(self.resizer, name)


@runtime_checkable
class Fittable(Protocol):
    """The class of a method whose weights have a closed form: ``upbench train`` calls ``fit``."""

    def fit(self, scale: int, progress: Progress | None = None) -> Path:
        """Compute the weights of a scale, unless they are kept, and return their file."""
        ...


@runtime_checkable
class Trainable(Protocol):
    """The class of a method whose weights ``upbench train`` makes by gradient descent."""

    def untrained(self, scale: int, seed: int = 0) -> Any:
        """Return the torch network as training begins; the same seed gives the same weights."""
        ...

    def collapsed(self, network: Any) -> Any:
        """Return a network that was trained in the form whose weights are kept."""
        ...

    def place(self, scale: int, seed: int = 0) -> Any:
        """Return where the weights are: an :class:`upbench.benchmark.core.weights.Place`."""
        ...


@dataclass(frozen=True)
class Method:
    """A way of making an image larger, or smaller: its metadata and how to get it ready."""

    name: str
    """Lower-case words joined by hyphens; unique in a catalog."""
    family: str
    """The kind of method, in one word: "interpolation", "learned" ..."""
    target: Callable[..., Any]
    """A function ``(image, scale) -> image``, or a class ``(scale, device) -> callable``; with
    ``any_size`` a function ``(image, size) -> image``, or a class ``(device) -> callable``."""
    source: str = ""
    """Who, where, year: the paper or the library's function."""
    scales: tuple[int, ...] | None = None
    """The scales it offers; None is every whole number."""
    any_size: bool = False
    """Whether it makes any size of an image, larger or smaller, the two axes apart: it is called
    with the output's ``(height, width)`` in place of a scale, its ``eight_bit`` too."""
    antialias: Antialias = "unknown"
    """What it does with detail that a smaller image cannot hold: its kernel is as wide as the new
    pixels ("stretch"), a Gaussian filter comes first ("gaussian"), or nothing is done, so that the
    detail comes out as patterns that are not in the image ("none")."""
    backend: str = "numpy"
    """The distribution that does the work, as PyPI names it; its version is part of the key."""
    sampling: Sampling = "unknown"
    """Where output samples lie; "half-pixel" is the convention of all common image resizes."""
    kernel: str = ""
    """The kernel by its name and parameter ("Keys cubic, a = -0.5"); methods that state the
    same one claim to agree."""
    edge: Edge = "unknown"
    """What lies beyond the border: the image mirrored with the edge pixel repeated ("mirror") or
    without ("reflect"), the edge pixel ("replicate"), nothing, the weights of the others being
    normalised ("renormalise"), one value ("constant"); "none" where nothing is read there."""
    clips: bool = False
    """Whether it clips its output to the range of its input."""
    colour: Colour = "any"
    """"luma" for a method that takes (H, W, 1) only: it runs on Y, chroma goes by bicubic.  "rgb"
    for one that takes (H, W, 3) only: a grey image, or the luma of a protocol, is given to it three
    times over, and the luma of its output (0.299 R + 0.587 G + 0.114 B) is taken."""
    parameters: int | None = None
    """How many weights were learned; a loader's attribute of this name overrides it."""
    eight_bit: Callable[[Image8, Any], Image8] | None = None
    """The method's own 8-bit path, for protocols whose images have 8 bits."""
    weights: tuple[str, ...] = ()
    """Files that hold what it learned, relative to its own file: their content is part of the
    key, so that other weights are other results."""
    library_8bit: Callable[[Image8, Any], Image8] | None = None
    """The library's own call on 8-bit pixels, uint8 ``(H, W, C)``, where it has one: what runs in
    a pipeline.  Timings on 8-bit pixels are of it; no score is."""
    snippet: str = ""
    """How to call it in its library: a Python expression of ``image``, uint8 ``(H, W, 3)`` RGB, and
    ``scale``, whose value is uint8 ``(H * s, W * s, 3)``.  Modules stand by their full names (and
    numpy as ``np``): ``cv2.resize(image, None, fx=scale, fy=scale)``."""
    default: bool = True
    """Whether a run that names no methods takes it; one with an ``extra`` never is taken."""
    extra: str = ""
    """The optional set of packages that installs its backend: ``pip install 'upbench[EXTRA]'``."""
    file: str = ""
    """The file it comes from."""
    origin: str = ""
    """What another process makes it of, where that is not its file: a ``--model``."""
    licence: str = ""
    """The licence of its weights, where it is known."""
    remarks: tuple[str, ...] = ()
    """Sentences that a user reads before it runs: what was found out about a ``--model``."""

    @property
    def is_loader(self) -> bool:
        """Whether the target is a class that is loaded once per scale."""
        return inspect.isclass(self.target)

    def offers(self, scale: Scale) -> bool:
        """Say whether the method can run at this scale."""
        if self.any_size:
            return True
        return is_whole(scale) if self.scales is None else scale in self.scales

    @property
    def offered(self) -> str:
        """The scales that it offers, in words."""
        if self.any_size:
            return "any size"
        return scale_list(self.scales) if self.scales else "whole scales"

    def load(self, scale: Scale, device: str = "cpu") -> Upsampler:
        """Make the method ready for one scale; this is not timed as inference.

        Raises:
            UnsupportedScaleError: The method does not offer the scale.
        """
        if not self.offers(scale):
            raise UnsupportedScaleError(f"{self.name} offers {self.offered}, not x{scale}.")
        if self.any_size:
            return AtScale(self.load_any_size(device), scale)
        if self.is_loader:
            loaded: Upsampler = self.target(scale, device=device)
            return loaded
        return lambda image: self.target(image, scale)

    def load_any_size(self, device: str = "cpu") -> Resizer:
        """Make the method ready for every size.

        Raises:
            UnsupportedScaleError: It is made for scales, not for sizes.
        """
        if not self.any_size:
            raise UnsupportedScaleError(
                f"{self.name} offers {self.offered}; expected a method of any size (any_size=True)."
            )
        ready: Resizer = self.target(device=device) if self.is_loader else self.target
        return ready

    def run_8bit(
        self, image: Image8, scale: Scale, path: Callable[[Image8, Any], Image8] | None = None
    ) -> Image8:
        """Run an 8-bit path of the method, ``eight_bit`` by default, on uint8 ``(H, W, C)``.

        Raises:
            TypeError: It has none.
        """
        own_path: Any = path or self.eight_bit
        returned: Image8 = own_path(
            image, output_size(image.shape, scale) if self.any_size else scale
        )
        return returned


@dataclass(frozen=True)
class Layer:
    """An upsampling layer of a network, with an initialisation, and what it promises."""

    name: str
    """Lower-case words joined by hyphens."""
    target: Callable[[int, int, int], nn.Module]
    """``(in_channels, out_channels, scale)`` -> a module ``(N, in, H, W) -> (N, out, H * s, W *
    s)``, freshly initialised from torch's random generator."""
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

    def build(self, in_channels: int, out_channels: int, scale: int) -> nn.Module:
        """Return the layer's module, see :attr:`target`.

        Raises:
            UsageError: A number is no whole number in its range, or the scale is not offered.
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
        return self.target(in_channels, out_channels, scale)


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
            MetricUndefinedError: It has no value here, or returned no number.
            Exception: Whatever the metric itself raises.
        """
        value: Any = self.function(reference, output, scale)
        if not isinstance(value, Real | Decimal) and getattr(value, "ndim", None) != 0:
            raise MetricUndefinedError(
                f"{self.name} returned a {type(value).__name__}; expected a number."
            )
        number = float(value)
        if math.isnan(number):
            raise MetricUndefinedError(f"{self.name} returned NaN; expected a number.")
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
    file: str = ""
    """The file it comes from."""

    @cached_property
    def steps(self) -> ProtocolSteps:
        """Return the four steps."""
        return self.target()


Described: TypeAlias = Method | Layer | Dataset | Metric | ScoringProtocol
