"""Checkerboards: each method's level, its mean spectrum and its phase DC map.

A phase DC map says how far each phase of the output grid lies above or
below the others.

An upsampler by s makes each of its s x s output phases by a kernel of its own.  Where those
kernels have different gains at zero frequency, flat areas come out with a pattern of period s:
the checkerboard.  Its shape is the mean of each phase less the mean of all (Kiya et al. 1998;
Sugawara, Shiota and Kiya 2018): this map.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from upbench.benchmark.report.columns import describe_score, worst_key
from upbench.benchmark.report.crops import decode
from upbench.benchmark.report.page.section import Section
from upbench.benchmark.report.page.sections.checkerboards.controls import controls, grey_levels
from upbench.benchmark.report.render.json import jsonable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.report.page import run

WORST = worst_key(describe_score("checkerboard_db"))
"""The column of a summary that holds the worst image's level."""
Group: TypeAlias = "tuple[str, ScaleOrSize, str]"
"""(dataset, scale, protocol)."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PhaseMap:
    """One method's mean phase DC map at one dataset, scale and protocol."""

    values: tuple[tuple[float, ...], ...]
    """``(s, s)`` in grey levels (1/255 of full scale); they add up to 0."""
    crops: int
    """Over how many images' crops it is a mean."""


def phase_maps(crops: Mapping[Identity, bytes]) -> dict[Group, dict[str, PhaseMap]]:
    """Return every method's mean phase DC map, by (dataset, scale, protocol), then by method.

    A crop without its reference, or smaller than one cell, counts in no mean.  At a scale that is
    no whole number there are no such phases.

    Args:
        crops: The PNG of each kept crop; the reference's under the method "".  A crop's corner
            lies on the lattice.
    """
    known: dict[tuple[bytes, bytes, int], Floats | None] = {}
    found: dict[Group, dict[str, list[Floats]]] = defaultdict(dict)
    for (method, dataset, image, scale, protocol), png in crops.items():
        reference = crops.get(("", dataset, image, scale, protocol))
        if not method or reference is None or not isinstance(scale, int):
            continue
        key = (png, reference, scale)  # equal pixels have equal maps: computed once
        if key not in known:
            known[key] = phase_dc_map(decode(png), decode(reference), scale)
        if (one := known[key]) is not None:
            found[dataset, scale, protocol].setdefault(method, []).append(one)
    return {
        group: {method: _mean(maps) for method, maps in methods.items()}
        for group, methods in found.items()
    }


def phase_dc_map(
    output: NDArray[np.uint8], reference: NDArray[np.uint8], scale: int
) -> Floats | None:
    """Return the mean error of each phase less the mean of all phases.

    The reference is taken off first, so that texture of the picture's own does not count.

    Args:
        output: uint8 ``(h, w, C)``; its corner is the corner of a cell.
        reference: The same place of the high-resolution image.
        scale: The period s.

    Returns:
        ``(s, s)`` in grey levels; None where the shapes differ or no whole cell is in them.
    """
    rows, columns = (side // scale for side in output.shape[:2])
    if output.shape != reference.shape or not rows or not columns:
        return None
    error = (output.astype(np.float64) - reference).mean(axis=2)
    cells = error[: rows * scale, : columns * scale].reshape(rows, scale, columns, scale)
    means: Floats = cells.mean(axis=(0, 2))
    return np.asarray(means - means.mean())


def _mean(maps: list[Floats]) -> PhaseMap:
    mean = np.mean(maps, axis=0)
    return PhaseMap(tuple(tuple(float(v) for v in row) for row in mean), len(maps))


def _group(group: run.Group) -> dict[str, Any]:
    found = phase_maps(_crops_of(group)).get(group.key, {})
    return {
        "amplitudes": amplitudes(group.table),
        "phases": {method: asdict(one) for method, one in found.items()},
        "controls": [asdict(one) for one in controls(group.key[1])],
    }


def amplitudes(table: pd.DataFrame) -> dict[str, Any]:
    """Return how strong each method's pattern is in its worst image, in grey levels, by method."""
    if WORST not in table:
        return {}
    known = table.dropna(subset=[WORST])
    return {
        str(method): jsonable(grey_levels(level))
        for method, level in zip(known["method"], known[WORST], strict=True)
    }


def _crops_of(group: run.Group) -> dict[Identity, bytes]:
    crops = group.run.source.crops
    return {cell: png for cell, png in crops.items() if (cell[1], *cell[3:]) == group.key}


SECTION = Section("Checkerboards", 40, group=_group)
