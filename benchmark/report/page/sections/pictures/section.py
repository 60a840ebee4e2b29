"""The pictures: two methods' crops of one image beside the original, with errors and spectra.

After the images stand further places: whole images, and where each method loses most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import TargetSize
from upbench.benchmark.engine.result import USUAL
from upbench.benchmark.report.page.section import Section
from upbench.benchmark.report.render.json import jsonable

if TYPE_CHECKING:
    from upbench.benchmark.report.page.run import Group, Run


def _group(group: Group) -> dict[str, Any]:
    """Return the pictures by method, in the order of images and places; the reference under ""."""
    dataset, scale, protocol = group.key
    index = group.run.album.index
    methods = dict.fromkeys(cell[0] for cell in index if (cell[1], *cell[3:]) == group.key)
    further = [one for one in group.run.places if one.group == group.key]
    names = [*group.images, *(one.name for one in further)]
    numbered = [*enumerate(further, start=len(group.images))]
    return {
        "pictures": {
            method: [index.get((method, dataset, name, scale, protocol)) for name in names]
            for method in methods
        },
        "places": names,
        "worst": {str(number): one.worst_of for number, one in numbered if one.worst_of},
        "whole": {
            str(number): longer_side(group, one.image)
            for number, one in numbered
            if not one.worst_of
        },
        "usual": USUAL,
        "original": "original (HR)" if group.is_true else "reference",
    }


def longer_side(group: Group, image: str) -> float | None:
    """Return the pixels of the longer side of what a method makes of an image, nearly.

    A protocol may crop a few pixels before.  Beside the preview's own size this says by which whole
    factor the preview is reduced.
    """
    scale = group.key[1]
    if isinstance(scale, TargetSize) and not scale.back:
        return max(scale.size)
    sides = group.rows.loc[group.rows["image"] == image, ["height", "width"]].max()
    smaller = 1.0 if isinstance(scale, TargetSize) else min(1.0, float(scale))
    found: float | None = jsonable(sides.max() * smaller)
    return found


def _template(run: Run) -> dict[str, Any]:
    return {"album": run.album, "has_places": bool(run.places)}


SECTION = Section("Pictures", 30, group=_group, template=_template)
