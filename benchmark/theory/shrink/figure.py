"""One zone plate, made smaller by each method: who aliases is seen at a glance."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from upbench.benchmark.theory.probe.stimuli import zone_plate
from upbench.benchmark.theory.shrink.measure import SIDE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from upbench.benchmark.theory.shrink.measure import Shrunk

DEFAULTS = {
    "bicubic": "MATLAB: imresize",
    "pillow-bicubic": "Pillow: Image.resize",
    "skimage-order1": "scikit-image: resize",
    "opencv-linear": "OpenCV: cv2.resize",
    "torch-bilinear": "PyTorch: interpolate, bilinear",
    "torch-nearest": "PyTorch: interpolate",
    "scipy-zoom-order3": "SciPy: ndimage.zoom",
}
"""The default resize of each library, by the method that is the same."""
MOST = 15
"""Panels of a picture at most."""
COLUMNS = 4
INCHES, DOTS = 2.9, 180
"""A panel is as large as the plate: a smaller picture of it would alias by itself."""


def write_shrink_figure(found: Sequence[Shrunk], folder: Path) -> Path:
    """Write the figure of one size as ``shrink-HxW.png`` into a folder; return its path."""
    from PIL import Image

    height, width = found[0].size
    path, drawn = folder / f"shrink-{height}x{width}.png", io.BytesIO()
    shrink_figure(found).savefig(drawn, format="png", dpi=DOTS)
    with Image.open(drawn) as picture:  # grey takes a third of the bytes
        picture.convert("L").save(path, optimize=True)
    return path


def shrink_figure(found: Sequence[Shrunk]) -> Figure:
    """Draw the plate, and what each method makes of it, pixel by pixel, with its aliasing.

    Args:
        found: Results of one size, at most :data:`MOST`.
    """
    from matplotlib.figure import Figure

    height, width = found[0].size
    rows = -(-(len(found) + 1) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * INCHES, rows * (INCHES + 0.45) + 0.5), layout="constrained")
    figure.suptitle(
        f"One zone plate made smaller, {SIDE} x {SIDE} to {height} x {width}: "
        "rings away from the middle are not in it",
        fontsize=12,
    )
    axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    _draw(axes[0], zone_plate(SIDE, 1)[:, :, 0], "the zone plate\n")
    for one, panel in zip(found, axes[1:], strict=False):
        name = DEFAULTS.get(one.method.name, one.method.name)
        _draw(panel, one.plate, f"{name}\naliasing {one.aliasing_db:.1f} dB")
    for panel in axes[len(found) + 1 :]:
        panel.set_axis_off()
    return figure


def _draw(axes: Axes, picture: NDArray[Any], title: str) -> None:
    axes.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest", aspect="auto")
    axes.set_title(title.replace("$", r"\$"), fontsize=10)
    axes.set(xticks=[], yticks=[])
