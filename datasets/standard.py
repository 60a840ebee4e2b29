"""The embedded default: photographs and textures from scikit-image's wheel, no network.

Which images, why each, and which ones are kept apart for training is in
`upbench.benchmark.imaging.embedded`.
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
    source="scikit-image's wheel; per image in upbench.benchmark.imaging.embedded",
    licence="per image: CC0, public domain, no known restrictions, or scikit-image's BSD-3-Clause",
    summary="12 photographs and textures, colour and grey; installed with upbench, no network",
)
def standard() -> Sequence[ImageItem]:
    """List the 12 images; nothing is read, their digests are the table's (of the files)."""
    return [
        ImageItem(image.name, image.digest, partial(read_embedded, image.name))
        for image in side("standard")
    ]
