"""The four things a plugin can be: a method, a dataset, a metric, and the image they share.

Each is frozen metadata beside a callable.  The decorators only attach the metadata to the
function or class; nothing is registered here, the catalog collects.  Nothing heavy is imported,
so that listing what exists costs nothing.

An **image** is a ``float32`` array of shape ``(H, W, C)``, C = 1 (luma or grey) or 3 (RGB),
range [0, 1], sRGB-encoded.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

from upbench.benchmark.core.errors import (
    MetricUndefinedError,
    PluginMetadataError,
    UnsupportedScaleError,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image: TypeAlias = NDArray[np.float32]
    Image8: TypeAlias = NDArray[np.uint8]
    Plane: TypeAlias = NDArray[np.float64]

__all__ = [
    "ATTRIBUTE",
    "MAX_COUNT",
    "MAX_SCALE",
    "MIN_SCALE",
    "Dataset",
    "Fittable",
    "ImageItem",
    "LocalStatus",
    "Method",
    "Metric",
    "Progress",
    "Trainable",
    "Upsampler",
    "dataset",
    "method",
    "metric",
]

ATTRIBUTE = "__upbench__"
"""The attribute that holds the metadata on a decorated function or class."""

MIN_SCALE, MAX_SCALE = 2, 16
"""The scales that the suite accepts: whole numbers from MIN_SCALE to MAX_SCALE."""

MAX_COUNT = 2**63 - 1
"""The largest number of weights that the tables hold."""

Colour = Literal["any", "luma"]
Sampling = Literal["half-pixel", "align-corners", "asymmetric", "learned", "unknown"]
Better = Literal["higher", "lower", "none"]
Edge = Literal["mirror", "reflect", "replicate", "renormalise", "constant", "none", "unknown"]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with (what, done, total) while something long is under way."""

_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class Upsampler(Protocol):
    """A method ready to run at one scale: (H, W, C) float32 -> (H*scale, W*scale, C) float32."""

    def __call__(self, image: Image, /) -> Image:
        """Return the image made larger."""
        ...


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
    """A way of making an image larger: its metadata and how to get it ready to run."""

    name: str
    """Lower-case words joined by hyphens; unique in a catalog."""
    family: str
    """The kind of method, in one word: "interpolation", "learned" ..."""
    target: Callable[..., Any]
    """A function ``(image, scale) -> image``, or a class ``(scale, device) -> callable``."""
    source: str = ""
    """Who, where, year: the paper or the library's function."""
    scales: tuple[int, ...] | None = None
    """The scales it offers; None is every whole number."""
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
    """"luma" for a method that takes (H, W, 1) only: it runs on Y, chroma goes by bicubic."""
    parameters: int | None = None
    """How many weights were learned; a loader's attribute of this name overrides it."""
    eight_bit: Callable[[Image8, int], Image8] | None = None
    """The method's own 8-bit path, for protocols whose images have 8 bits."""
    weights: tuple[str, ...] = ()
    """Files that hold what it learned, relative to its own file: their content is part of the
    key, so that other weights are other results."""
    file: str = ""
    """The file it comes from."""

    @property
    def is_loader(self) -> bool:
        """Whether the target is a class that is loaded once per scale."""
        return inspect.isclass(self.target)

    def offers(self, scale: int) -> bool:
        """Say whether the method can run at this scale."""
        return self.scales is None or scale in self.scales

    def load(self, scale: int, device: str = "cpu") -> Upsampler:
        """Make the method ready for one scale; this is not timed as inference.

        Raises:
            UnsupportedScaleError: The method does not offer the scale.
        """
        if not self.offers(scale):
            offered = ", ".join(f"x{s}" for s in self.scales or ())
            raise UnsupportedScaleError(f"{self.name} offers {offered}, not x{scale}.")
        if self.is_loader:
            loaded: Upsampler = self.target(scale, device=device)
            return loaded
        return lambda image: self.target(image, scale)


@dataclass(frozen=True)
class ImageItem:
    """One named image of a dataset, not yet read."""

    name: str
    """The file's stem or the generator's name; unique in its dataset."""
    digest: str
    """SHA-256 of the file, or of the pixels of a generated image: what the content key holds."""
    load: Callable[[], Image]
    """Reads the image.  Raises ImageError, in one sentence, when it cannot be used."""


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
    """Brings all images to this machine and returns their folder; None where nothing is
    downloaded."""
    status: Callable[[], LocalStatus] | None = None
    """Says how much is on this machine; None where nothing is downloaded."""
    notes: Callable[[], Sequence[str]] | None = None
    """Says, in sentences, what a user should know before the images are used: files that are not
    taken, turns that are not applied, what will be downloaded.  None where there is nothing."""
    file: str = ""
    """The file it comes from."""


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
    file: str = ""
    """The file it comes from."""

    def __post_init__(self) -> None:
        if not self.heading:
            object.__setattr__(self, "heading", _heading(self.name, self.unit))

    def statement(self) -> dict[str, Any]:
        """Return what a reader of its numbers must know, as JSON has it; no limit is None."""
        limits = [None if math.isinf(limit) else limit for limit in self.range]
        stated = ("heading", "unit", "format", "better", "version", "signature", "summary")
        return {name: getattr(self, name) for name in stated} | {"range": limits}

    def score(self, reference: Plane, output: Plane, scale: int) -> float:
        """Return the metric's value as a plain float.

        Args:
            reference: The true image, float64 ``(H, W)`` or ``(H, W, C)`` in [0, 1].
            output: The image to judge, of the same shape.
            scale: The whole factor.

        Raises:
            MetricUndefinedError: It has no value here, or returned no number.
            Exception: Whatever the metric itself raises.
        """
        value: Any = self.function(reference, output, scale)
        if not isinstance(value, Real) and getattr(value, "ndim", None) != 0:
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


def method(
    name: str,
    *,
    family: str,
    source: str = "",
    scales: Sequence[int] | None = None,
    backend: str = "numpy",
    sampling: Sampling = "unknown",
    kernel: str = "",
    edge: Edge = "unknown",
    clips: bool = False,
    colour: Colour = "any",
    parameters: int | None = None,
    eight_bit: Callable[[Image8, int], Image8] | None = None,
    weights: Sequence[str] = (),
) -> Callable[[_Decorated], _Decorated]:
    """Describe a function or class as a method; it stays what it was, callable as before.

    Args:
        name: Lower-case letters and digits, joined by hyphens; unique in a catalog.
        family: The kind of method, in one word: "interpolation", "learned" ...
        source: Who, where, year.
        scales: The scales it offers, each from 2 to 16; None for all of them.
        backend: The PyPI distribution that does the work.
        sampling: "half-pixel", "align-corners", "asymmetric", "learned" or "unknown".
        kernel: The kernel by name and parameter, for the tables.
        edge: "mirror", "reflect", "replicate", "renormalise", "constant", "none" or "unknown".
        clips: Whether it clips its output to the range of its input.
        colour: "any", or "luma" for a method that takes (H, W, 1) only.
        parameters: How many weights were learned.
        eight_bit: The method's own uint8 path, ``(uint8 image, scale) -> uint8 image``.
        weights: Files that it loads, relative to its own file.

    Returns:
        A decorator that attaches a Method and returns its argument.

    Raises:
        PluginMetadataError: A value breaks the contract.
    """
    _check_name("method", name)
    _check_word(name, "family", family)
    _check_choice(name, "sampling", sampling, Sampling)
    _check_choice(name, "edge", edge, Edge)
    _check_choice(name, "colour", colour, Colour)
    _check_count(name, "parameters", parameters)
    chosen = _check_scales(name, scales)

    def attach(target: _Decorated) -> _Decorated:
        described = Method(
            name=name,
            family=family,
            target=target,
            source=source,
            scales=chosen,
            backend=backend,
            sampling=sampling,
            kernel=kernel,
            edge=edge,
            clips=clips,
            colour=colour,
            parameters=parameters,
            eight_bit=eight_bit,
            weights=(weights,) if isinstance(weights, str) else tuple(weights),
            file=_file_of(target),
        )
        setattr(target, ATTRIBUTE, described)
        return target

    return attach


def dataset(
    name: str,
    *,
    source: str,
    licence: str,
    summary: str = "",
    fetch: Callable[[Progress | None], Path] | None = None,
    status: Callable[[], LocalStatus] | None = None,
    notes: Callable[[], Sequence[str]] | None = None,
) -> Callable[[_Decorated], _Decorated]:
    """Describe a function ``() -> sequence of ImageItem`` as a dataset.

    Args:
        name: Lower-case letters and digits, joined by hyphens; unique in a catalog.
        source: Who made the images and where they are published.
        licence: What may be done with them.
        summary: One line for ``upbench list datasets``.
        fetch: Brings all images to this machine, where they are downloaded.
        status: Says how much of them is here, where they are downloaded.
        notes: Says, in sentences, what a user should know before they are used.

    Raises:
        PluginMetadataError: The name breaks the contract.
    """
    _check_name("dataset", name)

    def attach(items: _Decorated) -> _Decorated:
        described = Dataset(
            name, items, source, licence, summary, fetch, status, notes, file=_file_of(items)
        )
        setattr(items, ATTRIBUTE, described)
        return items

    return attach


def metric(
    name: str,
    *,
    unit: str = "1",
    better: Better = "none",
    version: int = 1,
    signature: str = "",
    summary: str = "",
    headline: bool = False,
    heading: str = "",
    format: str = ".4g",  # noqa: A002 - a keyword of the decorator, used nowhere else
    range: tuple[float, float] = (-math.inf, math.inf),  # noqa: A002
) -> Callable[[_Decorated], _Decorated]:
    """Describe a function ``(reference, output, scale) -> float`` as a metric.

    Args:
        name: The column of the row table that it fills.
        unit: Its unit ("dB", "px"), or "1".
        better: Which direction is better: "higher", "lower" or "none".
        version: To be raised whenever the numbers change.
        signature: Every convention that changes the number, in one string.
        summary: One line for ``upbench list metrics``.
        headline: Whether every run has it; False for those that ``--metrics`` asks for.
        heading: What stands above it in tables; "" is its name and unit.
        format: How its numbers are written, like ".2f".
        range: The lowest and the highest value that it can have.

    Raises:
        PluginMetadataError: A value breaks the contract.
    """
    _check_name("metric", name)
    _check_choice(name, "better", better, Better)
    _check_format(name, format)
    _check_range(name, range)
    described = Metric(
        name=name,
        function=_no_function,
        unit=unit,
        better=better,
        version=version,
        signature=signature,
        summary=summary,
        headline=headline,
        heading=heading,
        format=format,
        range=(float(range[0]), float(range[1])),
    )

    def attach(function: _Decorated) -> _Decorated:
        setattr(function, ATTRIBUTE, replace(described, function=function, file=_file_of(function)))
        return function

    return attach


def _no_function(*_: Any) -> float:
    """Stand in for a metric's function until it is attached."""
    raise NotImplementedError


def _file_of(target: Callable[..., Any]) -> str:
    """Return the path of the file that defines the target, or "" when it has none."""
    try:
        return str(Path(inspect.getfile(inspect.unwrap(target))))
    except (TypeError, OSError):
        return ""


def _check_name(kind: str, name: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PluginMetadataError(
            f"A {kind}'s name must be lower-case letters and digits joined by hyphens, "
            f"like 'my-{kind}'; got {name!r}."
        )


def _check_word(name: str, field: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise PluginMetadataError(f"{name}: {field} must be a word, got {value!r}.")


def _check_choice(name: str, field: str, value: object, choices: Any) -> None:
    allowed = choices.__args__
    if value not in allowed:
        raise PluginMetadataError(
            f"{name}: {field} must be one of {', '.join(allowed)}; got {value!r}."
        )


def _check_count(name: str, field: str, value: object) -> None:
    if value is not None and not (type(value) is int and 0 <= value <= MAX_COUNT):
        raise PluginMetadataError(
            f"{name}: {field} must be a whole number of weights or None; got {value!r}."
        )


def _check_format(name: str, form: object) -> None:
    try:
        shown = format(0.5, form) if isinstance(form, str) else None
    except ValueError:
        shown = None
    if not shown or len(shown) > 20:
        raise PluginMetadataError(
            f"{name}: format must be a Python format specification for numbers, like '.2f'; "
            f"got {form!r}."
        )


def _check_range(name: str, limits: object) -> None:
    match limits:
        case (Real() as low, Real() as high) if low < high:
            return
    raise PluginMetadataError(
        f"{name}: range must be the lowest and the highest value, like (0, 1); got {limits!r}."
    )


def _check_scales(name: str, scales: object) -> tuple[int, ...] | None:
    if scales is None:
        return None
    if not isinstance(scales, Sequence) or not scales or not all(map(_is_scale, scales)):
        raise PluginMetadataError(
            f"{name}: scales must be whole numbers from {MIN_SCALE} to {MAX_SCALE}, "
            f"like (2, 3, 4), or None for all of them; got {scales!r}."
        )
    return tuple(sorted({int(scale) for scale in scales}))


def _is_scale(scale: object) -> bool:
    return type(scale) is int and MIN_SCALE <= scale <= MAX_SCALE
