"""Segment: the class of each pixel, by an encoder and a decoder that has the layer in every step.

``data``, ``camvid``, ``folder`` and ``shapes`` are what is learned from, ``network`` is the
network, ``training`` one training, ``scores`` what it is scored by, ``pictures`` what is drawn.
Imports metrics and what is below them; torch only where a network is built.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.core.table import Column
from upbench.benchmark.training.roles import Role
from upbench.benchmark.training.roles.segment.data import PERIODS

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Layer, Progress
    from upbench.benchmark.training.roles import Training
    from upbench.benchmark.training.roles.segment.data import Scenes

__all__ = ["ROLE", "load"]

DATASETS = {
    "shapes": "generated: shapes that differ by their texture, 4 classes and ground",
    "camvid": "CamVid at half size: 367, 101 and 233 road scenes, 11 classes; 187 MB to download",
}


def load(name: str, progress: Progress | None = None) -> Scenes:
    """Return a dataset by its name, or a folder of one's own.

    Raises:
        UnknownNameError: There is neither such a dataset nor such a folder.
        DatasetError: It is incomplete, or labels do not fit.
        ImageError, FetchError: An image cannot be read or downloaded.
    """
    if name == "shapes":
        from upbench.benchmark.training.roles.segment.shapes import make_shapes

        return make_shapes()
    if name == "camvid":
        from upbench.benchmark.training.roles.segment.camvid import load_camvid

        return load_camvid(progress)
    if Path(name).name == name and not Path(name).exists():
        raise UnknownNameError("segmentation dataset", name, DATASETS)
    from upbench.benchmark.training.roles.segment.folder import load_folder

    return load_folder(name)


def begin(layer: Layer, seed: int, data: Any, steps: int, device: str) -> Training:
    """Return a training before its first step; see ``training.begin``."""
    from upbench.benchmark.training.roles.segment import training

    return training.begin(layer, seed, data, steps, device)


def _lattice_column(period: int) -> Column:
    return Column(
        f"lattice_{period}_db",
        f"lattice {period} px dB",
        ".1f",
        better="lower",
        unit="dB",
        limits=(0, float("inf")),
        help=f"energy of the validation images' probability maps at the period of {period} pixels "
        "alone; 0 is none, 6 dB a pattern of 0.5 of 255 levels",
    )


COLUMNS = (
    Column(
        "mean_iou",
        "mean IoU",
        ".3f",
        better="higher",
        limits=(0, 1),
        help="intersection over union on the test images, mean over the classes",
    ),
    Column(
        "pixel_accuracy",
        "pixel accuracy",
        ".3f",
        better="higher",
        limits=(0, 1),
        help="share of the test images' labelled pixels that are right",
    ),
    Column(
        "boundary_f",
        "boundary F",
        ".3f",
        better="higher",
        limits=(0, 1),
        help="F-score of the classes' boundaries on the test images, within 0.75 % of the diagonal",
    ),
    Column(
        "validation_iou",
        "validation IoU",
        ".3f",
        better="higher",
        limits=(0, 1),
        help="mean IoU on at most 16 validation images, along training too",
    ),
    *map(_lattice_column, PERIODS),
    Column("parameters", "weights", ",.0f", better="lower", help="weights of the whole network"),
    Column(
        "mega_macs",
        "MMAC",
        ".0f",
        better="lower",
        help="millions of multiplications of convolutions and matrix products for a test image",
    ),
    Column(
        "ms",
        "ms",
        ".1f",
        better="lower",
        unit="ms",
        help="one test image, all of the network, median of 9 runs in the training's process",
    ),
)

ROLE = Role(
    name="segment",
    needs="A decoder restores the resolution of an encoder's features: it needs sharp boundaries, "
    "and no pattern of its own.",
    steps=6000,
    columns=COLUMNS,
    datasets=DATASETS,
    load=load,
    begin=begin,
    pools=True,
    initial=tuple(f"lattice_{period}_db" for period in PERIODS),
)
