"""Pictures in, larger pictures out: files found, read, enlarged in workers, written.

A picture that cannot be read, or a method that fails on it, costs that output alone.
"""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UpbenchError, UsageError
from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.crops import (
    Crops,
    detailed_places,
    enlarged_by_pixels,
    overview,
)
from upbench.benchmark.engine.enlarge import (
    IsolatedMethod,
    enlarged_bands,
    tiling_for,
)
from upbench.benchmark.engine.plan import source_of
from upbench.benchmark.engine.supervisor import Limits, Worker
from upbench.benchmark.imaging.picture import FORMATS, check_fits, read_picture, write_picture
from upbench.benchmark.imaging.tiles import Seams, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from upbench.benchmark.core.arrays import Image, Image8
    from upbench.benchmark.core.contract import Method, Progress
    from upbench.benchmark.engine.crops import Place
    from upbench.benchmark.engine.inputs import Found
    from upbench.benchmark.engine.workbench import Setup
    from upbench.benchmark.imaging.picture import Picture
    from upbench.benchmark.imaging.tiles import Tiling

PREFERRED = ("upnet-large", "linear-resize-conv", "opencv-lanczos4")
"""The best PSNR of the published bench first; the later ones offer scales that it does not."""
VISIBLE_SEAM = 1.0 / 255
"""Disagreement of two tiles from which on a user is warned."""


@dataclass(frozen=True)
class Wish:
    """What is to be made of each picture."""

    methods: Sequence[Method]
    scale: int
    folder: Path
    kind: str = "png"
    """One of :data:`upbench.benchmark.imaging.picture.FORMATS`."""
    force: bool = False
    """Whether files that are there are overwritten."""
    side: int | None = None
    """Of a tile, in pixels of the input; None for the default, 0 for the whole picture."""
    crops: bool = False
    """Whether crops are kept of each output, for a comparison sheet."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """By the file of a method: what a worker finds it with."""
    limits: Limits = field(default_factory=Limits)
    """What a tile may use up."""
    threads: int = 1


@dataclass(frozen=True)
class Output:
    """What became of one picture with one method."""

    picture: Found
    method: str
    """"" where the picture cannot be read, and for the input's own crops."""
    file: Path | None = None
    """What was written; None for a failure."""
    reason: str = ""
    """Of a failure, or what a user should know of a success."""
    crops: tuple[Image8, ...] = ()
    overview: Image8 | None = None
    """The input in small, with frames where the crops are."""


def default_method(offered: Mapping[str, Method], scale: int) -> str:
    """Return the name of the best method that comes with upbench for a scale.

    Raises:
        UsageError: None offers the scale.
    """
    for name in PREFERRED:
        if name in offered and offered[name].offers(scale):
            return name
    raise UsageError(f"No method that comes with upbench offers x{scale}; choose one by --method.")


def upscale(
    pictures: Sequence[Found], wish: Wish, setup: Setup, progress: Progress | None = None
) -> Generator[Output]:
    """Enlarge pictures, one after the other, by each method; progress is by tiles.

    Yields:
        An output for each picture and method, failures included; with crops, first those of the
        input, enlarged by whole pixels.
    """
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for source in {source_of(method, wish.sources) for method in wish.methods}:
            service = partial(setup.method_service, source)
            worker = Worker(service, wish.limits, wish.threads)
            workers[source] = stack.enter_context(worker)
        calls = [
            IsolatedMethod(method, wish.scale, workers[source_of(method, wish.sources)])
            for method in wish.methods
        ]
        for found in pictures:
            yield from _outputs(found, wish, calls, progress)


def _outputs(
    found: Found, wish: Wish, calls: Sequence[IsolatedMethod], progress: Progress | None
) -> Iterator[Output]:
    """Enlarge one picture by each method."""
    try:
        picture = read_picture(found.file)
    except UpbenchError as error:
        yield Output(found, "", reason=str(error))
        return
    places = detailed_places(picture, wish.scale) if wish.crops else []
    if wish.crops:
        crops = tuple(enlarged_by_pixels(picture, places, wish.scale))
        yield Output(found, "", crops=crops, overview=overview(picture, places))
    for call in calls:
        try:
            yield _output(found, picture, wish, call, places, progress)
        except UpbenchError as error:
            yield Output(found, call.method.name, reason=f"{found.file}: {describe(error)}")


def _output(
    found: Found,
    picture: Picture,
    wish: Wish,
    call: IsolatedMethod,
    places: Sequence[Place],
    progress: Progress | None,
) -> Output:
    """Enlarge one picture by one method and write it.

    Raises:
        UpbenchError: The method failed, or the file is there, cannot be written or hold it.
    """
    scale, name = wish.scale, call.method.name
    target = wish.folder / f"{found.stem}-{name}-x{scale}{FORMATS[wish.kind]}"
    if target.exists() and not wish.force:
        raise UsageError(f"{target} is there already; --force overwrites it.")
    height, width, channels = picture.pixels.shape
    size = (height * scale, width * scale)
    check_fits(size, channels, wish.kind)
    tiling, seams, kept = tiling_for(call.method, scale, wish.side), Seams(), Crops(places, scale)
    what = f"{found.stem} {name} x{scale}"
    tile = _reporting(picture.tile, tiling, picture.size, what, progress)
    bands = enlarged_bands(
        tile, picture.size, call, scale, tiling, seams=seams, finish=picture.as_stored
    )
    write_picture(target, map(kept.passed, bands), size, picture.profile, wish.kind)
    return Output(found, name, target, _seam_note(seams, tiling), kept.crops())


def _reporting(
    tile: Callable[[slice, slice], Image],
    tiling: Tiling,
    size: tuple[int, int],
    what: str,
    progress: Progress | None,
) -> Callable[[slice, slice], Image]:
    """Return a reader of tiles that reports how many have been read before."""
    if progress is None:
        return tile
    report = progress
    total, done = math.prod(len(spans(side, tiling)) for side in size), 0

    def reported(rows: slice, columns: slice) -> Image:
        nonlocal done
        report(what, done, total)
        done += 1
        return tile(rows, columns)

    return reported


def _seam_note(seams: Seams, tiling: Tiling) -> str:
    if seams.largest <= VISIBLE_SEAM:
        return ""
    return (
        f"Tiles of {tiling.side} pixels differ by up to {seams.largest * 255:.1f} of 255 levels "
        "where they meet: the method looks farther than their margin; --tile 0 takes the picture "
        "whole."
    )
