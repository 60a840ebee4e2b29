"""How far apart two methods are, in classes that a reader can tell apart by colour.

The static picture and the page draw the same classes in the same colours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Class:
    """Some largest differences, in levels of 255."""

    most: int | None
    """The upper end; None is none."""
    text: str
    light: str
    """Its colour on white, from pale to dark as differences grow."""
    dark: str
    """Its colour on black, from dim to bright."""


CLASSES = (
    Class(0, "equal after rounding to 8 bits", "#eef3f7", "#1d2a35"),
    Class(1, "1: rounding", "#c9ddee", "#1d4463"),
    Class(2, "2", "#b2d0e8", "#1c5580"),
    Class(7, "3 to 7", "#82b5db", "#2a77ad"),
    Class(15, "8 to 15", "#4a90c4", "#4e9bd0"),
    Class(31, "16 to 31", "#20699f", "#82bbe4"),
    Class(None, "32 and more", "#0b3c63", "#d2e8f8"),
)
"""Equal, rounding, up to 0.01 of full scale, then by doubling."""


def class_of(level: int) -> int:
    """Return the number of the class of a largest difference."""
    return next(
        number for number, one in enumerate(CLASSES) if one.most is None or level <= one.most
    )
