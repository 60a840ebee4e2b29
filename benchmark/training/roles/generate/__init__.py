"""Generate: a DCGAN at 32 x 32 whose generator has the layer in each of its three stages.

A. Radford, L. Metz and S. Chintala, "Unsupervised Representation Learning with Deep Convolutional
Generative Adversarial Networks", ICLR 2016, arXiv:1511.06434.  ``networks`` are the two networks,
``training`` is one training, ``data`` what is learned from, ``scores`` what samples are scored by,
``pictures`` what is drawn of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import Column
from upbench.benchmark.training.roles import Role

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Layer, Progress
    from upbench.benchmark.training.roles import Data, Training

__all__ = ["PERIODS", "ROLE"]

PERIODS = (2, 4, 8, 16)
"""In pixels of the output: a pattern that a stage makes comes out with its period, the last
stage's with 2, the first's with 8.  A period of 16 is the projection's, before any layer."""


def _load(name: str, progress: Progress | None) -> Data:
    from upbench.benchmark.training.roles.generate.data import load

    return load(name, progress)


def _begin(layer: Layer, seed: int, data: Any, steps: int, device: str) -> Training:
    from upbench.benchmark.training.roles.generate.training import Generation

    del steps  # the learning rate is constant
    return Generation(layer, seed, data, device)


def _lattice(period: int) -> Column:
    return Column(
        f"lattice_{period}_db",
        f"lattice {period} px dB",
        "+.1f",
        unit="dB",
        help=f"energy of samples on the spectral lines of period {period} alone, against real "
        "images: 0 dB is as much",
    )


COLUMNS = (
    *map(_lattice, PERIODS),
    Column(
        "phase_means_gl",
        "phase means gl",
        ".2f",
        "lower",
        help="highest less lowest mean of the four phases of period 2 over all samples, grey "
        "levels of 255",
    ),
    Column(
        "spectral_db",
        "spectral distance dB",
        ".2f",
        "lower",
        unit="dB",
        help="mean distance of the azimuthal averages of the power spectra (Durall et al. 2020)",
    ),
    Column(
        "swd",
        "SWD x 1000",
        ".1f",
        "lower",
        help="sliced Wasserstein distance of 7 x 7 patches, mean over Laplacian levels (Karras et "
        "al. 2018)",
    ),
    Column(
        "frechet",
        "Fréchet",
        ".2f",
        "lower",
        help="Fréchet distance of a small classifier's features to those of held-out images",
    ),
    Column(
        "frechet_ratio",
        "Fréchet / real",
        ".1f",
        "lower",
        help="the same, as a multiple of that of as many real training images",
    ),
)

ROLE = Role(
    name="generate",
    needs="A DCGAN at 32 x 32 with the layer in each of three stages; it needs images, and labels "
    "for the Fréchet distance.",
    steps=3000,
    columns=COLUMNS,
    datasets={
        "patches": "colour patches of the embedded images",
        "mnist": "the 10,000 test images of MNIST, in 32 x 32",
    },
    load=_load,
    begin=_begin,
    initial=tuple(column.key for column in COLUMNS),
)
