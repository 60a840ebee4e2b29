"""The one look of figures and of the page: colours, markers, grids, text that is no formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")
"""Okabe and Ito's palette, which colour-blind readers can tell apart."""
PALETTE = (*COLOURS[:6], COLOURS[-1])
"""Those of them that stand out from white and from black."""
MARKERS = "os^DvPX*p"
"""One more than there are colours, so that :func:`look` repeats late."""
GREY = "#8a949e"
"""Of lines that only lead the eye."""


def look(index: int) -> tuple[str, str]:
    """Return colour and marker of a plot's line or kind, by its number: 72 pairs before one recurs.

    >>> look(0) == look(8), look(0) == look(72)
    (False, True)
    """
    return COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)]


def literal(text: str) -> str:
    """Keep matplotlib from reading a formula between two dollars of a name; show its controls."""
    return printable(text).replace("$", r"\$")


def grid(axes: Axes) -> None:
    """Draw the faint grid of every plot, on logarithmic axes with its minor lines."""
    axes.grid(visible=True, which="both", alpha=0.25)


def magma() -> list[str]:
    """Return the colours of error maps and spectra, which print and survive colour blindness."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colour) for colour in colormaps["magma"](range(256))]
