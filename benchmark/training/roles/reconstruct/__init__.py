"""Reconstruct: super-resolution at x2, a small trunk with the layer at its end, by three losses.

The network is that of the learned methods (``upbench.methods._shared.network``): five convolutions,
the layer, bicubic interpolation added.  Three of them, alike at first, see the same patches: one
learns by a pixel loss, one by a pixel and a spectral loss, one against a patch discriminator.  So
a row shows in which of them checkerboards survive.  ``losses`` are the three, ``training`` is one
training, ``data`` what is learned from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import Column
from upbench.benchmark.training.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.contract import Layer, Progress
    from upbench.benchmark.core.kinds import Better
    from upbench.benchmark.training.roles import Data, Training

__all__ = ["LOSSES", "ROLE", "SCALE"]

SCALE = 2
LOSSES = {
    "pixel": "mean absolute error",
    "spectral": "mean absolute error of pixels and of their Fourier transform",
    "adversarial": "mean absolute error and a patch discriminator (Isola et al. 2017)",
}
"""The losses by the names that columns have, in words."""


def _load(name: str, progress: Progress | None) -> Data:
    from upbench.benchmark.training.roles.reconstruct.data import load

    return load(name, progress)


def _begin(layer: Layer, seed: int, data: Any, steps: int, device: str) -> Training:
    from upbench.benchmark.training.roles.reconstruct.training import Reconstruction

    return Reconstruction(layer, seed, data, steps, device)


def _columns() -> Iterator[Column]:
    """Yield a column for each number and loss."""
    stated: tuple[tuple[str, str, str, Better, str], ...] = (
        ("psnr", "PSNR", ".2f", "higher", "mean PSNR on the held-out images"),
        ("checkerboard", "checkerboard", ".1f", "lower", "mean checkerboard level of outputs"),
        ("ripple", "ripple", ".1f", "lower", "checkerboard that a flat grey field becomes"),
    )
    for key, heading, form, better, about in stated:
        for loss, words in LOSSES.items():
            title, says = f"{heading}, {loss} dB", f"{about}; learned by {words}"
            yield Column(f"{key}_{loss}_db", title, form, better, unit="dB", help=says)


COLUMNS = tuple(_columns())

ROLE = Role(
    name="reconstruct",
    needs="Super-resolution at x2 with the layer after a small trunk, trained by three losses; it "
    "needs images.",
    steps=1000,
    columns=COLUMNS,
    datasets={
        "embedded": "the embedded images: those for training, scored on standard ones",
        "t91": "T91, scored on Set5",
    },
    load=_load,
    begin=_begin,
    initial=tuple(column.key for column in COLUMNS),
)
