"""What a report is made of: the rows, crops and manifest of a run's folder, of one moment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.row import identities
from upbench.benchmark.engine.manifest import read_manifest
from upbench.benchmark.engine.store import JOURNAL, Store, load
from upbench.benchmark.engine.tables import readable
from upbench.benchmark.report.agreement import agreement
from upbench.benchmark.report.album import DEFAULT_LIMIT
from upbench.benchmark.report.columns import columns_of_summary
from upbench.benchmark.report.speeds import with_speeds
from upbench.benchmark.report.summary import summarise
from upbench.benchmark.timing.table import frame_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

    from upbench.benchmark.core.table import Column
    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.engine.result import View
    from upbench.benchmark.engine.trainings import StoredTraining


@dataclass(frozen=True)
class Source:
    """A run as a report sees it; what is computed of it is computed once."""

    folder: Path
    rows: pd.DataFrame
    crops: Mapping[Identity, bytes] = field(default_factory=dict)
    """Of these rows; empty of a folder that holds published tables alone."""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    reference: str | None = None
    """The method that the others are compared with; as in ``summarise``."""
    limit: int = DEFAULT_LIMIT
    """Bytes that the pictures of the page may take."""
    timings: pd.DataFrame | None = None
    """The folder's timings, as ``frame_of`` returns them."""
    trainings: Sequence[StoredTraining] = ()
    """Layers that were trained in their roles."""
    views: Mapping[Identity, list[View]] = field(default_factory=dict)
    """The worst places and whole images of these rows, as ``Store.views`` returns them; nothing of
    a row that keeps none."""
    published: bool = False
    """Whether published numbers stand beside the run's."""

    @property
    def stated(self) -> Mapping[str, Any]:
        """What the manifest says of the metrics, by name."""
        stated: Mapping[str, Any] = self.manifest.get("metrics", {})
        return stated

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One line per dataset, scale, protocol and method.

        Raises:
            UsageError: No row is of the reference.
        """
        summary = summarise(self.rows, self.reference, self.stated)
        return summary if self.timings is None else with_speeds(summary, self.rows, self.timings)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns that people compare methods by: scores, then speed."""
        return columns_of_summary(self.summary, self.stated)

    @cached_property
    def curves(self) -> Mapping[str, Figure]:
        """The learning curves of layers in their roles, by the title of their tables."""
        from upbench.benchmark.report.role_figures import curve_figures  # every role

        return dict(curve_figures(self.trainings))

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """How far apart methods are that claim one kernel; without rows where no crop is kept."""
        return agreement(self.crops, self.manifest.get("methods", {}))


def source_of(store: Store, rows: pd.DataFrame, **options: Any) -> Source:
    """Return the source of an open store.

    Args:
        store: The run, for its folder and its crops.
        rows: Its rows; crops of no row among them are left out, so that a run that goes on
            meanwhile, or images that are gone, do not show.
        options: The reference, the limit and the published numbers of :class:`Source`.
    """
    known = {*identities(rows)}
    known |= {("", *identity[1:]) for identity in known}
    crops = {identity: png for identity, png in store.crops().items() if identity in known}
    with readable(store.folder / JOURNAL):
        options.setdefault("timings", frame_of(store.timings()))
    kept = store.views()
    views = {identity: kept.get(identity, []) for identity in known}
    options.setdefault("views", views)
    options.setdefault("trainings", store.trainings())
    return Source(store.folder, rows, crops, read_manifest(store.folder), **options)


def read_source(folder: Path, **options: Any) -> Source:
    """Return the source of a run's folder, or of published tables; nothing is written.

    The options are those of :func:`source_of`.

    Raises:
        StoreError: The folder holds no run that this upbench can read.
    """
    # SQLite opens a journal for writing even to read it, as in ``load``
    if not (folder / JOURNAL).is_file() or not os.access(folder, os.W_OK):
        return Source(folder, load(folder), manifest=read_manifest(folder), **options)
    with Store(folder, reading=True) as store:
        return source_of(store, store.frame(), **options)
