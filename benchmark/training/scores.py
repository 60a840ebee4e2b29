"""How good a network is while it learns: PSNR and checkerboards on images kept from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from upbench.benchmark.core.device import exact_convolutions
from upbench.benchmark.metrics.checkerboard import checkerboard_level, decibel
from upbench.benchmark.metrics.psnr import psnr
from upbench.benchmark.protocols.y_classic import YClassic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.training.material import Pair

CHECKED = 4
"""Validation images that the checkerboard metric is computed on; it costs more than the PSNR."""
FLAT_SIDE = 48
"""Side of the flat field, in input pixels: more than twice what a network looks at."""


class Scores(NamedTuple):
    """Means over validation images."""

    psnr_db: float
    checkerboard_db: float
    ripple_db: float
    """Flat-field ripple, see :func:`flat_ripple_db`."""


def score(network: Any, pairs: Sequence[Pair], scale: int) -> Scores:
    """Score a network on validation images under ``y-classic``.

    Args:
        network: A torch module, ``(1, 1, h, w) -> (1, 1, h s, w s)``.
        pairs: Validation images.
        scale: The whole factor s.
    """
    found, boards = [], []
    for number, pair in enumerate(pairs):
        reference, output = _scored(network, pair, scale)
        found.append(psnr(reference, output, scale))
        if number < CHECKED:
            boards.append(checkerboard_level(reference, output, scale))
    return Scores(_mean(found), _mean(boards), flat_ripple_db(network, scale))


def psnrs(network: Any, pairs: Sequence[Pair], scale: int) -> list[float]:
    """Return the PSNR of each image under ``y-classic``, in dB; arguments as of :func:`score`."""
    return [psnr(*_scored(network, pair, scale), scale) for pair in pairs]


def _scored(network: Any, pair: Pair, scale: int) -> tuple[Plane, Plane]:
    """Return reference and output as metrics take them."""
    protocol = YClassic()
    output, reference = (
        protocol.score(protocol.finish(plane[:, :, None], scale), scale)
        for plane in (enlarge(network, pair.low), pair.high)
    )
    return reference, output


def enlarge(network: Any, low: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a network on one plane: float32 ``(h, w)`` -> ``(h s, w s)``."""
    import torch

    device = next(network.parameters()).device
    with torch.inference_mode(), exact_convolutions():
        output = network(torch.from_numpy(low)[None, None].to(device))
        plane: NDArray[np.float32] = output[0, 0].float().cpu().numpy()
    return plane


def flat_ripple_db(network: Any, scale: int, grey: float = 0.5) -> float:
    """Return the checkerboard that a network makes of a flat grey field, in the metric's dB.

    The variance over the s x s phases, far from the border, in squared grey levels, on the scale
    of ``checkerboard_db``: 0 is none.  The probe's ``ripple_db`` is the mean over several greys.
    """
    output = enlarge(network, np.full((FLAT_SIDE, FLAT_SIDE), grey, np.float32))
    middle = FLAT_SIDE // 2 * scale
    cell = output[middle : middle + scale, middle : middle + scale].astype(np.float64) * 255
    return decibel(float(cell.var()))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
