"""The pictures: two methods' crops of one image beside the original, with errors and spectra.

Further places stand below the images: whole images, and where each method loses most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.engine.result import USUAL
from upbench.benchmark.report.page.section import Section

if TYPE_CHECKING:
    from upbench.benchmark.report.page.run import Group


def _group(group: Group) -> dict[str, Any]:
    """Return the pictures by method, in the order of images and places; the reference under ""."""
    dataset, scale, protocol = group.key
    index = group.run.album.index
    methods = dict.fromkeys(cell[0] for cell in index if (cell[1], *cell[3:]) == group.key)
    further = [one for one in group.run.places if one.group == group.key]
    names = [*group.images, *(one.name for one in further)]
    return {
        "pictures": {
            method: [index.get((method, dataset, name, scale, protocol)) for name in names]
            for method in methods
        },
        "places": names,
        "worst": {
            str(number): one.worst_of
            for number, one in enumerate(further, start=len(group.images))
            if one.worst_of
        },
        "usual": USUAL,
    }


SECTION = Section("Pictures", 30, group=_group, template=lambda run: {"album": run.album})
