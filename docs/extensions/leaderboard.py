"""Write the classic tables where a page says ``<!-- leaderboard -->``.

They are those of ``results/leaderboard``.  Each row has an address; ``_static/sortable.js`` makes
the headings sort.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from sphinx.application import Sphinx

    from upbench.benchmark.report.published.paper import Paper, PaperRow, Place

MARK = "<!-- leaderboard -->"
NOTHING = "\N{EN DASH}"
FOLDER = Path(__file__).parents[2] / "results" / "leaderboard"


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each page before it is read."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def fill_in(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Exchange the mark for the tables."""
    if MARK in source[0]:
        source[0] = source[0].replace(MARK, "\n".join(sections()))


def sections() -> Iterator[str]:
    """Yield a heading and a table for each protocol and set."""
    import pandas as pd

    from upbench.benchmark import load
    from upbench.benchmark.report.published.paper import TITLES

    summary, rows = pd.read_csv(FOLDER / "summary.csv"), load(FOLDER)
    for protocol in sorted(set(summary["protocol"]), key=lambda name: name != "y-classic"):
        for dataset, title in TITLES.items():
            part = summary[(summary["protocol"] == protocol) & (summary["dataset"] == dataset)]
            if len(part):
                heading = f"{title}, {protocol}"
                yield f"\n## {heading}\n\n{table(heading, part, rows)}\n"


def table(heading: str, part: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Return one table as HTML without an empty line, which would end it for Markdown."""
    from upbench.benchmark.report.published.paper import paper_of

    paper = paper_of(part, rows, published=set(part["protocol"]) == {"y-classic"})
    count = str(part["images"].iloc[0]).partition("/")[2]
    heads = "".join(
        f'<th scope="col" aria-sort="none"><button type="button">x{scale} {name}</button></th>'
        for _, scale in paper.places
        for name in ("PSNR", "SSIM")
    )
    order = sorted(range(len(paper.rows)), key=lambda number: _best_first(paper, number))
    body = "\n".join(_row(paper, number, slug(heading)) for number in order)
    button = '<button type="button">{}</button>'
    return (
        '<div class="leaderboard"><table class="sortable">\n'
        f"<caption>{escape(heading)}: means over {count} images</caption>\n"
        f'<thead><tr><th scope="col" aria-sort="none">{button.format("method")}</th>'
        f'{heads}<th scope="col" aria-sort="none">{button.format("parameters")}</th></tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def slug(text: str) -> str:
    """Return a text as an address within a page.

    >>> slug("Set5, y-classic"), slug("SwinIR (DF2K)")
    ('set5-y-classic', 'swinir-df2k')
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _row(paper: Paper, number: int, anchor: str) -> str:
    row = paper.rows[number]
    name = f"{anchor}-{slug(row.name)}"
    cells = "".join(_cells(paper, number, place) for place in paper.places)
    fewest = row.parameters[0] if row.parameters else ""
    return (
        f'<tr id="{name}"><th scope="row"><a href="#{name}">{escape(row.name)}</a>{_mark(row)}</th>'
        f'{cells}<td data-value="{fewest}">{_size(row)}</td></tr>'
    )


def _mark(row: PaperRow) -> str:
    if not row.is_published:
        return ""
    said = escape("; ".join(row.sources), quote=True)
    return f' <abbr title="published, not measured here: {said}">†</abbr>'


def _size(row: PaperRow) -> str:
    from upbench.benchmark.report.published.paper import size

    return size(row.parameters) or NOTHING


def _cells(paper: Paper, number: int, place: Place) -> str:
    found = []
    for part, text in enumerate(paper.rows[number].cells.get(place, ("", ""))):
        tag = {"best": "strong", "second": "u"}.get(paper.marks.get((number, place, part), ""))
        shown = (f"<{tag}>{text}</{tag}>" if tag else text) or NOTHING
        found.append(f'<td data-value="{text}">{shown}</td>')
    return "".join(found)


def _best_first(paper: Paper, number: int) -> list[float]:
    cells = paper.rows[number].cells
    return [-float(cells[place].psnr_db) if place in cells else 0.0 for place in paper.places]
