"""The origin: the command, versions, protocols, metrics and digests behind the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.text import counted
from upbench.benchmark.report.page.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.report.page.run import Run

CROP = "lossless, at most 96 pixels a side"
KINDS = {
    "crop": f"{CROP}, from where the original has most detail or --crop said",
    "worst place": CROP,
    "whole image": "JPEG previews, at most 512 pixels a side",
}
"""What the pictures are of, and how they are kept."""


def described_pictures(run: Run) -> Iterator[str]:
    """Count the distinct pictures of the page by what they are of."""
    further = {(one.group, one.name): one for one in run.places}
    found: dict[str, set[int]] = {kind: set() for kind in KINDS}
    for (_, dataset, image, scale, protocol), number in run.album.index.items():
        place = further.get(((dataset, scale, protocol), image))
        kind = "crop" if place is None else "worst place" if place.worst_of else "whole image"
        found[kind].add(number)
    for kind, numbers in found.items():
        if numbers:
            yield f"{counted(len(numbers), kind)} ({KINDS[kind]})"


def _template(run: Run) -> dict[str, Any]:
    return {"pictures": [*described_pictures(run)]}


SECTION = Section(
    "Origin",
    70,
    template=_template,
    needs_groups=False,
    is_shown=lambda run: bool(run.coverage["cells"] or not run.source.trainings),
)
