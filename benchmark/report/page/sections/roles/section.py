"""Layers in their roles: what a generator or a decoder becomes with each, and how it got there."""

from __future__ import annotations

import io
from base64 import b64encode
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.page.section import Section
from upbench.benchmark.training.roles import every_role
from upbench.benchmark.training.roles.table import by_conditions, role_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from upbench.benchmark.engine.trainings import StoredTraining
    from upbench.benchmark.report.page.run import Run

    Picture = tuple[str, str, str]
    """Of which layer, its name, and the picture as a page holds it."""


def _template(run: Run) -> dict[str, Any]:
    trainings = run.source.trainings
    curves = {title: _curve(figure) for title, figure in run.source.curves.items()}
    groups = [*by_conditions(trainings)]
    wanted = [_of_first_seeds(group) for _, group in groups]
    fitting = as_fit(wanted, run.source.limit - run.album.size)
    parts = [
        {
            "title": title,
            "role": every_role()[group[0].row["role"]],
            "table": table,
            "written": table.written(),
            "curves": curves.get(title),
            "pictures": _by_name(pictures),
        }
        for (title, group), table, pictures in zip(
            groups, role_tables(trainings), fitting, strict=True
        )
    ]
    left_out = sum(map(len, wanted)) - sum(map(len, fitting))
    return {"parts": parts, "left_out": left_out, "limit": run.source.limit}


def _curve(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return _uri(buffer.getvalue())


def _of_first_seeds(group: Iterable[StoredTraining]) -> list[Picture]:
    return [
        (one.row["layer"], name, _uri(png))
        for one in group
        if one.row["seed"] == 0
        for name, png in one.pictures.items()
    ]


def as_fit(groups: Sequence[Sequence[Picture]], limit: int) -> list[list[Picture]]:
    """Return the pictures of each group up to the first one that goes beyond a number of bytes."""
    found: list[list[Picture]] = []
    for group in groups:
        sizes = [len(uri) for _, _, uri in group]
        found.append([*group[: sum(end <= limit for end in accumulate(sizes))]])
        limit -= sum(sizes)
    return found


def _by_name(pictures: Iterable[Picture]) -> dict[str, list[tuple[str, str]]]:
    """Return each layer's picture by the picture's name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for layer, name, uri in pictures:
        found.setdefault(name, []).append((layer, uri))
    return found


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"


SECTION = Section(
    "Roles",
    55,
    template=_template,
    needs_groups=False,
    is_shown=lambda run: bool(run.source.trainings),
)
