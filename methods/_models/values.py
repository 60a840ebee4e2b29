"""Finding out the values that a network takes and gives: range, channel order, how far it looks.

A photograph is shrunk and enlarged again.  A trained network comes near to it in its own range
only; one that was never trained comes near in none, and its range is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.imaging.colour import rgb_to_ycbcr
from upbench.benchmark.imaging.degrade import matlab_bicubic, quantise
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.imaging.resample import resize
from upbench.methods._models.model import call_network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from upbench.benchmark.core.contract import Image
    from upbench.methods._models.conventions import Conventions
    from upbench.methods._models.network import Network

PHOTOGRAPH, CORNER = "astronaut", (40, 130)
"""An embedded image, and where its part begins: a face, in saturated colours."""
NEAR = 20.0
"""dB to the photograph above which an output is an enlargement; wrong ranges give 15 at most."""
TRIED = (("1", "1"), ("255", "255"), ("-1..1", "-1..1"), ("1", "-1..1"))
"""Ranges of input and output that networks are trained with, the usual ones first; the last is
SRGAN's."""
FROM_LEVELS = (("255", "255"), ("255", "1"))
"""Those of a network whose input is uint8."""
TO_LEVELS = (("1", "255"), ("255", "255"), ("-1..1", "255"))
"""Those of a network whose output is uint8."""
FAR = 64
"""Pixels of overlap where an output pixel looks farther than the trial can see."""
LARGEST_SHARE = 3 / 8
"""The part of a tile that is cut off at each end without being asked for: a quarter of its side is
kept, which takes 16 times the calls of tiles side by side."""
BETTER = 0.3
"""dB by which another range or order must be better, where the usual one is near too."""


@dataclass(frozen=True)
class Found:
    """Conventions with their values, and what could not be found out."""

    conventions: Conventions
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Pair:
    """An image and its smaller version, as the network gets it."""

    high: Image
    low: Image
    large: Image
    """The bicubic enlargement: what a difference is added to."""
    bicubic: float
    """Its dB."""
    border: int
    """How many pixels at each end are not compared: all that the network loses at least."""


def examine(
    network: Network,
    shape: Conventions,
    wanted: Mapping[str, Any],
    sides: tuple[int, int],
    *,
    gives_levels: bool = False,
) -> Found:
    """Find out the values that a network takes and gives.

    Args:
        network: The network.
        shape: What is known of it.
        wanted: What the user states: "given" and "returned" (ranges), "order" and "overlap".
        sides: The height and width of an input that it takes.
        gives_levels: Whether its output is uint8.
    """
    pair, notes = _pair(shape, sides), []
    known = shape
    if network.declared.residual is None and "residual" not in wanted:
        known = _residual(network, known, pair)
    if "given" in wanted:
        known = replace(known, given=wanted["given"], returned=wanted["returned"])
    elif network.declared.levels and gives_levels:
        known = replace(known, given="255", returned="255")
    else:
        tried = FROM_LEVELS if network.declared.levels else TO_LEVELS if gives_levels else TRIED
        known, note = _ranged(network, known, pair, tried)
        notes.append(note)
    if known.channels == 3 and "order" not in wanted:
        known = _ordered(network, known, pair)
    known, note = _overlapping(network, known, wanted.get("overlap"), pair.low)
    return Found(known, tuple(filter(None, [*notes, note])))


def _pair(shape: Conventions, sides: tuple[int, int]) -> _Pair:
    scale = 2 if shape.is_enlarged_first else shape.scale
    tall, wide = (-(-side * shape.scale // scale) * scale for side in sides)
    image = read_embedded(PHOTOGRAPH)
    top, left = (
        max(0, min(at, size - side))
        for at, size, side in zip(CORNER, image.shape, (tall, wide), strict=False)
    )
    part = image[top : top + tall, left : left + wide]
    part = np.pad(part, ((0, tall - part.shape[0]), (0, wide - part.shape[1]), (0, 0)), "symmetric")
    high = rgb_to_ycbcr(part)[:, :, :1].astype(np.float32) if shape.channels == 1 else part
    low = matlab_bicubic(quantise(high), scale).astype(np.float32)
    large = resize(low, scale).astype(np.float32)
    height, width = (side * shape.scale for side in sides)
    high, large = high[:height, :width], large[:height, :width]
    taken = large if shape.is_enlarged_first else low[: sides[0], : sides[1]]
    border = max(min(6, min(height, width) // 4), shape.border // 2)
    return _Pair(high, taken, large, _decibel(large, high, border), border)


def _decibel(image: Image, truth: Image, border: int) -> float:
    """Return the PSNR inside of a border; -inf for what is no number."""
    inner = tuple(slice(border, side - border) for side in truth.shape[:2])
    with np.errstate(all="ignore"):
        error = float(np.mean((image[inner].astype(np.float64) - truth[inner]) ** 2))
    return 10 * float(np.log10(1 / max(error, 1e-12))) if np.isfinite(error) else -np.inf


def _score(network: Network, conventions: Conventions, pair: _Pair) -> float:
    output = call_network(network, conventions, pair.low)
    if conventions.residual and output.shape == pair.large.shape:
        output = output + pair.large
    return _decibel(output, pair.high, pair.border)


def _ranged(
    network: Network, known: Conventions, pair: _Pair, tried: Sequence[tuple[str, str]]
) -> tuple[Conventions, str]:
    """Find the ranges of input and output, by default the first of those that are tried."""
    possible = [replace(known, given=given, returned=returned) for given, returned in tried]
    scores = [_score(network, one, pair) for one in possible]
    usual, best = scores[0], max(scores)
    is_trained = best > pair.bicubic and best > usual + BETTER
    if best > NEAR and (usual <= NEAR or is_trained):
        return possible[scores.index(best)], ""
    if usual > NEAR:
        return possible[0], ""
    others = " or ".join(
        f"range={given}" if given == returned else f"range={given}:{returned}"
        for given, returned in tried[1:3]
    )
    return possible[0], (
        f"{possible[0].values} are assumed, since its output resembles its input in no range "
        f"({usual:.1f} dB); if it takes others say {others}{_residual_hint(known, usual)}."
    )


def _residual_hint(known: Conventions, usual: float) -> str:
    return "" if known.residual or usual > 12 else ", and residual=yes if it gives a difference"


def _residual(network: Network, known: Conventions, pair: _Pair) -> Conventions:
    """Find whether the output is the image or what is added to the enlarged one."""
    return max(
        (replace(known, residual=one) for one in (False, True)),
        key=lambda tried: _score(network, tried, pair),
    )


def _ordered(network: Network, known: Conventions, pair: _Pair) -> Conventions:
    """Find the order of the channels: BGR where that is clearly better, else RGB."""
    turned = replace(known, order="bgr")
    usual, other = (_score(network, one, pair) for one in (known, turned))
    return turned if other > max(usual + BETTER, pair.bicubic) else known


def _overlapping(
    network: Network, known: Conventions, stated: int | None, low: Image
) -> tuple[Conventions, str]:
    """Find how much tiles have in common: all that an output pixel sees, where tiles allow it."""
    reach = _reach(network, known, low) if stated is None else stated
    tile = known.tile
    if tile is None:
        return replace(known, overlap=FAR if reach is None else reach), ""
    side = min(tile)
    most = max(0, side - known.multiple) // 2  # the next tile begins one step farther
    usual = most if stated is not None else min(most, int(side * LARGEST_SHARE))
    used = min(usual, FAR, side // 4) if reach is None else min(usual, reach)
    known = replace(known, overlap=used)
    if reach is not None and reach <= known.shared:
        return known, ""
    said = "may see farther" if reach is None else f"sees {reach} pixels far"
    first = f"an output pixel {said}" if stated is None else f"overlap={stated} is stated"
    more = min(most, reach or most)
    hint = f"overlap={more} takes more, more slowly" if more > known.shared else "use larger tiles"
    return known, (
        f"{first}, but tiles of {tile[0]} x {tile[1]} overlap by {known.shared} pixels at each "
        f"end, so that seams may show; {hint}."
    )


def _reach(network: Network, known: Conventions, low: Image) -> int | None:
    """Return how far an output pixel looks, in input pixels; None if farther than can be seen.

    One pixel is changed, and where the output changes is looked up.
    """
    height, width, _ = low.shape
    row, column = height // 2, width // 2
    changed = low.copy()
    changed[row, column] += np.where(changed[row, column] < 0.5, 0.5, -0.5)
    before, after = (call_network(network, known, one) for one in (low, changed))
    differs = np.abs(after - before).max(axis=2) > 0
    rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    reach = max(
        row - rows[0] // known.scale,
        rows[-1] // known.scale - row,
        column - columns[0] // known.scale,
        columns[-1] // known.scale - column,
    )
    return int(reach) + 1 if reach < min(row, column) - 1 else None
