"""The catalog: everything there is to run, by name.

The only importer of the plugin folders.  It collects what the decorators described: from FOLDERS
(our own), from installed packages (entry points of ENTRY_POINTS) and from ``--plugin``
files.  A plugin that cannot be used becomes a problem with a name and one sentence, and stops
no other.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import (
    Dataset,
    Described,
    Layer,
    Method,
    Metric,
    ScoringProtocol,
)
from upbench.benchmark.core.errors import (
    DuplicateNameError,
    PluginError,
    PluginImportError,
    PluginMetadataError,
    UnknownNameError,
    UsageError,
    pass_on_ctrl_c,
)
from upbench.benchmark.core.row import score_columns
from upbench.benchmark.core.text import describe
from upbench.benchmark.imaging.decode import MAX_PIXELS
from upbench.benchmark.registry.extras import is_installed, refuse_missing
from upbench.benchmark.registry.importing import (
    ENTRY_POINTS,
    checked_file,
    described_by,
    entry_points,
    source_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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


ALL = "all"
"""The pattern that takes every method that can run, extras included."""


@dataclass(frozen=True)
class Problem:
    """A plugin that cannot be used, and why."""

    error: PluginError
    asked_for: bool
    """Whether the user named it on the command line."""


@dataclass(frozen=True)
class Catalog:
    """What was collected, by name, and what could not be."""

    methods: dict[str, Method]
    datasets: dict[str, Dataset]
    metrics: dict[str, Metric]
    protocols: dict[str, ScoringProtocol]
    layers: dict[str, Layer]
    problems: tuple[Problem, ...]
    sources: dict[str, str] = field(default_factory=dict)
    """By the file that describes something: what :func:`described_by` finds it with."""

    def method(self, name: str) -> Method:
        """Return the method of this name.

        Raises:
            UnknownNameError: There is none.
            PluginError: It cannot be used, because its plugin is broken or its name is taken twice.
        """
        if name not in self.methods:
            self.raise_problem_with(name)
            raise UnknownNameError("method", name, self.methods)
        refuse_missing(self.methods[name])
        return self.methods[name]

    def named(self, name: str) -> Described:
        """Return the method, layer, dataset, metric or protocol of this name.

        Raises:
            UnknownNameError: There is none.
            PluginError: It cannot be used.
            DatasetError: ``folder:PATH`` is not there.
        """
        if name in self.methods:
            return self.method(name)
        for kind in (self.layers, self.metrics, self.protocols):
            if name in kind:
                return kind[name]
        if name in self.datasets or ":" in name:
            return self.dataset(name)
        self.raise_problem_with(name)
        kinds = (self.methods, self.layers, self.datasets, self.metrics, self.protocols)
        known = [each for kind in kinds for each in kind]
        raise UnknownNameError("method", name, known)

    def layer(self, name: str) -> Layer:
        """Return the layer of this name.

        Raises:
            UnknownNameError: There is none.
            PluginError: Its name is taken twice, or a plugin that was asked for is broken.
        """
        if name not in self.layers:
            self.raise_problem_with(name)
            for problem in self.problems:
                if problem.asked_for:
                    raise problem.error
            raise UnknownNameError("layer", name, self.layers)
        return self.layers[name]

    def default_methods(self) -> tuple[Method, ...]:
        """Return what a run takes that names no methods: all but those of extras."""
        return tuple(method for method in self.methods.values() if method.default)

    def choose_methods(self, patterns: Iterable[str]) -> tuple[Method, ...]:
        """Return the methods of these names; ``opencv-*`` takes all that match, ``!cnn-*`` none.

        ``all`` is ``*``.  A pattern takes what is installed, extras included.  Patterns with ``!``
        alone take away from the default methods.

        Raises:
            UnknownNameError: A name or pattern matches nothing.
            MissingExtraError: A name needs a library that is not installed, or a pattern matches
                such names alone.
        """
        listed = [*patterns]
        wanted = [pattern for pattern in listed if not pattern.startswith("!")]
        chosen = {one.name: one for one in self.default_methods() if listed and not wanted}
        for pattern in wanted:
            for name in self._matching(pattern):
                chosen[name] = self.method(name)
        for pattern in (pattern[1:] for pattern in listed if pattern.startswith("!")):
            for name in self._matching(pattern, installed=False):
                if name not in self.methods:
                    self.method(name)
                chosen.pop(name, None)
        if listed and not chosen:
            raise UsageError(f"--methods {','.join(listed)} leaves no method; expected one.")
        return tuple(chosen.values())

    def asked_methods(self, patterns: Sequence[str]) -> tuple[Method, ...]:
        """Return the methods of these names and of ``--model``; without either the default ones.

        Raises:
            UnknownNameError: A name or pattern matches nothing.
        """
        models = [method for method in self.methods.values() if method.origin]
        default = () if models else self.default_methods()
        named = self.choose_methods(patterns) if patterns else default
        return tuple({method.name: method for method in (*named, *models)}.values())

    def _matching(self, pattern: str, *, installed: bool = True) -> list[str]:
        """Return the names that a pattern matches, or the pattern itself for none."""
        wanted = "*" if pattern == ALL and ALL not in self.methods else pattern
        names = [name for name in self.methods if fnmatchcase(name, wanted)]
        there = [name for name in names if is_installed(self.methods[name])]
        return (there or names[:1] if installed else names) or [pattern]

    def choose_metrics(self, patterns: Iterable[str] = ()) -> tuple[Metric, ...]:
        """Return the metrics of every run and those of these names; ``checker*`` takes all.

        A pattern leaves out what needs a library that is not installed.

        Raises:
            UnknownNameError: A name or pattern matches nothing.
            MissingExtraError: A metric that is named needs a library that is not installed.
        """
        chosen = {name: one for name, one in self.metrics.items() if one.headline}
        for pattern in patterns:
            matching = [name for name in self.metrics if fnmatchcase(name, pattern)]
            if not matching:
                raise UnknownNameError("metric", pattern, self.metrics)
            if pattern in self.metrics:
                refuse_missing(self.metrics[pattern])
            chosen |= {
                name: self.metrics[name] for name in matching if is_installed(self.metrics[name])
            }
        return tuple(chosen.values())

    def choose_protocols(self, names: Sequence[str]) -> tuple[ScoringProtocol, ...]:
        """Return the protocols of these names.

        Raises:
            UnknownNameError: There is no such protocol; the message says which exist.
            UsageError: No name is given.
        """
        if not names:
            raise UsageError("--protocol is empty; expected a name like y-classic.")
        for name in names:
            if name not in self.protocols:
                self.raise_problem_with(name)
                raise UnknownNameError("protocol", name, self.protocols)
        return tuple(self.protocols[name] for name in names)

    def dataset(self, name: str, max_pixels: int = MAX_PIXELS) -> Dataset:
        """Return the dataset of this name.

        ``folder:PATH`` is any folder of images, ``pairs:LR_DIR:HR_DIR`` two folders of real pairs.

        Args:
            name: The name.
            max_pixels: The largest image of a folder that is read.

        Raises:
            UnknownNameError: There is none.
            DatasetError: The folder is missing or has no images.
        """
        kind, separator, path = name.partition(":")
        if separator and kind == "folder":
            from upbench.datasets.folder import folder_dataset

            return folder_dataset(path, max_pixels)
        if separator and kind == "pairs":
            from upbench.datasets.pairs import pairs_dataset

            return pairs_dataset(path, max_pixels)
        if name not in self.datasets:
            if Path(name).expanduser().is_dir():
                raise UsageError(f"{name} is a folder; its images are 'folder:{name}'.")
            raise UnknownNameError(
                "dataset", name, [*self.datasets, "folder:PATH", "pairs:LR_DIR:HR_DIR"]
            )
        return self.datasets[name]

    def raise_problem_with(self, name: str) -> None:
        """Raise why a name cannot be used, where its plugin is the reason."""
        for problem in self.problems:
            if isinstance(problem.error, DuplicateNameError) and repr(name) in str(problem.error):
                raise problem.error


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
    for entry in entry_points():
        found.take(f"entry point {entry.name!r}", source_of(entry), read)
    for file in files:
        found.take(str(file), str(file), read, asked_for=True)
    return found.catalog()


@cache
def own(folders: Sequence[str] = FOLDERS) -> Catalog:
    """Return our own plugins of every kind alone; no other plugin is imported.

    Args:
        folders: What to collect of them, a tuple.
    """
    return collect((), folders, read=lambda _source: [])


@cache
def own_layers(plugins: tuple[str | Path, ...] = ()) -> Catalog:
    """Return our own layers, and what plugin files describe, imported in this process.

    Args:
        plugins: Python files.
    """
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
    """
    status = dataset.status() if dataset.status is not None else None
    is_here = status is not None and status.present == status.total
    if dataset.fetch is not None and not is_here:
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
    ) -> None:
        """Take what one plugin describes, or note why it cannot be used."""
        try:
            described = list(read(source))
            _check_columns(described)
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
            self._sources.setdefault(one.file, source)
            if one not in owners:  # two entry points may lead to one function
                owners.append(one)
            if asked_for:
                self._asked_for.add(one.name)

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


def _check_columns(described: Iterable[Described]) -> None:
    for one in described:
        if isinstance(one, Metric) and not score_columns([one.name]):
            raise PluginMetadataError(
                f"the metric {one.name!r} has the name of a column that every table has; "
                "expected another name."
            )


def _import_error(where: str, error: BaseException) -> PluginImportError:
    return PluginImportError(
        f"{where} cannot be imported: {describe(error)}; the other methods still run."
    )


def _nothing_described(where: str) -> PluginMetadataError:
    return PluginMetadataError(
        f"{where} describes no method; expected a function or class under "
        '@method("name", family="..."), as \'upbench new-method FILE\' writes it, '
        "or under @layer, @dataset, @metric or @protocol."
    )


def _duplicate(kind: type, name: str, owners: Sequence[Described]) -> DuplicateNameError:
    files = " and ".join(one.file or "an unknown file" for one in owners)
    return DuplicateNameError(
        f"Two {KINDS[kind]}s are named {name!r}, in {files}; neither is used: rename one of them."
    )
