"""What ``upbench list`` shows, from metadata alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.table import Table, table_of

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Metric
    from upbench.benchmark.registry.catalog import Catalog

FOLDERS = {
    "methods": ("upbench.methods",),
    "datasets": ("upbench.datasets",),
    "metrics": ("upbench.benchmark.metrics",),
    "protocols": ("upbench.benchmark.protocols",),
}
"""The plugin folders that each listing needs: no other is imported for it."""


def listing(catalog: Catalog, what: str, family: str = "") -> Table:
    """Return the table of all methods, datasets, metrics or protocols; names stand first.

    Args:
        catalog: What was collected.
        what: "methods", "datasets", "metrics" or "protocols".
        family: Only methods of this family; "" is all.

    Raises:
        UnknownNameError: There is no such list, or no method is of this family.
        UsageError: Only methods have a family.
    """
    makers = {
        "methods": lambda: _methods(catalog, family),
        "datasets": lambda: _datasets(catalog),
        "metrics": lambda: _metrics(catalog),
        "protocols": lambda: _protocols(catalog),
    }
    if what not in makers:
        raise UnknownNameError("list", what, makers)
    if family and what != "methods":
        raise UsageError(f"--family goes with 'list methods'; got 'list {what}'.")
    return makers[what]()


def _methods(catalog: Catalog, family: str) -> Table:
    families = {method.family for method in catalog.methods.values()}
    if family and family not in families:
        raise UnknownNameError("family", family, families)
    rows = tuple(
        (m.name, m.family, m.backend, _scales(m.scales), m.sampling, m.kernel, m.source)
        for m in catalog.methods.values()
        if not family or m.family == family
    )
    headings = ("method", "family", "backend", "scales", "sampling", "kernel", "source")
    return table_of(headings, rows)


def _scales(scales: tuple[int, ...] | None) -> str:
    if scales is None:
        return "any"
    if len(scales) > 2 and scales == tuple(range(scales[0], scales[-1] + 1)):
        return f"x{scales[0]} to x{scales[-1]}"
    return ",".join(f"x{scale}" for scale in scales)


def _datasets(catalog: Catalog) -> Table:
    rows = [(d.name, d.summary, d.source, d.licence) for d in catalog.datasets.values()]
    rows.append(("folder:PATH", "the images of any folder", "yours", "yours"))
    return table_of(("dataset", "summary", "source", "licence"), tuple(rows))


def _metrics(catalog: Catalog) -> Table:
    rows = [
        (m.name, m.unit, m.better, _when(m), m.summary, m.signature)
        for m in sorted(catalog.metrics.values(), key=lambda m: not m.headline)
    ]
    return table_of(("metric", "unit", "better", "in runs", "summary", "signature"), tuple(rows))


def _when(metric: Metric) -> str:
    return "always" if metric.headline else "on request"


def _protocols(catalog: Catalog) -> Table:
    rows = tuple((p.name, p.summary, p.signature) for p in catalog.protocols.values())
    return table_of(("protocol", "summary", "signature"), rows)
