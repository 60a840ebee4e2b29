"""The page: ``report.html``, one file that works from disk and asks the network for nothing.

Data flow: rows, summary, crops and manifest -> plain lists and dictionaries (``tables``,
``pictures``, ``phases``, ``answer``, ``origin``) -> a Jinja template with the data as JSON in it ->
the page's own scripts, which draw what is looked at.  It reads what is stored and runs no method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.files import write_atomically
from upbench.benchmark.engine.manifest import read_manifest
from upbench.benchmark.report.failures import failures, rerun_command
from upbench.benchmark.report.page.agreement import describe_agreement
from upbench.benchmark.report.page.origin import describe_origin
from upbench.benchmark.report.page.phases import phase_maps
from upbench.benchmark.report.page.pictures import DEFAULT_LIMIT, collect_album
from upbench.benchmark.report.page.plots import PALETTE, agreement_plot, library, speed_plot
from upbench.benchmark.report.page.render import render
from upbench.benchmark.report.page.tables import column_specs, describe_groups

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.report.page.origin import Origin

__all__ = ["DEFAULT_LIMIT", "PAGE", "write_page", "write_problem"]

PAGE = "report.html"
"""The page's file in a run's folder."""
MAX_FAILURES = 200
"""How many different failures the page lists; the rest are counted."""
STATUSES = ("ok", "error", "timeout", "crash", "invalid_output", "skipped")


def write_page(
    folder: Path,
    rows: pd.DataFrame,
    summary: pd.DataFrame,
    crops: Mapping[Identity, bytes],
    *,
    agreement: pd.DataFrame | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Path:
    """Write a run's page.

    Args:
        folder: The run's folder, which may hold a manifest.
        rows: The run's rows, none at worst.
        summary: Their summary.
        crops: The PNG of each kept crop; the reference's under the method "".
        agreement: Pairs of methods that claim the same kernel, if they were compared.
        limit: Bytes that the pictures may take in the page.

    Returns:
        The file.

    Raises:
        StoreError: The folder cannot be written.
    """
    origin = describe_origin(read_manifest(folder))
    album = collect_album(crops, limit)
    groups = describe_groups(rows, summary, album.index, phase_maps(crops), origin)
    text = render(
        "page.html",
        library=library() if groups else "",
        data={
            "columns": column_specs(),
            "groups": groups,
            "agreement": describe_agreement(agreement),
            "palette": PALETTE,
            "magma": _magma(),
            "plots": {"speed": speed_plot(), "agreement": agreement_plot()} if groups else {},
        },
        pictures=album.pictures,
        album=album,
        coverage=_coverage(rows),
        origin=origin,
        **_failed(rows, origin, folder),
    )
    return _write(folder, text)


def write_problem(folder: Path, problem: str) -> Path:
    """Write a page that says why there is no report.

    Args:
        folder: A folder that is there.
        problem: One sentence.

    Raises:
        StoreError: The folder cannot be written.
    """
    return _write(folder, render("problem.html", folder=str(folder), problem=problem))


def _write(folder: Path, text: str) -> Path:
    with write_atomically(folder / PAGE) as file:
        file.write_text(text, encoding="utf-8")
    return folder / PAGE


def _failed(rows: pd.DataFrame, origin: Origin, folder: Path) -> dict[str, Any]:
    found = failures(rows)
    return {
        "failures": [
            (one, rerun_command([one], origin.request, folder)) for one in found[:MAX_FAILURES]
        ],
        "more_failures": max(0, len(found) - MAX_FAILURES),
        "rerun_all": rerun_command(found, origin.request, folder),
    }


def _coverage(rows: pd.DataFrame) -> dict[str, Any]:
    """Count what the run holds."""
    tried = rows[rows["status"] != "skipped"]
    counts = rows["status"].value_counts()
    return {
        "cells": len(rows),
        "statuses": {status: int(counts.get(status, 0)) for status in STATUSES},
        "failed": int((~rows["status"].isin(["ok", "skipped"])).sum()),
        "methods": int(tried["method"].nunique()),
        "images": len(tried[["dataset", "image"]].drop_duplicates()),
        "datasets": sorted(tried["dataset"].unique()),
        "scales": sorted(int(scale) for scale in tried["scale"].unique()),
        "protocols": sorted(tried["protocol"].unique()),
        "machines": sorted(rows["machine"].dropna().unique()),
        "measured": max(rows["measured_at"].dropna(), default=""),
    }


def _magma() -> list[str]:
    """Return the colours of error maps and spectra, which print and survive colour blindness."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colour) for colour in colormaps["magma"](range(256))]
