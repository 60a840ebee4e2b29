"""What was collected, by name: choosing from it, and why a name cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from upbench.benchmark.core.errors import (
    ANY_KIND,
    DuplicateNameError,
    UnknownNameError,
    UsageError,
)
from upbench.benchmark.core.files import user_path
from upbench.benchmark.core.sizes import MAX_PIXELS
from upbench.benchmark.registry.extras import is_installed, refuse_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from upbench.benchmark.core.errors import PluginError
    from upbench.benchmark.core.kinds import Dataset, Described, Layer, Metric, ScoringProtocol
    from upbench.benchmark.core.upsampler import Method

ALL = "all"
"""The pattern that takes every method that can run, extras included."""


class Problem(NamedTuple):
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
            raise self._unknown(name)
        refuse_missing(self.methods[name])
        return self.methods[name]

    def named(self, name: str) -> Described:
        """Return the method, layer, dataset, metric or protocol of this name.

        Raises:
            UnknownNameError: There is none.
            UsageError: It is the name of a file.
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
        if name.endswith(".py"):
            raise UsageError(
                f"{name} is a file; expected the name of what it describes, beside --plugin {name}."
            )
        kinds = (self.methods, self.layers, self.datasets, self.metrics, self.protocols)
        raise UnknownNameError(ANY_KIND, name, [each for kind in kinds for each in kind])

    def _unknown(self, name: str) -> UnknownNameError:
        """Return the error of a name that no method has, which counts what a list would show."""
        near = get_close_matches(name, self.methods, cutoff=0.5)
        listed = [method.name for method in self.methods.values() if is_installed(method)]
        return UnknownNameError("method", name, near or listed)

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
        Of a folder, images of more than ``max_pixels`` are not read.

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
            if user_path(name).is_dir():
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
