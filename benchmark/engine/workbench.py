"""What a process keeps between cells: images and references on one side, methods on the other.

`Scoring` holds the references; :class:`upbench.benchmark.engine.method.MethodService` holds the
methods.  In a run they live in different processes.  `run_serial` has both in this process: that is
the ``serial`` executor, which protects nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.contract import Method, Metric, ScoringProtocol
from upbench.benchmark.core.errors import pass_on_ctrl_c
from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.cell import Prepared, failure, prepare, score, skipped
from upbench.benchmark.engine.method import Answer, MethodService
from upbench.benchmark.engine.opened import OpenedFiles, folders_of
from upbench.benchmark.engine.readers import opened_for
from upbench.benchmark.engine.result import encode_png
from upbench.benchmark.registry.catalog import described_by, own
from upbench.benchmark.registry.images import read_image, read_low

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from upbench.benchmark.core.contract import ImageItem
    from upbench.benchmark.engine.plan import Batch, Cell
    from upbench.benchmark.engine.result import Result

LARGEST_CACHE = 256 * 2**20
"""Bytes of images and references that a process keeps."""


@dataclass
class Scoring:
    """Images, references and metrics of one process."""

    metrics: Sequence[Metric]
    protocols: Mapping[str, ScoringProtocol]
    opened: OpenedFiles = field(default_factory=OpenedFiles)
    """What the plugins among them open."""
    _kept: OrderedDict[tuple[Any, ...], Any] = field(default_factory=OrderedDict)
    """Images by digest, and what was made of them; the last used is last."""

    def prepared(self, cell: Cell, item: ImageItem) -> Prepared:
        """Read and degrade a cell's image, or take it from the last few.

        Raises:
            Exception: The image cannot be read or used; a dataset plugin may raise anything.
        """
        # two images may claim one digest, and two datasets of pairs share their true images
        place = (item.digest, cell.dataset, item.name)
        # a copy: an image that came with the request lies in memory that the next one overwrites
        image = self._cached(place, lambda: read_image(item))
        protocol = self.protocols[cell.protocol]
        with self.opened.watched():
            ready: Prepared = self._cached(
                (*place, cell.scale, cell.protocol),
                lambda: prepare(image, cell.scale, protocol, read_low(item)),
            )
        return ready

    def score(self, cell: Cell, item: ImageItem, answer: Answer) -> Result:
        """Score a method's answer; what plugins opened for its numbers goes with the result."""
        ready = self.prepared(cell, item)
        with self.opened.watched():
            result = score(cell, answer, ready, self.metrics)
        files = (ready.protocol.file, *(metric.file for metric in self.metrics))
        return replace(result, opened=opened_for(item) | self.opened.digests(*files))

    def _cached(self, place: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        if not place[0]:  # a file that cannot be read has no digest
            return make()
        if place in self._kept:
            self._kept.move_to_end(place)
            return self._kept[place]
        made = self._kept[place] = make()
        while (
            len(self._kept) > 2 and sum(one.nbytes for one in self._kept.values()) > LARGEST_CACHE
        ):
            self._kept.popitem(last=False)
        return made


@dataclass
class ScoringService:
    """Scoring as a worker does it: answers ("low", ...) and ("score", ...)."""

    scoring: Scoring

    def __call__(self, request: tuple[Any, ...]) -> dict[str, Any]:
        """Return the low-resolution image and the size, or the row and crops of a cell."""
        step, *arguments = request
        if step == "low":
            ready = self.scoring.prepared(*arguments)
            low = {"low": ready.low, "low_8bit": ready.low_8bit}
            return {**low, "size": ready.size, "asked": ready.asked}
        result = self.scoring.score(*arguments)
        crops = {"crop": result.crop, "reference_crop": result.reference_crop}
        # encoded here, beside other workers: the driver has all of them to serve
        png = None if result.crop is None else np.frombuffer(encode_png(result.crop), np.uint8)
        views = [
            {**one._asdict(), "picture": np.frombuffer(one.picture, np.uint8)}
            for one in result.views
        ]
        opened = dict(result.opened)
        return {"row": vars(result.row), "png": png, "views": views, "opened": opened, **crops}


@dataclass(frozen=True)
class Part:
    """What one scoring process imports: a plugin there reaches no other part's numbers."""

    protocol: str = ""
    """The source of the plugin that the protocol comes from; "" is ours."""
    source: str = ""
    """The source of the plugin that the metrics come from; "" is ours."""
    metrics: tuple[str, ...] = ()
    """Their names."""


def described_methods(origin: str) -> dict[str, Method]:
    """Return the methods of an origin, by name."""
    return {one.name: one for one in described_by(origin) if isinstance(one, Method)}


def described_scoring(part: Part) -> Scoring:
    """Return our own metrics and protocols, with those of a plugin that a part has."""
    ours = own()
    protocols, metrics = dict(ours.protocols), ours.metrics
    if part.protocol:
        found = described_by(part.protocol)
        protocols |= {one.name: one for one in found if isinstance(one, ScoringProtocol)}
    if part.source:
        metrics = {o.name: o for o in described_by(part.source) if isinstance(o, Metric)}
    return Scoring([metrics[name] for name in part.metrics], protocols)


@dataclass(frozen=True)
class Setup:
    """What the processes of a run are made of; each part can be pickled."""

    methods: Callable[[str], Mapping[str, Method]] = described_methods
    """Returns the methods of an origin, by name."""
    scoring: Callable[[Part], Scoring] = described_scoring
    parts: Mapping[str, Sequence[Part]] = field(default_factory=dict)
    """By the protocol's name: what scores its cells, one after the other; our own by default."""
    device: str = "cpu"

    def parts_of(self, cell: Cell) -> Sequence[Part]:
        """Return what scores a cell."""
        return self.parts.get(cell.protocol, (Part(),))

    def method_service(self, origin: str) -> MethodService:
        """Make the service of a process that runs methods."""
        opened = OpenedFiles(*folders_of(origin))
        with opened.watched():
            methods = self.methods(origin)
        return MethodService(methods, self.device, opened)

    def scoring_of(self, part: Part) -> Scoring:
        """Import what a process scores with; what that opens counts."""
        opened = OpenedFiles(*folders_of(part.protocol, part.source))
        with opened.watched():
            scoring = self.scoring(part)
        return replace(scoring, opened=opened)

    def scoring_service(self, part: Part) -> ScoringService:
        """Make the service of a process that holds references."""
        return ScoringService(self.scoring_of(part))


def merged(
    result: Result,
    scores: Mapping[str, float | None],
    notes: str | None,
    opened: Mapping[str, str] = MappingProxyType({}),
) -> Result:
    """Return a result with the scores of another part, what that says of them and opened."""
    row = result.row
    reason = " ".join(filter(None, (row.reason, notes))) or None
    row = replace(row, scores={**row.scores, **scores}, reason=reason)
    return replace(result, row=row, opened={**result.opened, **opened})


def run_serial(batches: Iterable[Batch], setup: Setup) -> Generator[Result]:
    """Yield the results of all batches, in their order, in this process."""
    services: dict[str, MethodService] = {}
    scorings: dict[Part, Scoring] = {}
    for batch in batches:
        if batch.origin not in services:
            services[batch.origin] = setup.method_service(batch.origin)
        for cell in batch.cells:
            parts = setup.parts_of(cell)
            scorings |= {part: setup.scoring_of(part) for part in parts if part not in scorings}
            begun = time.perf_counter()
            result = _result(
                cell, batch.item, services[batch.origin], [scorings[part] for part in parts]
            )
            yield replace(result, elapsed=time.perf_counter() - begun)


def _result(
    cell: Cell, item: ImageItem, service: MethodService, scorings: Sequence[Scoring]
) -> Result:
    if cell.skip:
        return skipped(cell)
    first, *others = scorings
    try:
        prepared = first.prepared(cell, item)
    except BaseException as error:  # noqa: BLE001 - a dataset plugin may raise anything
        pass_on_ctrl_c(error)
        return failure(cell, "error", describe(error))
    answer = service.run(service.methods[cell.method], prepared.given)
    result = first.score(cell, item, answer)
    for other in others if answer.status == "ok" else ():
        more = other.score(cell, item, answer)
        result = merged(result, more.row.scores, more.row.reason, more.opened)
    return replace(result, opened={**answer.opened, **result.opened})
