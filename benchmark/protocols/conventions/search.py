"""Finding the conventions under which a method gives some numbers.

A published number is known to its last digit: 30.14 stands for 30.135 to 30.145, and whatever
rounds to it is no distance away.  Conventions that give equal values cannot be distinguished.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.protocols.conventions.axes import (
    BORDERS,
    PSNRS,
    SSIMS,
    Convention,
    Low,
    Psnr,
    Ssim,
    View,
    cost,
    is_of_channels,
)
from upbench.benchmark.protocols.conventions.codes import codes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from upbench.benchmark.core.arrays import Floats

    Plane = tuple[Low, View]

ALIKE = {"psnr_db": 1e-4, "ssim": 1e-6}
"""Values that are nearer to each other than this cannot be distinguished."""
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.(\d*))?|\.(\d+))")
_LIKE = {"--ssim": "0.8104"}


@dataclass(frozen=True)
class Number:
    """A number as somebody wrote it."""

    value: float
    digits: int
    """After the point."""

    @property
    def half(self) -> float:
        """Half of its last digit: it stands for all that rounds to it."""
        return 0.5 * 10.0**-self.digits

    def distance(self, values: Floats) -> Floats:
        """Return how far values are from all that rounds to it; NaN stays."""
        beyond = np.abs(values - self.value) - self.half
        return np.where(beyond < 1e-9, 0.0, beyond)  # 1e-9: the halves of 0.005 are not exact


def read_number(option: str, text: str) -> Number | None:
    """Read one number of an option; "-" is a number that is not known.

    Raises:
        UsageError: It is no number.
    """
    if text.strip() == "-":
        return None
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise UsageError(
            f"{option} takes numbers as they are printed, like {_LIKE.get(option, '30.14')}, or - "
            f"for one that is not known; got {text!r}."
        )
    return Number(float(text), len(found[1] or found[2] or ""))


@dataclass(frozen=True)
class Target:
    """What is known of one dataset at one scale."""

    dataset: str
    scale: int
    psnr_db: Number | None
    ssim: Number | None


@dataclass(frozen=True)
class Found:
    """A convention and what it gives."""

    convention: Convention
    gives: tuple[tuple[float | None, float | None], ...]
    """PSNR and SSIM of each target; None where it was not asked for."""
    off_db: float
    """The largest distance to a PSNR."""
    off_ssim: float
    """The largest distance to an SSIM."""
    off: float
    """The largest distance in units of its tolerance: up to 1 it fits."""
    codes: tuple[str, ...] = ()
    alike: tuple[Convention, ...] = ()
    """Others that give the same values to every digit that is printed anywhere."""


def search(
    targets: Sequence[Target],
    tables: Sequence[Mapping[Plane, tuple[Floats, Floats]]],
    tolerances: tuple[float, float],
    most: int = 10,
) -> list[Found]:
    """Return the conventions within the tolerance, nearest first, or else the nearest.

    Args:
        targets: The numbers, one entry for each dataset and scale.
        tables: For each of them, by what is compared: the tables of PSNR and of SSIM.
        tolerances: In dB, and in units of SSIM.
        most: How many are returned where none fits.

    Returns:
        Conventions of equal distance stand in the order of how usual they are: those of a known
        code first.  What cannot be distinguished is one entry.
    """
    everything = [
        one
        for plane in tables[0]
        for one in _of_plane(plane, targets, [table[plane] for table in tables], tolerances)
    ]
    fitting = [one for one in everything if one.off <= 1.0]
    chosen = fitting or sorted(everything, key=lambda one: one.off)[:most]
    known = [replace(one, codes=codes_of(one.convention)) for one in chosen]
    return _merged(sorted(known, key=_order))


def _of_plane(
    plane: Plane,
    targets: Sequence[Target],
    tables: Sequence[tuple[Floats, Floats]],
    tolerances: tuple[float, float],
) -> Iterator[Found]:
    """Yield what fits of one plane; where nothing fits the nearest, one for each border."""
    has_psnr = any(target.psnr_db for target in targets)
    has_ssim = any(target.ssim for target in targets)
    off_db = _worst([t.psnr_db for t in targets], [table[0] for table in tables])
    off_ssim = _worst([t.ssim for t in targets], [table[1] for table in tables])
    is_rgb = plane[1].colour == "rgb"
    for border in range(len(BORDERS)):
        for p in _near(off_db[border] / tolerances[0], PSNRS, is_rgb) if has_psnr else [None]:
            for q in _near(off_ssim[border] / tolerances[1], SSIMS, is_rgb) if has_ssim else [None]:
                db = 0.0 if p is None else float(off_db[border, p])
                similar = 0.0 if q is None else float(off_ssim[border, q])
                convention = Convention(
                    *plane,
                    BORDERS[border],
                    None if p is None else PSNRS[p],
                    None if q is None else SSIMS[q],
                )
                gives = tuple(
                    (
                        None if p is None else float(psnr[border, p]),
                        None if q is None else float(ssim[border, q]),
                    )
                    for psnr, ssim in tables
                )
                off = max(db / tolerances[0], similar / tolerances[1])
                yield Found(convention, gives, db, similar, off)


def _worst(numbers: Sequence[Number | None], tables: Sequence[Floats]) -> Floats:
    """Return the largest distance to any number that is known, for each entry of the tables."""
    offs = [n.distance(table) for n, table in zip(numbers, tables, strict=True) if n is not None]
    return np.asarray(np.max(offs, axis=0)) if offs else np.zeros_like(tables[0])


def _near(offs: Floats, kinds: Sequence[Psnr | Ssim], is_rgb: bool) -> list[int]:  # noqa: FBT001
    """Return the entries that fit, else the nearest one; none where nothing has a value.

    Of one channel, one way of joining channels is all.
    """
    alone = [is_rgb or not is_of_channels(kind) for kind in kinds]
    known = np.flatnonzero(~np.isnan(offs) & alone)
    if not len(known):
        return []
    fitting = [int(n) for n in known if offs[n] <= 1.0]
    return fitting or [int(known[offs[known].argmin()])]


def _order(found: Found) -> tuple[float, bool, int]:
    return (round(found.off, 9), not found.codes, cost(found.convention))


def _merged(ordered: Sequence[Found]) -> list[Found]:
    """Make one entry of those that give equal values; the most usual one stands for them."""
    groups: list[list[Found]] = []
    by_value: dict[int, list[list[Found]]] = {}
    for one in ordered:
        place = _place(one)
        near = [group for n in (place, place - 1, place + 1) for group in by_value.get(n, ())]
        group = next((group for group in near if _alike(group[0], one)), None)
        if group is None:
            group = []
            groups.append(group)
            by_value.setdefault(place, []).append(group)
        group.append(one)
    return [_one_of(*group) for group in groups]


def _place(found: Found) -> int:
    """Return a number that is nearly equal for equal values."""
    for value, gap in zip(found.gives[0], ALIKE.values(), strict=True):
        if value is not None and math.isfinite(value):
            return round(value / gap)
    return 0


def _one_of(first: Found, *others: Found) -> Found:
    codes = dict.fromkeys(code for one in (first, *others) for code in one.codes)
    return replace(first, codes=tuple(codes), alike=tuple(one.convention for one in others))


def _alike(a: Found, b: Found) -> bool:
    return all(
        x is None or y is None or math.isclose(x, y, rel_tol=0, abs_tol=gap)
        for ours, theirs in zip(a.gives, b.gives, strict=True)
        for x, y, gap in zip(ours, theirs, ALIKE.values(), strict=True)
    )


def fitting_planes(
    targets: Sequence[Target],
    tables: Sequence[Mapping[Plane, tuple[Floats, Floats]]],
    tolerance: float,
    most: int = 8,
) -> list[Plane]:
    """Return the planes on which some PSNR fits, else the nearest.

    SSIM is computed on these alone; where no PSNR is known, on all.
    """
    if not any(target.psnr_db for target in targets):
        return [*tables[0]]
    offs = {
        plane: float(np.nanmin(_worst([t.psnr_db for t in targets], [t[plane][0] for t in tables])))
        for plane in tables[0]
    }
    fitting = [plane for plane, off in offs.items() if off <= tolerance]
    return fitting or sorted(offs, key=lambda plane: offs[plane])[:most]
