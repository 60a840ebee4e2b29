"""Datasets of plugins: listed and read in a process of the plugin's own.

The images go from there to whoever asks, with the files that were opened for them: like the
plugin's code, these decide what its pixels are, whatever digests it states.
"""

from __future__ import annotations

import atexit
import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Dataset, ImageItem, LocalStatus
from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.core.hashing import code_hash, digest_of
from upbench.benchmark.engine.opened import OpenedFiles, folders_of
from upbench.benchmark.registry.images import list_images, read_image, read_low
from upbench.benchmark.registry.importing import described_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from upbench.benchmark.core.arrays import Image
    from upbench.benchmark.engine.supervisor import Worker

LONGEST_READ = 300.0
"""Seconds for a dataset plugin to list its images or to read one."""
_READERS: dict[str, Worker] = {}
"""The processes of dataset plugins that this one has started, by source."""
_OPENED: dict[Any, dict[str, str]] = {}
"""What was opened at what was asked for in this process."""


def remote_dataset(described: Dataset, source: str, called: Iterable[str]) -> Dataset:
    """Return a dataset whose functions, the fields ``called``, run in a process of their own."""
    end_readers(source)  # its code may have changed since
    reader = partial(_ask, source, described.name)
    steps: dict[str, Callable[..., Any]] = {
        "items": _Listing(source, described.name),
        "fetch": lambda _progress=None: Path(reader("fetch")),
        "status": lambda: LocalStatus(**reader("status")),
        "notes": lambda: reader("notes"),
    }
    return replace(described, **{name: steps[name] for name in called})  # type: ignore[arg-type]


def made_of(dataset: Dataset) -> str:
    """Return a digest of what a plugin's images come from beside their files; "" of ours.

    That is its code and the files that it opened until its images were listed, but for pictures:
    those count where they are read.
    """
    if not isinstance(dataset.items, _Listing):
        return ""
    files = _OPENED.get((dataset.items, "items"), {})
    folder = Path(dataset.file).parent
    named = sorted((os.path.relpath(file, folder), digest) for file, digest in files.items())
    return digest_of((code_hash(dataset.file), *(part for pair in named for part in pair)))


def opened_for(item: ImageItem) -> dict[str, str]:
    """Return digests of the files that a plugin opened to read an image here, by path."""
    readings = [one for one in (item.load, item.low) if isinstance(one, _Reading)]
    return {
        file: known for one in readings for file, known in _OPENED.get((one, one.step), {}).items()
    }


def end_readers(source: str | None = None) -> None:
    """End the process of one source, or all of this process."""
    for one in [*_READERS] if source is None else {source} & _READERS.keys():
        _READERS.pop(one).end()


@dataclass(frozen=True)
class _Listing:
    """Lists the images of a plugin's dataset."""

    source: str
    dataset: str

    def __call__(self) -> list[ImageItem]:
        answer = _ask(self.source, self.dataset, "items")
        _OPENED[self, "items"] = answer["opened"]
        return [
            ImageItem(
                *(name, digest, _Reading(self, name, digest, "load")),
                low=_Reading(self, name, digest, "low") if is_pair else None,
                scale=scale,
                about=about,
            )
            for name, digest, about, is_pair, scale in answer["items"]
        ]


@dataclass(frozen=True)
class _Reading:
    """Reads an image of a plugin's dataset."""

    listing: _Listing
    name: str
    digest: str
    step: str

    def __call__(self) -> Image:
        which = (self.name, self.digest)
        answer = _ask(self.listing.source, self.listing.dataset, self.step, which)
        _OPENED[self, self.step] = answer["opened"]
        image: Image = answer["image"]
        return image


def _ask(source: str, dataset: str, step: str, which: tuple[str, str] = ("", "")) -> Any:
    """Let a dataset plugin do something in its own process.

    Raises:
        DatasetError: It cannot.
    """
    if source not in _READERS:
        from upbench.benchmark.engine.supervisor import Limits, Worker

        atexit.register(end_readers)
        _READERS[source] = Worker(partial(_DatasetService, source), Limits(LONGEST_READ))
    outcome = _READERS[source].call((dataset, step, which))
    if outcome.status != "ok":
        names_itself = outcome.reason.startswith(f"{dataset} ")
        raise DatasetError(outcome.reason if names_itself else f"{dataset}: {outcome.reason}")
    return outcome.value


@dataclass
class _DatasetService:
    """Lists and reads the images of one plugin's datasets."""

    source: str

    def __post_init__(self) -> None:
        self._opened = OpenedFiles(*folders_of(self.source))
        with self._opened.watched():
            found = [one for one in described_by(self.source) if isinstance(one, Dataset)]
        self._datasets = {dataset.name: dataset for dataset in found}
        self._items: dict[str, tuple[ImageItem, ...]] = {}

    def __call__(self, request: tuple[str, str, tuple[str, str]]) -> Any:
        """Answer (dataset, step, (name of an image, its digest))."""
        name, step, which = request
        dataset = self._datasets[name]
        if step == "items":
            return self._listed(dataset)
        if step in {"load", "low"}:
            return self._read(dataset, step, *which)
        answer = getattr(dataset, step)(*((None,) if step == "fetch" else ()))
        return vars(answer) if step == "status" else str(answer) if step == "fetch" else [*answer]

    def _listed(self, dataset: Dataset) -> dict[str, Any]:
        items = self._items_of(dataset)
        return {
            "items": [
                (one.name, one.digest, str(one.about), one.low is not None, one.scale)
                for one in items
            ],
            "opened": self._opened.digests(dataset.file, pictures=False, written=False),
        }

    def _items_of(self, dataset: Dataset) -> tuple[ImageItem, ...]:
        if dataset.name not in self._items:
            with self._opened.watched():
                self._items[dataset.name] = list_images(dataset)
        return self._items[dataset.name]

    def _read(self, dataset: Dataset, step: str, name: str, digest: str) -> dict[str, Any]:
        """Read the image of a name: another process may have listed them in another order."""
        item = next((one for one in self._items_of(dataset) if one.name == name), None)
        if item is None or item.digest != digest:
            now = "is not listed" if item is None else "is listed with another digest"
            raise DatasetError(
                f"{dataset.name} listed {name!r} before, and now it {now}; expected the same "
                "images at each listing."
            )
        opened = OpenedFiles(*folders_of(self.source))
        with opened.watched():
            image = read_image(item) if step == "load" else read_low(item)
        return {"image": image, "opened": opened.digests(written=False)}
