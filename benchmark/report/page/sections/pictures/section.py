"""The pictures: two methods' crops of one image beside the original, with errors and spectra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.page.section import Section

if TYPE_CHECKING:
    from upbench.benchmark.report.page.run import Group


def _group(group: Group) -> dict[str, Any]:
    """Return the pictures by method, in the order of the images; the reference under ""."""
    dataset, scale, protocol = group.key
    index = group.run.album.index
    methods = dict.fromkeys(cell[0] for cell in index if (cell[1], *cell[3:]) == group.key)
    return {
        "pictures": {
            method: [index.get((method, dataset, image, scale, protocol)) for image in group.images]
            for method in methods
        }
    }


SECTION = Section("Pictures", 30, group=_group, template=lambda run: {"album": run.album})
