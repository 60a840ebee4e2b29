"""The comparison itself: two runs, or two methods of one run; and what else differs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.text import counted, free_name, some_of, split_names
from upbench.benchmark.report.compare.columns import choose, choose_columns
from upbench.benchmark.report.compare.lines import summarise_pairs
from upbench.benchmark.report.compare.pairs import Side, pair
from upbench.benchmark.report.compare.reading import read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.report.compare.columns import Compared
    from upbench.benchmark.report.compare.reading import Run

NAMED = 8
"""How many methods are named in one sentence."""


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
    names = choose("method", methods, {name for run in runs for name in run.rows["method"]})
    sides = [
        Side(name, run, run.rows[run.rows["method"].isin(names)])
        for name, run in zip("AB", runs, strict=True)
    ]
    return _comparison(sides[0], sides[1], metrics)


def _under_one_name(a: Run, b: Run) -> tuple[Run, Run]:
    """Give the datasets of B that hold A's very images, by their digests, A's names.

    ``folder:x`` and ``folder:/a/x`` are one folder, seen from two places.  Those that share most
    images come first.
    """
    ours, theirs = (set(run.rows["dataset"]) for run in (a, b))
    shared = {
        (old, new): _shared_images(a.digests(old), b.digests(new))
        for old, new in sorted(product(ours - theirs, theirs - ours))
    }
    done: set[str] = set()
    for (old, new), images in sorted(shared.items(), key=lambda item: -len(item[1])):
        if images and done.isdisjoint({old, new}):
            done |= {old, new}
            b = b.renamed(new, old, images | _set_aside(a, b, (old, new), images))
    return a, b


def _shared_images(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return the images of one dataset that are in another, by digest, with their names there.

    A name that both have stays; of copies of one picture each has a partner of its own.

    >>> _shared_images({"a": "P", "b": "P", "c": "Q"}, {"x": "P", "b": "P", "y": "P"})
    {'b': 'b', 'x': 'a'}
    """
    found = {image: image for image, digest in new.items() if old.get(image) == digest}
    left = [image for image in old if image not in found]
    for image, digest in new.items():
        partner = next((one for one in left if old[one] == digest), None)
        if image not in found and partner is not None:
            left.remove(partner)
            found[image] = partner
    return found


def _set_aside(a: Run, b: Run, named: tuple[str, str], images: Mapping[str, str]) -> dict[str, str]:
    """Return names for those images of B whose own are A's names of other images of B."""
    old, new = named
    others = set(b.images(new)) - set(images)
    taken = {*a.images(old), *images.values(), *others}
    found: dict[str, str] = {}
    for image in sorted(others & set(images.values())):
        found[image] = free_name(f"{image} of B", taken.__contains__)
        taken.add(found[image])
    return found


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


# ------------------------------------------------------------------ what else differs


def describe_sides(comparison: Comparison) -> Iterator[str]:
    """Yield who is compared, a sentence's part each: "A is results/bench, written ..."."""
    a, b = comparison.a, comparison.b
    if comparison.of_methods:
        yield f"{b.name} against {a.name}, both of {_run(a)}"
    else:
        yield f"A is {_run(a)}"
        yield f"B is {_run(b)}"


def _run(side: Side) -> str:
    manifest = side.run.manifest
    version = _by_name(manifest, "versions").get("upbench", "of an unknown version")
    return (
        f"{side.run.folder}, written {manifest.get('written_at', 'some day')} by upbench {version}"
    )


def differences(comparison: Comparison) -> Iterator[str]:
    """Yield what differs between two runs beside their numbers, a sentence's part each."""
    if comparison.of_methods:
        return
    a, b = comparison.a.run.manifest, comparison.b.run.manifest
    if a.get("machine") != b.get("machine"):
        yield f"machine: {a.get('machine')} -> {b.get('machine')}"
    old, new = _by_name(a, "versions"), _by_name(b, "versions")
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield f"{name}: {old.get(name, 'none')} -> {new.get(name, 'none')}"
    changed = _changed_code(comparison)
    if changed:
        yield f"code of {counted(len(changed), 'method')}: {some_of(changed, NAMED)}"


def _changed_code(comparison: Comparison) -> list[str]:
    """Return the methods of both runs that are not of the same code."""
    old, new = (
        side.rows[["method", "code_hash"]].dropna().drop_duplicates()
        for side in (comparison.a, comparison.b)
    )
    both = set(old["method"]) & set(new["method"])
    unlike = set(old.itertuples(index=False)) ^ set(new.itertuples(index=False))
    return sorted(both & {method for method, _ in unlike})


def _by_name(manifest: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    found = manifest.get(part)
    return found if isinstance(found, dict) else {}
