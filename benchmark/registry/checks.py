"""The contracts as checks that anybody can run: ours on ours, you on yours.

``upbench check NAME`` prints them.  A check passes or fails by the contract; what the contract
leaves free (how constant a constant stays, where samples lie) is a note with its number.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from upbench.benchmark.core.environment import library_version
from upbench.benchmark.core.errors import pass_on_ctrl_c
from upbench.benchmark.core.imports import code_files, is_ours, libraries_of, named_files
from upbench.benchmark.core.sizes import output_size
from upbench.benchmark.core.snippets import run_snippet
from upbench.benchmark.core.text import describe
from upbench.benchmark.core.weights import missing
from upbench.benchmark.imaging.pixels import eight_bit_call
from upbench.benchmark.imaging.validation import checked_output, range_note, refuse_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from upbench.benchmark.core.contract import Image, Image8, Method, Scale, Upsampler

__all__ = ["Check", "Finding", "check_method", "checked", "picture"]

DEFAULT_SCALES = (2, 3, 4)
SIZES = ((16, 16), (13, 7), (6, 11))
THIN = ((1, 1), (1, 9), (9, 1))
RESIZED = (((12, 10), (18, 15)), ((13, 7), (5, 3)), ((6, 11), (17, 4)), ((9, 1), (2, 3)))
"""Sizes of images, and what a method of any size makes of them: larger, smaller, and both."""
BLOB_SIDE, BLOB_SIGMA = 33, 3.0
LEVELS = 2.0
"""Grey levels by which a library's 8-bit path may differ: it rounds after each axis."""

Finding = tuple[Literal["pass", "fail", "note"], str]


@dataclass(frozen=True)
class Check:
    """What one check found."""

    name: str
    scale: Scale
    """The factor that it was made at; 0 for a check that has none."""
    status: Literal["pass", "fail", "note"]
    detail: str
    """What was found, with its number; on a failure what was expected and what came."""


def check_method(method: Method, scales: tuple[Scale, ...] | None = None) -> Iterator[Check]:
    """Run every check on one method at each scale, in a fixed order.

    By default the scales are x2, x3 and x4, or those that it offers.
    """
    yield Check("key", 0, "note", _key(method))
    if problem := method.misfit():
        yield Check("loads", 0, "fail", problem)
        return
    if method.any_size:
        yield checked("any size", 0, _any_size, method)
    offered = method.scales or DEFAULT_SCALES
    for scale in scales or offered:
        try:
            upsampler = method.load(scale)
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            yield Check("loads", scale, "fail", describe(error))
            continue
        if method.weights:
            yield Check("weights", scale, *_weights(method, scale))
        channels = 1 if method.colour == "luma" else 3
        for name, check in CHECKS.items():
            own = _rgb_only if method.colour == "rgb" and check is _channels else check
            yield checked(name, scale, own, upsampler, scale, channels)
        if method.library_8bit or method.eight_bit:
            yield checked("8-bit pixels", scale, _eight_bit, method, upsampler, scale)
        if method.snippet and isinstance(scale, int):
            yield checked("snippet", scale, _snippet, method, upsampler, scale)


def _any_size(method: Method) -> Finding:
    """Check that a method makes the size that it is called with, and no other."""
    resizer = method.load_any_size()
    channels = 1 if method.colour == "luma" else 3
    for before, after in RESIZED:
        low = picture(*before, channels)
        try:
            checked_output(resizer(low, after), low.shape, after)
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            return "fail", f"from {_listed((before,))} to {_listed((after,))}: {describe(error)}"
    found = [f"{_listed((before,))} to {_listed((after,))}" for before, after in RESIZED]
    return "pass", f"makes the size that it is called with: {', '.join(found)}"


def _weights(method: Method, scale: Scale) -> Finding:
    absent = ", ".join(missing(method, scale))
    if absent:
        return "fail", f"states weights that are not there: {absent}; restore or train them"
    return "pass", "the weights that it states are there"


def _eight_bit(method: Method, upsampler: Upsampler, scale: Scale) -> Finding:
    """Compare the 8-bit path, which is timed, with the method in floating point."""
    low = _eight_bit_picture()
    output = np.asarray(eight_bit_call(method, upsampler, scale)(low))
    if output.dtype != np.uint8 or output.shape != (*output_size(low.shape, scale), 3):
        found = f"returned {output.dtype} {output.shape}"
        return "fail", f"{found}; expected uint8, {scale} x as large"
    exact = checked_output(upsampler((low / 255).astype(np.float32)), low.shape, scale)
    worst = float(np.abs(output - (exact * 255).clip(0, 255)).max())
    if worst > LEVELS:
        return "fail", f"its 8-bit path is {worst:.2g} levels off; expected {LEVELS:g} at most"
    return "pass", f"its own 8-bit path, within {worst:.2g} levels"


def _snippet(method: Method, upsampler: Upsampler, scale: int) -> Finding:
    """Run the stated call, and compare it with the method on the same pixels."""
    low = _eight_bit_picture()
    expected = eight_bit_call(method, upsampler, scale)(low).astype(int)
    value = np.asarray(run_snippet(method.snippet, low, scale))
    if value.dtype != np.uint8 or value.shape != expected.shape:
        return "fail", f"gave {value.dtype} {value.shape}; expected uint8 {expected.shape}"
    worst = int(np.abs(value - expected).max())
    allowed = 0 if method.library_8bit or method.eight_bit else 1  # two roundings of a number
    if worst > allowed:
        return "fail", f"differs from the method by {worst} levels; expected {allowed} at most"
    return "pass", "gives the method's pixels" if worst == 0 else "gives them within a level"


def _eight_bit_picture() -> Image8:
    """Return 8-bit RGB whose overshoots stay in range: 8-bit paths clip after each axis."""
    return np.asarray(np.rint(picture(18, 20, 3) * 160 + 40).astype(np.uint8))


def _key(method: Method) -> str:
    """Say what a cell of the method depends on, beside image, conventions and scoring."""
    library = f"{method.backend} {library_version(method.backend)}"
    if not method.file:
        return f"in a cell's key: {library}; the method has no file"
    file = Path(method.file)
    try:
        beside = {one for one in code_files(file) if not is_ours(one)} | named_files(file)
    except OSError:
        beside = set()
    names = ", ".join(sorted({file.name, *(one.name for one in beside)}))
    parts = (f"what is in {names}", *method.weights, *libraries_of(file), library)
    listed = ", ".join(dict.fromkeys(filter(None, parts)))
    return f"in a cell's key: {listed}; and the files that Python opens while it loads"


def checked(name: str, scale: Scale, check: Callable[..., Finding], *given: Any) -> Check:
    """Make a check on what is given; whatever the plugin raises is a failure."""
    try:
        return Check(name, scale, *check(*given))
    except BaseException as error:  # noqa: BLE001 - the plugin boundary
        pass_on_ctrl_c(error)
        return Check(name, scale, "fail", describe(error))


def picture(height: int, width: int, channels: int) -> Image:
    """Return a smooth picture with a little noise: the same one at every call."""
    rows, columns = np.mgrid[:height, :width]
    waves = 0.5 + 0.3 * np.sin(rows / 3.0) * np.cos(columns / 4.0)
    noise = np.random.default_rng(0).normal(0.0, 0.02, (height, width, channels))
    return np.asarray(np.clip(waves[:, :, None] + noise, 0.0, 1.0), dtype=np.float32)


def _sizes(upsampler: Upsampler, scale: Scale, channels: int) -> Finding:
    for height, width in SIZES:
        low = picture(height, width, channels)
        checked_output(upsampler(low), low.shape, scale)
    return "pass", "shape, dtype and finite values at " + _listed(SIZES)


def _thin(upsampler: Upsampler, scale: Scale, channels: int) -> Finding:
    for height, width in THIN:
        low = picture(height, width, channels)
        try:
            checked_output(upsampler(low), low.shape, scale)
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            return "fail", f"at {height}x{width}: {describe(error)}"
    return "pass", "works at " + _listed(THIN)


def _channels(upsampler: Upsampler, scale: Scale, channels: int) -> Finding:
    if channels == 1:  # of a method of luma: one channel of three would be silent
        luma = ("luma", "RGB images go by the protocol's luma rule")
        return _other_colour(upsampler, scale, ("RGB", 3), luma)
    grey = picture(12, 10, 1)
    checked_output(upsampler(grey), grey.shape, scale)
    return "pass", "takes grey (H, W, 1) and RGB (H, W, 3)"


def _rgb_only(upsampler: Upsampler, scale: Scale, _channels: int) -> Finding:
    """Check what a method of RGB does with grey."""
    rgb = ("RGB", "grey images go in three equal channels")
    return _other_colour(upsampler, scale, ("grey", 1), rgb)


def _other_colour(
    upsampler: Upsampler, scale: Scale, given: tuple[str, int], taken: tuple[str, str]
) -> Finding:
    """Check that a method refuses images that it does not take, or enlarges them.

    ``given`` is what it does not take, in words and in channels; ``taken`` what it takes, and what
    a protocol does with the others.
    """
    (other, channels), (own, rule) = given, taken
    try:
        returned = np.shape(upsampler(picture(12, 10, channels)))
    except Exception:  # noqa: BLE001 - the plugin boundary: a refusal is what is expected
        return "pass", f"takes {own}; {rule}"
    if returned != (*output_size((12, 10), scale), channels):
        expected = f"expected an error: it takes {own}"
        return "fail", f"given {other} it returned shape {returned}; {expected}"
    return "pass", f"takes {own}, and {other} as well"


def _dtype(upsampler: Upsampler, scale: Scale, channels: int) -> Finding:
    low = picture(12, 10, channels)
    dtype = checked_output(upsampler(low), low.shape, scale).dtype
    returned = np.asarray(upsampler(low)).dtype
    if returned != dtype:
        return "note", f"returns {returned}; it is converted to float32"
    return "pass", "returns float32"


def _range(upsampler: Upsampler, scale: Scale, channels: int) -> Finding:
    low = picture(16, 16, channels)
    output = checked_output(upsampler(low), low.shape, scale)
    if note := range_note(output):
        return "fail", note
    lowest, highest = float(output.min()), float(output.max())
    outside = max(-lowest, highest - 1)
    if outside > 0:
        return "note", f"overshoots [0, 1] by {outside:.3g}; it is clipped"
    return "pass", f"values from {lowest:.3g} to {highest:.3g}"


def _input_kept(upsampler: Upsampler, _scale: Scale, channels: int) -> Finding:
    low = picture(12, 10, channels)
    given = low.copy()
    upsampler(given)
    refuse_changed(given, low)
    return "pass", "the input is untouched"


def _deterministic(upsampler: Upsampler, scale: Scale, channels: int) -> Finding:
    low = picture(12, 10, channels)
    # copies: a method may give one array at each call
    first, second = (
        checked_output(upsampler(low.copy()), low.shape, scale).copy() for _ in range(2)
    )
    if not np.array_equal(first, second):
        worst = float(np.abs(first - second).max())
        return "fail", f"two calls on one image differ by up to {worst:.3g}; expected equal outputs"
    return "pass", "two calls on one image are equal"


def _constant(upsampler: Upsampler, scale: Scale, channels: int) -> Finding:
    low = np.full((16, 16, channels), 0.5, dtype=np.float32)
    output = checked_output(upsampler(low), low.shape, scale)
    worst = float(np.abs(output - 0.5).max())
    return "note", f"a constant 0.5 stays within {worst:.2g}"


def _shift(upsampler: Upsampler, scale: Scale, channels: int) -> Finding:
    """Compare the centroid of an enlarged blob with where half-pixel sampling puts it."""
    output = checked_output(
        upsampler(_blob(channels)), (BLOB_SIDE, BLOB_SIDE, channels), scale
    ).mean(axis=2)
    centre = float(BLOB_SIDE * scale - 1) / 2
    rows, columns = np.mgrid[: output.shape[0], : output.shape[1]]
    mass = float(output.sum())
    if mass <= 0:
        return "note", "the centroid of a blob is not defined"
    # + 0.0 makes a rounded -0.0 a plain zero
    down = round(float((rows * output).sum()) / mass - centre, 3) + 0.0
    right = round(float((columns * output).sum()) / mass - centre, 3) + 0.0
    return "note", f"shift ({down:+.3f}, {right:+.3f}) output px (down, right) from half-pixel"


def _blob(channels: int) -> Image:
    distance = np.arange(BLOB_SIDE) - BLOB_SIDE // 2
    bell = np.exp(-0.5 * (distance / BLOB_SIGMA) ** 2)
    plane = np.outer(bell, bell).astype(np.float32)
    return np.repeat(plane[:, :, None], channels, axis=2)


def _listed(sizes: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"{height}x{width}" for height, width in sizes)


CHECKS: dict[str, Callable[[Upsampler, Scale, int], Finding]] = {
    "output size": _sizes,
    "dtype": _dtype,
    "range": _range,
    "grey and RGB": _channels,
    "1-pixel and thin images": _thin,
    "input untouched": _input_kept,
    "deterministic": _deterministic,
    "constant image": _constant,
    "sub-pixel shift": _shift,
}
"""Every check by the name in the table, in its order."""
