"""One cell: image -> degrade -> method -> score -> row.

Everything that a stranger's method can do wrong stops here: it becomes a row with a status and a
reason.  Only a key press (KeyboardInterrupt) goes through.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from upbench.benchmark.core.contract import MAX_COUNT
from upbench.benchmark.core.environment import machine
from upbench.benchmark.core.errors import InvalidOutputError
from upbench.benchmark.core.row import Row
from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.result import Result
from upbench.benchmark.imaging.colour import rgb_to_ycbcr, ycbcr_to_rgb
from upbench.benchmark.imaging.resample import resize
from upbench.benchmark.imaging.validation import checked_output, refuse_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from upbench.benchmark.core.arrays import Image, Image8, Plane
    from upbench.benchmark.core.contract import Method, Metric, ScoringProtocol, Upsampler
    from upbench.benchmark.core.row import Status
    from upbench.benchmark.engine.plan import Cell

__all__ = ["Prepared", "failure", "prepare", "run", "skipped", "warm_up"]

CROP_SIDE = 96
"""Side of the square, in output pixels, that is kept of each output for pictures."""


@dataclass(frozen=True)
class Prepared:
    """What all methods share at one image, scale and protocol."""

    protocol: ScoringProtocol
    scale: int
    size: tuple[int, int, int]
    """Height, width and channels of the image as it was read."""
    high: Image8
    """The reference, uint8 (H, W, C)."""
    low: Image
    """The degraded image that a method gets, float32 (H / s, W / s, C)."""
    low_8bit: Image8 | None
    """The same in 8 bits, where the protocol has 8-bit images."""
    reference: Plane
    """What the output is scored against."""
    crop: tuple[slice, slice] = field(default=(slice(0), slice(0)))
    """The place that pictures show: where the reference has most detail."""


class _Answer(NamedTuple):
    output: Image
    seconds: float


def prepare(image: Image, scale: int, protocol: ScoringProtocol) -> Prepared:
    """Crop, convert and degrade an image.

    Raises:
        ImageError: The image is too small for the scale.
    """
    steps = protocol.steps
    high = steps.reference(image, scale)
    low = steps.degrade(high, scale)
    low_8bit = low.astype(np.uint8) if low.dtype == np.uint8 else None
    height, width, channels = image.shape
    return Prepared(
        protocol=protocol,
        scale=scale,
        size=(height, width, channels),
        high=high,
        low=np.asarray(low if low_8bit is None else low / 255.0, dtype=np.float32),
        low_8bit=low_8bit,
        reference=steps.score(high, scale),
        crop=_detailed_place(high, scale),
    )


def run(
    cell: Cell, method: Method, loaded: Upsampler, prepared: Prepared, metrics: Sequence[Metric]
) -> Result:
    """Run one method on one prepared image and score what comes out.

    Args:
        cell: The cell that the row is for.
        method: The method's metadata.
        loaded: The method made ready at this scale.
        prepared: The degraded image and its reference.
        metrics: The metrics to score by.

    Returns:
        A result with status "ok", "error" or "invalid_output"; it never raises for a method's
        sake.
    """
    try:
        answer = _answer(method, loaded, prepared)
        stated = _stated(method, loaded)
        pixels, compared = _finished(answer.output, prepared)
    except InvalidOutputError as error:
        return failure(cell, "invalid_output", describe(error), prepared)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
        return failure(cell, "error", describe(error), prepared)
    scores, notes = _scores(compared, prepared, metrics)
    megapixels = pixels.shape[0] * pixels.shape[1] / 1e6
    row = _row(
        cell,
        "ok",
        " ".join(notes) or None,
        prepared.size,
        scores,
        seconds=answer.seconds,
        mpx_per_s=megapixels / answer.seconds if answer.seconds > 0 else None,
        **stated,
    )
    if not cell.pictured:
        return Result(cell, row)
    return Result(cell, row, pixels[prepared.crop], prepared.high[prepared.crop])


def warm_up(method: Method, loaded: Upsampler, prepared: Prepared) -> None:
    """Call a method once, untimed, so that its first timing does not hold its imports."""
    with suppress(Exception, SystemExit):
        _answer(method, loaded, prepared)


def failure(cell: Cell, status: Status, reason: str, prepared: Prepared | None = None) -> Result:
    """Return the row of a cell that did not come to a score."""
    return Result(cell, _row(cell, status, reason, prepared.size if prepared else None))


def skipped(cell: Cell) -> Result:
    """Return the row of a cell that the plan says not to run."""
    return failure(cell, "skipped", cell.skip)


def _answer(method: Method, loaded: Upsampler, prepared: Prepared) -> _Answer:
    """Run the method as the protocol has it, and time its call alone."""
    scale = prepared.scale
    if prepared.low_8bit is not None and method.eight_bit is not None:
        own_path = method.eight_bit
        answer = _timed(lambda low: own_path(low, scale), prepared.low_8bit)
        if getattr(answer.output, "dtype", None) != np.uint8:
            raise InvalidOutputError("The 8-bit path returned no uint8 array; expected one.")
        output = checked_output(answer.output / np.float32(255.0), prepared.low.shape, scale)
        return _Answer(output, answer.seconds)
    if method.colour == "luma" and prepared.low.shape[2] == 3:
        return _on_luma(loaded, prepared.low, scale)
    answer = _timed(loaded, prepared.low)
    return _Answer(checked_output(answer.output, prepared.low.shape, scale), answer.seconds)


def _on_luma(loaded: Upsampler, low: Image, scale: int) -> _Answer:
    """Run a method that takes luma only: Y by the method, Cb and Cr by canonical bicubic."""
    ycbcr = rgb_to_ycbcr(low)
    answer = _timed(loaded, ycbcr[:, :, :1].astype(np.float32))
    height, width, _ = low.shape
    luma = checked_output(answer.output, (height, width, 1), scale)
    chroma = resize(ycbcr[:, :, 1:], scale)
    rgb = ycbcr_to_rgb(np.concatenate([luma, chroma], axis=2))
    return _Answer(rgb.astype(np.float32), answer.seconds)


def _timed(call: Callable[[Any], Any], low: Any) -> _Answer:
    """Time the call alone: not the copy before it, nor the look at the copy after it."""
    given = low.copy()
    start = time.perf_counter()
    output = call(given)
    seconds = time.perf_counter() - start
    refuse_changed(given, low)
    return _Answer(output, seconds)


def _finished(output: Image, prepared: Prepared) -> tuple[Image8, Plane]:
    """Return the output as the protocol has it: its 8-bit pixels, and what metrics compare."""
    pixels = prepared.protocol.steps.finish(output, prepared.scale)
    return pixels, prepared.protocol.steps.score(pixels, prepared.scale)


def _scores(
    output: Plane, prepared: Prepared, metrics: Sequence[Metric]
) -> tuple[dict[str, float | None], list[str]]:
    """Return each metric's value, None where it has none here, and a sentence for each of those."""
    reference = prepared.reference
    reference.flags.writeable = output.flags.writeable = False  # whatever a metric is made of
    scores: dict[str, float | None] = dict.fromkeys(metric.name for metric in metrics)
    notes = []
    for metric in metrics:
        try:
            scores[metric.name] = metric.score(reference, output, prepared.scale)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
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
        "scale": cell.scale,
        "protocol": cell.protocol,
        "status": status,
        "reason": reason,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "code_hash": cell.code_hash,
    }
    return Row(**values)


def _stated(method: Method, loaded: Upsampler) -> dict[str, float | None]:
    """Return the numbers that a loaded method states of itself; what is no number is not stated.

    (The ``parameters`` of a torch module are a function.)
    """
    weights = getattr(loaded, "parameters", None)
    macs = getattr(loaded, "macs_per_px", None)
    if not isinstance(weights, int | np.integer) or not 0 <= weights <= MAX_COUNT:
        weights = method.parameters
    return {
        "parameters": None if weights is None else int(weights),
        "macs_per_px": float(macs) if isinstance(macs, int | float | np.number) else None,
    }


def _detailed_place(high: Image8, scale: int) -> tuple[slice, slice]:
    """Return the square with the strongest edges, its corner on the lattice of the scale."""
    grey = high.mean(axis=2)
    detail = np.abs(np.diff(grey, axis=0))[:, :-1] + np.abs(np.diff(grey, axis=1))[:-1]
    total = np.pad(detail.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    side_y, side_x = (min(CROP_SIDE, n) for n in high.shape[:2])
    tops = np.arange(0, high.shape[0] - side_y + 1, scale)
    lefts = np.arange(0, high.shape[1] - side_x + 1, scale)
    ends_y, ends_x = (tops + side_y - 1)[:, None], (lefts + side_x - 1)[None]
    inside = total[ends_y, ends_x] - total[tops[:, None], ends_x]
    inside = inside - total[ends_y, lefts[None]] + total[tops[:, None], lefts[None]]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    top, left = int(tops[row]), int(lefts[column])
    return slice(top, top + side_y), slice(left, left + side_x)
