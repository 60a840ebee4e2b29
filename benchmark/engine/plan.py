"""The plan: names in, cells out.  Pure: it reads no image and runs nothing.

A cell is one number's worth of work: one method on one image at one scale under one protocol.
Its content key names everything that its result depends on, so that a finished cell is used
again exactly while nothing of that has changed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from upbench.benchmark.core.contract import MAX_SCALE, MIN_SCALE
from upbench.benchmark.core.environment import library_version
from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.hashing import code_hash, digest_of, method_hash, weights_hash
from upbench.benchmark.core.sizes import (
    TargetSize,
    read_scale,
    read_target_size,
    scale_label,
)
from upbench.benchmark.core.text import split_names

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from upbench.benchmark.core.contract import ImageItem, Method, Metric, Scale, ScoringProtocol
    from upbench.benchmark.core.sizes import ScaleOrSize

PICTURED_IMAGES = 24
"""How many images of a dataset get pictures: they take about 25 kB per cell."""
WHOLE_CELLS = 300
"""How many cells of a dataset keep the whole output, some 50 kB each: all of its first image, and
of further ones while they are within it."""


@dataclass(frozen=True)
class Cell:
    """One method on one image at one scale under one protocol."""

    method: str
    family: str
    dataset: str
    image: str
    scale: ScaleOrSize
    protocol: str
    code_hash: str
    """Of the method's code: 16 hexadecimal digits."""
    key: str
    """The content key: SHA-256 over everything that the result depends on."""
    origin: str = ""
    """The source that the method comes from: the methods of one source share a worker."""
    library: str = ""
    """What the method is computed with and its version here, like "numpy 2.1.0"."""
    digest: str = ""
    """Of the image."""
    pictured: bool = True
    """Whether a crop of the output is kept for the report's pictures."""
    whole: bool = False
    """Whether the whole output is kept, small, for the page."""
    crop: tuple[int, int] | None = None
    """Where the crop's centre is asked for, (x, y) in pixels of the reference; None is where it
    has most detail."""
    skip: str = ""
    """Why the cell is not run at all; "" for a cell that is run."""

    @property
    def identity(self) -> Identity:
        """Return what the cell is about, whatever the code: one row of the table."""
        return (self.method, self.dataset, self.image, self.scale, self.protocol)


W = TypeVar("W", bound="Work")
Identity: TypeAlias = "tuple[str, str, str, ScaleOrSize, str]"
"""(method, dataset, image, scale, protocol)."""


class Work(Protocol):
    """What is done once and kept: a cell, a timing, a training."""

    @property
    def identity(self) -> tuple[Any, ...]:
        """What it is about, whatever the code: one row of its table."""

    @property
    def key(self) -> Hashable:
        """What its numbers depend on."""


@dataclass(frozen=True)
class Batch:
    """Cells of one image under the methods of one file, for one worker."""

    item: ImageItem
    cells: tuple[Cell, ...]
    origin: str = ""
    """The source that the methods come from."""


def plan(
    methods: Sequence[Method],
    images: Sequence[tuple[str, ImageItem]],
    scales: Sequence[ScaleOrSize],
    protocols: Sequence[ScoringProtocol],
    metrics: Sequence[Metric],
    device: str = "cpu",
    *,
    sources: Mapping[str, str] = MappingProxyType({}),
    crops: Mapping[str, tuple[int, int]] = MappingProxyType({}),
    made_of: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Cell, ...]:
    """Return the cells of a run, image by image, in an order that is always the same.

    Args:
        methods: The methods, in the order of the tables.
        images: (dataset's name, image) pairs.
        scales: Output size over input size, and sizes in the place of scales.
        protocols: The sets of conventions.
        metrics: The metrics that every cell is scored by; their versions are part of its key.
        device: Where learned methods run; part of their keys unless it is the CPU.
        sources: By a method's file: what a worker process finds it with, if not the file.
        crops: By an image's name: where the centre of its crop is asked for; part of its key.
        made_of: By a dataset's name: what a plugin makes its images of beside their files; part of
            their keys.
    """
    scoring = digest_of(f"{m.name} v{m.version} {m.signature} {code_hash(m.file)}" for m in metrics)
    hashes = {
        m.name: (method_hash(m), weights_hash(m), scoring, *({device_of(m, device)} - {"cpu"}))
        for m in methods
    }
    conventions = {p.name: (p.signature, code_hash(p.file)) for p in protocols}
    of_image = len(scales) * len(protocols) * len(methods)
    return tuple(
        _cell(
            *(method, dataset, item, scale, protocol),
            hashes=hashes[method.name],
            conventions=conventions[protocol.name],
            made_of=made_of.get(dataset, ""),
            crop=crops.get(item.name),
            pictured=number < PICTURED_IMAGES,
            whole=number == 0 or number < min(PICTURED_IMAGES, WHOLE_CELLS // of_image),
            origin=source_of(method, sources),
        )
        for dataset, item, number in _numbered(images)
        for scale in scales
        for protocol in protocols
        for method in methods
    )


def unfinished(work: Iterable[W], finished: Mapping[Any, Hashable]) -> tuple[W, ...]:
    """Return what is not finished, or under another key; the finished keys are by identity."""
    return tuple(one for one in work if finished.get(one.identity) != one.key)


def _numbered(images: Sequence[tuple[str, ImageItem]]) -> Iterator[tuple[str, ImageItem, int]]:
    """Count the images of each dataset, from 0: the first ones are pictured."""
    seen: Counter[str] = Counter()
    for dataset, item in images:
        yield dataset, item, seen[dataset]
        seen[dataset] += 1


def _cell(
    method: Method,
    dataset: str,
    item: ImageItem,
    scale: ScaleOrSize,
    protocol: ScoringProtocol,
    *,
    hashes: tuple[str, ...],
    conventions: tuple[str, ...],
    made_of: str,
    crop: tuple[int, int] | None,
    **kept: Any,
) -> Cell:
    """Return a cell with its key; ``kept`` are its fields that are no part of the key."""
    code, weights, *scoring = hashes
    library = f"{method.backend} {library_version(method.backend)}"
    parts = (
        method.name,
        code,
        weights,
        library,
        item.digest,
        str(scale),
        *conventions,
        *scoring,
        *([] if crop is None else [f"crop {crop}"]),
        *([made_of] if made_of else []),
    )
    return Cell(
        method=method.name,
        family=method.family,
        dataset=dataset,
        image=item.name,
        scale=scale,
        protocol=protocol.name,
        code_hash=code,
        key=digest_of(parts),
        library=library,
        digest=item.digest,
        crop=crop,
        skip=_reason_to_skip(method, item, scale, protocol),
        **kept,
    )


def source_of(method: Method, sources: Mapping[str, str]) -> str:
    """Return what a process finds a method with; the sources are by its file, where they differ."""
    return method.origin or sources.get(method.file, method.file)


def device_of(method: Method, device: str) -> str:
    """Return where a method runs: a plain function runs where it runs, which is called "cpu"."""
    return device if method.is_loader else "cpu"


def not_offered(method: Method, scale: ScaleOrSize) -> str:
    """Say that a method does not offer a scale or a size; "" where it does."""
    if method.offers(scale):
        return ""
    return f"{method.name} does not offer {scale_label(scale)}, only {method.offered}."


def _reason_to_skip(
    method: Method, item: ImageItem, scale: ScaleOrSize, protocol: ScoringProtocol
) -> str:
    """Say why a cell is not to be run; "" for one that is."""
    if reason := not_offered(method, scale):
        return reason
    if isinstance(scale, TargetSize):
        if not protocol.any_size:
            return f"The protocol {protocol.name} is not defined for sizes: {scale}."
    elif not isinstance(scale, int) and not protocol.any_scale:
        return f"The protocol {protocol.name} is defined for whole scales only, not for x{scale}."
    if item.scale not in {None, scale}:  # a real pair
        return f"The pair is of x{item.scale}; --scales {item.scale} runs it."
    return ""


def batches(cells: Iterable[Cell], images: Sequence[tuple[str, ImageItem]]) -> Iterator[Batch]:
    """Group cells by the file of their method, then by image, and give each group its image.

    All of one file's cells come before the next file's, so that a worker which runs one author's
    code only is not started more often than it must be.
    """
    items = {(dataset, item.name): item for dataset, item in images}
    by_origin: dict[str, list[Cell]] = {}
    for cell in cells:
        by_origin.setdefault(cell.origin, []).append(cell)
    for origin, own in by_origin.items():
        for image, group in groupby(own, key=lambda cell: (cell.dataset, cell.image)):
            yield Batch(items[image], tuple(group), origin)


def read_crops(texts: Iterable[str], images: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Read ``--crop``: "butterfly:120,80" is an image of the run and (x, y), its crop's centre.

    Raises:
        UsageError: One is not of this form, or names no image of the run.
    """
    known, found = [*images], {}
    for text in texts:
        name, _, place = text.rpartition(":")
        match = re.fullmatch(r"\s*(\d{1,6})\s*,\s*(\d{1,6})\s*", place)
        if not name or match is None:
            raise UsageError(
                f"--crop takes an image and the centre of its crop in pixels of the true image, "
                f"like butterfly:120,80; got {text!r}."
            )
        if name not in known:
            raise UnknownNameError("image", name, known)
        if name in found:
            raise UsageError(f"--crop names the image {name} twice; expected one centre for each.")
        found[name] = (int(match[1]), int(match[2]))
    return found


def check_scales(text: str) -> tuple[Scale, ...]:
    """Read ``--scales``: "2,3,4", also "x2,x3", "1.5,8/3" and "0.5".

    Raises:
        UsageError: A part is no scale in the range, or there is none.
    """
    parts = split_names(text)
    if not parts:
        raise UsageError("--scales is empty; expected whole numbers like 2,3,4.")
    return tuple(dict.fromkeys(read_scale(part) for part in parts))


def check_sizes(text: str) -> tuple[TargetSize, ...]:
    """Read ``--sizes``: "300x448,from-300x448".

    Raises:
        UsageError: A part is no size, or there is none.
    """
    parts = split_names(text)
    if not parts:
        raise UsageError("--sizes is empty; expected sizes in pixels like 300x448.")
    return tuple(dict.fromkeys(map(read_target_size, parts)))


def check_whole_scales(text: str) -> tuple[int, ...]:
    """Read ``--scales`` where only whole numbers make sense.

    Raises:
        UsageError: A part is no whole number in the range, or there is none.
    """
    scales = check_scales(text)
    for scale in scales:
        if not isinstance(scale, int):
            raise UsageError(
                f"--scales takes whole numbers from {MIN_SCALE} to {MAX_SCALE} here, like 2,3,4; "
                f"got x{scale}."
            )
    return tuple(scale for scale in scales if isinstance(scale, int))
