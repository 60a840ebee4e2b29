"""The origin: the command, versions, protocols, metrics and digests behind the numbers."""

from __future__ import annotations

from upbench.benchmark.report.page.section import Section

SECTION = Section(
    "Origin",
    70,
    needs_groups=False,
    is_shown=lambda run: bool(run.coverage["cells"] or not run.source.trainings),
)
