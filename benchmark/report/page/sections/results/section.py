"""The results: every method with its numbers, sorted and filtered by the page's script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.notes import notes
from upbench.benchmark.report.page.section import Section

if TYPE_CHECKING:
    from upbench.benchmark.report.page.run import Group


def _group(group: Group) -> dict[str, Any]:
    name = group.key[0]
    caveats = [
        f"{name}: {caveat}"
        for dataset in group.run.origin.datasets
        if dataset.name == name
        for caveat in dataset.caveats
    ]
    return {"notes": [*notes(group.table, group.run.source.columns), *caveats]}


SECTION = Section("Results", 20, group=_group)
