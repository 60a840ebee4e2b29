"""Every error that upbench raises on purpose, in one tree.

::

    UpbenchError                    anything that one sentence explains to a person
    |-- UsageError                  a command, option or name cannot be used as given
    |   `-- UnknownNameError        no such method, dataset, protocol ... ("did you mean")
    |-- PluginError                 a plugin cannot be used; the others still can
    |   |-- PluginImportError       its file or entry point fails to import
    |   |-- PluginMetadataError     its metadata break the contract
    |   |-- MissingExtraError       the optional library that it needs is not installed
    |   `-- DuplicateNameError      two plugins of one kind share a name
    |-- DataError                   input data cannot be used
    |   |-- ImageError              one image is unreadable or unsuitable
    |   |-- DatasetError            a dataset is missing or empty
    |   `-- FetchError              a download failed or came out different from its checksum
    |-- MethodError                 a method did not do what its contract says
    |   |-- InvalidOutputError      wrong shape, dtype or non-finite values
    |   `-- UnsupportedScaleError   the method does not offer this scale
    |-- MetricUndefinedError        a metric has no value for this image (null in the row)
    |   `-- NoNumberError           it returned something else
    `-- StoreError                  the output folder cannot be written or understood

A message is one sentence or two: what is wrong, what was expected, what was given, what to do
now.  The command line prints it without a traceback and exits with the class's ``exit_code``.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


WORKER = "UPBENCH_WORKER"
"""The environment variable of a worker process and of whatever it has started."""


def pass_on_ctrl_c(error: BaseException) -> None:
    """Raise the user's Ctrl-C again where all else that is raised is a plugin's own doing.

    A worker process gets no Ctrl-C: what a plugin raises there is the plugin's, whatever it is.
    """
    if isinstance(error, KeyboardInterrupt) and WORKER not in os.environ:
        raise error


class UpbenchError(Exception):
    """The root of the tree: catch it to catch everything upbench raises on purpose."""

    exit_code = 2


class UsageError(UpbenchError):
    """A command, an option or a value of one cannot be used as given."""


class UnknownNameError(UsageError):
    """No method, dataset, metric or protocol has this name; known is what would be right.

    The kind is in the singular ("method").
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        close = get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else _listing(kind, names)
        super().__init__(f"There is no {kind} named {name!r}; {hint}")
        self.kind, self.name, self.known = kind, name, tuple(names)

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, str, tuple[str, ...]]]:
        """Pickle by the arguments, so that the error can cross a process border."""
        return type(self), (self.kind, self.name, self.known)


LISTED = ("method", "layer", "dataset", "metric", "protocol")
"""Kinds that ``upbench list`` shows, in the plural."""
ANY_KIND = f"{', '.join(LISTED[:-1])} or {LISTED[-1]}"
"""The kind of a name that may be of any of these."""
MOST_NAMES = 8


def _listing(kind: str, names: list[str]) -> str:
    if not names:
        return f"no {kind} is installed."
    rest = len(names) - MOST_NAMES
    if kind == ANY_KIND:
        return f"'upbench list' shows them, followed by {', '.join(f'{one}s' for one in LISTED)}."
    if rest > 0 and kind in LISTED:
        return f"'upbench list {kind}s' shows all {len(names)}."
    more = f" or {rest} more" if rest > 0 else ""
    return f"choose from {', '.join(names[:MOST_NAMES])}{more}."


class PluginError(UpbenchError):
    """A plugin cannot be used; the message names its file."""


class PluginImportError(PluginError):
    """A plugin's file or entry point raised while it was imported."""


class PluginMetadataError(PluginError):
    """A plugin's metadata break the contract (name, family, scales ...)."""


class MissingExtraError(PluginError):
    """A method's library is optional and not installed; the message says how to add it."""


class DuplicateNameError(PluginError):
    """Two plugins of one kind share a name; the message names both files."""


class DataError(UpbenchError):
    """Input data cannot be used."""


class ImageError(DataError):
    """One image is unreadable, of an unsupported kind, too large or too small."""


class DatasetError(DataError):
    """A dataset as a whole is missing, empty or not what its table of checksums says."""


class FetchError(DataError):
    """A download failed, or the file that came is not the one that was pinned."""


class MethodError(UpbenchError):
    """A method did not do what its contract says."""


class InvalidOutputError(MethodError):
    """A method returned the wrong shape or dtype, or values that are not finite."""


class UnsupportedScaleError(MethodError):
    """A method does not offer the scale that was asked for."""


class MetricUndefinedError(UpbenchError):
    """A metric has no value for this pair of images; the row holds null and the reason."""


class NoNumberError(MetricUndefinedError):
    """A metric returned something else than a number: to a run, no value here."""


class StoreError(UpbenchError):
    """The output folder cannot be written, or holds something that is not a run."""
