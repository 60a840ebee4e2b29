"""Reading kept crops: a folder may come from anywhere; sizes are known before decoding."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.errors import StoreError

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image8

LARGEST = 1024
"""Pixels of a side: a run keeps at most 96."""


def decode(png: object, *, grey: bool = False) -> Image8:
    """Read a kept crop.

    Returns:
        uint8 ``(h, w, 3)``; with ``grey`` a crop of one channel comes as ``(h, w)``.

    Raises:
        StoreError: It is no PNG, it is damaged, or its sides are longer than a crop's can be.
    """
    from PIL import Image, UnidentifiedImageError

    if not isinstance(png, bytes):
        raise StoreError(f"A crop in the journal is {type(png).__name__}; expected a PNG.")
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if max(picture.size) > LARGEST:
                width, height = picture.size
                raise StoreError(
                    f"A crop in the journal is a PNG of {width} x {height} pixels; expected at "
                    f"most {LARGEST} a side: the folder is damaged or not of an upbench run."
                )
            kept = picture if grey and picture.mode == "L" else picture.convert("RGB")
            return np.asarray(kept)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise StoreError(
            "A crop in the journal is no PNG that can be read; the folder is damaged or not of an "
            "upbench run: copy it again from where the run was made."
        ) from None
