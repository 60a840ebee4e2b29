"""The published numbers: networks of the literature beside what was measured, if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.page.section import Section
from upbench.benchmark.report.published.paper import paper_of, size

if TYPE_CHECKING:
    from upbench.benchmark.report.page.run import Run


def _template(run: Run) -> dict[str, Any]:
    return {"paper": paper_of(run.source.summary, run.source.rows), "size": size}


SECTION = Section("Published", 25, template=_template, is_shown=lambda run: run.source.published)
