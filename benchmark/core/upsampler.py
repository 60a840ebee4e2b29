"""The method, as one of the kinds of plugin: its metadata, and how it is made ready to run."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from upbench.benchmark.core.errors import MethodError, UnsupportedScaleError
from upbench.benchmark.core.signatures import misfit
from upbench.benchmark.core.sizes import (
    Scale,
    ScaleOrSize,
    Size,
    TargetSize,
    asked_size,
    is_whole,
    scale_list,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from upbench.benchmark.core.arrays import Image, Image8
    from upbench.benchmark.core.progress import Progress

Colour = Literal["any", "luma", "rgb"]
Sampling = Literal[
    "half-pixel", "align-corners", "asymmetric", "half-input-pixel", "learned", "unknown"
]
Antialias = Literal["stretch", "gaussian", "none", "unknown"]
Edge = Literal["mirror", "reflect", "replicate", "renormalise", "constant", "none", "unknown"]


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
    """A resizer at one scale: it asks for the size that the scale makes of each image.

    At one size, it asks for that.
    """

    resizer: Resizer
    scale: Scale | Size

    def __call__(self, image: Image, /) -> Image:
        """Return the image at ``ceil(side * scale)``."""
        return self.resizer(image, asked_size(image.shape, self.scale))

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
    shrinks: tuple[tuple[str, str], ...] = ()
    """What it does otherwise where images are made smaller: pairs of a field (kernel, sampling or
    edge) and its value there; given as a mapping, ``shrinks={"kernel": "Lanczos, 3 lobes"}``."""
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
    settings: str = ""
    """What its numbers depend on beside its code and the content of its weights: of a ``--model``
    the conventions under which its file is called."""
    licence: str = ""
    """The licence of its weights, where it is known."""
    remarks: tuple[str, ...] = ()
    """Sentences that a user reads before it runs: what was found out about a ``--model``."""

    @property
    def is_loader(self) -> bool:
        """Whether the target is a class that is loaded once per scale."""
        return inspect.isclass(self.target)

    def offers(self, scale: ScaleOrSize | Size) -> bool:
        """Say whether the method can run at this scale, or make a size."""
        if self.any_size:
            return True
        if isinstance(scale, TargetSize | tuple):
            return False
        return is_whole(scale) if self.scales is None else scale in self.scales

    @property
    def offered(self) -> str:
        """The scales that it offers, in words."""
        if self.any_size:
            return "any size"
        return scale_list(self.scales) if self.scales else "whole scales"

    def load(self, scale: Scale | Size, device: str = "cpu") -> Upsampler:
        """Make the method ready for one scale, or one size; this is not timed as inference.

        Raises:
            UnsupportedScaleError: The method does not offer the scale.
            MethodError: It is not called as the contract says.
        """
        if not self.offers(scale):
            asked = f"{scale[1]}x{scale[0]}" if isinstance(scale, tuple) else f"x{scale}"
            raise UnsupportedScaleError(f"{self.name} offers {self.offered}, not {asked}.")
        if self.any_size:
            return AtScale(self.load_any_size(device), scale)
        self._refuse(self.misfit())
        if self.is_loader:
            loaded: Upsampler = self.target(scale, device=device)
            self._refuse(misfit(loaded, "image"))
            return loaded
        return lambda image: self.target(image, scale)

    def load_any_size(self, device: str = "cpu") -> Resizer:
        """Make the method ready for every size.

        Raises:
            UnsupportedScaleError: It is made for scales, not for sizes.
            MethodError: It is not called as the contract says.
        """
        if not self.any_size:
            raise UnsupportedScaleError(
                f"{self.name} offers {self.offered}; expected a method of any size (any_size=True)."
            )
        self._refuse(self.misfit())
        ready: Resizer = self.target(device=device) if self.is_loader else self.target
        self._refuse(misfit(ready, "image", "size"))
        return ready

    def misfit(self) -> str:
        """Say how the target should be called where it cannot be, without a call; else ""."""
        if self.is_loader:
            return misfit(self.target, *([] if self.any_size else ["scale"]), device="cpu")
        return misfit(self.target, "image", self._factor)

    @property
    def _factor(self) -> str:
        """What the method gets beside an image."""
        return "size" if self.any_size else "scale"

    def _refuse(self, problem: str) -> None:
        if problem:
            raise MethodError(f"{self.name}: {problem}.")

    def run_8bit(
        self,
        image: Image8,
        scale: Scale | Size,
        path: Callable[[Image8, Any], Image8] | None = None,
    ) -> Image8:
        """Run an 8-bit path of the method, ``eight_bit`` by default, on uint8 ``(H, W, C)``.

        Raises:
            TypeError: It has none.
            MethodError: It is not called as the contract says.
        """
        own_path: Any = path or self.eight_bit
        try:
            returned: Image8 = own_path(
                image, asked_size(image.shape, scale) if self.any_size else scale
            )
        except TypeError:  # not looked at before: the call may be timed
            self._refuse(misfit(own_path, "image", self._factor))
            raise
        return returned
