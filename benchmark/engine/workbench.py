"""The workbench: what one process keeps between cells.

It loads each method once per scale, reads each image once, and degrades it once per scale and
protocol for all methods.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.cell import Prepared, failure, prepare, run, skipped, warm_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from upbench.benchmark.core.contract import (
        Image,
        ImageItem,
        Method,
        Metric,
        ScoringProtocol,
        Upsampler,
    )
    from upbench.benchmark.engine.plan import Batch, Cell
    from upbench.benchmark.engine.result import Result

__all__ = ["Workbench"]

LARGEST_CACHE = 64 * 2**20
"""Bytes of images that are kept: twenty of half a megapixel in colour."""


@dataclass
class Workbench:
    """One process's methods and metrics, and what it has made ready of them."""

    methods: Mapping[str, Method]
    metrics: Sequence[Metric]
    protocols: Mapping[str, ScoringProtocol]
    device: str = "cpu"
    """Where learned methods run; a plain function runs where it runs."""
    _loaded: dict[tuple[str, int], Upsampler | str] = field(default_factory=dict)
    """Methods made ready, by (name, scale); a text is the reason why one could not be."""
    _images: dict[str, Image] = field(default_factory=dict)
    """The last images, by digest, the oldest first."""

    def run(self, batch: Batch) -> Iterator[Result]:
        """Run the cells of one image, in their order, one result each."""
        try:
            image = self._read(batch.item)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
            reason = describe(error)
            yield from (failure(cell, "error", reason) for cell in batch.cells)
            return
        shared: tuple[tuple[int, str], Prepared | str] | None = None
        for cell in batch.cells:
            begun = time.perf_counter()
            conditions = (cell.scale, cell.protocol)
            if shared is None or shared[0] != conditions:
                shared = (conditions, self._prepared(image, cell))
            result = self._result(cell, shared[1])
            yield replace(result, elapsed=time.perf_counter() - begun)

    def _read(self, item: ImageItem) -> Image:
        """Read an image, or take it from the last few: another file's methods may want it next."""
        if not item.digest:  # a file that cannot be read has none
            return item.load()
        image = self._images.pop(item.digest, None)
        if image is None:
            image = item.load()
        self._images[item.digest] = image
        while sum(kept.nbytes for kept in self._images.values()) > LARGEST_CACHE:
            del self._images[next(iter(self._images))]
        return image

    def _prepared(self, image: Image, cell: Cell) -> Prepared | str:
        try:
            return prepare(image, cell.scale, self.protocols[cell.protocol])
        except (Exception, SystemExit) as error:  # noqa: BLE001 - plugins may give anything
            return describe(error)

    def _result(self, cell: Cell, prepared: Prepared | str) -> Result:
        if cell.skip:
            return skipped(cell)
        if isinstance(prepared, str):
            return failure(cell, "error", prepared)
        method = self.methods[cell.method]
        upsampler = self._ready(method, prepared)
        if isinstance(upsampler, str):
            return failure(cell, "error", upsampler, prepared)
        return run(cell, method, upsampler, prepared, self.metrics)

    def _ready(self, method: Method, prepared: Prepared) -> Upsampler | str:
        """Load and warm up a method at its first cell of a scale."""
        place = (method.name, prepared.scale)
        if place not in self._loaded:
            try:
                upsampler = method.load(prepared.scale, self.device)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
                self._loaded[place] = f"{method.name} cannot be loaded: {describe(error)}"
            else:
                warm_up(method, upsampler, prepared)
                self._loaded[place] = upsampler
        return self._loaded[place]
