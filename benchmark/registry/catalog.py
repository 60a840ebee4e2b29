"""The catalog: everything there is to run, by name.

The only importer of the plugin folders.  It collects what the decorators described: from FOLDERS
(our own), from installed packages (entry points of ENTRY_POINTS) and from ``--plugin``
files.  A plugin that cannot be used becomes a problem with a name and one sentence, and stops
no other: of two that have one name neither is used, but ours is where the other was not asked for.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import (
    Dataset,
    Described,
    Layer,
    Method,
    Metric,
    ScoringProtocol,
)
from upbench.benchmark.core.distributions import ENTRY_POINTS
from upbench.benchmark.core.errors import (
    DuplicateNameError,
    PluginError,
    PluginImportError,
    PluginMetadataError,
    pass_on_ctrl_c,
)
from upbench.benchmark.core.text import describe
from upbench.benchmark.registry.collected import Catalog, Problem
from upbench.benchmark.registry.column_names import check_columns
from upbench.benchmark.registry.images import dataset_errors, status_of
from upbench.benchmark.registry.importing import (
    checked_file,
    described_by,
    entry_points,
    source_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from upbench.benchmark.core.contract import Progress

__all__ = [
    "ENTRY_POINTS",
    "Catalog",
    "Problem",
    "built_in_protocols",
    "collect",
    "described_by",
    "ensure_available",
    "own",
    "own_layers",
]

KINDS = {
    Method: "method",
    Layer: "layer",
    Dataset: "dataset",
    Metric: "metric",
    ScoringProtocol: "protocol",
}

FOLDERS = (
    "upbench.methods",
    "upbench.datasets",
    "upbench.benchmark.metrics",
    "upbench.benchmark.protocols",
)
"""Our own folders of plugins, as packages."""


def collect(
    plugins: Sequence[str | Path] = (),
    folders: Sequence[str] = FOLDERS,
    read: Callable[[str], Iterable[Described]] = described_by,
) -> Catalog:
    """Collect every method, layer, dataset, metric and protocol there is.

    Args:
        plugins: Python files given on the command line.
        folders: What to collect of our own, for callers that need but one kind of thing.
        read: Returns what an installed package or a file describes, by its source.

    Raises:
        UsageError: A given file does not exist or is not a Python file.
    """
    files = dict.fromkeys(checked_file(plugin) for plugin in plugins)  # each once
    found = _Collection()
    for name in (name for folder in folders for name in _modules_in(folder)):
        found.take(name, name, described_by)
    ours = found.names()
    for entry in entry_points():
        found.take(f"entry point {entry.name!r}", source_of(entry), read, ours=ours)
    for file in files:
        found.take(str(file), str(file), read, asked_for=True)
    return found.catalog()


@cache
def own(folders: Sequence[str] = FOLDERS) -> Catalog:
    """Return our own plugins of every kind alone; no other plugin is imported."""
    return collect((), folders, read=lambda _source: [])


@cache
def own_layers(plugins: tuple[str | Path, ...] = ()) -> Catalog:
    """Return our own layers, and what plugin files describe, imported in this process."""
    folders = ("upbench.methods.layers",)
    return collect(plugins, folders) if plugins else own(folders)


def built_in_protocols() -> dict[str, ScoringProtocol]:
    """Return our own protocols by name."""
    return own(("upbench.benchmark.protocols",)).protocols


def ensure_available(dataset: Dataset, progress: Progress | None = None) -> None:
    """Download a dataset, unless all of it is on this machine already.

    Raises:
        FetchError: A file could not be downloaded; those already fetched stay.
        ImageError: A local file is missing or not the pinned image.
        DatasetError: The dataset's own code raises something else.
    """
    status = status_of(dataset)
    is_here = status is not None and status.present == status.total
    if dataset.fetch is not None and not is_here:
        with dataset_errors(dataset, "be downloaded"):
            dataset.fetch(progress)


class _Collection:
    """What has been taken in so far; only ``collect`` sees it."""

    def __init__(self) -> None:
        self._taken: dict[tuple[type, str], list[Described]] = {}
        self._problems: list[Problem] = []
        self._asked_for: set[str] = set()
        self._sources: dict[str, str] = {}

    def take(
        self,
        where: str,
        source: str,
        read: Callable[[str], Iterable[Described]],
        *,
        asked_for: bool = False,
        ours: Collection[tuple[type, str]] = (),
    ) -> None:
        """Take what one plugin describes but for names of ours, or note why it cannot be used."""
        try:
            described = list(read(source))
            metrics = (name for kind, name in self._taken if kind is Metric)
            check_columns(described, metrics, source)
        except PluginError as error:
            self._problems.append(Problem(type(error)(f"{where}: {error}"), asked_for))
            return
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            pass_on_ctrl_c(error)
            self._problems.append(Problem(_import_error(where, error), asked_for))
            return
        if asked_for and not described:
            self._problems.append(Problem(_nothing_described(where), asked_for))
        for one in described:
            owners = self._taken.setdefault((type(one), one.name), [])
            if (type(one), one.name) in ours and one not in owners:
                self._problems.append(Problem(_ours(where, one), asked_for))
                continue
            self._sources.setdefault(one.file, source)
            if one not in owners:  # two entry points may lead to one function
                owners.append(one)
            if asked_for:
                self._asked_for.add(one.name)

    def names(self) -> frozenset[tuple[type, str]]:
        """Return what has been taken so far, by its kind and name."""
        return frozenset(self._taken)

    def catalog(self) -> Catalog:
        """Sort out names that were taken twice, and return the rest by kind."""
        for (kind, name), owners in self._taken.items():
            if len(owners) > 1:
                error = _duplicate(kind, name, owners)
                self._problems.append(Problem(error, name in self._asked_for))
        return Catalog(
            methods=self._unique(Method),
            datasets=self._unique(Dataset),
            metrics=self._unique(Metric),
            protocols=self._unique(ScoringProtocol),
            layers=self._unique(Layer),
            problems=tuple(self._problems),
            sources=self._sources,
        )

    def _unique(self, kind: type) -> dict[str, Any]:
        return {
            name: owners[0]
            for (its_kind, name), owners in self._taken.items()
            if its_kind is kind and len(owners) == 1
        }


def _modules_in(package: str) -> Iterator[str]:
    """Yield the full names of the public modules and packages in a package, at any depth."""
    paths = importlib.import_module(package).__path__
    # a broken sub-package is not walked into; it is reported when it is taken
    for module in pkgutil.walk_packages(paths, f"{package}.", onerror=lambda _name: None):
        if not any(part.startswith("_") for part in module.name.split(".")):
            yield module.name


def _import_error(where: str, error: BaseException) -> PluginImportError:
    reason = describe(error).removesuffix(".")
    return PluginImportError(f"{where} cannot be imported: {reason}; the other methods still run.")


def _nothing_described(where: str) -> PluginMetadataError:
    return PluginMetadataError(
        f"{where} describes no method; expected a function or class under "
        '@method("name", family="..."), as \'upbench new-method FILE\' writes it, '
        "or under @layer, @dataset, @metric or @protocol."
    )


def _ours(where: str, one: Described) -> PluginMetadataError:
    return PluginMetadataError(
        f"{where}: the {KINDS[type(one)]} {one.name!r} in {one.file or 'an unknown file'} has the "
        "name of one that comes with upbench, which is used; expected another name."
    )


def _duplicate(kind: type, name: str, owners: Sequence[Described]) -> DuplicateNameError:
    files = " and ".join(one.file or "an unknown file" for one in owners)
    return DuplicateNameError(
        f"Two {KINDS[kind]}s are named {name!r}, in {files}; neither is used: rename one of them."
    )
