"""Whose code makes which choices, each read in the source that ``conventions.toml`` cites.

A code that is handed its low-resolution images says nothing of how they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upbench.benchmark.protocols.conventions.axes import STATED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.protocols.conventions.axes import Convention


@dataclass(frozen=True)
class Code:
    """Public code that prints PSNR or SSIM."""

    name: str
    source: str
    """Repository, file and commit, or the page that says it."""
    fixed: Mapping[str, tuple[str, ...]]
    """The values of each axis that it fixes."""

    def makes(self, convention: Convention) -> bool:
        """Say whether it makes all the choices of a convention that it makes at all."""
        values = convention.choices
        return all(values[axis] in own for axis, own in self.fixed.items() if axis in values)


def _code(name: str, source: str, sets: list[str], fixed: dict[str, list[str]]) -> Code:
    parts = [*(STATED["sets"][one] for one in sets), fixed]  # its own values stand above the sets'
    return Code(name, source, {axis: tuple(own) for part in parts for axis, own in part.items()})


CODES = tuple(_code(**one) for one in STATED["codes"])
"""In the order in which they are named."""


def codes_of(convention: Convention) -> tuple[str, ...]:
    """Return the names of the codes that make the choices of a convention."""
    return tuple(code.name for code in CODES if code.makes(convention))
