"""Finding out what a network takes and gives, by small calls.

Sizes first: which channels, layout and sides it takes, and how the output's size follows from the
input's.  Then values: a photograph is shrunk and enlarged again, and the range, channel order and
output that come nearest to it are the network's.  What a file or the user states is not tried.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import UpbenchError, UsageError
from upbench.benchmark.core.metadata import MAX_SCALE
from upbench.benchmark.core.text import counted, describe
from upbench.methods._models import values
from upbench.methods._models.conventions import Conventions, Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from upbench.methods._models.network import Network

SIZES = (
    *((48, 64), (64, 64), (128, 128), (256, 256), (96, 96), (224, 224), (32, 32)),
    *((192, 192), (512, 512), (16, 16)),
)
"""Inputs that are tried, height and width, until the network takes one."""
MULTIPLES = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Trial:
    """What was found out about a network."""

    conventions: Conventions
    notes: tuple[str, ...] = ()
    """What could not be found out, in sentences that say what to state."""
    macs_per_px: float | None = None
    """Multiply-adds per output pixel of the network."""


@dataclass(frozen=True)
class _Shape:
    """How the output's size follows from the input's."""

    channels: int
    layout: Layout
    sides: tuple[int, int]
    """The input that was tried."""
    scale: int
    border: int
    output: int
    is_fixed: bool
    gives_levels: bool
    """Whether the output is uint8."""


class _UnlikeError(UsageError):
    """What a network gives is no image of as many channels as it was given."""


def examine(network: Network, wanted: Mapping[str, Any]) -> Trial:
    """Find out what a network takes and gives.

    The user states some of it, by the fields of Conventions, and "colour".

    Raises:
        UsageError: It is no network that enlarges images, or something has to be stated.
    """
    shape = _shape(network, wanted)
    conventions = Conventions(
        scale=shape.scale,
        channels=shape.channels,
        layout=shape.layout,
        tile=shape.sides if shape.is_fixed else None,
        border=shape.border,
        output=shape.output,
        precision=network.declared.precision,
        is_widened=network.declared.is_widened,
        residual=bool(wanted.get("residual", network.declared.residual)),
    )
    conventions = replace(conventions, multiple=_multiple(network, conventions, wanted))
    stated = {name: value for name, value in wanted.items() if name in _STATED}
    conventions = replace(conventions, **stated)
    _check_tile(conventions)
    found = _values(network, conventions, wanted, shape)
    notes = (*filter(None, [network.declared.note]), *found.notes)
    return Trial(found.conventions, notes, _macs_per_px(network, shape))


_STATED = ("tile", "overlap", "order")


def _check_tile(known: Conventions) -> None:
    """Refuse tiles of which nothing would be left, or that begin where the network takes none.

    Raises:
        UsageError: The tile is too small, or no multiple of what its sides must be.
    """
    if known.tile is None:
        return
    if min(known.tile) < known.least_side:
        raise UsageError(
            f"its tiles of {_size(known.tile)} are too small: of each end {known.lost} pixels are "
            f"lost; expected sides of {known.least_side} or more: state a larger tile=, or export "
            "it for a larger input."
        )
    if any(side % known.multiple for side in known.tile):
        raise UsageError(
            f"tile={_size(known.tile)} is stated, but its sides must be multiples of "
            f"{known.multiple}; state a tile= that is."
        )


def _values(
    network: Network, known: Conventions, wanted: Mapping[str, Any], shape: _Shape
) -> values.Found:
    """Find out the values.

    Raises:
        UsageError: The network takes noise, but fails on a photograph.
    """
    tall, wide = shape.sides
    if known.lost:  # so much more that what is left shows all that a pixel changes
        least = 4 * known.lost + 16
        tall, wide = (-(-max(one, least) // known.multiple) * known.multiple for one in shape.sides)
    levels = shape.gives_levels
    try:
        return values.examine(network, known, wanted, (tall, wide), gives_levels=levels)
    except UpbenchError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the model's own boundary
        raise UsageError(
            f"it takes noise of {_size(shape.sides)}, but no photograph of {_size((tall, wide))}: "
            f"{describe(error)}"
        ) from None


def _shape(network: Network, wanted: Mapping[str, Any]) -> _Shape:
    """Find an input that the network takes, and what it makes of it.

    A network of three channels may take one as well, for all three: it is not of the first that it
    takes, but of the first of which it makes an image of as many.
    """
    failures: list[tuple[int, str]] = []
    unlike: dict[tuple[int, int], _UnlikeError] = {}
    for channels, layout, sides in _candidates(network, wanted):
        if unlike and sides not in unlike:
            continue  # another size changes nothing
        try:
            outputs = network(_noise(channels, layout, sides))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the model's own boundary
            failures.append((channels, describe(error)))
            continue
        if not all(map(np.size, outputs)):  # smaller than the border that it loses
            failures.insert(0, (channels, f"no error, but its output for {_size(sides)} is empty"))
            continue
        try:
            return _fitted(network, wanted, (channels, layout, sides), outputs)
        except _UnlikeError as error:
            unlike.setdefault(sides, error)
    for found in unlike.values():
        raise found
    raise UsageError(_refused(network, wanted, failures))


def _candidates(
    network: Network, wanted: Mapping[str, Any]
) -> Iterable[tuple[int, Layout, tuple[int, int]]]:
    """Yield what may fit: channels, layout and sides, the likely first."""
    declared = network.declared
    if declared.channels not in {None, 1, 3}:
        raise UsageError(
            f"its input has {declared.channels} channels; expected 1 (luma) or 3 (RGB)."
        )
    colour = {"luma": 1, "rgb": 3}.get(wanted.get("colour", ""))
    if colour and declared.channels and colour != declared.channels:
        raise UsageError(
            f"its input has {declared.channels} channel{'s' * (declared.channels > 1)}, "
            f"but colour={wanted['colour']} says {colour}; leave it out."
        )
    stated: Layout | None = wanted.get("layout") or declared.layout
    layouts: tuple[Layout, ...] = (stated,) if stated else ("nchw", "nhwc")
    known = declared.channels or colour
    tile = wanted.get("tile")
    fixed = (declared.height, declared.width)
    if tile and any(own not in {None, side} for own, side in zip(fixed, tile, strict=True)):
        raise UsageError(
            f"its input is {' x '.join(str(own or 'any') for own in fixed)}, but tile="
            f"{_size(tile)} is stated; leave it out."
        )
    sizes = (tile,) if tile else SIZES
    for layout in layouts:
        for height, width in sizes:
            for channels in (known,) if known else (1, 3):
                yield channels, layout, (declared.height or height, declared.width or width)


def _fitted(
    network: Network,
    wanted: Mapping[str, Any],
    taken: tuple[int, Layout, tuple[int, int]],
    outputs: Any,
) -> _Shape:
    """Return how the sizes go together, from an input that the network took."""
    channels, layout, sides = taken
    chosen = wanted.get("output")
    if chosen is not None and chosen >= len(outputs):
        numbers = "0" if len(outputs) == 1 else f"0 to {len(outputs) - 1}"
        raise UsageError(f"it has {counted(len(outputs), 'output')}; output= takes {numbers}.")
    images = [
        index
        for index, output in enumerate(outputs)
        if _sides(output, layout, channels) and chosen in {None, index}
    ]
    if not images:
        shapes = ", ".join(str(tuple(np.shape(output))) for output in outputs) or "nothing"
        raise _UnlikeError(
            f"it gives {shapes} for an image of {sides[0]}x{sides[1]} with {channels} "
            f"channel{'s' * (channels > 1)}; expected an image of as many channels."
        )
    if len(images) > 1:
        listed = ", ".join(f"{i} of {_size(_sides(outputs[i], layout, channels))}" for i in images)
        raise UsageError(f"it gives several images: {listed}; say which one: output=N.")
    other, is_fixed = _second(network, taken, images[0])
    first = _sides(outputs[images[0]], layout, channels) or sides
    scale, border = _scale(sides, first, other)
    levels = getattr(outputs[images[0]], "dtype", None) == np.uint8
    return _Shape(channels, layout, sides, scale, border, images[0], is_fixed, levels)


def _second(
    network: Network, taken: tuple[int, Layout, tuple[int, int]], output: int
) -> tuple[tuple[tuple[int, int], tuple[int, int]] | None, bool]:
    """Try a second size: return it with its output's, and whether the first is the only one."""
    height, width = taken[2]
    if network.declared.height or network.declared.width:
        return None, True  # images are taken in windows of this size, along both axes
    for extra in (16, 64, 192):
        sides = (height + extra, width + extra)
        found = _made(network, taken[:2], sides, output)
        if found:
            return (sides, found), False
    return None, True


def _scale(
    sides: tuple[int, int],
    found: tuple[int, int],
    other: tuple[tuple[int, int], tuple[int, int]] | None,
) -> tuple[int, int]:
    """Return the scale and the border that is lost.

    Raises:
        UsageError: The output's sides are no whole multiple of the input's.
    """
    if other is not None:
        grown = [
            (second_out - out, second - first, out, first)
            for first, out, second, second_out in zip(sides, found, *other, strict=True)
            if second != first
        ]
        slopes = {
            (more_out / more, more_out / more * first - out) for more_out, more, out, first in grown
        }
    else:
        slopes = {(out / first, 0.0) for first, out in zip(sides, found, strict=True)}
    scale, border = next(iter(slopes))
    is_whole = len(slopes) == 1 and scale == int(scale) and 1 <= scale <= MAX_SCALE
    if not is_whole or border < 0 or border % 2:
        raise UsageError(
            f"it makes {_size(found)} of {_size(sides)}; expected an output whose sides are the "
            f"input's times one whole number from 1 to {MAX_SCALE}."
        )
    return int(scale), int(border)


def _multiple(network: Network, conventions: Conventions, wanted: Mapping[str, Any]) -> int:
    """Return what the sides of the input must be multiples of."""
    if conventions.tile:
        return 1
    if wanted.get("multiple"):
        return int(wanted["multiple"])
    channels, layout = conventions.channels, conventions.layout
    for multiple in MULTIPLES:
        odd = max(1, (33 + 2 * conventions.lost) // multiple) | 1  # something is left of it
        sides = (odd * multiple, (odd + 2) * multiple)
        expected = tuple(side * conventions.scale - conventions.border for side in sides)
        if _made(network, (channels, layout), sides, conventions.output) == expected:
            return multiple
    raise UsageError(
        f"it takes sides that are no multiples of {', '.join(map(str, MULTIPLES))}; say what they "
        "are multiples of: multiple=N."
    )


def _made(
    network: Network, kind: tuple[int, Layout], sides: tuple[int, int], output: int
) -> tuple[int, int] | None:
    """Return the sides of what a network makes of an input; None where it takes it not."""
    try:
        outputs = network(_noise(*kind, sides))
    except (Exception, SystemExit):  # noqa: BLE001 - the model's own boundary
        return None
    channels, layout = kind
    return _sides(outputs[output], layout, channels) if output < len(outputs) else None


def _macs_per_px(network: Network, shape: _Shape) -> float | None:
    """Return the multiply-adds per output pixel; None where they cannot be counted."""
    height, width = shape.sides
    try:
        macs = network.macs(_noise(shape.channels, shape.layout, shape.sides))
    except Exception:  # noqa: BLE001 - whatever cannot be counted is not known
        return None
    return macs / (height * width * shape.scale**2) if macs else None


def _noise(channels: int, layout: str, sides: tuple[int, int]) -> NDArray[np.float32]:
    image = np.random.default_rng(0).random((1, channels, *sides), dtype=np.float32)
    return image if layout == "nchw" else np.ascontiguousarray(image.transpose(0, 2, 3, 1))


def _sides(output: Any, layout: str, channels: int) -> tuple[int, int] | None:
    """Return the height and width of an output; None where it is no image of these channels."""
    shape = np.shape(output)
    if len(shape) != 4 or shape[0] != 1 or 0 in shape:
        return None
    height, width, depth = shape[1:] if layout == "nhwc" else (*shape[2:], shape[1])
    return (height, width) if depth == channels else None


def _size(sides: tuple[int, int] | None) -> str:
    return "x".join(map(str, sides or ()))


def _refused(network: Network, wanted: Mapping[str, Any], failures: list[tuple[int, str]]) -> str:
    """Say why no trial input was taken, by what the network said of the last likely one."""
    said = next((text for _, text in failures), "nothing")
    for _, text in failures:
        if "CUDA" in text or "cuda" in text:
            return (
                "it computes on a GPU (CUDA) alone and not on this CPU; export it on the CPU. "
                f"It says: {text}"
            )
    size = network.declared
    fixed = f" of {size.height}x{size.width}" if size.height and size.width else ""
    kinds = {"luma": "1 channel", "rgb": "3 channels"}
    channels = kinds.get(wanted.get("colour", ""), "1 or 3 channels")
    stated = [f"{name}={wanted[name]}" for name in ("colour", "layout") if name in wanted]
    stated += [f"tile={_size(wanted['tile'])}"] if "tile" in wanted else []
    hint = "if it needs a size of its own, say it: tile=HEIGHTxWIDTH"
    if stated:
        hint = f"what is stated may be wrong: {', '.join(stated)}"
    return f"it takes no image{fixed} of {channels}; {hint}.  It says: {said}"
