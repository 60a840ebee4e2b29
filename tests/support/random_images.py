"""Images for tests that need any image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def noise(*shape: int) -> NDArray[np.float32]:
    """Return an image of uniform noise, always the same, that cannot be written to."""
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    image.setflags(write=False)
    return image
