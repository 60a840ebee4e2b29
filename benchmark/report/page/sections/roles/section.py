"""Layers in their roles: what a generator or a decoder becomes with each, and how it got there."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.page.section import Section
from upbench.benchmark.report.role_figures import curve_figures
from upbench.benchmark.training.roles import every_role
from upbench.benchmark.training.roles.table import by_conditions, role_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from upbench.benchmark.engine.trainings import StoredTraining
    from upbench.benchmark.report.page.run import Run


def _template(run: Run) -> dict[str, Any]:
    trainings = run.source.trainings
    curves = {title: _curve(figure) for title, figure in curve_figures(trainings)}
    parts = [
        {
            "title": title,
            "role": every_role()[group[0].row["role"]],
            "table": table,
            "written": table.written(),
            "curves": curves.get(title),
            "pictures": _pictures(group, run.source.limit),
        }
        for (title, group), table in zip(
            by_conditions(trainings), role_tables(trainings), strict=True
        )
    ]
    return {"parts": parts}


def _curve(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return _uri(buffer.getvalue())


def _pictures(group: Sequence[StoredTraining], limit: int) -> dict[str, list[tuple[str, str]]]:
    """Return by the picture's name each layer's of the first seed, as far as they may take up."""
    found: dict[str, list[tuple[str, str]]] = {}
    for layer, name, png in _of_first_seeds(group):
        limit -= len(png)
        if limit < 0:
            break
        found.setdefault(name, []).append((layer, _uri(png)))
    return found


def _of_first_seeds(group: Iterable[StoredTraining]) -> list[tuple[str, str, bytes]]:
    return [
        (one.row["layer"], name, png)
        for one in group
        if one.row["seed"] == 0
        for name, png in one.pictures.items()
    ]


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"


SECTION = Section(
    "Roles",
    55,
    template=_template,
    needs_groups=False,
    is_shown=lambda run: bool(run.source.trainings),
)
