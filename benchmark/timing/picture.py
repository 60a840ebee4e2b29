"""The picture that methods are timed on: made up, but with the statistics of a photograph.

The amplitude of natural images falls with spatial frequency about as 1/f (D. J. Field, Relations
between the statistics of natural images and the response properties of cortical cells, J. Opt.
Soc. Am. A 4, 1987).  Most methods take the same time on every picture; those that look for edges
would be flattered by a constant and punished by white noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image

CHROMA = 0.25
"""How much weaker colour varies than brightness."""


def picture(height: int, width: int, channels: int) -> Image:
    """Return 1/f noise in 256 levels, of 1 or 3 channels: the same picture at every call.

    Returns:
        float32 ``(height, width, channels)`` in [0, 1], contiguous.
    """
    import numpy as np

    brightness = _pink(height, width, seed=0)
    planes = [
        brightness if channels == 1 else brightness + CHROMA * _pink(height, width, seed=1 + index)
        for index in range(channels)
    ]
    stacked = np.stack(planes, axis=2)
    levels = np.round(255.0 * np.clip(0.5 + 0.18 * stacked, 0.0, 1.0))
    return np.ascontiguousarray(levels / 255.0, dtype=np.float32)


def _pink(height: int, width: int, seed: int) -> NDArray[np.float64]:
    """Return noise of mean 0 and variance 1 whose amplitude falls as 1/f."""
    import numpy as np

    rng = np.random.default_rng(seed)
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.hypot(down, across)
    frequency[0, 0] = np.inf  # no constant part
    white = rng.standard_normal(frequency.shape) + 1j * rng.standard_normal(frequency.shape)
    pink = np.fft.irfft2(white / frequency, s=(height, width))
    deviation = float(pink.std())
    return np.asarray(pink / deviation if deviation > 0 else pink)
