"""The array types, once; they exist for type checkers alone, so that this imports no numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np
    from numpy.typing import NDArray

    Image: TypeAlias = NDArray[np.float32]
    """float32 ``(H, W, C)``, C = 1 (luma or grey) or 3 (RGB), in [0, 1], sRGB-encoded."""
    Image8: TypeAlias = NDArray[np.uint8]
    """The same in 8 bits: uint8 in 0..255."""
    Plane: TypeAlias = NDArray[np.float64]
    """float64 ``(H, W)`` or ``(H, W, C)``: what metrics compare, in [0, 1] unless it says else."""
    Floats: TypeAlias = NDArray[np.float64]
    """float64 of any shape."""
