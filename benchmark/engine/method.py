"""The method's side of a cell: a low-resolution image in, an output out.

This runs in the worker process.  It knows no reference, no metric and no store: whatever a method
does here, it cannot see or change what it is scored by.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from upbench.benchmark.core.contract import MAX_COUNT
from upbench.benchmark.core.errors import InvalidOutputError, pass_on_ctrl_c
from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.opened import OpenedFiles
from upbench.benchmark.imaging.colour import grey_of, rgb_to_ycbcr, ycbcr_to_rgb
from upbench.benchmark.imaging.resample import resize
from upbench.benchmark.imaging.validation import checked_output, refuse_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from upbench.benchmark.core.arrays import Image, Image8
    from upbench.benchmark.core.contract import Method, Scale, Size, Upsampler
    from upbench.benchmark.core.row import Status


class Low(NamedTuple):
    """What a method gets."""

    scale: Scale | Size
    """The scale, or the output's (height, width)."""
    image: Image
    """float32 (H / s, W / s, C) in [0, 1]."""
    eight_bit: Image8 | None
    """The same in 8 bits, where the protocol has 8-bit images."""


class Answer(NamedTuple):
    """What a method gave back."""

    status: Status
    reason: str | None
    output: Image | None = None
    """float32 (H, W, C), finite; the method holds no reference to it."""
    seconds: float | None = None
    """Of the method's call alone."""
    parameters: int | None = None
    macs_per_px: float | None = None
    opened: Mapping[str, str] = MappingProxyType({})
    """Digests of the files that were opened while the method was loaded, by path."""


def call_method(method: Method, loaded: Upsampler, low: Low) -> Answer:
    """Run one method, made ready at the scale, on one low-resolution image.

    The answer's status is "ok", "error" or "invalid_output"; nothing is raised for a method's sake.
    """
    try:
        output, seconds = _output(method, loaded, low)
        return Answer("ok", None, output, seconds, *_stated(method, loaded))
    except InvalidOutputError as error:
        return Answer("invalid_output", describe(error))
    except BaseException as error:  # noqa: BLE001 - the plugin boundary
        pass_on_ctrl_c(error)
        return Answer("error", describe(error))


@dataclass
class MethodService:
    """The methods of one worker, each loaded once per scale; answers (method's name, image).

    The image is None where it is the one of the request before.
    """

    methods: Mapping[str, Method]
    device: str = "cpu"
    """Where learned methods run; a plain function runs where it runs."""
    opened: OpenedFiles = field(default_factory=OpenedFiles)
    """What has been opened while they were imported and loaded."""
    _loaded: dict[tuple[str, Scale | Size], Upsampler | str] = field(default_factory=dict)
    """Methods made ready, by (name, scale); a text is the reason why one could not be."""
    _low: Low | None = None

    def __call__(self, request: tuple[str, Low | None]) -> dict[str, Any]:
        """Run a method; the answer is that of :meth:`run`, as JSON has it."""
        name, low = request
        self._low = low or self._low
        if self._low is None:
            raise ValueError("No image has been sent.")
        answer = self.run(self.methods[name], self._low)
        return answer._replace(opened=dict(answer.opened))._asdict()

    def run(self, method: Method, low: Low) -> Answer:
        """Load a method at its first image of a scale, and run it."""
        upsampler = self._ready(method, low)
        if isinstance(upsampler, str):
            return Answer("error", upsampler)
        return call_method(method, upsampler, low)._replace(opened=self.opened.digests(method.file))

    def _ready(self, method: Method, low: Low) -> Upsampler | str:
        """Load a method and call it once, untimed, so that no timing holds its imports."""
        place = (method.name, low.scale)
        if place not in self._loaded:
            with self.opened.watched():
                self._loaded[place] = self._load(method, low)
        return self._loaded[place]

    def _load(self, method: Method, low: Low) -> Upsampler | str:
        try:
            upsampler = method.load(low.scale, self.device)
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            return f"{method.name} cannot be loaded: {describe(error)}"
        with suppress(Exception, SystemExit):
            _output(method, upsampler, low)
        return upsampler


def _output(method: Method, loaded: Upsampler, low: Low) -> tuple[Image, float]:
    """Run the method as its metadata say, and time its call alone."""
    scale, image, eight_bit = low
    if eight_bit is not None and method.eight_bit is not None:
        output, seconds = _timed(lambda low: method.run_8bit(low, scale), eight_bit)
        if getattr(output, "dtype", None) != np.uint8:
            raise InvalidOutputError("The 8-bit path returned no uint8 array; expected one.")
        return checked_output(output / np.float32(255.0), image.shape, scale), seconds
    if method.colour == "luma" and image.shape[2] == 3:
        return _on_luma(loaded, image, scale)
    if method.colour == "rgb" and image.shape[2] == 1:
        return _on_grey(loaded, image, scale)
    output, seconds = _timed(loaded, image)
    return checked_output(output, image.shape, scale), seconds


def _on_luma(loaded: Upsampler, image: Image, scale: Scale | Size) -> tuple[Image, float]:
    """Run a method that takes luma only: Y by the method, Cb and Cr by canonical bicubic."""
    ycbcr = rgb_to_ycbcr(image)
    output, seconds = _timed(loaded, ycbcr[:, :, :1].astype(np.float32))
    height, width, _ = image.shape
    luma = checked_output(output, (height, width, 1), scale)
    factors = (luma.shape[0] / height, luma.shape[1] / width)
    chroma = resize(ycbcr[:, :, 1:], factors if isinstance(scale, tuple) else float(scale))
    rgb = ycbcr_to_rgb(np.concatenate([luma, chroma], axis=2))
    return rgb.astype(np.float32), seconds


def _on_grey(loaded: Upsampler, image: Image, scale: Scale | Size) -> tuple[Image, float]:
    """Run a method that takes RGB only on a grey image, in three equal channels; take its luma."""
    output, seconds = _timed(loaded, np.repeat(image, 3, axis=2))
    height, width, _ = image.shape
    rgb = checked_output(output, (height, width, 3), scale)
    return grey_of(rgb), seconds


def _timed(call: Callable[[Any], Any], low: Any) -> tuple[Any, float]:
    """Time the call alone: not the copy before it, nor the look at the copy after it.

    Returns:
        The output, copied plainly where it is an array: without a mask, and out of the reach of a
        method that writes into it later.
    """
    given = low.copy()
    start = time.perf_counter()
    output = call(given)
    seconds = time.perf_counter() - start
    refuse_changed(given, low)
    return np.array(output) if isinstance(output, np.ndarray) else output, seconds


def _stated(method: Method, loaded: Upsampler) -> tuple[int | None, float | None]:
    """Return the parameters and MACs per pixel that a loaded method states of itself.

    What is no number is not stated.  (The ``parameters`` of a torch module are a function.)
    """
    weights = getattr(loaded, "parameters", None)
    macs = getattr(loaded, "macs_per_px", None)
    if not isinstance(weights, int | np.integer) or not 0 <= weights <= MAX_COUNT:
        weights = method.parameters
    return (
        None if weights is None else int(weights),
        float(macs) if isinstance(macs, int | float | np.number) else None,
    )
