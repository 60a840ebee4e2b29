"""The page: ``report.html``, one file that works from disk and asks the network for nothing.

Data flow: a source (rows, summary, crops, manifest) -> a run with its groups -> each section's
plain data -> a Jinja template with the data as JSON in it -> the page's own scripts, which draw
what is looked at.  It reads what is stored and runs no method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.files import write_text
from upbench.benchmark.report.album import DEFAULT_LIMIT
from upbench.benchmark.report.columns import fault_columns
from upbench.benchmark.report.page.plots import library
from upbench.benchmark.report.page.render import render, render_part
from upbench.benchmark.report.page.run import Run
from upbench.benchmark.report.page.section import every_section
from upbench.benchmark.report.render.json import describe_column
from upbench.benchmark.report.style import PALETTE, magma

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.report.page.run import Group
    from upbench.benchmark.report.source import Source

__all__ = ["DEFAULT_LIMIT", "PAGE", "is_problem_page", "write_page", "write_problem"]

PAGE = "report.html"
"""The page's file in a run's folder."""
PROBLEM = "There is nothing to report yet"
"""The heading of a page that says why there is no report."""


def write_page(source: Source) -> Path:
    """Write a run's page into its folder; return the file.

    Raises:
        StoreError: The folder cannot be written.
    """
    run = Run(source)
    shown = {
        name: one
        for name, one in every_section().items()
        if (run.groups or not one.needs_groups) and one.is_shown(run)
    }
    sections = [
        {
            "name": name,
            "title": one.title,
            "count": one.count(run),
            "text": render_part(f"sections/{name}/template.html", run=run, **one.template(run)),
        }
        for name, one in shown.items()
    ]
    text = render(
        "templates/page.html",
        library=library() if run.groups else "",
        run=run,
        sections=sections,
        data=_data(run),
    )
    return write_text(source.folder / PAGE, text)


def _data(run: Run) -> dict[str, Any]:
    """Return what the scripts work on; nothing for a run without a finished cell."""
    if not run.groups:
        return {"groups": []}
    sections = every_section().values()

    def described(group: Group) -> dict[str, Any]:
        own = {name: part for one in sections for name, part in one.group(group).items()}
        return group.describe() | own

    return {
        "columns": [
            describe_column(column)
            | {
                "name": column.heading.removesuffix(f" {column.unit}"),
                "shown": [*map(describe_column, fault_columns(column))],
            }
            for column in run.source.columns
        ],
        "groups": [*map(described, run.groups)],
        "palette": PALETTE,
        "magma": magma(),
        **{name: part for one in sections for name, part in one.data(run).items()},
    }


def write_problem(folder: Path, problem: str) -> Path:
    """Write a page that says in one sentence why there is no report; the folder is there.

    Raises:
        StoreError: The folder cannot be written.
    """
    text = render("templates/problem.html", title=PROBLEM, folder=str(folder), problem=problem)
    return write_text(folder / PAGE, text)


def is_problem_page(page: Path) -> bool:
    """Say whether a page says why there is no report; it may be replaced by another."""
    try:
        return PROBLEM in page.read_text(encoding="utf-8", errors="replace")[:100_000]
    except OSError:
        return False
