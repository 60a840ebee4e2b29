"""A run as the page shows it, and its groups: one dataset, scale and protocol each.

What becomes JSON is plain lists and dictionaries.  Not known is null, and an infinite PSNR (equal
images) the text "Infinity".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import TargetSize, as_scale_or_size, scale_label, scale_number
from upbench.benchmark.report.album import collect_album, shown_places
from upbench.benchmark.report.columns import RGB_SPEED, SPEED, fault_columns, speed_of
from upbench.benchmark.report.figures import kinds, pareto
from upbench.benchmark.report.notes import is_left_out
from upbench.benchmark.report.page.call import call_of
from upbench.benchmark.report.page.origin import describe_origin
from upbench.benchmark.report.reasons import NOTED
from upbench.benchmark.report.render.json import jsonable
from upbench.benchmark.report.speeds import BASIS, basis_of
from upbench.benchmark.report.summary import GROUP, best_of, groups, is_complete, reference_of
from upbench.benchmark.theory.port.call import library_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.report.album import Album, Shown
    from upbench.benchmark.report.page.origin import Origin
    from upbench.benchmark.report.source import Source

    Key = tuple[str, ScaleOrSize, str]

STATUSES = ("ok", "error", "timeout", "crash", "invalid_output", "skipped")
OF_A_GROUP = ("infinite", "set_aside", NOTED)
TEXTS = {BASIS, "method", "family", "images", "kind", "reference", *OF_A_GROUP, *GROUP}
"""Columns of a summary that hold text or are said of the whole group."""


@dataclass(frozen=True)
class Run:
    """A run, and what several sections show of it."""

    source: Source

    @cached_property
    def origin(self) -> Origin:
        """What the manifest says."""
        return describe_origin(self.source.manifest)

    @cached_property
    def album(self) -> Album:
        """The pictures."""
        further = [one for shown in self.places for one in shown.identities]
        return collect_album(self.source.crops, self.source.limit, further)

    @cached_property
    def places(self) -> tuple[Shown, ...]:
        """The worst places and whole images."""
        return shown_places(self.source.views)

    @cached_property
    def coverage(self) -> dict[str, Any]:
        """Count what the run holds."""
        rows = self.source.rows
        tried = rows[rows["status"] != "skipped"]
        counts = rows["status"].value_counts()
        return {
            "cells": len(rows),
            "statuses": {status: int(counts.get(status, 0)) for status in STATUSES},
            "failed": int((~rows["status"].isin(["ok", "skipped"])).sum()),
            "methods": int(tried["method"].nunique()),
            "images": len(tried[["dataset", "image"]].drop_duplicates()),
            "datasets": sorted(tried["dataset"].unique()),
            "scales": [*map(scale_label, sorted(map(as_scale_or_size, tried["scale"].unique())))],
            "protocols": sorted(tried["protocol"].unique()),
            "machines": sorted(rows["machine"].dropna().unique()),
            "measured": max(rows["measured_at"].dropna(), default=""),
        }

    @cached_property
    def groups(self) -> list[Group]:
        """Every dataset, scale and protocol that has a result or a failure."""
        by_group = {_key(rows): rows for _, rows in self.source.rows.groupby(GROUP, sort=False)}
        return [
            Group(self, title, table, by_group[_key(table)])
            for title, table in groups(self.source.summary)
        ]


@dataclass(frozen=True)
class Group:
    """One dataset, scale and protocol."""

    run: Run
    title: str
    table: pd.DataFrame
    """Its lines of the summary."""
    rows: pd.DataFrame

    @property
    def key(self) -> Key:
        """Dataset, scale and protocol."""
        return _key(self.table)

    @property
    def is_true(self) -> bool:
        """Whether outputs are compared with a true image.

        Of an image that is made smaller, or resized to a size, there is none: the protocol makes
        what outputs are compared with.
        """
        scale = self.key[1]
        return scale.back if isinstance(scale, TargetSize) else scale > 1

    @cached_property
    def images(self) -> list[str]:
        """The images that were tried, in their order."""
        return [*dict.fromkeys(self.rows.loc[self.rows["status"] != "skipped", "image"])]

    def describe(self) -> dict[str, Any]:
        """Return what every section may rely on, as JSON has it."""
        dataset, scale, protocol = self.key
        columns = self.run.source.columns
        speeds = (SPEED.key, RGB_SPEED.key)
        scores = [column.key for column in columns if column.key not in speeds]
        return {
            "title": self.title,
            "dataset": dataset,
            "scale": scale_number(scale),
            "scale_label": scale_label(scale),
            "protocol": protocol,
            "reference": reference_of(self.table),
            "best": {
                column.key: sorted(best_of(self.table, column))
                for column in (*columns, *(one for each in columns for one in fault_columns(each)))
                if column.key in self.table
            },
            "clean": [column.key for column in columns if is_left_out(column, self.table)],
            "front": pareto(self.table)["method"].tolist(),
            "kinds": list(dict.fromkeys(kinds(self.table))),
            "methods": [*self._methods()],
            "images": self.images,
            "scores": {key: self._by_method(key) for key in scores},
            "speed": {"key": speed_of(self.table).key, "basis": basis_of(self.table)},
        }

    def _methods(self) -> Iterator[dict[str, Any]]:
        """Yield one method at a time: what is said of it, and its numbers by column."""
        table = self.table.copy().assign(kind=kinds(self.table))  # of many metrics it is fragmented
        numeric = [column for column in table.columns if column not in TEXTS]
        for record in table.to_dict("records"):
            stated = self.run.origin.methods.get(record["method"], {})
            yield {
                "method": record["method"],
                "family": record["family"],
                "kind": record["kind"],
                "images": record["images"],
                "complete": is_complete(record["images"]),
                "library": library_of(stated),
                "kernel": stated.get("kernel", ""),
                "sampling": stated.get("sampling", ""),
                "snippet": self._call(record["method"]),
                "basis": jsonable(record.get(BASIS)),
                "values": {column: jsonable(record[column]) for column in numeric},
            }

    def _call(self, method: str) -> str:
        """Return how to use a method at this scale; a call is of a scale and never of a size."""
        scale = self.key[1]
        return "" if isinstance(scale, TargetSize) else call_of(method, scale, self.run.origin)

    def _by_method(self, metric: str) -> dict[str, list[Any]]:
        """Return a metric by method, in the order of the images."""
        done = self.rows[self.rows["status"] == "ok"]
        table = done.pivot_table(index="method", columns="image", values=metric, aggfunc="first")
        table = table.reindex(columns=self.images)
        return {
            str(method): [jsonable(value) for value in values]
            for method, values in zip(table.index, table.to_numpy(), strict=True)
        }


def _key(table: pd.DataFrame) -> Key:
    first = table.iloc[0]
    return str(first["dataset"]), as_scale_or_size(first["scale"]), str(first["protocol"])
