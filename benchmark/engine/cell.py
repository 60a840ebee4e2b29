"""One cell: image -> degrade -> method -> score -> row.

This is the side that holds the reference; the method's side is in `method`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.environment import stamp
from upbench.benchmark.core.errors import (
    ImageError,
    InvalidOutputError,
    PluginError,
    pass_on_ctrl_c,
)
from upbench.benchmark.core.metadata import MAX_SCALE
from upbench.benchmark.core.row import Row
from upbench.benchmark.core.sizes import TargetSize, scale_number
from upbench.benchmark.core.stretch import scale_between
from upbench.benchmark.core.text import counted, describe
from upbench.benchmark.engine.method import Low
from upbench.benchmark.engine.registration import pair_offset, shift_note
from upbench.benchmark.engine.result import Result, usual_of, views_of, whole_view
from upbench.benchmark.imaging.validation import checked_output, range_note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from upbench.benchmark.core.arrays import Image, Image8, Plane
    from upbench.benchmark.core.contract import Metric, Scale, ScoringProtocol
    from upbench.benchmark.core.row import Status
    from upbench.benchmark.core.sizes import ScaleOrSize, Size
    from upbench.benchmark.engine.method import Answer
    from upbench.benchmark.engine.plan import Cell
    from upbench.benchmark.engine.result import Usual

CROP_SIDE = 96
"""Side of the square, in output pixels, that is kept of each output for pictures."""
NO_TRUTH = (
    "The size is larger than the image, so there is no true image of it: the reference is MATLAB's "
    "bicubic."
)
"""What rows say of a size to which an image is enlarged."""
LEAST = 3
"""Output pixels per side that are scored at least, times the scale where it is above 1."""


@dataclass(frozen=True)
class Prepared:
    """What all methods share at one image, scale and protocol."""

    protocol: ScoringProtocol
    scale: Scale
    """From what a method gets to what it makes; at a size, the larger of the two axes' scales."""
    size: tuple[int, int, int]
    """Height, width and channels of the image as it was read."""
    high: Image8
    """What an output should be, uint8 (H, W, C): the high-resolution image, or at s < 1 the
    low-resolution one."""
    low: Image
    """The image that a method gets, float32 (H / s, W / s, C)."""
    low_8bit: Image8 | None
    """The same in 8 bits, where the protocol has 8-bit images."""
    reference: Plane
    """What the output is scored against."""
    crop: tuple[slice, slice] = field(default=(slice(0), slice(0)))
    """The place that pictures show: where the reference has most detail."""
    note: str = ""
    """What every row of it says: the shift of a real pair, or that a size has no true image."""
    asked: Size | None = None
    """The size that methods are asked for; None where it is that of the scale."""

    @cached_property
    def usual(self) -> Usual:
        """What canonical bicubic makes of it: what worst places are against."""
        return usual_of(self.low, self.high, self.scale, self.protocol, self.step)

    @cached_property
    def whole(self) -> bytes:
        """The true image as pages show it: made once for all methods."""
        return whole_view(self.high)

    @property
    def given(self) -> Low:
        """What a method gets of it."""
        return Low(self.asked or self.scale, self.low, self.low_8bit)

    @property
    def step(self) -> int:
        """The lattice on which places are chosen, in output pixels: sizes have none."""
        return self.scale.numerator if self.asked is None or self.scale.denominator == 1 else 1

    @property
    def nbytes(self) -> int:
        """Bytes that it holds."""
        arrays = (self.high, self.low, self.low_8bit, self.reference)
        return sum(array.nbytes for array in arrays if array is not None)


def prepare(
    image: Image, scale: ScaleOrSize, protocol: ScoringProtocol, pair: Image | None = None
) -> Prepared:
    """Crop, convert and degrade an image; at a scale below 1 a method makes the degraded one.

    At a size the image is not cropped: the protocol resizes it to that size, and a method makes the
    same of the image, or the image again.

    The low-resolution image of a real pair is taken as it is; without one the protocol makes it.

    Raises:
        ImageError: The image is too small for the scale, or those of a pair do not fit together.
    """
    if isinstance(scale, TargetSize):
        return _at_size(image, scale, protocol)
    high = protocol.steps.reference(image, scale)
    small = protocol.steps.degrade
    if pair is not None and pair.shape[2] != image.shape[2]:
        raise ImageError(
            f"The low-resolution image has {counted(pair.shape[2], 'channel')} and the true image "
            f"{image.shape[2]}; expected a pair of one kind, grey or RGB."
        )
    low = small(high, scale) if pair is None else _paired(pair, high, scale, protocol)
    note = "" if pair is None else shift_note(pair_offset(low, high, scale))
    if scale < 1:
        high, low = _exchanged(high, low, protocol, scale)
    return _prepared(image, high, low, protocol, scale, note=note)


def _at_size(image: Image, target: TargetSize, protocol: ScoringProtocol) -> Prepared:
    """Resize an image to a size, for methods that do the same or that undo it.

    Raises:
        ImageError: The image is many times larger or smaller, or little would be left to score.
    """
    pixels = protocol.steps.reference(image, 1)
    _check_target(pixels.shape, target)
    resized = protocol.steps.degrade(pixels, target.size)
    if target.back:
        scale, high, low = scale_between(resized.shape, pixels.shape[:2]), pixels, resized
        return _prepared(image, high, low, protocol, scale, asked=(high.shape[0], high.shape[1]))
    scale = scale_between(pixels.shape, target.size)
    high, low = _exchanged(pixels, resized, protocol, scale)
    note = NO_TRUTH if scale > 1 else ""
    return _prepared(image, high, low, protocol, scale, asked=target.size, note=note)


def _check_target(shape: tuple[int, ...], target: TargetSize) -> None:
    """Check that an image can be resized to a size and scored there.

    Raises:
        ImageError: It cannot.
    """
    own = (shape[0], shape[1])
    before, after = (target.size, own) if target.back else (own, target.size)
    axes = [new / old for old, new in zip(before, after, strict=True)]
    sizes = f"The image has {shape[1]}x{shape[0]} pixels, "
    if max(axes) > MAX_SCALE or min(axes) < 1 / MAX_SCALE:
        raise ImageError(
            f"{sizes}more than {MAX_SCALE} times as many or as few along a side as {target}: leave "
            "it out or choose another size."
        )
    if min(after) < (least := LEAST * max(1, math.ceil(max(axes)))):
        raise ImageError(
            f"{sizes}too few for {target}: expected outputs of at least {least} per side; leave it "
            "out or choose another size."
        )


def _prepared(
    image: Image,
    high: Image8,
    low: Image | Image8,
    protocol: ScoringProtocol,
    scale: Scale,
    *,
    asked: Size | None = None,
    note: str = "",
) -> Prepared:
    low_8bit = low.astype(np.uint8) if low.dtype == np.uint8 else None
    height, width, channels = image.shape
    ready = Prepared(
        protocol=protocol,
        scale=scale,
        size=(height, width, channels),
        high=high,
        low=np.asarray(low if low_8bit is None else low / 255.0, dtype=np.float32),
        low_8bit=low_8bit,
        reference=protocol.steps.score(high, scale),
        note=note,
        asked=asked,
    )
    return replace(ready, crop=_detailed_place(high, ready.step))


def _paired(pair: Image, high: Image8, scale: Scale, protocol: ScoringProtocol) -> Image | Image8:
    """Return the low-resolution image of a real pair, in the protocol's colour and bits.

    Raises:
        ImageError: Its size is not that of the reference by the scale.
    """
    height, width = (int(side / scale) for side in high.shape[:2])
    if min(pair.shape[0] - height, pair.shape[1] - width) < 0:
        raise ImageError(
            f"The low-resolution image has {pair.shape[1]}x{pair.shape[0]} pixels; expected "
            f"{width}x{height}, which is {high.shape[1]}x{high.shape[0]} by x{scale}."
        )
    pixels = protocol.steps.reference(pair[:height, :width], 1)
    return pixels if protocol.eight_bit else (pixels / 255.0).astype(np.float32)


def _exchanged(
    high: Image8, low: Image | Image8, protocol: ScoringProtocol, scale: Scale
) -> tuple[Image8, Image | Image8]:
    """Return (what an output should be, what a method gets) of a method that makes images smaller.

    Both have the bits that the protocol's low-resolution images have.
    """
    if low.dtype == np.uint8:
        return low.astype(np.uint8), high
    shrunk = low.astype(np.float32)
    return protocol.steps.finish(shrunk, scale), (high / 255.0).astype(np.float32)


def score(cell: Cell, answer: Answer, prepared: Prepared, metrics: Sequence[Metric]) -> Result:
    """Score what a method gave back; a failure becomes a row with its reason."""
    if answer.output is None or answer.status != "ok":
        return failure(cell, answer.status, answer.reason or "", prepared.size)
    try:
        output = checked_output(answer.output, prepared.low.shape, prepared.given.scale)
        pixels, compared = _finished(output, prepared)
        scores, notes = _scores(compared, prepared, metrics)
        notes = [note for note in (prepared.note, range_note(output), *notes) if note]
        pictures = _pictures(cell, pixels, prepared)
    except InvalidOutputError as error:  # a worker that a plugin has tampered with
        return failure(cell, "invalid_output", describe(error), prepared.size)
    except BaseException as error:  # noqa: BLE001 - the protocol may be a plugin
        pass_on_ctrl_c(error)
        return failure(cell, "error", describe(error), prepared.size)
    seconds = answer.seconds
    row = _row(
        cell,
        "ok",
        " ".join(notes) or None,
        prepared.size,
        scores,
        seconds=seconds,
        mpx_per_s=pixels.shape[0] * pixels.shape[1] / 1e6 / seconds if seconds else None,
        parameters=answer.parameters,
        macs_per_px=answer.macs_per_px,
    )
    return Result(cell, row, **pictures)


def _pictures(cell: Cell, pixels: Image8, prepared: Prepared) -> dict[str, Any]:
    """Return what pages show of an output; nothing where a plugin's protocol changes its shape."""
    if not cell.pictured or pixels.shape != prepared.high.shape:
        return {}
    place = prepared.crop if cell.crop is None else _place_around(cell.crop, prepared)
    views = views_of(
        *(cell.method, pixels, prepared.high, prepared.usual),
        *(prepared.step, CROP_SIDE),
        whole=prepared.whole if cell.whole else b"",
    )
    return {"crop": pixels[place], "reference_crop": prepared.high[place], "views": views}


def failure(
    cell: Cell, status: Status, reason: str, size: tuple[int, int, int] | None = None
) -> Result:
    """Return the row of a cell without a score, with the image's size if known."""
    return Result(cell, _row(cell, status, reason, size))


def skipped(cell: Cell) -> Result:
    """Return the row of a cell that the plan says not to run."""
    return failure(cell, "skipped", cell.skip)


def _finished(output: Image, prepared: Prepared) -> tuple[Image8, Plane]:
    """Return the output as the protocol has it: its 8-bit pixels, and what metrics compare.

    Raises:
        PluginError: The protocol gives no 8-bit pixels.
    """
    pixels = prepared.protocol.steps.finish(output, prepared.scale)
    if (found := getattr(pixels, "dtype", type(pixels).__name__)) != np.uint8 or pixels.ndim != 3:
        raise PluginError(
            f"The protocol {prepared.protocol.name} finishes an output to {found} "
            f"{np.shape(pixels)}; expected uint8 (H, W, C)."
        )
    return pixels, prepared.protocol.steps.score(pixels, prepared.scale)


def _scores(
    output: Plane, prepared: Prepared, metrics: Sequence[Metric]
) -> tuple[dict[str, float | None], list[str]]:
    """Return each metric's value, None where it has none here, and a sentence for each of those."""
    reference = prepared.reference
    reference.flags.writeable = output.flags.writeable = False  # whatever a metric is made of
    reference, output = reference.view(), output.view()  # which it cannot make writeable again
    scores: dict[str, float | None] = dict.fromkeys(metric.name for metric in metrics)
    notes = []
    for metric in metrics:
        try:
            scores[metric.name] = metric.score(reference, output, prepared.scale)
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            text = describe(error)
            notes.append(text if text.startswith(metric.name) else f"{metric.name}: {text}")
    return scores, notes


def _row(
    cell: Cell,
    status: Status,
    reason: str | None,
    size: tuple[int, int, int] | None,
    scores: Mapping[str, float | None] = MappingProxyType({}),
    **known: float | None,
) -> Row:
    height, width, channels = size or (None, None, None)
    values: dict[str, Any] = dict.fromkeys(Row.__dataclass_fields__)
    values |= known
    values |= {
        "scores": dict(scores),
        "method": cell.method,
        "family": cell.family,
        "dataset": cell.dataset,
        "image": cell.image,
        "height": height,
        "width": width,
        "channels": channels,
        "scale": scale_number(cell.scale),
        "protocol": cell.protocol,
        "status": status,
        "reason": reason,
        "code_hash": cell.code_hash,
        **stamp(),
    }
    return Row(**values)


def _place_around(centre: tuple[int, int], prepared: Prepared) -> tuple[slice, slice]:
    """Return the square around (x, y), moved inside the image, its corner on the lattice."""
    step, found = prepared.step, []
    for middle, length in zip(reversed(centre), prepared.high.shape[:2], strict=True):
        side = min(CROP_SIDE, length)
        first = max(0, min(middle - side // 2, length - side)) // step * step
        found.append(slice(first, first + side))
    return found[0], found[1]


def _detailed_place(high: Image8, step: int) -> tuple[slice, slice]:
    """Return the square with the strongest edges, its corner on the lattice of the scale."""
    grey = high.mean(axis=2)
    detail = np.abs(np.diff(grey, axis=0))[:, :-1] + np.abs(np.diff(grey, axis=1))[:-1]
    total = np.pad(detail.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    side_y, side_x = (min(CROP_SIDE, n) for n in high.shape[:2])
    tops = np.arange(0, high.shape[0] - side_y + 1, step)
    lefts = np.arange(0, high.shape[1] - side_x + 1, step)
    ends_y, ends_x = (tops + side_y - 1)[:, None], (lefts + side_x - 1)[None]
    inside = total[ends_y, ends_x] - total[tops[:, None], ends_x]
    inside = inside - total[ends_y, lefts[None]] + total[tops[:, None], lefts[None]]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    top, left = int(tops[row]), int(lefts[column])
    return slice(top, top + side_y), slice(left, left + side_x)
