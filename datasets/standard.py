"""The embedded default: photographs and textures that are installed with upbench, no network.

Which images, why each, what each went through before, and which ones are kept apart for training
is in `upbench.benchmark.imaging.embedded`.  None was enlarged, and none carries a JPEG grid: JPEG
originals are taken at half their size.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import ImageItem, dataset
from upbench.benchmark.imaging.embedded import read_embedded, side

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["standard"]


@dataset(
    "standard",
    source="the wheels of scikit-image, Matplotlib, upbench; each: upbench data list standard",
    licence="per image: CC0, public domain, no known restrictions, or CC BY 2.0",
    summary="12 photographs and textures, colour and grey; installed with upbench, no network",
)
def standard() -> Sequence[ImageItem]:
    """List the 12 images; nothing is read, their digests are of the files and the processing."""
    return [
        ImageItem(
            image.name, image.item_digest, partial(read_embedded, image.name), about=image.about
        )
        for image in side("standard")
    ]
