"""What ``upbench list`` shows, from metadata alone."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.table import Table, table_of
from upbench.benchmark.registry.extras import command, is_installed, missing_extras

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Method, Metric
    from upbench.benchmark.registry.catalog import Catalog

HIDDEN = {"target", "items", "function", "fetch", "status", "notes"}
"""Fields that hold code."""
FOLDERS = {
    "methods": ("upbench.methods",),
    "layers": ("upbench.methods.layers",),
    "datasets": ("upbench.datasets",),
    "metrics": ("upbench.benchmark.metrics",),
    "protocols": ("upbench.benchmark.protocols",),
}
"""The plugin folders that each listing needs: no other is imported for it."""


def listing(catalog: Catalog, what: str, family: str = "") -> Table:
    """Return the table of all methods, layers, datasets, metrics or protocols; names stand first.

    With a family only methods of it.

    Raises:
        UnknownNameError: There is no such list, or no method is of this family.
        UsageError: Only methods have a family.
    """
    makers = {
        "methods": lambda: _methods(catalog, family),
        "layers": lambda: _layers(catalog),
        "datasets": lambda: _datasets(catalog),
        "metrics": lambda: _metrics(catalog),
        "protocols": lambda: _protocols(catalog),
    }
    if what not in makers:
        raise UnknownNameError("list", what, makers)
    if family and what != "methods":
        raise UsageError(f"--family goes with 'list methods'; got 'list {what}'.")
    return makers[what]()


def details(catalog: Catalog, what: str, name: str) -> Table:
    """Return everything that one method, layer, dataset, metric or protocol states of itself.

    ``what`` is "methods", "layers", "datasets", "metrics" or "protocols".

    Raises:
        UnknownNameError: There is no such list, or nothing of this name in it.
    """
    if what not in FOLDERS:
        raise UnknownNameError("list", what, FOLDERS)
    found = getattr(catalog, what)
    if name not in found:
        catalog.raise_problem_with(name)
        raise UnknownNameError(what.removesuffix("s"), name, found)
    stated = {field.name: getattr(found[name], field.name) for field in fields(found[name])}
    rows = [(key, _text(key, value)) for key, value in stated.items() if key not in HIDDEN]
    return table_of(("field", "value"), [row for row in rows if row[1]])


def _text(key: str, value: object) -> str:
    """Return a field's value as one text, "" for what says nothing."""
    if key == "scales" or value is None:
        return _scales(value) if key == "scales" else ""  # type: ignore[arg-type]
    if callable(value):
        return "yes"
    if isinstance(value, tuple):
        return (" " if key == "caveats" else ", ").join(map(str, value))  # sentences
    return str(value)


def _methods(catalog: Catalog, family: str) -> Table:
    families = {method.family for method in catalog.methods.values()}
    if family and family not in families:
        raise UnknownNameError("family", family, families)
    listed = [m for m in catalog.methods.values() if not family or m.family == family]
    rows = tuple(
        (m.name, m.family, m.backend, _scales(m.scales), m.sampling, m.kernel, m.source, _runs(m))
        for m in listed
        if is_installed(m)
    )
    headings = ("method", "family", "backend", "scales", "sampling", "kernel", "source", "in runs")
    return replace(table_of(headings, rows), notes=missing_extras(listed))


def _runs(method: Method) -> str:
    return "always" if method.default else "on request"


def _scales(scales: tuple[int, ...] | None) -> str:
    if scales is None:
        return "any"
    if len(scales) > 2 and scales == tuple(range(scales[0], scales[-1] + 1)):
        return f"x{scales[0]} to x{scales[-1]}"
    return ",".join(f"x{scale}" for scale in scales)


def _layers(catalog: Catalog) -> Table:
    words = {True: "yes", False: "no"}
    rows = tuple(
        (one.name, _scales(one.scales), one.flat, words[one.linear], one.summary, one.source)
        for one in catalog.layers.values()
    )
    return table_of(("layer", "scales", "stays flat", "linear", "summary", "source"), rows)


def _datasets(catalog: Catalog) -> Table:
    rows = [(d.name, d.summary, d.source, d.licence) for d in catalog.datasets.values()]
    rows.append(("folder:PATH", "the images of any folder", "yours", "yours"))
    rows.append(("pairs:LR_DIR:HR_DIR", "real pairs of two folders", "yours", "yours"))
    return table_of(("dataset", "summary", "source", "licence"), tuple(rows))


def _metrics(catalog: Catalog) -> Table:
    rows = [
        (m.name, m.unit, m.better, _when(m), m.summary, m.signature)
        for m in sorted(catalog.metrics.values(), key=lambda m: not m.headline)
    ]
    return table_of(("metric", "unit", "better", "in runs", "summary", "signature"), tuple(rows))


def _when(metric: Metric) -> str:
    if metric.headline:
        return "always"
    return "on request" if is_installed(metric) else f"needs {command(metric.extra)}"


def _protocols(catalog: Catalog) -> Table:
    rows = tuple((p.name, p.summary, p.signature) for p in catalog.protocols.values())
    return table_of(("protocol", "summary", "signature"), rows)
