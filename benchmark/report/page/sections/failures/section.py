"""The failures: what failed, why, and the command that runs just that again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.failures import failures, rerun_command
from upbench.benchmark.report.page.section import Section

if TYPE_CHECKING:
    from upbench.benchmark.report.page.run import Run

MOST = 200
"""How many different failures are listed; the rest are counted."""


def _template(run: Run) -> dict[str, Any]:
    found, request, folder = failures(run.source.rows), run.origin.request, run.source.folder
    return {
        "failures": [(one, rerun_command([one], request, folder)) for one in found[:MOST]],
        "more": max(0, len(found) - MOST),
        "rerun_all": rerun_command(found, request, folder),
    }


SECTION = Section(
    "Failures",
    60,
    template=_template,
    count=lambda run: int(run.coverage["failed"]),
    needs_groups=False,
    is_shown=lambda run: bool(run.coverage["cells"] or not run.source.trainings),
)
