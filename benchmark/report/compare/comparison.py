"""The comparison itself: two runs, or two methods of one run."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.text import split_names
from upbench.benchmark.report.compare.columns import choose_columns
from upbench.benchmark.report.compare.lines import summarise_pairs
from upbench.benchmark.report.compare.pairs import Side, pair
from upbench.benchmark.report.compare.reading import read_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.report.compare.columns import Compared
    from upbench.benchmark.report.compare.reading import Run


@dataclass(frozen=True)
class Comparison:
    """Two sides, pair by pair and line by line; B is the new one."""

    a: Side
    b: Side
    columns: Mapping[str, Compared]
    """What is compared, by name."""
    pairs: pd.DataFrame
    """As :func:`upbench.benchmark.report.compare.pairs.pair` returns it."""
    lines: pd.DataFrame
    """As :func:`upbench.benchmark.report.compare.lines.summarise_pairs` returns it."""

    @property
    def of_methods(self) -> bool:
        """Whether two methods of one run are compared, and not two runs."""
        return self.a.run is self.b.run


def compare_runs(a: Path, b: Path, methods: str = "", metrics: str = "") -> Comparison:
    """Compare two runs, each method with itself.

    Args:
        a: The old run's folder.
        b: The new run's folder.
        methods: Names and patterns of those that are compared; "" is all.
        metrics: Names and patterns of the columns that are compared; "" is all.

    Raises:
        StoreError: A folder holds no run that can be read.
        UnknownNameError: A name or pattern matches nothing in either run.
    """
    runs = _under_one_name(read_run(a), read_run(b))
    names = _chosen_methods(methods, runs)
    sides = [
        Side(name, run, run.rows[run.rows["method"].isin(names)])
        for name, run in zip("AB", runs, strict=True)
    ]
    return _comparison(sides[0], sides[1], metrics)


def _under_one_name(a: Run, b: Run) -> tuple[Run, Run]:
    """Give the datasets of B that hold A's very images, by their digests, A's names.

    ``folder:x`` and ``folder:/a/x`` are one folder, seen from two places.
    """
    ours, theirs = (set(run.rows["dataset"]) for run in (a, b))
    for old in sorted(ours - theirs):
        named = {digest: image for image, digest in a.digests(old).items()}
        for new in sorted(theirs - ours):
            images = {
                image: named[digest] for image, digest in b.digests(new).items() if digest in named
            }
            if images:
                theirs.remove(new)
                b = b.renamed(new, old, images)
                break
    return a, b


def compare_methods(folder: Path, methods: str, metrics: str = "") -> Comparison:
    """Compare two methods of one run.

    Args:
        folder: The run's folder.
        methods: The old method and the new one, comma-separated.
        metrics: Names and patterns of the columns that are compared; "" is all.

    Raises:
        StoreError: The folder holds no run that can be read.
        UsageError: There are not two names.
        UnknownNameError: A name is not in the run.
    """
    run = read_run(folder)
    names = split_names(methods)
    known = sorted(set(run.rows["method"]))
    for name in names:
        if name not in known:
            raise UnknownNameError("method", name, known)
    if len(names) != 2:
        raise UsageError(
            f"Within one run, --methods takes two names, the old and the new, like "
            f"bicubic,opencv-cubic; got {methods!r}."
        )
    both = " -> ".join(names)
    sides = [
        Side(name, run, run.rows[run.rows["method"] == name].assign(method=both)) for name in names
    ]
    return _comparison(sides[0], sides[1], metrics)


def _comparison(a: Side, b: Side, metrics: str) -> Comparison:
    present = dict.fromkeys([*a.rows.columns, *b.rows.columns])
    stated = {**a.run.manifest["metrics"], **b.run.manifest["metrics"]}
    columns = choose_columns(metrics, present, stated)
    pairs = pair(a, b, columns)
    return Comparison(a, b, columns, pairs, summarise_pairs(pairs, columns))


def _chosen_methods(methods: str, runs: tuple[Run, Run]) -> set[str]:
    """Return the methods that names and patterns choose among those of two runs."""
    known = {name for run in runs for name in run.rows["method"]}
    chosen: set[str] = set()
    for pattern in split_names(methods) or ("*",):
        matching = {name for name in known if fnmatchcase(name, pattern)}
        if not matching:
            raise UnknownNameError("method", pattern, known)
        chosen |= matching
    return chosen
