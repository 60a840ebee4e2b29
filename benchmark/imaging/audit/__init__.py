"""Audit of reference images: what a picture went through before, and which show the same thing.

A reference that was enlarged, compressed or clipped rewards the wrong method; two images of one
scene count twice, and one of them in training spoils a test.  Each measure is a number with a
bound; beyond it the image gets a finding, one sentence.  The bounds were set on 427 photographs and
on built examples of each fault; ``tests/imaging/test_audit.py`` holds both.

To add a measure: a module here, a column below, and a sentence in ``_sentences``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from upbench.benchmark.core.errors import pass_on_ctrl_c
from upbench.benchmark.core.progress import tracked
from upbench.benchmark.core.table import Column, Table
from upbench.benchmark.core.text import counted, describe
from upbench.benchmark.imaging.audit.enlargement import bandwidth, doubled, period, repeated_lines
from upbench.benchmark.imaging.audit.jpeg import jpeg_grid
from upbench.benchmark.imaging.audit.scenes import look_at, same_scenes
from upbench.benchmark.imaging.colour import FULL_RANGE
from upbench.benchmark.imaging.validation import checked_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import ImageItem, Progress
    from upbench.benchmark.imaging.audit.scenes import Look

    Grey: TypeAlias = NDArray[np.float64]
    Listed: TypeAlias = Sequence[tuple[str, ImageItem]]

TINY = 128
"""Shortest side in pixels under which several metrics have no value at x4."""
DOUBLED, LINES, BAND, CLIPPED = 0.5, 0.12, 0.75, 0.25
"""The bounds: shares of blocks, of lines, of frequencies, of values."""

ONE_AXIS = 0.95
"""The share of equal lines that no enlargement by less than 20 leaves."""

_LARGE = 512
"""Side of the part, at the top left, that repeated pixels are looked for in."""
_SPECTRUM = 1024
"""Side of the part whose spectrum is looked at."""
_MOST_NAMED = 3
"""Images of the same scene that are named in a row."""

COLUMNS = (
    Column("image", "image"),
    Column("size", "size"),
    Column("repeated", "repeated", ".2f", help="Share of equal aligned blocks, or of equal lines"),
    Column("grid", "8 x 8 grid", ".2f", help="How well DCT coefficients keep to multiples"),
    Column("band", "band", ".2f", help="Share of the frequencies that holds 98 % of the detail"),
    Column("clipped", "clipped", ".1%", help="Share of values at the lowest or highest level"),
    Column("findings", "findings"),
)


def audit(images: Listed, against: Listed = (), progress: Progress | None = None) -> Table:
    """Measure images of one or several datasets, and look for the same scene in others.

    Args:
        images: (dataset's name, image) pairs: a row each.
        against: More images that are only compared with, such as those of a training set.
        progress: Called with (what, done, total).

    Returns:
        A row for each image, in order, with ``findings``, sentences, and ``unread``, whether it
        could not be read; a note with the number of images that have a finding.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # the matrices are small: threads would wait for each other
        return _audited(images, against, progress)


def _audited(images: Listed, against: Listed, progress: Progress | None) -> Table:
    rows: list[dict[str, Any]] = []
    looks: list[Look | None] = []
    for dataset, item in tracked("audit", (*images, *against), progress):
        row, look = _measured(f"{dataset} {item.name}", item, full=len(rows) < len(images))
        rows.append(row)
        looks.append(look)
    shown = rows[: len(images)]
    scenes = _scene_sentences(looks, rows, len(shown), progress)
    for number, row in enumerate(shown):
        row["findings"] = " ".join([*row["findings"], *scenes.get(number, [])])
    suspects = sum(bool(row["findings"]) for row in shown)
    note = f"{counted(suspects, 'image')} of {len(shown)} with findings."
    return Table(COLUMNS, tuple(shown), notes=(note,))


def _measured(name: str, item: ImageItem, *, full: bool) -> tuple[dict[str, Any], Look | None]:
    """Return the row of an image, with its sentences as a list, and what it is recognised by."""
    try:
        levels = np.rint(checked_image(item.load()).astype(np.float64) * 255)
    except BaseException as error:  # noqa: BLE001 - the plugin boundary: its row says why
        pass_on_ctrl_c(error)
        return {"image": name, "findings": [describe(error)], "unread": True}, None
    grey = _grey(levels)
    row = {"image": name, "unread": False}
    return row | (_numbers(levels, grey) if full else {}), look_at(grey, mirrored=full)


def _grey(levels: Grey) -> Grey:
    """Return JPEG's own luma, full range: ``(H, W, C)`` -> ``(H, W)`` grey levels."""
    return levels[..., 0] if levels.shape[2] == 1 else levels @ FULL_RANGE


def _numbers(levels: Grey, grey: Grey) -> dict[str, Any]:
    """Return the columns of one image, with the sentences of what is beyond the bounds."""
    plane, large = levels[:_LARGE, :_LARGE, 0].astype(np.uint8), grey[:_SPECTRUM, :_SPECTRUM]
    blocks = {factor: doubled(plane, factor) for factor in (4, 3, 2)}
    lines, grid = repeated_lines(plane), jpeg_grid(grey)
    row: dict[str, Any] = {
        "size": f"{grey.shape[1]} x {grey.shape[0]}",
        "repeated": max(*blocks.values(), *lines),
        "grid": grid.strength,
        "band": bandwidth(large),
        "clipped": clipped(levels),
    }
    repeated = _repetition(blocks, lines)
    enlarged = repeated or _interpolation(period(large), row["band"])
    compressed = grid.sentence() if grid.found else ""
    sentences = (_tiny(grey), enlarged, compressed, _clipping(row["clipped"]))
    return row | {"findings": [sentence for sentence in sentences if sentence]}


def clipped(levels: Grey) -> float:
    """Return the share of values at the image's own lowest or highest level, 0 to 1."""
    low, high = levels.min(), levels.max()
    return float(np.mean((levels == low) | (levels == high))) if low < high else 0.0


# The sentences


def _tiny(grey: Grey) -> str:
    short = min(grey.shape)
    said = f"Tiny: its shorter side has {counted(short, 'pixel')}, under {TINY}."
    return said if short < TINY else ""


def _repetition(blocks: dict[int, float], lines: tuple[float, float]) -> str:
    for factor, share in blocks.items():
        if share > DOUBLED and min(lines) > LINES:  # smooth skies have equal blocks, too
            return f"It was enlarged by repeated pixels, {factor} x {factor}."
    named = zip(("row", "column"), lines, strict=True)
    found = [f"{share:.0%} of its {name}s" for name, share in named if share > LINES]
    if not found:
        return ""
    kind = "Enlarged" if max(lines) < ONE_AXIS else "A pattern along one axis"
    return f"{kind}: {' and '.join(found)} equal the one before."


def _interpolation(pixels: float | None, band: float | None) -> str:
    limit = f"98 % of its detail is in the lowest {band:.0%} of the frequencies" if band else ""
    is_soft = band is not None and band < BAND
    if pixels is not None:
        factors = sorted({f"{factor:.2g}" for factor in (pixels, pixels / (pixels - 1))})
        also = f", and {limit}" if is_soft else ""
        said = f"its smoothness repeats every {pixels:.2g} pixels{also}"
        return f"Resampled, as after an enlargement by {' or '.join(factors)}: {said}."
    return f"Band limited, enlarged or out of focus: {limit}." if is_soft else ""


def _clipping(share: float) -> str:
    if share <= CLIPPED:
        return ""
    return f"Clipped: {share:.0%} of its values are its lowest or highest level."


# The same scene in two images


def _scene_sentences(
    looks: Sequence[Look | None],
    rows: Sequence[dict[str, Any]],
    shown: int,
    progress: Progress | None,
) -> dict[int, list[str]]:
    """Return, for each image with a row, a sentence for each of the same scene."""
    known = [number for number, look in enumerate(looks) if look is not None]
    here = [look for look in looks if look is not None]
    count = sum(number < shown for number in known)
    found: dict[int, list[str]] = {}
    for (one, other), twin in same_scenes(here, count, progress).items():
        back = twin.reversed(here[one], here[other])
        for at, to, how in ((known[one], known[other], twin), (known[other], known[one], back)):
            found.setdefault(at, []).append(f"Same scene as {rows[to]['image']}: {how.words()}.")
    return {number: _fewest(sentences) for number, sentences in found.items()}


def _fewest(sentences: list[str]) -> list[str]:
    """Keep the first few, and count the rest."""
    more = len(sentences) - _MOST_NAMED
    rest = [f"Same scene as {more} more."] if more > 0 else []
    return sentences[:_MOST_NAMED] + rest
