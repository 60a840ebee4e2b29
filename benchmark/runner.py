"""A run from end to end: request -> plan -> results -> store -> report.

The command line calls these four steps and draws a bar between them; a script can do the same.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark import execute
from upbench.benchmark.catalog import Catalog, collect
from upbench.benchmark.errors import UsageError
from upbench.benchmark.execute.workbench import Workbench
from upbench.benchmark.plan import Cell, batches, check_protocols, check_scales, plan, split_names
from upbench.benchmark.provenance import machine, versions
from upbench.benchmark.report import write_report

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import pandas as pd

    from upbench.benchmark.contract import Dataset, ImageItem, Method
    from upbench.benchmark.protocol import Protocol
    from upbench.benchmark.row import Result
    from upbench.benchmark.store import Store

__all__ = ["Plan", "Request", "finish", "make_plan", "results"]


@dataclass(frozen=True)
class Request:
    """What was asked for, as it was typed."""

    methods: str = ""
    """Names and patterns, comma-separated; "" is every method."""
    datasets: str = "standard"
    scales: str = "2,3,4"
    protocols: str = "y-classic"
    plugins: tuple[str, ...] = ()
    """Python files with more methods."""
    jobs: int = 1
    executor: str | None = None


@dataclass(frozen=True)
class Plan:
    """What the request comes to."""

    request: Request
    catalog: Catalog
    datasets: tuple[Dataset, ...]
    images: tuple[tuple[str, ImageItem], ...]
    protocols: tuple[Protocol, ...]
    cells: tuple[Cell, ...]


def make_plan(request: Request) -> Plan:
    """Look every name up and lay out the cells.

    Raises:
        UsageError: A name, scale or option does not fit; nothing has been run or written.
        DatasetError: A dataset is missing or empty.
        FetchError: A dataset cannot be downloaded.
    """
    catalog = collect(request.plugins)
    scales = check_scales(request.scales)
    protocols = check_protocols(request.protocols)
    methods = _methods(catalog, request.methods)
    datasets = _datasets(catalog, request.datasets)
    images = tuple((dataset.name, item) for dataset in datasets for item in dataset.items())
    cells = plan(methods, images, scales, protocols, tuple(catalog.metrics.values()))
    return Plan(request, catalog, datasets, images, protocols, cells)


def results(plan: Plan, store: Store) -> Generator[Result]:
    """Run the cells that the store does not hold yet; yield each after it is written down.

    Raises:
        StoreError: The disk is full; every cell before is kept.
    """
    kept = store.valid(plan.cells)
    waiting = [cell for cell in plan.cells if cell.identity not in kept]
    done = execute.execute(
        batches(waiting, plan.images),
        partial(make_workbench, plan.request.plugins),
        jobs=plan.request.jobs,
        executor=plan.request.executor,
    )
    for result in done:
        store.add(result)
        yield result


def finish(
    plan: Plan, store: Store, progress: Callable[[str, int, int], None] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the tables, the manifest and the pictures; return the rows and their summary."""
    rows = store.export(manifest(plan))
    return rows, write_report(store, rows, progress)


def make_workbench(plugins: Sequence[str]) -> Workbench:
    """Collect the methods and metrics in one process."""
    catalog = collect(plugins)
    return Workbench(catalog.methods, tuple(catalog.metrics.values()))


def manifest(plan: Plan) -> dict[str, Any]:
    """Return what a reader needs to make the same numbers again."""
    return {
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": ["upbench", *sys.argv[1:]],
        "request": asdict(plan.request),
        "machine": machine(),
        "versions": versions(),
        "protocols": {protocol.name: protocol.signature for protocol in plan.protocols},
        "metrics": {m.name: m.signature for m in plan.catalog.metrics.values()},
        "datasets": {dataset.name: _described(dataset, plan) for dataset in plan.datasets},
    }


def _described(dataset: Dataset, plan: Plan) -> dict[str, Any]:
    images = {item.name: item.digest for name, item in plan.images if name == dataset.name}
    return {"source": dataset.source, "licence": dataset.licence, "sha256": images}


def _methods(catalog: Catalog, text: str) -> tuple[Method, ...]:
    return catalog.choose_methods(split_names(text) or ("*",))


def _datasets(catalog: Catalog, text: str) -> tuple[Dataset, ...]:
    names = split_names(text)
    if not names:
        raise UsageError("--datasets is empty; expected a name like standard.")
    return tuple(catalog.dataset(name) for name in names)
