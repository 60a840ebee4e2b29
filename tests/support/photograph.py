"""One grey photograph and the patterns that tests lay over it."""

from __future__ import annotations

import numpy as np
from skimage import data

GREY = data.camera()[100:292, 150:342] / 255
"""float64 ``(192, 192)`` in [0, 1]."""
ROW, COLUMN = np.mgrid[: GREY.shape[0], : GREY.shape[1]]
CHECKER = (-1.0) ** (ROW + COLUMN)
"""A checkerboard of period 2, of the same shape, -1 and 1."""
