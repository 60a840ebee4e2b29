"""Super-resolution: one trunk, one loss, one way of training; the layer at the end differs.

The study of layers that the classic tables ask for: T91 and BSD200 to learn from, all of Set5 and
Set14 to score, at x2, x3 or x4.  The network is that of ``upnet-slim``
(``upbench.methods._shared.network``): nine convolutions, the layer, bicubic interpolation added.

Layers begin with outputs of very different size, which decides more about a training than what
the layers are; so each layer's last weights are multiplied until its first output on training
patches has one standard deviation, :data:`FIRST_OUTPUT`.  On the data that end in ``-as-built``
they are left as the layer draws them.  ``variance`` does that, ``training`` is one training,
``data`` what is learned from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import Column
from upbench.benchmark.training.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.contract import Layer, Progress
    from upbench.benchmark.training.roles import Data, Step, Training

__all__ = ["FIRST_OUTPUT", "ROLE", "SCALES", "TEST_SETS"]

SCALES = (2, 3, 4)
TEST_SETS = {"set5": "Set5", "set14": "Set14", "standard": "standard"}
"""What a training is scored on at its end, as columns and as people call it."""
FIRST_OUTPUT = 0.1
"""Standard deviation of every layer's first output, on images in [0, 1]: about that of PyTorch's
convolution on zero-inserted features, the smallest of the library's own."""


def _load(name: str, progress: Progress | None) -> Data:
    from upbench.benchmark.training.roles.superresolution.data import load

    return load(name, progress)


def _begin(layer: Layer, seed: int, data: Any, steps: int, device: str) -> Training:
    from upbench.benchmark.training.roles.superresolution.training import SuperResolution

    return SuperResolution(layer, seed, data, steps, device)


def _together(trainings: Sequence[Any], device: str) -> Step:
    from upbench.benchmark.training.roles.superresolution.training import SideBySide

    return SideBySide(trainings, device)


COLUMNS = (
    *(
        Column(
            f"psnr_{name}_db",
            f"PSNR on {title}, dB",
            ".2f",
            "higher",
            unit="dB",
            help=f"mean PSNR of luma on {title}, as y-classic scores it",
        )
        for name, title in TEST_SETS.items()
    ),
    Column(
        "psnr_validation_db",
        "PSNR, validation, dB",
        ".2f",
        "higher",
        unit="dB",
        help="mean PSNR on the training set's images that were kept for validation",
    ),
    Column(
        "checkerboard_db",
        "checkerboard, dB",
        ".1f",
        "lower",
        unit="dB",
        help="mean checkerboard level of four validation images",
    ),
    Column(
        "ripple_db",
        "ripple, dB",
        ".1f",
        "lower",
        unit="dB",
        help="checkerboard that a flat grey field becomes",
    ),
)

ROLE = Role(
    name="superresolution",
    needs="Super-resolution with the layer after a small trunk, first outputs of equal variance, "
    "scored as the classic tables are; it needs images.",
    steps=15_000,
    columns=COLUMNS,
    datasets={
        "embedded": "x2: the embedded images for training, scored on standard",
        **{f"x{s}": f"x{s}: T91 and BSD200, scored on Set5 and Set14" for s in SCALES},
        **{f"x{s}-as-built": f"x{s}: the same, layers as they draw their weights" for s in SCALES},
    },
    load=_load,
    begin=_begin,
    repeats=False,
    together=_together,
    initial=("checkerboard_db", "ripple_db"),
)
