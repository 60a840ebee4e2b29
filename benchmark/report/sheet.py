"""The comparison sheet: crops of one picture, enlarged by several methods, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.files import write_atomically
from upbench.benchmark.report.mosaic import Tile, mosaic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from upbench.benchmark.engine.upscaling import Output


def write_sheet(file: Path, outputs: Sequence[Output]) -> Path:
    """Draw the sheet: where the crops are, the input's pixels, then each method.

    Args:
        file: The PNG to write.
        outputs: Of one picture, the input's own first.

    Raises:
        StoreError: The file cannot be written.
    """
    with write_atomically(file) as unfinished:
        mosaic([*_tiles(outputs)]).save(unfinished, "PNG")
    return file


def _tiles(outputs: Sequence[Output]) -> Iterator[Tile]:
    for output in outputs:
        if output.overview is not None:
            yield Tile(("the picture", "frames: the crops"), (output.overview,))
        name = output.method or "input, pixels repeated"
        if output.crops:
            yield Tile((name,), output.crops)
