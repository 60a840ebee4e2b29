"""Keep the reader on the site where a page links to a file that the site shows as a page.

The links of the Markdown files are written for a reader of the repository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGES = {
    "../CHANGELOG.md": "changelog.md",
    "../CONTRIBUTING.md": "contributing.md",
    "../results/README.md": "published.md",
    "../results/bench/summary.md": "published.md",
    "../results/leaderboard/README.md": "leaderboard.md",
    "../results/forms/README.md": "forms.md",
    "../results/forms/forms.md": "forms.md",
    "../results/learned/README.md": "heads.md",
}
"""File outside this folder, as a page links to it -> the page that shows it."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each page before it is read."""
    app.connect("source-read", point_to_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def point_to_pages(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Exchange the links of a page."""
    for file, page in PAGES.items():
        source[0] = source[0].replace(f"]({file}", f"]({page}")  # an anchor may follow
