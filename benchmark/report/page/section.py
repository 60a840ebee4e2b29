"""A section of the page: one folder in ``page/sections``.

A folder holds ``section.py``, which defines ``SECTION``, ``template.html`` (Jinja), and scripts.
``script.js`` comes after the folder's other scripts and hands ``sections.add`` a function that
starts it.  The page is made of the folders that are there: adding one touches nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from upbench.benchmark.report.page.run import Group, Run

FOLDER = Path(__file__).with_name("sections")


def _nothing(_: object) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Section:
    """What a section is called, where it stands, and what it shows."""

    title: str
    """In the navigation."""
    order: int
    """Sections stand by rising order."""
    template: Callable[[Run], Mapping[str, Any]] = _nothing
    """The variables of its template; ``run`` is always among them."""
    data: Callable[[Run], Mapping[str, Any]] = _nothing
    """What its script finds in ``state.data``, as JSON has it."""
    group: Callable[[Group], Mapping[str, Any]] = _nothing
    """What its script finds in each group of ``state.data.groups``."""
    count: Callable[[Run], int] = lambda _: 0
    """A number beside its title in the navigation; 0 is none."""
    needs_groups: bool = True
    """Whether a run without any finished cell has nothing for it."""
    is_shown: Callable[[Run], bool] = lambda _: True
    """Whether a run has anything for it."""


@cache
def every_section() -> dict[str, Section]:
    """Return the sections by the names of their folders, in their order."""
    names = sorted(file.parent.name for file in FOLDER.glob("*/section.py"))
    package = f"{__package__}.sections"
    found = {name: import_module(f"{package}.{name}.section").SECTION for name in names}
    return dict(sorted(found.items(), key=lambda named: named[1].order))


def scripts_of(name: str) -> list[Path]:
    """Return a section's scripts in the order in which they run."""
    files = sorted((FOLDER / name).glob("*.js"))
    return sorted(files, key=lambda file: file.name == "script.js")
